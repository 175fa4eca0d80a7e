"""One look at the clock: what is due of every edition is done, and what came of it is told."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from digest import pipeline, tokens
from digest.compose import window
from digest.config import Settings
from digest.errors import AttentionNeeded, DigestError, SenderBusy
from digest.models import Link
from digest.pipeline import figures
from digest.schedule import due, notices, standing
from digest.schedule.due import Step
from digest.schedule.telling import Shown, tell

if TYPE_CHECKING:
    from digest.store import Store
    from digest.store.issues import IssueRecord

log = logging.getLogger("digest.schedule")

LATER = timedelta(hours=1)
"""A long sending has ended by then, and its provider has reported the last of it."""
PRUNING_S = 2.0
"""Of a tick for old deliveries; a million take some ticks."""


def tick(
    load: Callable[[], Sequence[Settings]],
    store: Store,
    now: datetime,
    watch: pipeline.Watch,
    stop: threading.Event | None = None,
    *,
    once: bool = False,
) -> bool:
    """Does what is due of every edition, and says whether all of it could be done.

    `once`: no other look follows in half a minute, so that every pause is logged.
    Never raises: what went wrong is logged, told, and in `digest status`.
    """
    try:
        running = [settings for settings in load() if not _paused(settings, store, now, once=once)]
    except DigestError as error:
        log.error("nothing was looked at", extra={"problem": str(error)})  # noqa: TRY400  in plain words
        return False
    job = pipeline.Job(now, watch, stop=stop or threading.Event())
    good = not running or _safely("collecting", partial(collect, running, store, job))
    for settings in running:
        if not job.stop.is_set():
            good &= _safely(settings.newsletter.key, partial(_edition, settings, store, job))
    if running:
        good &= _safely("pruning", partial(prune, running[0], store, job))
    return good


def run(settings: Settings, store: Store, job: pipeline.Job) -> pipeline.Run:
    """The main job of one newsletter without the daemon: `pipeline.run`, and everybody is told what came of it.

    Raises AttentionNeeded when the schedule is paused, and what `pipeline.run` raises.
    """
    pause = store.instance.paused(settings.newsletter.key, job.now)
    if pause:
        raise AttentionNeeded(
            f"the schedule is paused ({pause.reason}); nothing was made or sent\n  to go on: digest schedule resume"
        )
    shown = replace(job, on_frozen=partial(_show, settings, store, job.now))
    try:
        slot = window.latest_due(settings.schedule, settings.newsletter.zone, job.now)
        return _send(settings, store, pipeline.key_of(settings, slot), shown)
    finally:
        news(settings, store, job.now)


def steps(settings: Settings, store: Store, now: datetime) -> tuple[Step, ...]:
    """What the clock asks of this newsletter at `now`."""
    early = settings.schedule.approval == "required" or bool(settings.schedule.notify or settings.schedule.webhook)
    found = standing.of(settings, store, now)
    return due.steps(settings.schedule, settings.newsletter.zone, now, found, early=early)


def collect(editions: Sequence[Settings], store: Store, job: pipeline.Job) -> None:
    """Reads every source whose time has come by its own `every`."""
    tried = {each.source: max(filter(None, (each.last_ok, each.last_failure_at))) for each in store.articles.health()}
    sources = [source for settings in editions for source in settings.sources]
    ripe = {s.name for s in sources if s.name not in tried or job.now - tried[s.name] >= s.every}
    if ripe:
        pipeline.gather(editions, store, job, ripe)


def prune(settings: Settings, store: Store, job: pipeline.Job, at_most_s: float = PRUNING_S) -> None:
    """Removes some of the deliveries that are not to be kept; the next tick goes on. There are new ones once a day."""
    before, until = settings.store.prunes_before(job.now), time.monotonic() + at_most_s
    while before and not job.stop.is_set() and time.monotonic() < until:
        step = store.pruning.step(before, job.now)
        if step is None:
            return
        if not step.rows:
            log.info("its figures are kept, its deliveries go", extra={"issue": step.key})


def news(settings: Settings, store: Store, now: datetime) -> None:
    """Tells what became of the newsletter's issues and sources, where that has not been told."""
    for record in store.issues.all(settings.newsletter.key):
        if max(record.state_at, record.due) < now - notices.NEWS:
            break
        if store.notices.done(f"{record.key}/sent"):
            _look_at_delivery(settings, store, record, now)
            continue  # to count a million outcomes again takes a fifth of a second
        for notice in notices.of_issue(settings, record, store.ledger.counts(record.id), now):
            tell(settings, store, notice, now)
    ours = {source.name for source in settings.sources}
    for health in store.articles.health():
        if health.source in ours and (down := notices.of_source(health)):
            tell(settings, store, down, now)


def _look_at_delivery(settings: Settings, store: Store, record: IssueRecord, now: datetime) -> None:
    """Once, a day after it went out."""
    if now - max(record.state_at, record.due) < figures.ALARM_AFTER + LATER:
        return
    if store.notices.first(f"{record.key}/delivery", newsletter=settings.newsletter.key, at=now):
        for found in figures.findings(figures.of(store, record), now):
            tell(settings, store, notices.delivery(record.key, found), now)


def _paused(settings: Settings, store: Store, now: datetime, *, once: bool) -> bool:
    pause = store.instance.paused(settings.newsletter.key, now)
    if pause is None:
        return False
    if pause.copied or once:
        said = "paused: nothing was made or sent; to go on: digest schedule resume"
        log.warning(said, extra={"newsletter": settings.newsletter.key, "reason": pause.reason})
    if pause.copied:
        tell(settings, store, notices.paused(pause), now)
    return True


def _edition(settings: Settings, store: Store, job: pipeline.Job) -> None:
    shown = replace(job, on_frozen=partial(_show, settings, store, job.now))
    try:
        for step in steps(settings, store, job.now):
            if step.what != "remind":  # which is asked for until the slot, and told once
                log.info(step.what, extra={"issue": pipeline.key_of(settings, step.slot)})
            _do(settings, store, step, shown)
    finally:
        news(settings, store, job.now)


def _do(settings: Settings, store: Store, step: Step, job: pipeline.Job) -> None:
    key = pipeline.key_of(settings, step.slot)
    if step.what == "draft":
        with store.lock():
            record = store.issues.begin(settings.newsletter.key, step.slot, key, job.now)
            pipeline.freeze(settings, store, record, job)
    elif step.what == "remind":
        record = pipeline.found(store, key)
        tell(settings, store, notices.reminder(settings, record, step.ahead, job.now), job.now)
    elif step.what == "hold":
        record = pipeline.found(store, key)
        store.issues.hold(record.id, pipeline.too_late(record, job.now), job.now, by=pipeline.CLOCK)
    else:
        done = _send(settings, store, key, job)
        came = {"campaign": done.campaign.state} if done.campaign else {"accepted": done.counts.accepted}
        log.info("sent", extra={"issue": key, **came, "audience": done.counts.audience})


def _send(settings: Settings, store: Store, key: str, job: pipeline.Job) -> pipeline.Run:
    try:
        return pipeline.run(settings, store, job)
    except SenderBusy:
        raise
    except DigestError as error:
        record = store.issues.get(key)
        if record and record.state == "approved":
            tell(settings, store, notices.failed(key, str(error)), job.now)
        raise


def _show(settings: Settings, store: Store, now: datetime, frozen: pipeline.Frozen) -> None:
    """The draft itself to those who are to see it."""
    record = frozen.record
    if record.state == "frozen":
        notice = notices.draft(settings, frozen, _links(settings, store, record, now), now)
        email = store.issues.email(record.id)
        tell(settings, store, notice, now, Shown(email, store.pictures.shown(email.html)))


def _links(settings: Settings, store: Store, record: IssueRecord, now: datetime) -> tuple[Link, ...]:
    """To the pages with the buttons, where `digest serve` has them."""
    if not settings.newsletter.reader_pages or record.sha256 is None:
        return ()
    key, desk = store.keys.signing(now)[0], f"{settings.newsletter.public_url}/desk"
    titles: dict[tokens.Decision, str] = {"approve": "Look and approve", "hold": "Hold it back"}
    if settings.schedule.approval == "automatic":
        del titles["approve"]
    return tuple(
        Link(title, f"{desk}/{what}/{tokens.decision(what, record.id, record.sha256, key)}")
        for what, title in titles.items()
    )


def _safely(what: str, work: Callable[[], None]) -> bool:
    try:
        work()
    except SenderBusy:
        log.info("another process is sending; looking again soon", extra={"at": what})
    except DigestError as error:
        log.error("not done", extra={"at": what, "problem": str(error)})  # noqa: TRY400  in plain words
        return False
    except Exception:  # the boundary of one job: the others go on, and the next tick tries again
        log.exception("failed", extra={"at": what})
        return False
    return True
