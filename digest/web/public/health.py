"""Whether it works, and how much it did: for a watchdog and for Prometheus. No address stands in either."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from digest.errors import StoreError
from digest.store.fleet import Worker
from digest.web.public import shield
from digest.web.public.door import Door

_LABELS = {
    "digest_requests_total": ("Requests", ("route", "method", "status")),
    "digest_subscribe_requests_total": ("Requests to subscribe", ("fate",)),
    "digest_confirmations_total": ("Confirmed requests", ()),
    "digest_unsubscribes_total": ("Unsubscribes by a link", ("by", "fate")),
    "digest_events_total": ("Reports of providers", ("provider", "kind")),
    "digest_forged_reports_total": ("Calls that no provider made", ("provider",)),
    "digest_mails_total": ("Confirmation emails", ("fate",)),
}


_WORKERS: tuple[tuple[str, str, str, Callable[[Worker], float]], ...] = (
    ("digest_worker_up", "Whether the worker lives", "gauge", lambda worker: int(worker.alive)),
    ("digest_worker_beat_seconds", "When it was heard of last", "gauge", lambda worker: worker.beat_at.timestamp()),
    ("digest_worker_batches_total", "Batches that it handed over", "counter", lambda worker: worker.batches),
    ("digest_worker_emails_total", "Emails that it handed over", "counter", lambda worker: worker.emails),
)


class Health:
    """For machines."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def routes(self) -> list[Route]:
        """Where they ask."""
        return [Route("/healthz", self.health), Route("/metrics", self.metrics)]

    async def health(self, _: Request) -> Response:
        """200 when the store can be read."""
        try:
            await run_in_threadpool(self._door.store.issues.latest, self._door.main.newsletter.key)
        except StoreError:
            return PlainTextResponse("the store cannot be read\n", 503)
        return PlainTextResponse("ok\n", headers={"Cache-Control": "no-store"})

    async def metrics(self, request: Request) -> Response:
        """Prometheus' text format 0.0.4, for those networks that `public.metrics_for` names."""
        public = self._door.main.public
        if not shield.within(shield.client(request.scope, public.trusted_proxies), public.metrics_for):
            return PlainTextResponse("", 404)
        people = await run_in_threadpool(self._people)
        workers = await run_in_threadpool(self._workers)
        lines = "\n".join([*self._counted(), *people, *workers])
        return Response(f"{lines}\n", media_type="text/plain; version=0.0.4")

    def _counted(self) -> Iterator[str]:
        by_name = defaultdict(list)
        for (name, *values), number in sorted(self._door.counts.items()):
            by_name[name].append((values, number))
        for name, (says, labels) in _LABELS.items():
            yield f"# HELP {name} {says}."
            yield f"# TYPE {name} counter"
            for values, number in by_name[name]:
                yield f"{name}{_braces(dict(zip(labels, values, strict=True)))} {number}"

    def _people(self) -> list[str]:
        lines = ["# HELP digest_people People by newsletter and state.", "# TYPE digest_people gauge"]
        for settings in self._door.editions:
            key = settings.newsletter.key
            for state, number in self._door.store.people.counts(key).items():
                lines.append(f"digest_people{_braces({'newsletter': key, 'state': state})} {number}")
        return lines

    def _workers(self) -> list[str]:
        """Of those that send on other machines, none of which has to be asked; nothing where there are none."""
        fleet = self._door.store.fleet
        workers, jobs = fleet.workers(), fleet.jobs()
        lines = []
        for name, says, kind, value in _WORKERS:
            lines += [f"# HELP {name} {says}.", f"# TYPE {name} {kind}"]
            lines += [f"{name}{_braces({'worker': each.name})} {value(each)}" for each in workers]
        lines += ["# HELP digest_jobs Batches by how their jobs stand.", "# TYPE digest_jobs gauge"]
        for state, number in (("due", jobs.due), ("later", jobs.later), ("doing", jobs.doing)):
            lines.append(f"digest_jobs{_braces({'state': state})} {number}")
        return lines if workers else []


def _braces(labels: dict[str, str]) -> str:
    told = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())
    return f"{{{told}}}" if told else ""


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
