"""What a worker does: one batch when a job says so, and a look at what others left lying.

The ledger alone keeps it right. A job that comes twice, late, or for a batch that is settled finds
nothing to do; a batch belongs to whoever claimed it, for as long as that worker's lease runs.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from math import inf
from typing import TYPE_CHECKING

from msgspec import Struct, field

from digest import send
from digest.config import Settings
from digest.errors import DigestError, SenderBusy, StoreError
from digest.models import Answer, InDoubt, NotSent
from digest.pipeline import delivery
from digest.send import breaker, ladder, providers, shared, work
from digest.send.plan import DRAIN_S

if TYPE_CHECKING:
    from digest.store import Store
    from digest.store.issues import IssueRecord

log = logging.getLogger("digest.worker")

_NOT_OURS = timedelta(minutes=1)
_DOUBT_RESTS = timedelta(minutes=10)
"""So long a batch in doubt is left alone before a provider that knows it by its key is called again."""
_IDLE_SHARES = 8


class _Share(Struct):
    """One issue as this worker sends it, with what it has learned on the way."""

    record: IssueRecord
    decisions: int
    """With another number of them, what was learned may not hold any more."""
    run: work.Run
    pace: shared.SharedPace
    closing: ExitStack
    users: int = 0
    halted: bool = False


class Done(Struct):
    """What this worker has done since it began."""

    batches: int = 0
    emails: int = 0
    doing: dict[str, str] = field(default_factory=dict)
    """Owner -> the batch in its hands, in words."""
    beating_since: float = 0.0
    """By the monotonic clock; 0 while the database does not hear its beats."""


class Sender:
    """The hands of one worker. Safe to use from several threads; close it when all have ended."""

    def __init__(
        self,
        load: Callable[[], Sequence[Settings]],
        store: Store,
        name: str,
        stop: threading.Event,
        lease_s: float,
    ) -> None:
        """`load` is asked for the editions whenever an issue is begun; `lease_s`: of this worker's beats."""
        self.done = Done()
        self._load, self._store, self._name, self._stop, self._lease_s = load, store, name, stop, lease_s
        self._shares: dict[int, _Share] = {}
        self._lock = threading.Lock()
        self._judge_at: dict[int, float] = {}

    def close(self) -> None:
        """Ends the connections to providers."""
        for share in self._shares.values():
            share.closing.close()

    def send_batch(self, issue_id: int, seq: int) -> timedelta | None:
        """Does what there is to do about this batch; after how long somebody has to look again, None: not at all."""
        pending = self._store.fleet.pending(issue_id, seq)
        if pending is None:
            return None
        if (early := pending.not_before - _now()) > timedelta():
            return early
        with self._share(issue_id, pending.decisions) as share:
            if share is None:
                return _NOT_OURS
            place = share.pace.place(pending.size)
            if not place.taken:
                self._store.fleet.put_off(issue_id, place.wait_s)
                return timedelta(seconds=place.wait_s)
            if not self._stop.wait(place.wait_s):
                self._hand_over(share, seq)
        left = self._store.fleet.pending(issue_id, seq)
        if left:
            self._store.fleet.defer(issue_id)  # it may have been split
        return max(timedelta(), left.not_before - _now()) if left else None

    def look(self) -> None:
        """Takes up what dead workers left, asks about doubts that are due, and sees that no batch waits without a job.

        Does nothing while another process decides on what goes out.
        """
        try:
            with self._store.lock():
                self._store.fleet.put_back(self._lease_s)
                editions = {each.newsletter.key: each for each in self._load()}
                going_out = self._store.fleet.going_out()
                for issue_id, moves in going_out:
                    self._look_at(issue_id, editions, moves=moves)
                self._judge_at = {number: self._judge_at.get(number, 0.0) for number, _ in going_out}
        except SenderBusy:
            return

    def _look_at(self, issue_id: int, editions: Mapping[str, Settings], *, moves: bool) -> None:
        record = self._store.issues.numbered(issue_id)
        settings = editions.get(record.newsletter) if record else None
        if record is None or settings is None or settings.send.engine != "workers":
            return
        able, now, ledger = providers.capabilities(settings.send.provider), _now(), self._store.ledger
        try:
            if self._may_bury:
                ladder.take_up(record, ledger, able, now, _DOUBT_RESTS)
            due = [doubt for doubt in ledger.in_doubt(issue_id) if doubt.key and doubt.ask_at and doubt.ask_at <= now]
            if due:
                delivery.ask(settings, self._store, record, due, settings.send.in_doubt)
            if moves:
                self._judge(record)
        except StoreError:
            raise
        except DigestError as error:  # somebody else was quicker with one of its batches
            log.info("%s: looked at again soon: %s", record.key, error)
        if not ledger.halt(issue_id):
            self._store.fleet.defer(issue_id)

    @property
    def _may_bury(self) -> bool:
        """After an outage everybody looks dead: the others are given a lease to beat again."""
        since = self.done.beating_since
        return bool(since) and time.monotonic() - since > self._lease_s

    def _judge(self, record: IssueRecord) -> None:
        """Stops an issue of which too much is rejected, bounces or is called spam; who resumes it accepts that."""
        if time.monotonic() < self._judge_at.get(record.id, 0.0) or self._resumed(record):
            return
        began = time.monotonic()
        counts = self._store.ledger.counts(record.id)
        now = time.monotonic()
        self._judge_at[record.id] = now + 10 * (now - began)  # a million rows take 0.2 s to count
        most = counts.audience - counts.suppressed
        if counts.accepted + counts.rejected > most:
            self._halt(record, f"there are more outcomes than its {most:,} recipients; the ledger needs a look")
            return
        regrets, limits = self._store.events.regrets(record.id), (send.MOST_COMPLAINED, send.MOST_BOUNCED)
        too_many = breaker.too_many_rejected(counts.accepted, counts.rejected, send.MOST_REJECTED)
        if why := too_many or breaker.regretted(record.key, counts, regrets, *limits):
            self._halt(record, why)

    def _resumed(self, record: IssueRecord) -> bool:
        return any(decision.what == "resumed" for decision in self._store.issues.decisions(record.id))

    def _halt(self, record: IssueRecord, reason: str) -> None:
        """For all workers: they look for a halt before each batch."""
        log.error("%s is paused: %s", record.key, reason)
        if not self._store.ledger.halt(record.id):
            self._store.ledger.pause(record.id, "the breaker", reason, _now())

    def _hand_over(self, share: _Share, seq: int) -> None:
        owner, record, began = f"{self._name}:{secrets.token_hex(4)}", share.record, time.monotonic()
        batch = share.run.claimed(owner, seq)
        if batch is None:
            return
        self.done.doing[owner] = f"{record.key} batch {seq}"

        def settle(answer: Answer) -> None:
            share.run.stored(
                lambda: self._store.ledger.settle(record.id, batch, answer, owner=owner, at=_now()), StoreError
            )

        try:
            if time.monotonic() - began > self._lease_s / 2:  # others may think by now that it was handed over
                settle(NotSent("it was claimed too long ago"))
                return
            share.run.send_batch(batch, owner, alone=True)
            self.done.batches += 1
            self.done.emails += len(batch.deliveries)
        except Exception as error:  # the boundary of one batch: it must not stay in living hands for ever
            log.exception("%s: batch %d", record.key, seq)
            settle(InDoubt(f"the sender failed: {type(error).__name__}"))
        finally:
            del self.done.doing[owner]
        failure = share.run.failure
        if not failure and share.run.unsure:  # the last answer here; what the others heard, the ledger knows
            last = self._store.fleet.unanswered(record.id, breaker.DOUBTS)
            failure = None if last is None else breaker.unanswered(last)
        if failure and not share.halted:  # once: a person may have resumed it before the last call ends
            share.halted = True
            self._halt(record, failure)

    @contextmanager
    def _share(self, issue_id: int, decisions: int) -> Iterator[_Share | None]:
        with self._lock:
            share = self._shares.get(issue_id)
            if share is None or share.decisions != decisions or share.run.failure:
                if share and not self._shares.pop(issue_id).users:
                    share.closing.close()
                share = self._opened(issue_id, decisions)
                if share:
                    self._shares[issue_id] = share
            if share:
                share.users += 1
        try:
            yield share
        finally:
            with self._lock:
                if share:
                    share.users -= 1
                    self._tidied(issue_id, share)

    def _tidied(self, issue_id: int, share: _Share) -> None:
        """Closes what nobody uses any more."""
        if share.users == 0 and self._shares.get(issue_id) is not share:
            share.closing.close()
        idle = [number for number, each in self._shares.items() if not each.users]
        for number in idle[:-_IDLE_SHARES]:
            self._shares.pop(number).closing.close()

    def _opened(self, issue_id: int, decisions: int) -> _Share | None:
        record = self._store.issues.numbered(issue_id)
        found = (each for each in self._load() if record and each.newsletter.key == record.newsletter)
        settings = next(found, None)
        if record is None or settings is None or settings.send.engine != "workers":
            log.error('issue %d is of no newsletter of this config.toml with engine = "workers"', issue_id)
            return None
        pause = self._store.instance.paused(record.newsletter, _now())
        if pause and pause.copied:
            log.error("%s is not sent: %s; `digest schedule resume` lets it go on", record.key, pause.reason)
            return None
        pace = shared.SharedPace(self._store.paces, settings.send)
        plan = send.Plan(
            clock=_now,
            pace=pace,
            stop=self._stop,
            most_rejected=None if self._resumed(record) else send.MOST_REJECTED,
            patience_s=inf,
            drain_s=DRAIN_S,
            gives_up=False,
            on_pause=pace.rest,
        )
        with ExitStack() as stack:
            provider = stack.enter_context(delivery.provider(settings, self._store, record, pace))
            run = work.Run(record, self._store.ledger, provider, plan)
            return _Share(record, decisions, run, pace, stack.pop_all())


def _now() -> datetime:
    return datetime.now(UTC)
