"""Pausing, resuming and cancelling an issue that goes out: a sender looks here before each batch."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import Struct
from sqlalchemy import Connection

from digest.errors import DigestError
from digest.store import batches, decisions, statements
from digest.store.batches import State
from digest.store.decisions import Decision


class Halt(Struct, frozen=True):
    """Why an issue may not go out, or not now."""

    what: Literal["held", "paused", "cancelled"]
    by: str
    at: datetime
    reason: str


def of(connection: Connection, issue_id: int) -> Halt | None:
    """What was decided last, where that stops the sending."""
    row = connection.execute(statements.HALT, {"issue_id": issue_id}).one_or_none()
    return Halt(*row) if row and row.what in ("held", "paused", "cancelled") else None


def decide(connection: Connection, issue_id: int, halt: Halt) -> None:
    """Records a pause or a cancellation. Raises DigestError when the issue was skipped, or cancelled before."""
    batches.take_turns(connection, issue_id)
    refuse_cancelled(connection, issue_id)
    decisions.record(connection, issue_id, Decision(halt.at, halt.what, halt.by, None, halt.reason))


def resume(connection: Connection, issue_id: int, by: str, at: datetime) -> None:
    """See `Ledger.resume`."""
    batches.take_turns(connection, issue_id)
    refuse_cancelled(connection, issue_id)
    halt = of(connection, issue_id)
    if halt is None or halt.what != "paused":
        cure = "; `digest approve` lets it go on" if halt else ""
        raise DigestError(f"it is not paused, so there is nothing to resume{cure}")
    decisions.record(connection, issue_id, Decision(at, "resumed", by, None, ""))


def cancel(connection: Connection, issue_id: int, halt: Halt) -> None:
    """See `Ledger.cancel`."""
    decide(connection, issue_id, halt)
    said = f"cancelled by {halt.by}" if halt.by else "cancelled"
    connection.execute(statements.CANCEL, {"of_issue": issue_id, "said": said, "at": halt.at})


def refuse_cancelled(connection: Connection, issue_id: int) -> None:
    """Raises DigestError when nothing of the issue is ever to go out again."""
    halt = of(connection, issue_id)
    if halt and halt.what == "cancelled":
        raise DigestError(f"it was cancelled by {halt.by or 'somebody'}: nothing more of it goes out")


def turned(connection: Connection, issue_id: int, state: State, *, replay: bool) -> State:
    """The state of a batch that is to be tried again, when its issue was cancelled meanwhile: it is not.

    One that went out before, and may have been taken then, is in doubt.
    """
    if state != "pending":
        return state
    batches.take_turns(connection, issue_id)
    halt = of(connection, issue_id)
    if halt is None or halt.what != "cancelled":
        return "pending"
    return "in doubt" if replay else "cancelled"
