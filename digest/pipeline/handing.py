"""An issue that workers send: handed over to them, and watched until they are done with it.

Whoever watches may go away at any time. The workers need nobody.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from digest.config import Settings
from digest.errors import AttentionNeeded, DigestError, StoreAway
from digest.models import Counts
from digest.pipeline import delivery
from digest.pipeline.job import Job

if TYPE_CHECKING:
    from digest.store import Store
    from digest.store.issues import IssueRecord

_PROGRESS_S = 0.5
_PATIENCE_S = 30.0
ALONE_S = 60.0
"""So long a watcher waits for a worker to appear."""
_LONG = timedelta(minutes=15)


def hand_over(settings: Settings, store: Store, record: IssueRecord, job: Job) -> None:
    """Fixes the audience, once, with a job for each batch, in one transaction. Safe to repeat; the caller has the lock.

    Raises AttentionNeeded as `delivery.deliver` does.
    """
    from digest.send import providers

    able, email = providers.capabilities(settings.send.provider), store.issues.email(record.id)
    delivery.freeze_audience(settings, store, record, job, delivery.batch_size(settings, able, email), jobs=True)
    store.fleet.defer(record.id)  # what an earlier run left without


def watched(store: Store, record: IssueRecord, job: Job) -> Counts:
    """Tells the progress until nothing is left to send, or `job.stop`; how things stand then.

    Raises AttentionNeeded when a person or the breaker stops it, DigestError when no worker is there or
    the provider asks for a long pause: the workers go on by themselves, once they can.
    """
    seen = time.monotonic()
    while True:
        began = time.monotonic()
        counts = _counts(store, record)
        pause_s = max(_PROGRESS_S, 10 * (time.monotonic() - began))  # a million rows take 0.2 s to count
        job.watch.sent(counts)
        if not (counts.pending or counts.in_flight) or job.stop.is_set():
            return counts
        _refuse_halted(store, record, counts)
        if any(worker.alive for worker in store.fleet.workers()):
            seen = time.monotonic()
        elif time.monotonic() - seen > ALONE_S:
            cure = "start `digest worker` on some machine: it goes on then by itself"
            raise DigestError(f"{record.key} is handed over, but no worker is there\n  {cure}")
        _refuse_long(store, record, counts)
        job.stop.wait(pause_s)


def _counts(store: Store, record: IssueRecord) -> Counts:
    from digest.send import sending

    until = time.monotonic() + _PATIENCE_S
    while True:
        try:
            return sending.checked(store.ledger.counts(record.id))
        except StoreAway:
            if time.monotonic() > until:
                raise
            time.sleep(_PROGRESS_S)


def _refuse_halted(store: Store, record: IssueRecord, counts: Counts) -> None:
    from digest.send import sending

    halt = store.ledger.halt(record.id)
    if halt and not counts.in_flight:
        raise AttentionNeeded(sending.halted(record.key, halt, counts))


def _refuse_long(store: Store, record: IssueRecord, counts: Counts) -> None:
    now = datetime.now(UTC)
    until = store.ledger.movement(record.id, now).waits_until
    if until and until - now > _LONG and not counts.in_flight:
        raise DigestError(
            f"{record.key} waits until {until:%Y-%m-%d %H:%M} UTC: the provider asks for it\n"
            f"  {counts.accepted} of {counts.audience} were accepted; the workers go on then by themselves"
        )
