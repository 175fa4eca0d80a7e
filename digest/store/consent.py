"""The record of every yes and no: a list that only ever grows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from msgspec import Struct
from sqlalchemy import Connection, select

from digest.store.database import insert
from digest.store.schema import consent, wording

What = Literal["subscribed", "confirmed", "left", "bounced", "complained", "changed", "erased"]


class Consent(Struct, frozen=True):
    """One change of what a person agreed to."""

    at: datetime
    """When it was asked for or said."""
    what: What
    newsletter: str
    """Empty: all of them."""
    source: str
    """Where from: a file, `subscribe page`, `one-click`, the webhook of a provider."""
    wording: str = ""
    """What the person agreed to, or the basis that an import named."""
    confirmed_at: datetime | None = None
    """When they pressed the button of a confirmation email."""


def record(connection: Connection, person: int, entry: Consent) -> None:
    """Adds one entry."""
    record_all(connection, [person], entry)


def record_all(connection: Connection, people: Sequence[int], entry: Consent) -> None:
    """Adds the same entry for each of these people."""
    if people:
        values = row(connection, entry)
        connection.execute(insert(connection, consent), [values | {"subscriber_id": person} for person in people])


def row(connection: Connection, entry: Consent) -> dict[str, object]:
    """The columns of an entry, without whose it is."""
    return {
        "newsletter": entry.newsletter,
        "at": entry.at,
        "what": entry.what,
        "source": entry.source,
        "wording_id": wording_id(connection, entry.wording),
        "confirmed_at": entry.confirmed_at,
    }


def wording_id(connection: Connection, text: str) -> int | None:
    """The number of a wording, kept once however many agreed to it."""
    if not text:
        return None
    connection.execute(insert(connection, wording).values(text=text).on_conflict_do_nothing())
    return connection.scalar(select(wording.c.id).where(wording.c.text == text))


def of(connection: Connection, person: int) -> tuple[Consent, ...]:
    """Everything that one person said, oldest first."""
    c = consent.c
    found = (
        select(c.at, c.what, c.newsletter, c.source, wording.c.text, c.confirmed_at)
        .select_from(consent.outerjoin(wording, wording.c.id == c.wording_id))
        .where(c.subscriber_id == person)
        .order_by(c.id)
    )
    return tuple(
        Consent(at, what, newsletter, source, text or "", confirmed_at)
        for at, what, newsletter, source, text, confirmed_at in connection.execute(found)
    )
