"""Who gets the newsletter, and who left it."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update

from digest.models import Subscriber
from digest.store.database import Database, chunks, insert
from digest.store.schema import subscriber


@dataclass(frozen=True, slots=True)
class Added:
    """What became of the addresses given to `People.add`; the three add up to their number."""

    new: int
    known: int
    refused: int
    """Those who left before: no import brings them back."""


class People:
    """Subscribers, one row per address."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, subscribers: Sequence[Subscriber], at: datetime) -> Added:
        """Adds those whose address is not there yet; leaves all others as they are."""
        people: dict[str, Subscriber] = {}
        for person in subscribers:
            people.setdefault(address_key(person.address), person)
        states: dict[str, str] = {}
        new = 0
        with self._db.write() as connection:
            for keys in chunks(list(people)):
                found = select(subscriber.c.address_key, subscriber.c.state).where(subscriber.c.address_key.in_(keys))
                states.update((key, state) for key, state in connection.execute(found))
                rows = [_row(key, people[key], at) for key in keys if key not in states]
                new += len(rows)
                if rows:
                    connection.execute(insert(connection, subscriber).on_conflict_do_nothing(), rows)
        refused = sum(states.get(address_key(person.address)) == "removed" for person in subscribers)
        return Added(new, len(subscribers) - new - refused, refused)

    def remove(self, address: str, at: datetime) -> bool:
        """Whether the address was active; it will never be mailed again."""
        active = (subscriber.c.address_key == address_key(address)) & (subscriber.c.state == "active")
        with self._db.write() as connection:
            done = connection.execute(update(subscriber).where(active).values(state="removed", removed_at=at))
            return done.rowcount == 1

    def all(self, limit: int | None = None) -> tuple[Subscriber, ...]:
        """Everyone, those who left too, in the order in which they came."""
        columns = subscriber.c.address, subscriber.c.name, subscriber.c.origin, subscriber.c.state
        with self._db.read() as connection:
            rows = connection.execute(select(*columns).order_by(subscriber.c.id).limit(limit))
            return tuple(Subscriber(*row) for row in rows)

    def counts(self) -> dict[str, int]:
        """State -> number of subscribers."""
        by_state = select(subscriber.c.state, func.count()).group_by(subscriber.c.state)
        with self._db.read() as connection:
            return {"active": 0, "removed": 0} | {row[0]: row[1] for row in connection.execute(by_state)}


def address_key(address: str) -> str:
    """Equal for all spellings of one mailbox."""
    return _normalised(address).casefold()


def _normalised(address: str) -> str:
    local, at, domain = address.strip().rpartition("@")
    return f"{local}{at}{domain.lower()}"


def _row(key: str, person: Subscriber, at: datetime) -> dict[str, object]:
    return {
        "address": _normalised(person.address),
        "address_key": key,
        "name": person.name,
        "origin": person.origin,
        "state": person.state,
        "token": secrets.token_urlsafe(16),
        "added_at": at,
        "removed_at": at if person.state == "removed" else None,
    }
