"""What may have been taken or not, step by step: the same call again, the provider's word, else a person.

Each step is taken only while it can be believed. Nothing here hands anything over: what is to be
sent once more becomes pending, and the loop of `sending` sends it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from digest.models import Batch, Outcome, Stopped
from digest.send.providers.provider import Capabilities, Found, Informed

if TYPE_CHECKING:
    from digest.send.providers.provider import Provider
    from digest.store.issues import IssueRecord
    from digest.store.ledger import Doubt, Ledger

DIED = "the sender ended in the middle of the call"
_NEVER_AGAIN = timedelta(days=3)
"""After so long a provider that found nobody finds nobody any more."""

Policy = Literal["hold", "ask"]
"""What becomes of those that the provider, asked after its quiet period, has not taken: they wait for a person, or
are sent."""


class Asked(Struct, frozen=True):
    """What came of asking the provider about one batch."""

    seq: int
    said: str
    """In words, for the operator."""
    left: int
    """Deliveries that are still in doubt."""
    pending: int = 0
    """Deliveries that will be sent, since they were not taken."""


def remembered(able: Capabilities, started: datetime, now: datetime) -> bool:
    """Whether the provider still answers a call of that time from memory; never when the clock was set back."""
    return able.replay_within is not None and timedelta() <= now - started < able.replay_within


def believed_at(able: Capabilities, started: datetime) -> datetime | None:
    """When the provider can be believed about a call that began then; None when it cannot be asked."""
    return None if able.asked_after is None else started + able.asked_after


def take_up(
    record: IssueRecord, ledger: Ledger, able: Capabilities, now: datetime, rest: timedelta = timedelta()
) -> None:
    """What an earlier run, or a worker that died, left unknown: to be called again while the provider remembers.

    Else it is in doubt. `rest`: how long a doubt is left alone before the same call is made again.
    """
    for orphan in ledger.orphans(record.id):
        may_be, this = orphan.key and remembered(able, orphan.started, now), {"attempt": orphan.attempt}
        if may_be and orphan.state != "in flight" and now - orphan.tried < rest:
            continue
        if may_be and ledger.to_replay(record.id, orphan.seq, now, **this):
            continue
        if orphan.state != "in doubt":
            ledger.to_doubt(record.id, orphan.seq, DIED, now, believed_at(able, orphan.started), **this)


def ask(
    record: IssueRecord, ledger: Ledger, provider: Provider, now: datetime, policy: Policy = "hold"
) -> tuple[Asked, ...]:
    """Asks about every batch in doubt whose quiet period is over."""
    due = [doubt for doubt in ledger.in_doubt(record.id) if doubt.key and doubt.ask_at and doubt.ask_at <= now]
    return tuple(ask_about(record, ledger, provider, doubt, now, policy) for doubt in due)


def ask_about(
    record: IssueRecord, ledger: Ledger, provider: Provider, doubt: Doubt, now: datetime, policy: Policy
) -> Asked:
    """Asks about one batch and settles what the provider took or rejected.

    What it did not take is in doubt still, or pending by the policy "ask", once it saw all that there
    is and its quiet period is over.
    """
    seq, able = doubt.seq, provider.capabilities
    if able.asked_after is None or not isinstance(provider, Informed):
        return Asked(seq, "this provider cannot be asked", doubt.size)
    batch = ledger.doubted(record.id, seq, record.key)
    found = provider.inquire(batch, doubt.started)
    if isinstance(found, Stopped):
        return Asked(seq, f"the provider did not say: {found.reason}", doubt.size)
    from digest.store.ledger import Learned

    believed = now - doubt.started >= able.asked_after and found.whole
    said = _said(found, batch, believed=believed)
    next_at = now + max(able.asked_after, now - doubt.started) if now - doubt.started < _NEVER_AGAIN else None
    left = ledger.learn(record.id, seq, _outcomes(found), Learned("the provider was asked", now, said, next_at))
    if not left or policy == "hold" or not believed or ledger.halt(record.id):
        return Asked(seq, said, left)
    return Asked(
        seq, f"{said}; they are sent now", 0, pending=ledger.send_again(record.id, seq, "the provider's word", now)
    )


def _outcomes(found: Found) -> tuple[Outcome, ...]:
    taken = (Outcome(n, "accepted", name, "the provider had taken it") for n, name in found.taken.items())
    rejected = (Outcome(n, "rejected", reason=why) for n, why in found.rejected.items() if n not in found.taken)
    return (*taken, *rejected)


def _said(found: Found, batch: Batch, *, believed: bool) -> str:
    known = sum(d.number in found.taken or d.number in found.rejected for d in batch.deliveries)
    size = len(batch.deliveries)
    if known == size:
        return f"it knows all {size}"
    if believed:
        return f"it knows {known} of {size}, and has not taken the others"
    why = "it is too early to believe it" if found.whole else "it did not show everything"
    return f"it knows {known} of {size}; {why} about the others"
