"""What stops a run by itself: somebody twice, too many refusals, unknown answers in a row, complaints, bounces."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from digest.models import Answer, Batch, Counts, InDoubt, NotSent, Refused, Regrets, Settled, Stopped

DOUBTS = 3
"""So many batches in a row that may have been taken end the run: the next would only add to them."""
REFUSALS = 5
"""So many single recipients refused, and nobody accepted: it is not the recipients."""
MOST_REJECTED = 0.05
"""Of those that a provider answered for. A higher rate costs a sender its name: a list like that is looked at first."""
_ENOUGH = 100
"""Answers before a rate says anything."""
MOST_COMPLAINED = 0.003
"""Of those who have it. From there on Gmail takes a sender's mail for spam ("Email sender guidelines",
https://support.google.com/a/answer/81126, read 2026-11-30)."""
MOST_BOUNCED = 0.10
"""Of those who have it."""
_COMPLAINTS, _BOUNCES = 5, 20
"""So few stop nobody, whatever their rate: one complaint among ten readers says nothing of the list."""


def regretted(
    key: str, counts: Counts, regrets: Regrets, most_complained: float | None, most_bounced: float | None
) -> str:
    """Why an issue may not go on: too many of those who have it complained, or cannot be reached. Else empty.

    By what was accepted, not by what was reported as delivered, which some providers never tell. A
    limit is None where a person accepts any rate.
    """
    limits = (
        (regrets.complained, _COMPLAINTS, most_complained, "recipients called it spam", "complaints"),
        (regrets.bounced, _BOUNCES, most_bounced, "emails bounced", "rejections"),
    )
    for number, few, most, what, check in limits:
        if most is None or number <= few or number <= counts.accepted * most:
            continue
        share = f"{number / counts.accepted:.1%} of the {counts.accepted:,} that went out" if counts.accepted else ""
        cure = f"look at how these people came on the list (`digest report {key}`); then go on with"
        return (
            f"{number:,} {what}, {share}, more than {most:.1%}: mail providers turn against a sender for that; "
            f"{cure} `digest send {key} --accept {check}`, or `digest resume {key}` where workers send; "
            f"or end it with `digest cancel {key}`"
        )
    return ""


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
                return unanswered(answer.reason) if self._doubts >= DOUBTS else ""
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


def unanswered(reason: str) -> str:
    """What to tell a person when so many batches are in doubt; `reason`: why the last one is."""
    return f"{DOUBTS} batches in a row may have been taken or not: {reason}"


def too_many_rejected(accepted: int, rejected: int, most: float | None) -> str:
    """What to tell a person when a larger share than `most` of those that were answered for is rejected, else empty."""
    answered = accepted + rejected
    if most is None or answered < _ENOUGH or rejected <= answered * most:
        return ""
    cure = "look at the list and at the reasons (`digest status ISSUE --recipients`), then let them pass:"
    how = "`--accept rejections`, or `digest resume ISSUE` where workers send"
    share = f"{rejected / answered:.0%} of {answered:,}"
    return f"{rejected:,} recipients were rejected, {share}, more than {most:.0%}; {cure} {how}"
