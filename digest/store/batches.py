"""A batch's rows: what it holds, how it moves, and the outcomes of its deliveries."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any, Literal

from sqlalchemy import Connection, Row

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
    known = settled(connection, row)
    staying, left = [], []
    for delivery, is_active in _deliveries(connection, row):
        if delivery.number in known:
            continue
        if is_active:
            staying.append(delivery)
        else:
            left.append(Outcome(delivery.number, "suppressed", reason=_LEFT))
    append(connection, row.issue_id, left)
    return Batch(issue_key, row.seq, row.attempt + 1, tuple(staying), _key(issue_key, row.seq, staying))


def again(connection: Connection, row: Row[Any], issue_key: str, attempt: int | None = None) -> Batch:
    """The batch with the deliveries and the key of its last attempt."""
    known = settled(connection, row).keys() - learned_under(connection, row, row.key)
    there = tuple(delivery for delivery, _ in _deliveries(connection, row) if delivery.number not in known)
    return Batch(issue_key, row.seq, attempt or row.attempt, there, row.key, replay=row.replay_of is not None)


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
    if connection.dialect.name == "postgresql":
        rows = [
            {
                "number": o.number,
                "state": o.state,
                "provider_id": storable(o.provider_id),
                "reason": storable(o.reason),
            }
            for o in outcomes
        ]
        connection.execute(statements.APPEND_JSON, {"issue_id": issue_id, "rows": rows})
    else:
        values = [(issue_id, o.number, o.state, storable(o.provider_id), storable(o.reason)) for o in outcomes]
        connection.exec_driver_sql(statements.APPEND, values)


def storable(text: str) -> str:
    """Without what a database refuses: a provider may say anything, and its answer has to be kept."""
    return text if text.isprintable() else text.encode(errors="replace").decode().replace("\0", "?")


def _deliveries(connection: Connection, row: Row[Any]) -> Iterator[tuple[Delivery, bool]]:
    """All of the batch's range, and whether each is still subscribed."""
    for number, address, name, link, state in connection.execute(statements.LOAD, range_of(row)).all():
        yield Delivery(number, address, {"name": name, "address": address, "unsubscribe_url": link}), state == "active"


def _key(issue_key: str, seq: int, deliveries: Sequence[Delivery]) -> str:
    addresses = "\n".join(delivery.address for delivery in deliveries)
    return f"{issue_key}-{seq}-{hashlib.sha256(addresses.encode()).hexdigest()[:12]}"
