"""The threads of one run, each with one batch in its hands at a time, and what they tell each other."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from digest import phrases
from digest.errors import StoreAway, StoreError
from digest.models import Answer, Batch, Counts, InDoubt, NotSent, Refused, Regrets, Settled, Stopped
from digest.send import ladder
from digest.send.breaker import Breaker, regretted

if TYPE_CHECKING:
    from digest.send.plan import Plan
    from digest.send.providers.provider import Provider
    from digest.store.issues import IssueRecord
    from digest.store.ledger import Ledger

_log = logging.getLogger("digest.send")
_Found = TypeVar("_Found")

TRIES = 6
"""How often one batch is handed over while nothing else gets through either."""
REPLAYS_AFTER_S = (5.0, 20.0)
LONGEST_WAIT = timedelta(minutes=15)
_LONGEST_BACKOFF_S = 60.0
_LONG_AGO = timedelta(days=9999)
_POLL_S = 0.05
_IDLE_S = 0.2
_STORE_PAUSE_S = 0.25


class Run:
    """What is pending of one issue, on its way out. `work` is what each thread does."""

    def __init__(self, record: IssueRecord, ledger: Ledger, provider: Provider, plan: Plan) -> None:
        self.over = threading.Event()
        self.failure: str | None = None
        """Why it ended before everything was settled, in words."""
        self.error: BaseException | None = None
        """The same, where it is no fault of the provider's."""
        self._record, self._ledger, self._provider, self._plan = record, ledger, provider, plan
        self._breaker = Breaker(ledger.counts(record.id), plan.most_rejected)
        self._name = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._lock = threading.Lock()
        self._tries: Counter[int] = Counter()
        self._doubts = 0
        self._not_before = self._last_answer = plan.clock()

    def work(self, number: int) -> None:
        """One thread: batch after batch. The first thread to find nothing left, or to fail, ends all."""
        owner = f"{self._name}:{number}"
        try:
            while not self._ended and self._waited_turn() and self._one_batch(owner):
                pass
        except BaseException as error:  # the thread that asked for all this raises it
            self.error = self.error or error
        finally:
            self.over.set()

    def counts(self) -> Counts:
        """How things stand; a database that is away is waited for."""
        return self.stored(lambda: self._ledger.counts(self._record.id))

    def look(self, counts: Counts) -> None:
        """Ends the run when too many of those who have the email complain, or cannot be reached."""
        plan = self._plan
        regrets = self.stored(plan.regrets) if counts.pending else Regrets()
        reason = regretted(self._record.key, counts, regrets, plan.most_complained, plan.most_bounced)
        if reason:
            self._fail(reason)

    @property
    def unsure(self) -> bool:
        """Whether the last answer said nothing."""
        return self._doubts > 0

    @property
    def _ended(self) -> bool:
        return self.over.is_set() or self._plan.stop.is_set()

    def _waited_turn(self) -> bool:
        """True when a call may start, False when the run ended meanwhile."""
        while not self._ended:
            early = (self._not_before - self._plan.clock()).total_seconds()
            unpaid = self._plan.pace.wait_s()
            if early <= 0 and unpaid <= 0:
                return True
            if unpaid > LONGEST_WAIT.total_seconds():
                self._fail(
                    f"the provider's limit is used up for {phrases.span(timedelta(seconds=unpaid))}; run again then"
                )
            self.over.wait(min(_POLL_S, max(early, unpaid)))
        return False

    def _one_batch(self, owner: str) -> bool:
        """One batch, and those that may follow at once; False when there is nothing left to do."""
        batch = self.claimed(owner)
        if batch is None:
            return self._more_to_come()
        while batch is not None:
            batch = self.send_batch(batch, owner)
        return True

    def send_batch(self, batch: Batch, owner: str, *, alone: bool = False) -> Batch | None:
        """Hands over what `owner` has claimed, and settles it; the next one, if it was claimed in the same breath.

        `alone`: no other one is claimed.
        """
        twice = self._breaker.twice(batch)
        if twice:
            self._fail(twice)
            return self._settle(batch, InDoubt(twice), owner, alone=True)
        self._plan.pace.spend(len(batch.deliveries))
        answer = self._breaker.judged(batch, self._delivered(batch), lambda: self.counts().accepted)
        return self._settle(batch, answer, owner, alone=alone)

    def claimed(self, owner: str, seq: int | None = None) -> Batch | None:
        """The next batch, or the one of that number if it may go out now.

        When a claim's own answer is lost, what this owner then holds is what it claimed.
        """
        issue_id, key = self._record.id, self._record.key
        lost = False

        def claim() -> Batch | None:
            nonlocal lost
            held = self._ledger.claimed(issue_id, issue_key=key, owner=owner) if lost else None
            lost = True
            return held or self._ledger.claim(issue_id, issue_key=key, owner=owner, at=self._plan.clock(), seq=seq)

        # one of many must know what it holds, whatever the database says: nobody else takes it from living hands
        return self.stored(claim, StoreAway if self._plan.gives_up else StoreError)

    def _more_to_come(self) -> bool:
        """Whether batches wait for their time, or are in another thread's hands; waits a little for them."""
        counts = self.counts()
        if not (counts.pending or counts.in_flight) or self.stored(lambda: self._ledger.halt(self._record.id)):
            return False
        if self._plan.clock() - self._last_answer > LONGEST_WAIT:
            self._fail("gave up waiting for batches that may not be tried again yet")
        self.over.wait(_IDLE_S)
        return True

    def _delivered(self, batch: Batch) -> Answer:
        """The provider's answer; where a doubt can be cleared by asking the same again, it is."""
        if batch.replay_of and not self._remembered(batch.replay_of):
            return InDoubt(ladder.DIED)
        answer = self._provider.deliver(batch)
        if self._provider.capabilities.replay_within is None:
            return answer
        for pause_s in REPLAYS_AFTER_S:
            if not isinstance(answer, InDoubt) or not self._rested(pause_s):
                return answer
            again = self._provider.deliver(batch)
            # that it is not taken this time says nothing of the first
            answer = again if isinstance(again, Settled) else InDoubt(f"{answer.reason}; then {again.reason}")
        return answer

    def _remembered(self, started: datetime) -> bool:
        return ladder.remembered(self._provider.capabilities, started, self._plan.clock())

    def _settle(self, batch: Batch, answer: Answer, owner: str, *, alone: bool) -> Batch | None:
        """Writes down what came of it; the next batch, claimed in the same breath, where no call has to wait."""
        at = self._plan.clock()
        with self._lock:
            self._last_answer = at
            pause = self._learn(batch, answer)
            self._not_before = max(self._not_before, at + pause)
        if pause:
            self._plan.on_pause(pause)
        next_at: datetime | None = at + pause
        if isinstance(answer, InDoubt | Settled) and not (isinstance(answer, Settled) and answer.others):
            next_at = ladder.believed_at(self._provider.capabilities, at)
        following, tried = None, False

        def settle() -> bool:
            nonlocal following, tried
            issue_id = self._record.id
            if alone or self._ended or self._not_before > at or self._plan.pace.wait_s() or tried:
                return self._ledger.settle(issue_id, batch, answer, owner=owner, at=at, next_at=next_at)
            tried = True
            ours, following = self._ledger.settle_and_claim(
                issue_id, batch, answer, owner=owner, at=at, next_at=next_at
            )
            return ours

        if not self.stored(settle, StoreError):
            self._taken_over(batch)
        if tried and following is None:  # the commit may have been lost with a claim in it
            following = self.stored(
                lambda: self._ledger.claimed(self._record.id, issue_key=self._record.key, owner=owner)
            )
        return following

    def _learn(self, batch: Batch, answer: Answer) -> timedelta:
        """What this answer means for the calls to come: how long nobody calls, or that nobody calls again."""
        stopping = self._breaker.learn(batch, answer)
        if stopping:
            self._fail(stopping)
        match answer:
            case Settled(_, NotSent() | Stopped() as others):
                return self._learn(batch, others)
            case Settled() | Refused():
                self._tries.clear()
                self._doubts = 0
                self._plan.pace.accepted()
                return timedelta()
            case Stopped(reason):
                self._fail(reason)
                return timedelta()
            case InDoubt(reason):
                _log.warning("batch %d may have been taken or not: %s", batch.seq, reason)
                self._doubts += 1
                return _backoff(self._doubts)
            case NotSent():
                return self._try_later(batch, answer)

    def _try_later(self, batch: Batch, answer: NotSent) -> timedelta:
        self._tries[batch.seq] += 1
        tries, asked_s = self._tries[batch.seq], answer.retry_after_s
        pause = _backoff(tries) if asked_s is None else timedelta(seconds=min(asked_s, _LONG_AGO.total_seconds()))
        if answer.reason.startswith("429"):
            self._plan.pace.refused()
        if self._plan.gives_up and pause > LONGEST_WAIT:
            self._fail(f"the provider asks for a pause of {phrases.span(pause)}; run again then: {answer.reason}")
        elif self._plan.gives_up and tries >= TRIES:
            self._fail(f"gave up after {tries} tries: {answer.reason}")
        else:
            _log.warning("not taken, trying again in %d s: %s", pause.total_seconds(), answer.reason)
        return pause

    def _rested(self, pause_s: float) -> bool:
        """Whether the pause was over before the run was."""
        until = self._plan.clock() + timedelta(seconds=pause_s)
        while not self._ended and self._plan.clock() < until:
            self.over.wait(_POLL_S)
        return not self._ended

    def stored(self, work: Callable[[], _Found], patient_with: type[StoreError] = StoreAway) -> _Found:
        """Does it again while the database cannot, for as long as the plan has patience."""
        until = time.monotonic() + self._plan.patience_s
        while True:
            try:
                return work()
            except patient_with:
                if time.monotonic() >= until:
                    raise
                time.sleep(_STORE_PAUSE_S)

    def _taken_over(self, batch: Batch) -> None:
        said = f"batch {batch.seq} was taken over by another process while it was being sent"
        if self._plan.gives_up:
            self._fail(said)
        else:  # the others took this process for dead, and judged by that
            _log.warning("%s", said)

    def _fail(self, reason: str) -> None:
        if self.failure is None:
            self.failure = reason
        self.over.set()


def _backoff(tries: int) -> timedelta:
    return timedelta(seconds=min(2.0 ** min(tries, 10), _LONGEST_BACKOFF_S))  # one of many tries for days
