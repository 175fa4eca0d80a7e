"""From frozen bytes to an outcome for each subscriber: the audience is fixed, and what is left of it is sent."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from digest import collect
from digest.config import Settings
from digest.errors import AttentionNeeded
from digest.models import OUTBOX, Counts
from digest.pipeline.making import Job

if TYPE_CHECKING:
    from digest.store import Store
    from digest.store.issues import IssueRecord


def deliver(settings: Settings, store: Store, record: IssueRecord, job: Job) -> Counts:
    """Fixes the audience, once, and works through what is left of it; the caller holds the lock.

    Raises AttentionNeeded when nobody is subscribed.
    """
    from digest import send as sending  # brings httpx: only who sends pays for it
    from digest.send import providers

    email = store.issues.email(record.id)
    letter = sending.Letter(
        email=email,
        sender=settings.newsletter.from_,
        date=record.approved_at or record.due,
        pictures=store.pictures.shown(email.html, email.web) if settings.send.provider == OUTBOX else {},
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
        store.people.add(collect.readers(settings.sources), record.newsletter, now)
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
