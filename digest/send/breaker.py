"""What stops a run by itself: somebody twice, too many refusals, too many unknown answers in a row."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from digest.models import Answer, Batch, Counts, InDoubt, NotSent, Refused, Settled, Stopped

DOUBTS = 3
"""So many batches in a row that may have been taken end the run: the next would only add to them."""
REFUSALS = 5
"""So many single recipients refused, and nobody accepted: it is not the recipients."""
MOST_REJECTED = 0.05
"""Of those that a provider answered for. A higher rate costs a sender its name: a list like that is looked at first."""
_ENOUGH = 100
"""Answers before a rate says anything."""


class Breaker:
    """One run's memory of whom it handed over and what came of it. Safe to use from several threads."""

    def __init__(self, before: Counts, most_rejected: float | None = MOST_REJECTED) -> None:
        """`before`: how things stood when the run began. `most_rejected` is None where a person accepts any rate."""
        self._given = bytearray(before.audience + 1)
        self._most_rejected = most_rejected
        self._accepted, self._rejected = before.accepted, 0
        self._doubts = self._refusals = 0
        self._lock = threading.Lock()

    def twice(self, batch: Batch) -> str:
        """Why a batch may not be handed over: this run did so already with one of its people. Else empty."""
        if batch.replay:
            return ""
        with self._lock:
            first, last = batch.deliveries[0].number, batch.deliveries[-1].number
            if not any(self._given[first : last + 1]):  # as always, unless this program is wrong
                return ""
            known = next((d.number for d in batch.deliveries if self._given[d.number]), None)
        if known is None:
            return ""
        return f"batch {batch.seq} holds delivery {known}, which this run handed over already; the ledger needs a look"

    def learn(self, batch: Batch, answer: Answer) -> str:
        """Takes note of an answer; why the run has to end over it, else empty."""
        with self._lock:
            if isinstance(answer, NotSent | Stopped):
                return ""
            if isinstance(answer, InDoubt):
                self._doubts += 1
                self._mark([d.number for d in batch.deliveries])
                too_many = f"{DOUBTS} batches in a row may have been taken or not: {answer.reason}"
                return too_many if self._doubts >= DOUBTS else ""
            self._doubts = 0
            if isinstance(answer, Refused):
                self._rejected += len(batch.deliveries) == 1
            else:
                self._settled(batch, answer)
            return too_many_rejected(self._accepted, self._rejected, self._most_rejected)

    def judged(self, batch: Batch, answer: Answer, accepted: Callable[[], int]) -> Answer:
        """The answer; a provider that refuses whomever it is asked for is stopped before it rejects them all."""
        if not isinstance(answer, Refused) or len(batch.deliveries) > 1:
            return answer
        with self._lock:
            self._refusals += 1
            if self._refusals < REFUSALS or self._accepted or accepted():
                return answer
        return Stopped(f"{REFUSALS} recipients were refused and none accepted: {answer.reason}")

    def _settled(self, batch: Batch, answer: Settled) -> None:
        accepted = [outcome.number for outcome in answer.outcomes if outcome.state == "accepted"]
        self._accepted += len(accepted)
        self._rejected += sum([outcome.state == "rejected" for outcome in answer.outcomes])
        self._mark(accepted if answer.others else [d.number for d in batch.deliveries])

    def _mark(self, numbers: Sequence[int]) -> None:
        if not numbers:
            return
        first, last = numbers[0], numbers[-1]
        if last - first + 1 == len(numbers):  # as nearly always, and then in one step
            self._given[first : last + 1] = b"\1" * len(numbers)
            return
        for number in numbers:
            self._given[number] = 1


def too_many_rejected(accepted: int, rejected: int, most: float | None) -> str:
    """What to tell a person when a larger share than `most` of those that were answered for is rejected, else empty."""
    answered = accepted + rejected
    if most is None or answered < _ENOUGH or rejected <= answered * most:
        return ""
    cure = "look at the list and at the reasons (`digest status ISSUE --recipients`), then let them pass:"
    how = "`--accept rejections`, or `digest resume ISSUE` where workers send"
    share = f"{rejected / answered:.0%} of {answered:,}"
    return f"{rejected:,} recipients were rejected, {share}, more than {most:.0%}; {cure} {how}"
