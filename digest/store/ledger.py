"""The ledger: who is to get an issue, what was handed to the provider, and what became of it.

A batch is a range of delivery numbers: `pending -> in flight -> done | in doubt`, and back to
pending only when it provably was not taken. Outcomes are appended once and never changed; every
count comes from the rows, until an old issue is pruned (`pruning.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Row, insert

from digest.errors import DigestError
from digest.models import Answer, Batch, Counts, Outcome
from digest.store import audiences, batches, doubts, fleet, halts, schema, statements, tallies, verdicts
from digest.store.audiences import Guard
from digest.store.database import Database
from digest.store.doubts import Doubt, Learned, Orphan
from digest.store.halts import Halt

__all__ = ["Doubt", "Guard", "Halt", "Learned", "Ledger", "Movement", "Orphan"]


class Movement(Struct, frozen=True):
    """How a sending goes on, for whoever watches it from another process."""

    per_s: float
    """People whose batches were settled in the last minute, a second."""
    waits_until: datetime | None
    """When what was not taken is tried again; None when nothing waits."""
    waits_for: str
    """Why it was not taken."""
    ended_at: datetime | None
    """Of the last run that has ended."""
    ended: str
    """Why that run ended before everything was settled, empty when it was."""


_NOBODY = Guard()
_MINUTE = timedelta(minutes=1)


class Ledger:
    """Deliveries of approved issues. Several workers may claim and settle at the same time."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def freeze_audience(  # noqa: PLR0913  all that an audience is fixed by
        self,
        issue_id: int,
        *,
        provider: str,
        batch_size: int,
        unsubscribe_url: str,
        at: datetime,
        guard: Guard = _NOBODY,
        jobs: bool = False,
    ) -> int:
        """Fixes who gets the issue, of its newsletter's list, and in which batches; says how many. Safe to repeat.

        A delivery's `unsubscribe_url` is the one given, followed by the person's token. Who wants one
        issue a month is in the first that is due in it, by UTC; who chose themes that the issue has too
        little of is not in it. With nobody left nothing is fixed, so that people can still be added.
        Raises DigestError when the issue was skipped, or fixed for another provider: that one alone
        knows which of them it has taken; and whatever `guard.judge` raises.
        `jobs`: with it, each batch gets a job for the workers.
        """
        terms = audiences.Terms(provider, batch_size, unsubscribe_url, at, guard, jobs=jobs)
        with self._db.write() as connection:
            return audiences.fixed(connection, issue_id, terms)

    def unserved(self, issue_id: int) -> int:
        """How many readers were left out of the audience: the issue had too little of the themes that they chose."""
        with self._db.read() as connection:
            return connection.scalar(statements.NOT_SERVED, {"issue_id": issue_id}) or 0

    def claim(self, issue_id: int, *, issue_key: str, owner: str, at: datetime, seq: int | None = None) -> Batch | None:
        """The next batch that may be sent at `at`, now in flight and ours; None when there is none, or a halt.

        It is committed before this returns. Whoever left, the newsletter or altogether, after the
        audience was frozen is not in it, but has the outcome "suppressed". `seq`: this batch or none.
        """
        with self._db.write() as connection:
            return _claim(connection, issue_id, issue_key=issue_key, owner=owner, at=at, seq=seq)

    def claimed(self, issue_id: int, *, issue_key: str, owner: str) -> Batch | None:
        """What this owner has in flight: after a claim that failed, the batch that it got all the same.

        For an owner that claims and settles in turns, and has not handed that batch over.
        """
        with self._db.read() as connection:
            row = connection.execute(statements.LOST_CLAIM, {"issue_id": issue_id, "owner": owner}).one_or_none()
            return batches.again(connection, row, issue_key) if row else None

    def settle(
        self,
        issue_id: int,
        batch: Batch,
        answer: Answer,
        *,
        owner: str,
        at: datetime,
        next_at: datetime | None = None,
    ) -> bool:
        """Records what came of a claimed batch; False, and no outcomes, when it is ours no longer. Safe to repeat.

        Deliveries that the answer does not name are in doubt, or tried again where it says that they
        were not taken. A refused batch is split into two; a refused delivery is rejected; a batch that
        was sent before and is refused now is in doubt.
        `next_at`: when it may be tried again, or when the provider can be asked about it.
        """
        with self._db.write() as connection:
            return _settle(connection, issue_id, batch, answer, (owner, at, next_at))

    def settle_and_claim(
        self, issue_id: int, batch: Batch, answer: Answer, *, owner: str, at: datetime, next_at: datetime | None = None
    ) -> tuple[bool, Batch | None]:
        """`settle`, then `claim`, in one transaction: half the waiting for the disk of the two of them."""
        with self._db.write() as connection:
            if not _settle(connection, issue_id, batch, answer, (owner, at, next_at)):
                return False, None
            return True, _claim(connection, issue_id, issue_key=batch.issue_key, owner=owner, at=at)

    def orphans(self, issue_id: int) -> tuple[Orphan, ...]:
        """Batches in flight, in doubt, and those that were to be replayed. Only for the one that holds the lock.

        Without those that a living worker has in its hands.
        """
        with self._db.read() as connection:
            owners = tuple(f"{name}:" for name in fleet.alive(connection))
            found = [Orphan(*row) for row in connection.execute(statements.ORPHANS, {"issue_id": issue_id})]
        return tuple(each for each in found if each.state != "in flight" or not each.owner.startswith(owners))

    def to_doubt(
        self, issue_id: int, seq: int, reason: str, at: datetime, ask_at: datetime | None = None, *,
        attempt: int | None = None,
    ) -> None:  # fmt: skip
        """An orphan that has to wait for the provider's word or a person. Raises DigestError for another batch.

        `attempt`: the one that it is about, where others may have tried it since.
        """
        place = {"of_issue": issue_id, "of_seq": seq, "of_attempt": attempt}
        values = place | {"said": reason, "at": at, "again_at": ask_at}
        with self._db.write() as connection:
            doubts.move_orphan(connection, statements.TO_DOUBT, values)
            doubts.settle(connection, doubts.row(connection, issue_id, seq), (), Learned("", at))

    def to_replay(self, issue_id: int, seq: int, at: datetime, *, attempt: int | None = None) -> bool:
        """An orphan to be sent once more under the same key: its deliveries stay the same, whoever left since.

        False, and nothing changes, when the issue was cancelled. Raises DigestError for a batch that is no
        orphan. `attempt` is as for `to_doubt`.
        """
        values = {"of_issue": issue_id, "of_seq": seq, "of_attempt": attempt, "at": at}
        with self._db.write() as connection:
            batches.take_turns(connection, issue_id)
            halt = halts.of(connection, issue_id)
            if halt and halt.what == "cancelled":
                return False
            doubts.move_orphan(connection, statements.TO_REPLAY, values)
            return True

    def in_doubt(self, issue_id: int) -> tuple[Doubt, ...]:
        """What is in doubt, by batch."""
        with self._db.read() as connection:
            return tuple(Doubt(*row) for row in connection.execute(statements.DOUBTS, {"issue_id": issue_id}))

    def doubted(self, issue_id: int, seq: int, issue_key: str) -> Batch:
        """A batch in doubt as it went out, to ask about. Raises DigestError when it is not in doubt, or has no key."""
        with self._db.read() as connection:
            row = doubts.row(connection, issue_id, seq)
            if row.key is None:
                raise DigestError(f"batch {seq} went out before its key was kept: the provider cannot be asked")
            return batches.again(connection, row, issue_key)

    def learn(self, issue_id: int, seq: int, outcomes: Sequence[Outcome], what: Learned) -> int:
        """Settles deliveries of a batch in doubt by the provider's word; says how many stay in doubt."""
        with self._db.write() as connection:
            row = doubts.row(connection, issue_id, seq)
            return doubts.settle(connection, row, outcomes, what)

    def heard(self, issue_key: str, number: int, provider_id: str, at: datetime) -> bool:
        """A webhook says that this delivery was taken: settles it when it is in doubt, and says whether it did."""
        with self._db.write() as connection:
            return doubts.heard(connection, issue_key, number, provider_id, at)

    def movement(self, issue_id: int, now: datetime) -> Movement:
        """How fast it goes, what it waits for, and how the last run ended."""
        of_issue = {"issue_id": issue_id, "since": now - _MINUTE}
        with self._db.read() as connection:
            settled = int(connection.scalar(statements.SETTLED_SINCE, of_issue) or 0)
            waiting = connection.execute(statements.WAITING, of_issue).one_or_none()
            last = connection.execute(statements.LAST_RUN, of_issue).one_or_none()
        until, why = (waiting.not_before, waiting.reason) if waiting and waiting.not_before > now else (None, "")
        return Movement(settled / 60, until, why, last.ended_at if last else None, (last.ended if last else "") or "")

    def assume_sent(self, issue_id: int, seq: int, by: str, at: datetime) -> int:
        """A person's word that a batch in doubt was taken; says how many deliveries that settles."""
        with self._db.write() as connection:
            row = doubts.row(connection, issue_id, seq)
            left = [Outcome(n, "accepted", reason=f"assumed by {by}") for n in doubts.unsettled(connection, row)]
            doubts.settle(connection, row, left, Learned(f"assumed by {by}", at))
            doubts.resolved(connection, row, f"{len(left)} assumed to have it", by, at)
            return len(left)

    def send_again(self, issue_id: int, seq: int, by: str, at: datetime) -> int:
        """A batch in doubt of which nothing more was taken: what is left of it is pending; says how many deliveries.

        Raises DigestError when the issue was cancelled.
        """
        with self._db.write() as connection:
            batches.take_turns(connection, issue_id)
            halts.refuse_cancelled(connection, issue_id)
            row = doubts.row(connection, issue_id, seq)
            left = len(doubts.unsettled(connection, row))
            batches.move(connection, row, state="pending", not_before=at, doubt_since=None, replay_of=None, ask_at=None)
            doubts.resolved(connection, row, f"{left} to be sent again", by, at)
            return left

    def halt(self, issue_id: int) -> Halt | None:
        """Why the issue may not go out now; None when it may."""
        with self._db.read() as connection:
            return halts.of(connection, issue_id)

    def pause(self, issue_id: int, by: str, reason: str, at: datetime) -> None:
        """Nothing is claimed until it is resumed. Raises DigestError for an issue that was cancelled or skipped."""
        with self._db.write() as connection:
            halts.decide(connection, issue_id, Halt("paused", by, at, reason))

    def resume(self, issue_id: int, by: str, at: datetime) -> None:
        """Lifts a pause. Raises DigestError when there is none."""
        with self._db.write() as connection:
            halts.resume(connection, issue_id, by, at)

    def cancel(self, issue_id: int, by: str, reason: str, at: datetime) -> None:
        """What is pending never goes out; those who have it, and what is in doubt, stay as they are.

        Raises DigestError for an issue that was skipped, or cancelled already.
        """
        with self._db.write() as connection:
            halts.cancel(connection, issue_id, Halt("cancelled", by, at, reason))

    def ended(self, issue_id: int, why: str, at: datetime) -> None:
        """A run of the sender has ended; `why` it did before everything was settled, empty when it was."""
        with self._db.write() as connection:
            values = {"of_issue": issue_id, "why": batches.storable(why), "at": at}
            connection.execute(statements.ENDED, values)

    def counts(self, issue_id: int) -> Counts:
        """The issue's deliveries by outcome; what nothing accounts for is in doubt. Reads every outcome's row.

        Of an issue that was pruned as they were then.
        """
        with self._db.read() as connection:
            return tallies.counts(connection, issue_id)

    def pruned_at(self, issue_id: int) -> datetime | None:
        """Since when it is no longer kept who got the issue; None while it is."""
        with self._db.read() as connection:
            kept = tallies.kept(connection, issue_id)
            return kept.at if kept else None

    def recipients(self, issue_id: int) -> Iterator[tuple[str, str, str]]:
        """Address, state and reason of every delivery, in the audience's order, read batch by batch.

        Of an issue that was pruned nothing, also while some of it is left.
        """
        with self._db.read() as connection:
            if tallies.kept(connection, issue_id):
                return
            ranges = connection.execute(statements.RANGES, {"issue_id": issue_id}).all()
        for row in ranges:
            with self._db.read() as connection:
                settled = batches.settled(connection, row)
                found = connection.execute(statements.ADDRESSES, batches.range_of(row)).all()
            for number, address in found:
                its = settled.get(number, row)
                yield address, its.state, its.reason


def _claim(
    connection: Connection, issue_id: int, *, issue_key: str, owner: str, at: datetime, seq: int | None = None
) -> Batch | None:
    if halts.of(connection, issue_id):
        return None
    wanted = {"issue_id": issue_id, "at": at} | ({} if seq is None else {"seq": seq})
    statement = statements.NEXT if seq is None else statements.THIS
    while row := connection.execute(statement, wanted).one_or_none():
        batch = batches.load(connection, row, issue_key)
        if not batch.deliveries:
            batches.move(connection, row, state="done")
            continue
        batches.move(connection, row, state="in flight", attempt=batch.attempt, owner=owner, key=batch.key)
        begun = {"issue_id": issue_id, "seq": row.seq, "attempt": batch.attempt, "owner": owner, "started": at}
        connection.execute(statements.BEGIN, begun | {"answer": ""})
        return batch
    return None


def _settle(
    connection: Connection, issue_id: int, batch: Batch, answer: Answer, when: tuple[str, datetime, datetime | None]
) -> bool:
    owner, at, next_at = when
    place = {"of_issue": issue_id, "of_seq": batch.seq, "of_attempt": batch.attempt}
    fence = {"issue_id": issue_id, "seq": batch.seq, "attempt": batch.attempt, "owner": owner}
    said = verdicts.said(answer)
    if connection.execute(statements.ANSWERED, place | {"at": at, "said": said}).rowcount == 0:
        return bool(connection.scalar(statements.SAID, place) == said)
    row = connection.execute(statements.OURS, fence).one_or_none()
    if row is None:
        return False
    verdict = verdicts.judge(batch, answer)
    known = doubts.learned(connection, row)
    outcomes: Sequence[Outcome] = verdict.outcomes
    if known:
        outcomes = [outcome for outcome in outcomes if outcome.number not in known]
    batches.append(connection, issue_id, outcomes)
    if verdict.state == "in doubt":
        doubts.keep(connection, row, [o.number for o in outcomes], Learned("an answer that named only some", at))
    state = halts.turned(connection, issue_id, verdict.state, replay=batch.replay)
    if verdict.split_at:
        _split(connection, row, verdict.split_at, not_before=next_at or at, state=state)
    in_doubt = state == "in doubt"
    batches.move(
        connection,
        row,
        state=state,
        reason=batches.storable(verdict.reason),
        not_before=at if in_doubt else next_at or at,
        doubt_since=(row.doubt_since or at) if in_doubt else None,
        ask_at=next_at if in_doubt else None,
    )
    return True


def _split(connection: Connection, row: Row[Any], middle: int, **values: object) -> None:
    """Cuts the batch at delivery `middle`; what lies above becomes a batch of its own."""
    batches.take_turns(connection, row.issue_id)
    seq = (connection.scalar(statements.LAST_SEQ, {"issue_id": row.issue_id}) or 0) + 1
    upper = {"seq": seq, "first_number": middle, "attempt": 0, "key": None}
    connection.execute(insert(schema.batch), row._asdict() | upper | values)
    batches.move(connection, row, last_number=middle - 1)
