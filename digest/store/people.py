"""Who gets which newsletter, and who left it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, case, func, literal, select, update

from digest.models import Readership, Subscriber
from digest.store import readership
from digest.store.database import Database, chunks, insert
from digest.store.schema import UtcTime, subscriber, subscription


@dataclass(frozen=True, slots=True)
class Added:
    """What became of the addresses given to `People.add`; the three add up to their number."""

    new: int
    """On this newsletter's list from now on."""
    known: int
    """On it already."""
    refused: int
    """Those who left this newsletter before, or all of them: no import brings them back."""


class People:
    """Subscribers, one row per address, and the newsletters that each of them gets."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, subscribers: Sequence[Subscriber], newsletter: str, at: datetime) -> Added:
        """Puts them on the list of the newsletter with this key; leaves those on it as they are.

        Who is given as removed is listed as somebody who left: a new address every newsletter, a
        known one this newsletter.
        """
        people: dict[str, Subscriber] = {}
        for person in subscribers:
            people.setdefault(address_key(person.address), person)
        new, refused = 0, set[str]()
        with self._db.write() as connection:
            for keys in chunks(list(people)):
                states = _states(connection, keys, newsletter)
                refused.update(key for key, state in states.items() if state == "removed")
                fresh = {key: people[key] for key in keys if states.get(key, "not listed") == "not listed"}
                if rows := [_row(key, person, at) for key, person in fresh.items() if key not in states]:
                    connection.execute(insert(connection, subscriber).on_conflict_do_nothing(), rows)
                _list(connection, fresh, newsletter, at)
                new += len(fresh)
        refusals = sum(address_key(person.address) in refused for person in subscribers)
        return Added(new, len(subscribers) - new - refusals, refusals)

    def remove(self, address: str, at: datetime, newsletter: str | None = None) -> bool:
        """Takes the address off this newsletter's list, or off all of them, for good; says whether it was on."""
        active = (subscriber.c.address_key == address_key(address)) & (subscriber.c.state == "active")
        with self._db.write() as connection:
            person = connection.scalar(select(subscriber.c.id).where(active).with_for_update())
            if person is None:
                return False
            if newsletter is not None:
                return _leave(connection, person, newsletter, at)
            values = {"state": "removed", "removed_at": at}
            connection.execute(update(subscriber).where(subscriber.c.id == person).values(values))
            for each in _newsletters(connection):
                _leave(connection, person, each, at)
            return True

    def all(self, newsletter: str | None = None, limit: int | None = None) -> tuple[Subscriber, ...]:
        """Everyone, those who left too, in the order in which they came.

        Of one newsletter: who is or was on its list, with their state there.
        """
        columns = subscriber.c.address, subscriber.c.name, subscriber.c.origin
        found = select(*columns, subscriber.c.state).order_by(subscriber.c.id)
        if newsletter is not None:
            listed = select(*columns, _STATE).select_from(_LISTED).where(subscription.c.newsletter == newsletter)
            found = listed.order_by(subscription.c.subscriber_id)
        with self._db.read() as connection:
            return tuple(Subscriber(*row) for row in connection.execute(found.limit(limit)))

    def counts(self, newsletter: str | None = None) -> dict[str, int]:
        """State -> number of subscribers; of one newsletter, who left it counts as removed."""
        by_state = select(subscriber.c.state, func.count()).group_by(subscriber.c.state)
        if newsletter is not None:
            listed = select(_STATE, func.count()).select_from(_LISTED)
            by_state = listed.where(subscription.c.newsletter == newsletter).group_by(_STATE)
        with self._db.read() as connection:
            return {"active": 0, "removed": 0} | {row[0]: row[1] for row in connection.execute(by_state)}

    def readership(self, newsletter: str, issue_key: str, since: datetime) -> Readership:
        """In numbers: who would get this issue now, and what those since `since` promised about leaving."""
        with self._db.read() as connection:
            return readership.readership(connection, newsletter, issue_key, since)

    def holds_token(self, token: str) -> bool:
        """Whether an unsubscribe address with this token is a reader's own."""
        with self._db.read() as connection:
            return connection.scalar(select(subscriber.c.id).where(subscriber.c.token == token)) is not None


def address_key(address: str) -> str:
    """Equal for all spellings of one mailbox."""
    return _normalised(address).casefold()


_LISTED = subscription.join(subscriber, subscriber.c.id == subscription.c.subscriber_id)
_STATE = case((subscription.c.left_at.is_(None), subscriber.c.state), else_="removed").label("state")
"""Within one newsletter."""


def _states(connection: Connection, keys: Sequence[str], newsletter: str) -> dict[str, str]:
    """Key of an address that is there -> active, removed or not listed, all three within this newsletter."""
    its = and_(subscription.c.newsletter == newsletter, subscription.c.subscriber_id == subscriber.c.id)
    absent = and_(subscriber.c.state == "active", subscription.c.subscriber_id.is_(None))
    found = (
        select(subscriber.c.address_key, case((absent, "not listed"), else_=_STATE).label("state"))
        .select_from(subscriber.outerjoin(subscription, its))
        .where(subscriber.c.address_key.in_(keys))
    )
    return {row.address_key: row.state for row in connection.execute(found)}


def _list(connection: Connection, people: dict[str, Subscriber], newsletter: str, at: datetime) -> None:
    for left_at in (None, at):
        keys = [key for key, person in people.items() if (person.state == "removed") == (left_at is not None)]
        if keys:
            listed = select(literal(newsletter), subscriber.c.id, literal(at, UtcTime), literal(left_at, UtcTime))
            statement = insert(connection, subscription).from_select(
                ["newsletter", "subscriber_id", "since", "left_at"], listed.where(subscriber.c.address_key.in_(keys))
            )
            connection.execute(statement.on_conflict_do_nothing())


def _newsletters(connection: Connection) -> Iterator[str]:
    """Every key that somebody was ever subscribed to: a step of the index each, whatever the number of people."""
    key: str | None = ""
    while key := connection.scalar(select(func.min(subscription.c.newsletter)).where(subscription.c.newsletter > key)):
        yield key


def _leave(connection: Connection, person: int, newsletter: str, at: datetime) -> bool:
    its = and_(subscription.c.newsletter == newsletter, subscription.c.subscriber_id == person)
    left = update(subscription).where(its, subscription.c.left_at.is_(None)).values(left_at=at)
    return connection.execute(left).rowcount == 1


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
