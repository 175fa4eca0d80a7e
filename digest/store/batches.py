"""A batch's rows: what it holds, how it moves, and the outcomes of its deliveries."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from sqlalchemy import Connection, Row, Select

from digest.errors import DigestError
from digest.models import Batch, Delivery, Outcome
from digest.store import statements

State = Literal["pending", "in flight", "in doubt", "done", "cancelled"]

_LEFT = "left before the email went out"


def take_turns(connection: Connection, issue_id: int) -> None:
    """Waits for others that decide on this issue or change its batches. Raises DigestError when it was skipped."""
    row = connection.execute(statements.ISSUE, {"issue_id": issue_id}).one_or_none()
    if row is None:
        raise DigestError(f"there is no issue {issue_id}")
    if row.state == "skipped":
        raise DigestError(f"{row.key} was skipped: nobody gets it")


def load(connection: Connection, row: Row[Any], issue_key: str) -> Batch:
    """The batch's next attempt: its deliveries without an outcome. Those that have left get theirs.

    One that is replayed is as it was, whoever left since and whatever was learned about it.
    """
    if row.replay_of is not None:
        return again(connection, row, issue_key, attempt=row.attempt + 1)
    known = numbers(connection, row)
    rows = [each for each in _rows(connection, row) if each[0] not in known]
    there = _subscribed(connection, row, rows)
    left = [Outcome(each[0], "suppressed", reason=_LEFT) for each in rows if each[1] not in there]
    append(connection, row.issue_id, left)
    staying = _deliveries(connection, row, [each for each in rows if each[1] in there] if left else rows)
    return Batch(issue_key, row.seq, row.attempt + 1, staying, _key(issue_key, row.seq, staying), variant=row.variant)


def again(connection: Connection, row: Row[Any], issue_key: str, attempt: int | None = None) -> Batch:
    """The batch with the deliveries and the key of its last attempt."""
    known = numbers(connection, row) - learned_under(connection, row, row.key)
    rows = [each for each in _rows(connection, row) if each[0] not in known]
    there = _deliveries(connection, row, rows)
    replay_of, variant = row.replay_of, row.variant
    return Batch(issue_key, row.seq, attempt or row.attempt, there, row.key, replay_of=replay_of, variant=variant)


def numbers(connection: Connection, row: Row[Any]) -> set[int]:
    """Those deliveries of the batch that have an outcome."""
    return {number for (number,) in _fetched(connection, statements.NUMBERS, range_of(row))}


def settled(connection: Connection, row: Row[Any]) -> dict[int, Row[Any]]:
    """Delivery number -> outcome, for those of the batch that have one."""
    return {outcome.number: outcome for outcome in connection.execute(statements.SETTLED, range_of(row)).all()}


def learned_under(connection: Connection, row: Row[Any], key: str | None) -> set[int]:
    """Deliveries of the batch whose outcome came past an answer to the call with this key; None for any key."""
    found = connection.execute(statements.LEARNED, range_of(row)).all()
    return {number for number, its in found if key is None or its == key}


def range_of(row: Row[Any]) -> dict[str, int]:
    """As the statements that read a batch's deliveries want it."""
    return {"issue_id": row.issue_id, "first_number": row.first_number, "last_number": row.last_number}


def move(connection: Connection, row: Row[Any], **values: object) -> None:
    """Changes these columns of the batch."""
    connection.execute(statements.MOVE, {"of_issue": row.issue_id, "of_seq": row.seq, **values})


def append(connection: Connection, issue_id: int, outcomes: Sequence[Outcome]) -> None:
    """Adds outcomes; a second one for a delivery is an error that undoes the transaction."""
    if not outcomes:
        return
    values = [(o.number, o.state, o.provider_id, o.reason) for o in outcomes]
    if not "".join([f"{name}{reason}" for _, _, name, reason in values]).isprintable():
        values = [(number, state, storable(name), storable(reason)) for number, state, name, reason in values]
    if connection.dialect.name == "postgresql":
        _copy(connection, issue_id, values)
    else:
        _insert(connection, issue_id, values)


def storable(text: str) -> str:
    """Without what a database refuses: a provider may say anything, and its answer has to be kept."""
    return text if text.isprintable() else text.encode(errors="replace").decode().replace("\0", "?")


_Read = tuple[Any, ...]
"""Number, subscriber, address, name and token of a delivery."""


def _rows(connection: Connection, row: Row[Any]) -> list[_Read]:
    """All of the batch's range, by number."""
    return _fetched(connection, statements.DELIVERIES, range_of(row))


def _subscribed(connection: Connection, row: Row[Any], rows: Sequence[_Read]) -> set[int]:
    """Those of these subscribers who are there still, and have not left the newsletter."""
    if not rows:
        return set()
    people = {"issue_id": row.issue_id, "first_person": rows[0][1], "last_person": rows[-1][1]}
    there = {person for (person,) in _fetched(connection, statements.ACTIVE, people)}
    there.difference_update([person for (person,) in _fetched(connection, statements.LEFT_NEWSLETTER, people)])
    return there


def _deliveries(connection: Connection, row: Row[Any], rows: Sequence[_Read]) -> tuple[Delivery, ...]:
    link = connection.scalar(statements.LINK, {"issue_id": row.issue_id})
    return tuple(
        [
            Delivery(number, address, {"name": name, "address": address, "unsubscribe_url": link + token})
            for number, _, address, name, token in rows
        ]
    )


def _fetched(connection: Connection, statement: Select[Any], values: Mapping[str, object]) -> list[tuple[Any, ...]]:
    """Plain tuples of numbers and texts from the driver: to make rows of SQLAlchemy's takes as long as the query."""
    result = connection.execute(statement, values)
    rows = result.cursor.fetchall()
    result.close()
    return list(rows)


def _insert(connection: Connection, issue_id: int, values: Sequence[tuple[int, str, str, str]]) -> None:
    whole = len(values) // statements.APPEND_AT_ONCE * statements.APPEND_AT_ONCE
    for start in range(0, whole, statements.APPEND_AT_ONCE):
        part = values[start : start + statements.APPEND_AT_ONCE]
        connection.exec_driver_sql(statements.APPEND_MANY, tuple([x for each in part for x in (issue_id, *each)]))
    if rest := [(issue_id, *each) for each in values[whole:]]:
        connection.exec_driver_sql(statements.APPEND, rest)


def _copy(connection: Connection, issue_id: int, values: Sequence[tuple[int, str, str, str]]) -> None:
    """PostgreSQL's own bulk form: half the time of an insert from JSON, an eighth of a row each."""
    driver: Any = connection.connection.driver_connection
    lines = [f"{issue_id}\t{n}\t{state}\t{_escaped(name)}\t{_escaped(reason)}\n" for n, state, name, reason in values]
    with driver.cursor() as cursor, cursor.copy(statements.COPY) as copy:
        copy.write("".join(lines))


_MARKS = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def _escaped(text: str) -> str:
    """For COPY's text format."""
    return text.translate(_MARKS) if "\\" in text or not text.isprintable() else text


def _key(issue_key: str, seq: int, deliveries: Sequence[Delivery]) -> str:
    addresses = "\n".join([delivery.address for delivery in deliveries])
    return f"{issue_key}-{seq}-{hashlib.sha256(addresses.encode()).hexdigest()[:12]}"
