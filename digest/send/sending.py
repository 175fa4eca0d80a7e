"""The sending loop: claim a batch, hand it to the provider, settle it, until nothing is pending.

It never sends twice by itself and never forgets anyone. The ledger holds the truth: a batch is
in flight there before its first byte leaves, so a process that dies leaves at most one batch per
thread behind, and the next run finds it.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from digest.errors import DigestError
from digest.models import Answer, Batch, Counts, InDoubt, NotSent, Refused, Settled, Stopped
from digest.send.pace import Pace

if TYPE_CHECKING:  # handed in, and slow to import
    from digest.send.providers.provider import Provider
    from digest.store.issues import IssueRecord
    from digest.store.ledger import Ledger

_log = logging.getLogger("digest.send")

TRIES = 6
"""How often one batch is handed over while nothing else gets through either."""
REPLAYS_AFTER_S = (5.0, 20.0)
DOUBTS = 3
"""So many batches in a row that may have been taken end the run: the next would only add to them."""
REFUSALS = 5
"""So many single recipients refused, and nobody accepted: it is not the recipients."""
LONGEST_WAIT = timedelta(minutes=15)
_LONGEST_BACKOFF_S = 60.0
_DIED = "the sender ended in the middle of the call, and the provider cannot be asked again"
_POLL_S = 0.05
_IDLE_S = 0.2
_PROGRESS_S = 0.5


@dataclass(frozen=True, slots=True)
class Plan:
    """How one run goes about it."""

    clock: Callable[[], datetime]
    """The time in UTC; all waits are measured by it."""
    workers: int = 1
    pace: Pace | None = None
    on_progress: Callable[[Counts], None] = lambda _: None
    """Called about twice a second and at the end, in the thread that called `issue`."""
    stop: threading.Event = field(default_factory=threading.Event)
    """Set it to end the run early: batches in flight are finished, the rest stays pending."""


def issue(record: IssueRecord, ledger: Ledger, provider: Provider, plan: Plan) -> Counts:
    """Sends what is pending, and says what became of everyone. Safe to repeat.

    The caller holds the store's lock and has frozen the audience. Raises DigestError when the
    provider cannot go on: what is pending then stays pending, and the next run sends it.
    """
    run = _Run(record, ledger, provider, plan)
    run.settle_orphans()
    with ThreadPoolExecutor(plan.workers) as pool:
        work = [pool.submit(run.work) for _ in range(plan.workers)]
        try:
            pause_s = _PROGRESS_S
            while wait(work, pause_s).not_done:
                began = time.monotonic()
                plan.on_progress(_checked(ledger.counts(record.id)))
                pause_s = max(_PROGRESS_S, 10 * (time.monotonic() - began))  # a million rows take 0.2 s to count
        finally:
            run.over.set()
    for worker in work:
        worker.result()
    counts = _checked(ledger.counts(record.id))
    plan.on_progress(counts)
    if run.failure:
        raise DigestError(_said(record, run.failure, counts))
    return counts


def _checked(counts: Counts) -> Counts:
    """Raises DigestError when more became of an issue than it has recipients."""
    settled = counts.accepted + counts.rejected + counts.suppressed
    if settled > counts.audience:
        raise DigestError(f"stopped: {settled} outcomes for {counts.audience} recipients; the ledger needs a look")
    return counts


def _said(record: IssueRecord, failure: str, counts: Counts) -> str:
    lines = [f"{record.key}: {failure}"]
    lines += [f"  {counts.accepted} of {counts.audience} were accepted, {counts.pending} are still to be sent"]
    if counts.in_doubt:
        lines += [f"  {counts.in_doubt} may have got it or not; they are not sent again by themselves"]
    return "\n".join([*lines, "  mend the cause and run again: nobody gets it twice"])


class _Run:
    """One run's threads and what they tell each other."""

    def __init__(self, record: IssueRecord, ledger: Ledger, provider: Provider, plan: Plan) -> None:
        self.over = threading.Event()
        self.failure: str | None = None
        self._record, self._ledger, self._provider, self._plan = record, ledger, provider, plan
        self._owner = f"{socket.gethostname()}:{os.getpid()}"
        self._lock = threading.Lock()
        self._tries: Counter[int] = Counter()
        self._doubts = self._refusals = 0
        self._some_accepted = False
        self._not_before = self._last_answer = plan.clock()
        self._replays: dict[int, datetime] = {}

    def settle_orphans(self) -> None:
        """What an earlier run left unknown: asked again while the provider remembers, else in doubt."""
        issue_id, now = self._record.id, self._plan.clock()
        for orphan in self._ledger.orphans(issue_id):
            if self._remembered(orphan.started):
                self._ledger.to_replay(issue_id, orphan.seq, now)
                self._replays[orphan.seq] = orphan.started
            elif orphan.state != "in doubt":
                self._ledger.to_doubt(issue_id, orphan.seq, _DIED, now)

    def work(self) -> None:
        """One thread: batch after batch. The first thread to find nothing left, or to fail, ends all."""
        try:
            while not self._ended and self._waited_turn() and self._one_batch():
                pass
        finally:
            self.over.set()

    @property
    def _ended(self) -> bool:
        return self.over.is_set() or self._plan.stop.is_set()

    def _waited_turn(self) -> bool:
        """True when a call may start, False when the run ended meanwhile."""
        while not self._ended:
            early = (self._not_before - self._plan.clock()).total_seconds()
            unpaid = self._plan.pace.wait_s() if self._plan.pace else 0.0
            if early <= 0 and unpaid <= 0:
                return True
            self.over.wait(min(_POLL_S, max(early, unpaid)))
        return False

    def _one_batch(self) -> bool:
        """False when there is nothing left to do."""
        plan = self._plan
        batch = self._ledger.claim(self._record.id, issue_key=self._record.key, owner=self._owner, at=plan.clock())
        if batch is None:
            return self._more_to_come()
        if plan.pace:
            plan.pace.spend(len(batch.deliveries))
        self._settle(batch, self._judged(batch, self._delivered(batch)))
        return True

    def _more_to_come(self) -> bool:
        """Whether batches wait for their time, or are in another thread's hands; waits a little for them."""
        counts = self._ledger.counts(self._record.id)
        if not (counts.pending or counts.in_flight):
            return False
        if self._plan.clock() - self._last_answer > LONGEST_WAIT:
            self._fail("gave up waiting for batches that may not be tried again yet")
        self.over.wait(_IDLE_S)
        return True

    def _delivered(self, batch: Batch) -> Answer:
        """The provider's answer; where a doubt can be cleared by asking the same again, it is."""
        if batch.seq in self._replays and not self._remembered(self._replays[batch.seq]):
            return InDoubt(_DIED)
        answer = self._provider.deliver(batch)
        if self._provider.capabilities.replay_within is None:
            return answer
        for pause_s in REPLAYS_AFTER_S:
            if not isinstance(answer, InDoubt):
                return answer
            self._rest(pause_s)
            again = self._provider.deliver(batch)
            # that it is not taken this time says nothing of the first
            answer = again if isinstance(again, Settled) else InDoubt(f"{answer.reason}; then {again.reason}")
        return answer

    def _remembered(self, started: datetime) -> bool:
        """Whether the provider still answers a call of that time from memory; never when the clock was set back."""
        within = self._provider.capabilities.replay_within
        return within is not None and timedelta() <= self._plan.clock() - started < within

    def _judged(self, batch: Batch, answer: Answer) -> Answer:
        """The answer; a provider that refuses whomever it is asked for is stopped before it rejects them all."""
        if not isinstance(answer, Refused) or len(batch.deliveries) > 1:
            return answer
        with self._lock:
            self._refusals += 1
            if self._refusals < REFUSALS or self._some_accepted or self._ledger.counts(self._record.id).accepted:
                return answer
        return Stopped(f"{REFUSALS} recipients were refused and none accepted: {answer.reason}")

    def _settle(self, batch: Batch, answer: Answer) -> None:
        at = self._plan.clock()
        with self._lock:
            self._last_answer = at
            pause = self._learn(batch, answer)
            self._not_before = max(self._not_before, at + pause)
        issue_id, owner = self._record.id, self._owner
        if not self._ledger.settle(issue_id, batch, answer, owner=owner, at=at, retry_at=at + pause):
            self._fail(f"batch {batch.seq} was taken over by another process while it was being sent")

    def _learn(self, batch: Batch, answer: Answer) -> timedelta:
        """What this answer means for the calls to come: how long nobody calls, or that nobody calls again."""
        match answer:
            case Settled(_, NotSent() | Stopped() as others):
                self._some_accepted = True
                return self._learn(batch, others)
            case Settled() | Refused():
                self._tries.clear()
                self._doubts = 0
                self._some_accepted |= isinstance(answer, Settled)
                return timedelta()
            case Stopped(reason):
                self._fail(reason)
                return timedelta()
            case InDoubt(reason):
                _log.warning("batch %d may have been taken or not: %s", batch.seq, reason)
                self._doubts += 1
                if self._doubts >= DOUBTS:
                    self._fail(f"{DOUBTS} batches in a row may have been taken or not: {reason}")
                return _backoff(self._doubts)
            case NotSent(reason, retry_after_s):
                self._tries[batch.seq] += 1
                tries = self._tries[batch.seq]
                pause = _backoff(tries) if retry_after_s is None else timedelta(seconds=retry_after_s)
                _log.warning("not taken, trying again in %d s: %s", pause.total_seconds(), reason)
                if tries >= TRIES or pause > LONGEST_WAIT:
                    self._fail(f"gave up after {tries} tries: {reason}")
                return pause

    def _rest(self, pause_s: float) -> None:
        until = self._plan.clock() + timedelta(seconds=pause_s)
        while not self._ended and self._plan.clock() < until:
            self.over.wait(_POLL_S)

    def _fail(self, reason: str) -> None:
        if self.failure is None:
            self.failure = reason
        self.over.set()


def _backoff(tries: int) -> timedelta:
    return timedelta(seconds=min(2.0**tries, _LONGEST_BACKOFF_S))
