"""Batches that may have been taken: what is known of them, and how they are settled past an answer."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Row, Update, insert

from digest.errors import DigestError
from digest.models import Outcome
from digest.store import batches, decisions, schema, statements
from digest.store.batches import State
from digest.store.decisions import Decision


class Orphan(Struct, frozen=True):
    """A batch whose sender died, or which is in doubt: whether the provider took it is unknown."""

    seq: int
    attempt: int
    started: datetime
    """Of the first attempt that may have been taken: how long a provider remembers counts from here."""
    state: State
    key: str | None
    """None when it went out before keys were kept: it cannot be repeated, nor asked about."""
    ask_at: datetime | None
    owner: str
    tried: datetime
    """When the last attempt began."""


class Doubt(Struct, frozen=True):
    """A batch that a person, or the provider's word, has to settle."""

    seq: int
    size: int
    """Its deliveries without an outcome."""
    reason: str
    since: datetime
    started: datetime
    """When it was handed over."""
    ask_at: datetime | None = None
    """When the provider can be believed about it; None when it cannot be asked."""
    asked_at: datetime | None = None
    told: str = ""
    """What the provider said then."""
    key: str = ""
    """The batch's tag at the provider."""


class Learned(Struct, frozen=True):
    """From where something is known that no answer said."""

    how: str
    at: datetime
    told: str = ""
    """What the provider said when it was asked."""
    ask_at: datetime | None = None
    """When it can be asked again about what is left."""


def row(connection: Connection, issue_id: int, seq: int) -> Row[Any]:
    """The batch, held still. Raises DigestError when it is not in doubt."""
    found = connection.execute(statements.DOUBTED, {"issue_id": issue_id, "seq": seq}).one_or_none()
    if found is None:
        raise DigestError(f"batch {seq} is not in doubt")
    return found


def move_orphan(connection: Connection, statement: Update, values: dict[str, Any]) -> None:
    """Runs a statement that changes orphans only. Raises DigestError when it found none."""
    if connection.execute(statement, values).rowcount != 1:
        raise DigestError(f"batch {values['of_seq']} is neither in flight nor to be replayed")


def learned(connection: Connection, batch: Row[Any]) -> set[int]:
    """Deliveries of the batch whose outcome came past an answer."""
    return batches.learned_under(connection, batch, None)


def unsettled(connection: Connection, batch: Row[Any]) -> list[int]:
    """Deliveries of the batch without an outcome."""
    known = batches.settled(connection, batch)
    return [number for number in range(batch.first_number, batch.last_number + 1) if number not in known]


def keep(connection: Connection, batch: Row[Any], numbers: Collection[int], what: Learned) -> None:
    """Remembers that these outcomes are about the batch's last call, which may be repeated as it was."""
    rows = [
        {"issue_id": batch.issue_id, "number": number, "key": batch.key or "", "at": what.at, "how": what.how}
        for number in numbers
    ]
    if rows:
        connection.execute(insert(schema.learned), rows)


def settle(connection: Connection, batch: Row[Any], outcomes: Sequence[Outcome], what: Learned) -> int:
    """Adds the outcomes that are news, and ends the doubt when nothing is left of it; says how much is."""
    left = unsettled(connection, batch)
    news = [outcome for outcome in outcomes if outcome.number in set(left)]
    batches.append(connection, batch.issue_id, news)
    keep(connection, batch, [outcome.number for outcome in news], what)
    if what.told:
        asked = {"asked_at": what.at, "told": batches.storable(what.told), "ask_at": what.ask_at}
        batches.move(connection, batch, **asked)
    if len(news) == len(left) and batch.state == "in doubt":
        batches.move(connection, batch, state="done", doubt_since=None, replay_of=None, ask_at=None)
    return len(left) - len(news)


def resolved(connection: Connection, batch: Row[Any], what: str, by: str, at: datetime) -> None:
    """Records what was decided on a batch in doubt."""
    batches.take_turns(connection, batch.issue_id)
    decision = Decision(at, "resolved", by, None, f"batch {batch.seq}: {what}")
    decisions.record(connection, batch.issue_id, decision)


def heard(connection: Connection, issue_key: str, number: int, provider_id: str, at: datetime) -> bool:
    """See `Ledger.heard`. A batch that is in flight stays so: its own answer is still to come."""
    issue_id = connection.scalar(statements.ISSUE_ID, {"key": issue_key})
    batch = connection.execute(statements.AROUND, {"issue_id": issue_id, "number": number}).one_or_none()
    if batch is None:
        return False
    left = len(unsettled(connection, batch))
    outcome = Outcome(number, "accepted", provider_id, "the provider reported it later")
    return settle(connection, batch, [outcome], Learned("a webhook", at)) < left
