"""The ledger: who is to get an issue, what was handed to the provider, and what became of it.

A batch is a range of delivery numbers: `pending -> in flight -> done | in doubt`, and back to
pending only when it provably was not taken. Outcomes are appended once and never changed; every
count comes from the rows.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, Update, insert, text

from digest.errors import DigestError
from digest.models import OUTBOX, Answer, Batch, Counts, Delivery, InDoubt, NotSent, Outcome, Refused, Settled, Stopped
from digest.store import schema, statements
from digest.store.database import Database

State = Literal["pending", "in flight", "in doubt", "done"]


@dataclass(frozen=True, slots=True)
class Orphan:
    """A batch whose sender died: whether the provider took it is unknown."""

    seq: int
    attempt: int
    started: datetime
    """Of the first attempt that may have been taken: how long a provider remembers counts from here."""
    state: State


@dataclass(frozen=True, slots=True)
class Doubt:
    """A batch that a person, or the provider's word, has to settle."""

    seq: int
    size: int
    """Its deliveries without an outcome."""
    reason: str
    since: datetime


class Ledger:
    """Deliveries of approved issues. Several workers may claim and settle at the same time."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def freeze_audience(
        self, issue_id: int, *, provider: str, batch_size: int, unsubscribe_url: str, at: datetime
    ) -> int:
        """Fixes who gets the issue, of its newsletter's list, and in which batches; says how many. Safe to repeat.

        A delivery's `unsubscribe_url` is the one given, followed by the person's token. With nobody
        active nothing is fixed, so that people can still be added. Raises DigestError when the issue
        was skipped, or fixed for another provider: that one alone knows which of them it has taken.
        """
        with self._db.write() as connection:
            _take_turns(connection, issue_id)
            frozen = connection.execute(statements.FROZEN, {"issue_id": issue_id}).one_or_none()
            if frozen is not None:
                _refuse_change(frozen.provider, provider)
                return int(frozen.size)
            found = {"issue_id": issue_id, "sample_too": provider == OUTBOX}
            _plan_for(connection, "subscriber, subscription")
            size = connection.execute(statements.FREEZE, found).rowcount
            if size:
                row = {"issue_id": issue_id, "size": size, "unsubscribe_url": unsubscribe_url, "frozen_at": at}
                connection.execute(insert(schema.audience), row | {"provider": provider})
                connection.execute(insert(schema.batch), list(_batches(issue_id, size, batch_size, at)))
                _plan_for(connection, "delivery")
            return size

    def claim(self, issue_id: int, *, issue_key: str, owner: str, at: datetime) -> Batch | None:
        """The next batch that may be sent at `at`, now in flight and ours; None when there is none.

        It is committed before this returns. Whoever left, the newsletter or altogether, after the
        audience was frozen is not in it, but has the outcome "suppressed".
        """
        with self._db.write() as connection:
            while row := connection.execute(statements.NEXT, {"issue_id": issue_id, "at": at}).one_or_none():
                deliveries = _load(connection, row)
                if not deliveries:
                    _move(connection, row, state="done")
                    continue
                number = row.attempt + 1
                _move(connection, row, state="in flight", attempt=number, owner=owner)
                begun = {"issue_id": issue_id, "seq": row.seq, "attempt": number, "owner": owner, "started": at}
                connection.execute(insert(schema.attempt), begun | {"answer": ""})
                return Batch(issue_key, row.seq, number, deliveries, _key(issue_key, row.seq, deliveries))
        return None

    def settle(
        self,
        issue_id: int,
        batch: Batch,
        answer: Answer,
        *,
        owner: str,
        at: datetime,
        retry_at: datetime | None = None,
    ) -> bool:
        """Records what came of a claimed batch; False, and no outcomes, when it is ours no longer.

        Deliveries that the answer does not name are in doubt, or tried again where it says that they
        were not taken. A refused batch is split into two;
        a refused delivery is rejected; a batch that was sent before and is refused now is in doubt.
        """
        place = {"of_issue": issue_id, "of_seq": batch.seq, "of_attempt": batch.attempt}
        fence = {"issue_id": issue_id, "seq": batch.seq, "attempt": batch.attempt, "owner": owner}
        with self._db.write() as connection:
            connection.execute(statements.ANSWERED, place | {"at": at, "said": _said(answer)})
            row = connection.execute(statements.OURS, fence).one_or_none()
            if row is None:
                return False
            verdict = _judge(batch, answer, is_replay=row.replay_of is not None)
            _append(connection, issue_id, verdict.outcomes)
            if verdict.split_at:
                _split(connection, row, verdict.split_at, retry_at or at)
            doubt_since = at if verdict.state == "in doubt" else None
            _move(
                connection,
                row,
                state=verdict.state,
                reason=_storable(verdict.reason),
                not_before=retry_at or at,
                doubt_since=doubt_since,
            )
            return True

    def orphans(self, issue_id: int) -> tuple[Orphan, ...]:
        """Batches in flight, in doubt, and those that were to be replayed. Only for the one that holds the lock."""
        with self._db.read() as connection:
            return tuple(Orphan(*row) for row in connection.execute(statements.ORPHANS, {"issue_id": issue_id}))

    def to_doubt(self, issue_id: int, seq: int, reason: str, at: datetime) -> None:
        """An orphan that has to wait for the provider's word or a person. Raises DigestError for another batch."""
        self._settle_orphan(statements.TO_DOUBT, {"of_issue": issue_id, "of_seq": seq, "said": reason, "at": at})

    def to_replay(self, issue_id: int, seq: int, at: datetime) -> None:
        """An orphan to be sent once more under the same key: its deliveries stay the same, whoever left since.

        Raises DigestError for a batch that is no orphan.
        """
        self._settle_orphan(statements.TO_REPLAY, {"of_issue": issue_id, "of_seq": seq, "at": at})

    def in_doubt(self, issue_id: int) -> tuple[Doubt, ...]:
        """What is in doubt, by batch."""
        with self._db.read() as connection:
            return tuple(Doubt(*row) for row in connection.execute(statements.DOUBTS, {"issue_id": issue_id}))

    def counts(self, issue_id: int) -> Counts:
        """The issue's deliveries by outcome; what nothing accounts for is in doubt. Reads every outcome's row."""
        of_issue = {"issue_id": issue_id}
        with self._db.read() as connection:
            size = connection.scalar(statements.AUDIENCE, of_issue) or 0
            rows = [*connection.execute(statements.OUTCOMES, of_issue), *connection.execute(statements.LEFT, of_issue)]
        known = {state.replace(" ", "_"): int(number) for state, number in rows}
        return Counts(size, in_doubt=size - sum(known.values()), **known)

    def recipients(self, issue_id: int) -> Iterator[tuple[str, str, str]]:
        """Address, state and reason of every delivery, in the audience's order, read batch by batch."""
        with self._db.read() as connection:
            ranges = connection.execute(statements.RANGES, {"issue_id": issue_id}).all()
        for row in ranges:
            with self._db.read() as connection:
                settled = _settled(connection, row)
                found = connection.execute(statements.ADDRESSES, _range(row)).all()
            for number, address in found:
                its = settled.get(number, row)
                yield address, its.state, its.reason

    def _settle_orphan(self, statement: Update, values: dict[str, Any]) -> None:
        with self._db.write() as connection:
            if connection.execute(statement, values).rowcount != 1:
                raise DigestError(f"batch {values['of_seq']} is neither in flight nor to be replayed")


@dataclass(frozen=True, slots=True)
class _Verdict:
    state: State
    reason: str = ""
    outcomes: tuple[Outcome, ...] = ()
    split_at: int | None = None
    """First delivery of the upper half."""


def _judge(batch: Batch, answer: Answer, *, is_replay: bool) -> _Verdict:
    match answer:
        case Settled(outcomes, others):
            return _named(batch, outcomes, None if is_replay else others)
        case InDoubt(reason):
            return _Verdict("in doubt", reason)
        case Refused(reason) if is_replay:
            # The first attempt may have been taken: parts of it under new keys could arrive twice.
            return _Verdict("in doubt", f"sent before, and refused when sent again: {reason}")
        case Refused(reason) if len(batch.deliveries) == 1:
            return _Verdict("done", outcomes=(Outcome(batch.deliveries[0].number, "rejected", reason=reason),))
        case Refused(reason):
            return _Verdict("pending", reason, split_at=batch.deliveries[len(batch.deliveries) // 2].number)
        case _:
            return _Verdict("pending", answer.reason)


def _named(batch: Batch, outcomes: Sequence[Outcome], others: NotSent | Stopped | None) -> _Verdict:
    by_number = {outcome.number: outcome for outcome in outcomes}
    named = tuple(by_number[d.number] for d in batch.deliveries if d.number in by_number)
    if len(named) == len(batch.deliveries):
        return _Verdict("done", outcomes=named)
    if others:
        return _Verdict("pending", others.reason, named)
    return _Verdict("in doubt", f"the answer names {len(named)} of {len(batch.deliveries)} recipients", named)


_WORDS = {NotSent: "not sent", Refused: "refused", Stopped: "stopped", InDoubt: "in doubt"}


def _said(answer: Answer) -> str:
    if isinstance(answer, Settled):
        counts = Counter(outcome.state for outcome in answer.outcomes)
        said = [f"{number} {state}" for state, number in sorted(counts.items())]
        return ", ".join([*said, _said(answer.others)] if answer.others else said)
    return _storable(f"{_WORDS[type(answer)]}: {answer.reason}")


def _refuse_change(before: str | None, now: str) -> None:
    if before not in (None, now):
        cure = f'set send.provider = "{before}" again to finish it'
        raise DigestError(f"this issue was begun through {before}, which alone knows whom it took; {cure}")


def _take_turns(connection: Connection, issue_id: int) -> None:
    row = connection.execute(statements.ISSUE, {"issue_id": issue_id}).one_or_none()
    if row is None:
        raise DigestError(f"there is no issue {issue_id}")
    if row.state == "skipped":
        raise DigestError(f"{row.key} was skipped: nobody gets it")


def _plan_for(connection: Connection, tables: str) -> None:
    """Tells PostgreSQL how much these hold now, or it plans for the few rows that it knew of before an import."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"analyze {tables}"))


def _batches(issue_id: int, size: int, batch_size: int, at: datetime) -> Iterator[dict[str, Any]]:
    blank = {"state": "pending", "attempt": 0, "not_before": at, "owner": "", "reason": ""}
    for seq, first in enumerate(range(1, size + 1, batch_size), 1):
        last = min(first + batch_size - 1, size)
        yield {"issue_id": issue_id, "seq": seq, "first_number": first, "last_number": last, **blank}


def _split(connection: Connection, row: Row[Any], middle: int, not_before: datetime) -> None:
    """Cuts the batch at delivery `middle`; what lies above becomes a batch of its own."""
    _take_turns(connection, row.issue_id)
    seq = (connection.scalar(statements.LAST_SEQ, {"issue_id": row.issue_id}) or 0) + 1
    upper = {"seq": seq, "first_number": middle, "state": "pending", "attempt": 0, "not_before": not_before}
    connection.execute(insert(schema.batch), row._asdict() | upper)
    _move(connection, row, last_number=middle - 1)


def _range(row: Row[Any]) -> dict[str, int]:
    return {"issue_id": row.issue_id, "first_number": row.first_number, "last_number": row.last_number}


def _settled(connection: Connection, row: Row[Any]) -> dict[int, Row[Any]]:
    """Delivery number -> outcome, for those of the batch that have one."""
    return {outcome.number: outcome for outcome in connection.execute(statements.SETTLED, _range(row)).all()}


def _load(connection: Connection, row: Row[Any]) -> tuple[Delivery, ...]:
    """The batch's deliveries without an outcome; those that have left get theirs, but for a replay."""
    settled = _settled(connection, row)
    staying, left = [], []
    for number, address, name, link, state in connection.execute(statements.LOAD, _range(row)).all():
        if number in settled:
            continue
        if state == "active" or row.replay_of is not None:
            staying.append(Delivery(number, address, {"name": name, "address": address, "unsubscribe_url": link}))
        else:
            left.append(Outcome(number, "suppressed", reason="left before the email went out"))
    _append(connection, row.issue_id, left)
    return tuple(staying)


def _move(connection: Connection, row: Row[Any], **values: object) -> None:
    connection.execute(statements.MOVE, {"of_issue": row.issue_id, "of_seq": row.seq, **values})


def _append(connection: Connection, issue_id: int, outcomes: Sequence[Outcome]) -> None:
    if not outcomes:
        return
    if connection.dialect.name == "postgresql":
        rows = [
            {
                "number": o.number,
                "state": o.state,
                "provider_id": _storable(o.provider_id),
                "reason": _storable(o.reason),
            }
            for o in outcomes
        ]
        connection.execute(statements.APPEND_JSON, {"issue_id": issue_id, "rows": rows})
    else:
        values = [(issue_id, o.number, o.state, _storable(o.provider_id), _storable(o.reason)) for o in outcomes]
        connection.exec_driver_sql(statements.APPEND, values)


def _storable(text: str) -> str:
    """Without what a database refuses: a provider may say anything, and its answer has to be kept."""
    return text if text.isprintable() else text.encode(errors="replace").decode().replace("\0", "?")


def _key(issue_key: str, seq: int, deliveries: Sequence[Delivery]) -> str:
    addresses = "\n".join(delivery.address for delivery in deliveries)
    return f"{issue_key}-{seq}-{hashlib.sha256(addresses.encode()).hexdigest()[:12]}"
