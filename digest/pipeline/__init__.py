"""The five stages in order: collect, compose, render, check, send. Read this first.

`making` goes from the sources to a checked email, `delivery` from frozen bytes to outcomes; what
stands here decides. The command line, the schedule and the desk call nothing else, so there is
one way to build an issue and one way to send it. `now` is an argument everywhere: a past or a
future issue is built the same way as today's.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from digest import check, compose, config, phrases
from digest.compose import window
from digest.config import Settings
from digest.errors import AttentionNeeded, DigestError
from digest.models import Campaign, Counts, Email, Finding, Slot
from digest.pipeline import campaigns, delivery, handing, illustrating, making, proving
from digest.pipeline.job import CLOCK, Frozen, Job, Watch
from digest.pipeline.making import (
    Draft,
    Material,
    Sketch,
    build,
    composed,
    drafted,
    fetch,
    gather,
    judged,
    key_of,
    look,
    material,
    sketched,
)
from digest.pipeline.proving import Ask, prober

if TYPE_CHECKING:
    from digest.probe import Prober, Progress
    from digest.store import Store
    from digest.store.issues import IssueRecord

__all__ = [
    "CLOCK",
    "Ask",
    "Draft",
    "Frozen",
    "Job",
    "Material",
    "Run",
    "Sketch",
    "Watch",
    "ask",
    "build",
    "coming",
    "composed",
    "drafted",
    "edited",
    "examine",
    "fetch",
    "found",
    "freeze",
    "gather",
    "is_late",
    "judged",
    "key_of",
    "look",
    "material",
    "prober",
    "run",
    "send",
    "sketched",
    "slot_of",
    "too_late",
]


class Run(Struct, frozen=True):
    """What one run came to."""

    record: IssueRecord
    counts: Counts
    fresh: bool
    """False when nothing was sent: the issue had gone out already, or was skipped."""
    campaign: Campaign | None = None
    """Where the provider keeps the list itself, and nothing is counted here."""


def coming(settings: Settings, store: Store | None, now: datetime) -> Slot:
    """The slot of the issue that is being made: its window closed last, or is still open once that one is decided."""
    closed = window.latest_closed(settings.schedule, settings.newsletter.zone, now)
    record = store.issues.get(key_of(settings, closed)) if store else None
    return making.open_slot(settings, now) if record and record.state in ("approved", "skipped") else closed


def slot_of(record: IssueRecord) -> Slot:
    """The slot as it was when the issue was begun: a later change of the schedule moves no window."""
    return Slot(record.period, record.window, record.due)


def run(settings: Settings, store: Store, job: Job) -> Run:
    """The main job for the slot that became due last. Safe to repeat: a finished issue is left alone.

    Raises AttentionNeeded when a check stops it, when approval is required or when it is too
    late; SenderBusy when another process is at it.
    """
    delivery.refuse_misfits(settings)
    settings.secrets()  # before anything is frozen: a missing one is found now
    slot = window.latest_due(settings.schedule, settings.newsletter.zone, job.now)
    with store.lock():
        record = store.issues.begin(settings.newsletter.key, slot, key_of(settings, slot), job.now)
        if record.state in ("open", "stopped"):
            record = freeze(settings, store, record, job).record
        if record.state == "frozen":
            record = _decide(settings, store, record, job.now)
        if record.state == "skipped":
            return Run(record, Counts(), fresh=False)
        done = _send(settings, store, record, job)
    return _watched(settings, store, done, job)


def freeze(settings: Settings, store: Store, record: IssueRecord, job: Job) -> Frozen:
    """Makes the issue and fixes its bytes, or records why not; a quiet week is held or skipped as the schedule says.

    One that is frozen already is made anew, which voids its approval; not by the clock, though, when
    nothing would differ. The caller holds the lock.
    """
    edits = config.overlay_hash(settings.folder, record.key)  # before it is read: an edit in between is one since
    try:
        draft = making.make(settings, store, slot_of(record), job)
        skips = bool(draft.quiet) and settings.schedule.when_quiet == "skip" and job.by == CLOCK
        _refuse_errors(record, [f for f in draft.findings if not (skips and f.check == "no-stories")])
    except DigestError as error:
        if record.sha256 is None:
            store.issues.stop(record.id, str(error), job.now)
        raise
    if skips:
        store.issues.skip(record.id, draft.quiet, job.now, by=job.by)
        return Frozen(found(store, record.key), draft.findings, ())
    again = record.sha256 is not None
    if again and job.by == CLOCK and _alike(store.issues.email(record.id), draft.email):
        store.issues.made_with(record.id, edits)
        return Frozen(found(store, record.key), draft.findings, ())
    before = store.issues.composed(record.id) if again else draft.issue
    store.issues.add_findings(record.id, draft.sha256, draft.findings)
    store.issues.freeze(record.id, draft.issue, draft.email, draft.variants, by=job.by, at=job.now, again=again)
    store.issues.made_with(record.id, edits)
    store.pictures.forget(datetime.now(UTC) - illustrating.FORGOTTEN_AFTER)
    if draft.quiet and settings.schedule.when_quiet == "hold":
        store.issues.hold(record.id, draft.quiet, job.now, by=job.by)
    frozen = Frozen(found(store, record.key), draft.findings, compose.changes(before, draft.issue))
    job.on_frozen(frozen)
    return frozen


def _alike(one: Email, other: Email) -> bool:
    """Equal but for their tokens."""
    html, text = other.html, other.text
    for name, token in other.tokens.items():
        html, text = html.replace(token, one.tokens[name]), text.replace(token, one.tokens[name])
    return one == replace(other, html=html, text=text, tokens=one.tokens)


def send(settings: Settings, store: Store, key: str, job: Job) -> Run:
    """Sends what was approved, or goes on where it was interrupted. Raises AttentionNeeded for anything else."""
    delivery.refuse_misfits(settings)
    with store.lock():
        done = _send(settings, store, found(store, key), job)
    return _watched(settings, store, done, job)


def found(store: Store, key: str) -> IssueRecord:
    """The issue with this key. Raises DigestError that names those that are there."""
    record = store.issues.get(key)
    if record is None:
        known = ", ".join(r.key for r in store.issues.all()[:3]) or "none yet"
        raise DigestError(f"there is no issue {key}; the latest: {known}")
    return record


def edited(settings: Settings, record: IssueRecord) -> bool:
    """Whether the editor has changed the issue's overlay since it was frozen."""
    return record.overlay is not None and record.overlay != config.overlay_hash(settings.folder, record.key)


def _refuse_errors(record: IssueRecord, findings: Sequence[Finding]) -> None:
    if check.stops(findings):
        lines = [f"{record.key} was stopped by a check; nothing was sent"]
        lines += [f"  {f.message}\n    {f.cure}" for f in findings if f.severity == "error"]
        raise AttentionNeeded("\n".join(lines))


def _decide(settings: Settings, store: Store, record: IssueRecord, now: datetime) -> IssueRecord:
    if is_late(settings, record, now):
        store.issues.hold(record.id, too_late(record, now), now)
    elif settings.schedule.approval == "automatic" and record.sha256:
        dead = [f for f in ask(settings, store, record) if f.severity == "error"]
        if dead:
            store.issues.hold(record.id, "; ".join(f.message for f in dead[:3]), now)
        else:  # nobody has seen its warnings: they stay without a yes
            store.issues.approve(record.id, record.sha256, "schedule.approval = automatic", now)
    return found(store, record.key)


def ask(settings: Settings, store: Store, record: IssueRecord, progress: Progress | None = None) -> tuple[Finding, ...]:
    """What the links and pictures of a frozen issue answer, if `[check]` wants them tried before an approval."""
    if not settings.check.links:
        return ()
    return proving.findings_of_frozen(settings, store, record, Ask(links=True), prober(settings, progress))


def examine(
    settings: Settings, store: Store | None, draft: Draft, asking: Ask, job: Job, through: Prober | None = None
) -> Draft:
    """The draft judged by all that can be known of it: its readers, and what others answer to `asking`.

    Raises DigestError when asked to call a reader's own unsubscribe address.
    """
    given = proving.with_readers(draft.proof, settings, store, job.now) if store else draft.proof
    given = proving.asked(given, settings, asking, through or prober(settings), store)
    return making.examined(draft, given, job)


def is_late(settings: Settings, record: IssueRecord, now: datetime) -> bool:
    """Whether the issue may not go out any more without a person's word."""
    return now - record.due > settings.schedule.late_by_at_most


def too_late(record: IssueRecord, now: datetime) -> str:
    """Why an issue that is late is held."""
    return f"late by {phrases.span(now - record.due)}, more than schedule.late_by_at_most allows"


def _send(settings: Settings, store: Store, record: IssueRecord, job: Job) -> Run:
    if record.state != "approved":
        why = {
            "frozen": "it waits for approval",
            "held": f"it is held: {record.reason}",
            "skipped": f"it was skipped: {record.reason}",
        }.get(record.state, f"it is not frozen: {record.reason or 'run `digest run` first'}")
        cure = f"\n  look at it, then: digest approve {record.key} && digest send {record.key}"
        raise AttentionNeeded(f"{record.key} was not sent: {why}{cure if record.sha256 else ''}")
    counts = store.ledger.counts(record.id)
    halt = store.ledger.halt(record.id)
    if halt:
        from digest.send import sending  # brings httpx

        raise AttentionNeeded(sending.halted(record.key, halt, counts))
    if campaigns.chosen(settings):
        campaign, fresh = campaigns.hand_over(settings, store, record)
        return Run(record, Counts(), fresh, campaign)
    campaigns.refuse_begun(store, record)
    if counts.finished:
        return Run(record, counts, fresh=False)
    if not counts.audience and edited(settings, record):
        overlay = config.overlay_file(settings.folder, record.key)
        raise AttentionNeeded(
            f"{record.key} was not sent: {overlay} was edited after the issue was frozen\n"
            f"  take the edit in: digest freeze --issue {record.key}, then look at it and approve it; or undo the edit"
        )
    if settings.send.engine == "workers":
        handing.hand_over(settings, store, record, job)
        return Run(record, counts, fresh=True)
    return Run(record, delivery.deliver(settings, store, record, job), fresh=True)


def _watched(settings: Settings, store: Store, done: Run, job: Job) -> Run:
    """What became of an issue that workers send; the lock is theirs meanwhile."""
    if settings.send.engine != "workers" or not done.fresh or done.campaign:
        return done
    return replace(done, counts=handing.watched(store, done.record, job))
