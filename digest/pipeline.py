"""The five stages in order: collect, compose, render, check, send. Read this first.

The command line and the schedule call nothing else, so there is one way to build an issue and
one way to send it. `now` is an argument everywhere: a past or a future issue is built the same
way as today's.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import TYPE_CHECKING, Protocol

from digest import arrivals, check, collect, compose, render
from digest.compose import window
from digest.config import Settings
from digest.errors import AttentionNeeded, DigestError
from digest.models import OUTBOX, Counts, Email, Finding, History, Issue, Slot, SourceReport

if TYPE_CHECKING:  # the store is slow to import and `build` can do without it
    from digest.store import Store
    from digest.store.issues import IssueRecord


class Watch(Protocol):
    """Is told how long work goes on. The command line shows it, the schedule logs it."""

    def fetched(self, report: SourceReport) -> None:
        """One source has been read, or has failed."""
        ...

    def sent(self, counts: Counts) -> None:
        """A batch has been settled."""
        ...


@dataclass(frozen=True, slots=True)
class Draft:
    """An issue as it would go out now."""

    slot: Slot
    issue: Issue
    email: Email
    findings: tuple[Finding, ...]
    reports: tuple[SourceReport, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """What one run came to."""

    record: IssueRecord
    counts: Counts
    fresh: bool
    """False when this run found the issue finished and did nothing."""


@dataclass(frozen=True, slots=True)
class Job:
    """How one run goes about it."""

    now: datetime
    watch: Watch
    accept: Collection[str] = ()
    """Checks that a person lets pass this time, of `check.ACCEPTABLE`."""
    stop: Event = field(default_factory=Event)
    """Set it to end the sending after the batches that are under way."""


def fetch(settings: Settings, request: collect.Request, watch: Watch) -> tuple[SourceReport, ...]:
    """Every source, side by side."""
    return collect.fetch_all(settings.sources, request, on_done=watch.fetched)


def build(settings: Settings, store: Store | None, now: datetime, watch: Watch, accept: Collection[str] = ()) -> Draft:
    """The issue whose window closed last at `now`, made from the sources and the archive. Changes nothing.

    `accept` names the checks that a person lets pass, of `check.ACCEPTABLE`.
    """
    slot = window.latest_closed(settings.schedule, settings.newsletter.zone, now)
    reports = fetch(settings, _request(settings, store, slot, now), watch)
    news = _news(settings, store, slot, reports)
    return _draft(settings, slot, _history(settings, store, slot), news, reports, accept)


def look(settings: Settings, store: Store | None, now: datetime, watch: Watch) -> tuple[SourceReport, ...]:
    """What every source gives for the window that is still open, and the look-back before it."""
    return fetch(settings, _request(settings, store, _open_slot(settings, now), now), watch)


def gather(settings: Settings, store: Store, now: datetime, watch: Watch) -> tuple[SourceReport, ...]:
    """Every source into the archive, as `look` sees it; a feed that has not changed is not read again."""
    slot = _open_slot(settings, now)
    request = replace(_request(settings, store, slot, now), between_issues=True)
    reports = fetch(settings, request, watch)
    news = _news(settings, store, slot, reports)
    _keep(store, reports, news, now)
    return reports


def run(settings: Settings, store: Store, job: Job) -> Run:
    """The main job for the slot that became due last. Safe to repeat: a finished issue is left alone.

    Raises AttentionNeeded when a check stops it, when approval is required or when it is too
    late; SenderBusy when another process is at it.
    """
    settings.token()  # before anything is frozen: a missing one is found now
    slot = window.latest_due(settings.schedule, settings.newsletter.zone, job.now)
    key = f"{settings.newsletter.key}-{slot.period}"
    with store.lock():
        record = store.issues.begin(settings.newsletter.key, slot, key, job.now)
        if record.state in ("open", "stopped"):
            record = _freeze(settings, store, record, slot, job)
        if record.state == "frozen":
            record = _decide(settings, store, record, job.now)
        return _send(settings, store, record, job)


def approve(store: Store, key: str, by: str, now: datetime) -> IssueRecord:
    """A person's yes to the frozen bytes of an issue."""
    record = found(store, key)
    if record.sha256 is None:
        raise AttentionNeeded(f"{key} is not frozen yet: {record.reason or 'run `digest run` first'}")
    if record.state == "approved":
        raise DigestError(f"{key} was approved already, by {record.approved_by}; nothing has changed")
    store.issues.approve(record.id, record.sha256, by, now)
    return found(store, key)


def send(settings: Settings, store: Store, key: str, job: Job) -> Run:
    """Sends what was approved, or goes on where it was interrupted. Raises AttentionNeeded for anything else."""
    with store.lock():
        return _send(settings, store, found(store, key), job)


def found(store: Store, key: str) -> IssueRecord:
    """The issue with this key. Raises DigestError that names those that are there."""
    record = store.issues.get(key)
    if record is None:
        known = ", ".join(r.key for r in store.issues.all()[:3]) or "none yet"
        raise DigestError(f"there is no issue {key}; the latest: {known}")
    return record


def _open_slot(settings: Settings, now: datetime) -> Slot:
    return window.upcoming(settings.schedule, settings.newsletter.zone, now, 1)[0]


def _keep(store: Store, reports: tuple[SourceReport, ...], news: arrivals.News, now: datetime) -> None:
    store.articles.save([a for report in reports for a in report.articles], now)
    store.articles.mark_gone(news.gone, now)
    store.articles.record_fetch(reports, now)


def _news(settings: Settings, store: Store | None, slot: Slot, reports: tuple[SourceReport, ...]) -> arrivals.News:
    if store is None:
        return arrivals.compare((), reports, slot.window.end)
    start = slot.window.start - timedelta(days=settings.compose.look_back_days)
    end = slot.window.end + collect.AFTER_CLOSE
    gone = store.articles.gone(start, end)
    archived = (*store.articles.between(start, end), *(article for article, _ in gone))
    return arrivals.compare(archived, reports, slot.window.end, {article.id: since for article, since in gone})


def _history(settings: Settings, store: Store | None, slot: Slot) -> History:
    """Of the issues before this one: its own frozen form must not push its articles out."""
    if store is None:
        return History()
    return store.issues.history(settings.newsletter.key, slot.window.end - timedelta.resolution)


def _request(settings: Settings, store: Store | None, slot: Slot, now: datetime) -> collect.Request:
    """From the look-back before the slot's window to its end."""
    return collect.Request(
        start=slot.window.start - timedelta(days=settings.compose.look_back_days),
        end=slot.window.end,
        now=now,
        folder=settings.folder,
        newsletter=settings.newsletter,
        memories=store.articles.memories() if store else {},
        reveal=settings.reveal,
    )


def _draft(
    settings: Settings,
    slot: Slot,
    history: History,
    news: arrivals.News,
    reports: tuple[SourceReport, ...],
    accept: Collection[str],
) -> Draft:
    rules = compose.Rules(settings.newsletter, settings.themes, settings.compose)
    issue = compose.issue(news.articles, slot, history, rules, news.gone)
    issue = replace(issue, notes=(*issue.notes, *arrivals.told(news.changes, issue)))
    email = render.email(issue, settings.newsletter, settings.brand, settings.templates)
    found = check.findings(issue, email, settings.newsletter, settings.compose, reports)
    return Draft(slot, issue, email, check.accepted(found, accept), reports)


def _freeze(settings: Settings, store: Store, record: IssueRecord, slot: Slot, job: Job) -> IssueRecord:
    """Fixes the bytes, or records why not."""
    try:
        request = _request(settings, store, slot, job.now)
        reports = fetch(settings, request, job.watch)
        news = _news(settings, store, slot, reports)
        _keep(store, reports, news, job.now)
        history = _history(settings, store, slot)
        draft = _draft(settings, slot, history, news, reports, job.accept)
        missing = collect.taken_down(news.unseen(draft.issue), settings.sources, request)
        if missing:
            store.articles.mark_gone(missing, job.now)
            draft = _draft(settings, slot, history, news.without(missing), reports, job.accept)
        _refuse_errors(record, draft.findings)
    except DigestError as error:
        store.issues.stop(record.id, str(error), job.now)
        raise
    store.issues.freeze(record.id, draft.issue, draft.email, job.now)
    return found(store, record.key)


def _refuse_errors(record: IssueRecord, findings: tuple[Finding, ...]) -> None:
    if check.stops(findings):
        lines = [f"{record.key} was stopped by a check; nothing was sent"]
        lines += [f"  {f.message}\n    {f.cure}" for f in findings if f.severity == "error"]
        raise AttentionNeeded("\n".join(lines))


def _decide(settings: Settings, store: Store, record: IssueRecord, now: datetime) -> IssueRecord:
    late = now - record.due
    if late > settings.schedule.late_by_at_most:
        store.issues.hold(record.id, f"late by {_span(late)}, more than schedule.late_by_at_most allows", now)
    elif settings.schedule.approval == "automatic" and record.sha256:
        store.issues.approve(record.id, record.sha256, "schedule.approval = automatic", now)
    return found(store, record.key)


def _span(delta: timedelta) -> str:
    hours = int(delta.total_seconds() // 3600)
    return f"{hours // 24} days {hours % 24} h" if hours >= 24 else f"{hours} h"


def _send(settings: Settings, store: Store, record: IssueRecord, job: Job) -> Run:
    if record.state != "approved":
        why = {"frozen": "it waits for approval", "held": f"it is held: {record.reason}"}.get(
            record.state, f"it is not frozen: {record.reason or 'run `digest run` first'}"
        )
        cure = f"\n  look at it, then: digest approve {record.key} && digest send {record.key}"
        raise AttentionNeeded(f"{record.key} was not sent: {why}{cure if record.sha256 else ''}")
    counts = store.ledger.counts(record.id)
    if counts.finished:
        return Run(record, counts, fresh=False)
    return Run(record, _deliver(settings, store, record, job), fresh=True)


def _deliver(settings: Settings, store: Store, record: IssueRecord, job: Job) -> Counts:
    from digest import send as sending  # brings httpx: only who sends pays for it
    from digest.send import providers

    letter = sending.Letter(
        email=store.issues.email(record.id),
        sender=settings.newsletter.from_,
        date=record.approved_at or record.due,
        pictures=collect.pictures(settings.sources),
    )
    rate, token = settings.send.rate_per_s, settings.token()
    with providers.chosen(settings.send, letter, token=token, folder=settings.folder) as provider:
        able = provider.capabilities
        # Without a replay a crash leaves a whole batch in doubt: keep it small unless told.
        usual = able.largest_batch if able.replay_within else 100
        size = _freeze_audience(settings, store, record, min(settings.send.batch or usual, able.largest_batch))
        plan = sending.Plan(
            clock=lambda: datetime.now(UTC),
            workers=min(settings.send.workers, size),
            pace=sending.Pace(rate) if rate else None,
            on_progress=job.watch.sent,
            stop=job.stop,
        )
        return sending.issue(record, store.ledger, provider, plan)


def _freeze_audience(settings: Settings, store: Store, record: IssueRecord, batch_size: int) -> int:
    """Fixes who gets this issue, once; those of the sample are reached by the outbox only."""
    now = datetime.now(UTC)
    if settings.send.provider == OUTBOX:
        store.people.add(collect.readers(settings.sources), now)
    size = store.ledger.freeze_audience(
        record.id,
        provider=settings.send.provider,
        batch_size=batch_size,
        unsubscribe_url=f"{settings.newsletter.public_url}/u/",
        at=now,
    )
    if not size:
        cure = f"digest subscribers import FILE && digest send {record.key}"
        raise AttentionNeeded(f"{record.key} was not sent: nobody is subscribed\n  add people, then: {cure}")
    return size
