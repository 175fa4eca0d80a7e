"""What an answer means for the batch that it came for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from msgspec import Struct

from digest.models import Answer, Batch, InDoubt, NotSent, Outcome, Refused, Settled, Stopped
from digest.store import batches
from digest.store.batches import State


class Verdict(Struct, frozen=True):
    """The state that the batch gets, and the outcomes of its deliveries."""

    state: State
    reason: str = ""
    outcomes: tuple[Outcome, ...] = ()
    split_at: int | None = None
    """First delivery of the upper half."""


def judge(batch: Batch, answer: Answer) -> Verdict:
    """What the ledger makes of an answer."""
    match answer:
        case Settled(outcomes, others):
            return _named(batch, outcomes, None if batch.replay else others)
        case InDoubt(reason):
            return Verdict("in doubt", reason)
        case Refused(reason) if batch.replay:
            # The first attempt may have been taken: parts of it under new keys could arrive twice.
            return Verdict("in doubt", f"sent before, and refused when sent again: {reason}")
        case Refused(reason) if len(batch.deliveries) == 1:
            return Verdict("done", outcomes=(Outcome(batch.deliveries[0].number, "rejected", reason=reason),))
        case Refused(reason):
            return Verdict("pending", reason, split_at=batch.deliveries[len(batch.deliveries) // 2].number)
        case _:
            return Verdict("pending", answer.reason)


def _named(batch: Batch, outcomes: Sequence[Outcome], others: NotSent | Stopped | None) -> Verdict:
    if [d.number for d in batch.deliveries] == [outcome.number for outcome in outcomes]:  # as nearly always
        return Verdict("done", outcomes=tuple(outcomes))
    by_number = {outcome.number: outcome for outcome in outcomes}
    named = tuple(by_number[d.number] for d in batch.deliveries if d.number in by_number)
    if len(named) == len(batch.deliveries):
        return Verdict("done", outcomes=named)
    if others:
        return Verdict("pending", others.reason, named)
    return Verdict("in doubt", f"the answer names {len(named)} of {len(batch.deliveries)} recipients", named)


_WORDS = {NotSent: "not sent", Refused: "refused", Stopped: "stopped", InDoubt: "in doubt"}


def said(answer: Answer) -> str:
    """The answer in a line, for the attempt that it ended."""
    if isinstance(answer, Settled):
        counts = Counter([outcome.state for outcome in answer.outcomes])
        words = [f"{number} {state}" for state, number in sorted(counts.items())]
        return ", ".join([*words, said(answer.others)] if answer.others else words)
    return batches.storable(f"{_WORDS[type(answer)]}: {answer.reason}")
