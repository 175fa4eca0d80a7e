"""What is in doubt: the provider is asked first, then a person's word settles it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from digest.config import Settings
from digest.errors import DigestError
from digest.pipeline import delivery
from digest.pipeline.job import Job

if TYPE_CHECKING:
    from digest.send.ladder import Asked
    from digest.store import Store
    from digest.store.issues import IssueRecord
    from digest.store.ledger import Doubt

Choice = Literal["look", "assume-sent", "resend", "ask"]


class Resolved(Struct, frozen=True):
    """What came of it."""

    asked: tuple[Asked, ...]
    """What the provider said, batch by batch; empty where it cannot be asked."""
    settled: int
    """Deliveries that are not in doubt any more."""
    pending: int
    """Those of them that the next run sends."""
    left: tuple[Doubt, ...]


def resolve(
    settings: Settings, store: Store, record: IssueRecord, choice: Choice, job: Job, seq: int | None = None
) -> Resolved:
    """Asks the provider about every batch in doubt, or about batch `seq`, then does what was chosen with what is left.

    "look" leaves it, "ask" makes pending whom the provider has not taken and can be believed about.
    The caller holds the lock. Raises DigestError when that batch is not in doubt.
    """
    _take_up(settings, store, record, job.now)
    before = _doubts(store, record, seq)
    can_be_asked = _can_be_asked(settings) and bool(before)
    policy: Literal["ask", "hold"] = "ask" if choice == "ask" else "hold"
    keyed = [doubt for doubt in before if doubt.key]
    asked = delivery.ask(settings, store, record, keyed, policy) if can_be_asked and keyed else ()
    pending = sum(each.pending for each in asked)
    for doubt in store.ledger.in_doubt(record.id):
        if seq not in (None, doubt.seq):
            continue
        if choice == "assume-sent":
            store.ledger.assume_sent(record.id, doubt.seq, job.by, job.now)
        elif choice == "resend":
            pending += store.ledger.send_again(record.id, doubt.seq, job.by, job.now)
    left = store.ledger.in_doubt(record.id)
    mine = sum(doubt.size for doubt in left if seq in (None, doubt.seq))
    return Resolved(asked, sum(doubt.size for doubt in before) - mine, pending, left)


def _doubts(store: Store, record: IssueRecord, seq: int | None) -> list[Doubt]:
    found = store.ledger.in_doubt(record.id)
    if seq is None:
        return list(found)
    mine = [doubt for doubt in found if doubt.seq == seq]
    if not mine:
        known = ", ".join(str(doubt.seq) for doubt in found) or "none is"
        raise DigestError(f"{record.key}: batch {seq} is not in doubt; {known}")
    return mine


def _can_be_asked(settings: Settings) -> bool:
    from digest.send import providers

    return providers.capabilities(settings.send.provider).asked_after is not None


def _take_up(settings: Settings, store: Store, record: IssueRecord, now: datetime) -> None:
    """What a dead sender had in its hands is in doubt from now on: nobody else holds the lock."""
    from digest.send import ladder, providers

    able = providers.capabilities(settings.send.provider)
    for orphan in store.ledger.orphans(record.id):
        if orphan.state == "in flight":
            store.ledger.to_doubt(record.id, orphan.seq, ladder.DIED, now, ladder.believed_at(able, orphan.started))
