"""Who asked to get a newsletter and has not confirmed yet: nobody's subscriber."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct, field
from sqlalchemy import Connection, Row, and_, case, delete, func, literal, or_, select, update

from digest.models import Choice, Frequency, Subscriber
from digest.store import addresses, consent, lists, people, variants
from digest.store.consent import Consent
from digest.store.database import Database, insert
from digest.store.keys import Keys
from digest.store.schema import UtcTime, signup, subscriber, suppression, wording

KEPT = timedelta(days=8)
"""A day longer than the link in the email is good."""


class Request(Struct, frozen=True):
    """What somebody asked for on the subscribe page."""

    address: str
    name: str
    language: str
    newsletters: tuple[str, ...]
    frequency: Frequency
    source: str
    wording: str
    """What stood above the button."""
    themes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Newsletter -> the tags that were asked for, where that is not all of them."""


class Limits(Struct, frozen=True):
    """How often one address, and everybody together, may ask."""

    pause: timedelta = timedelta(minutes=15)
    a_day: int = 3
    all_an_hour: int = 1000


class Due(Struct, frozen=True):
    """A confirmation email to be sent."""

    id: int
    address: str
    name: str
    language: str
    newsletters: tuple[str, ...]
    asked_at: datetime
    times: int


class Confirmed(Struct, frozen=True):
    """What a confirmed sign-up came to."""

    language: str
    newsletters: tuple[str, ...]
    token: str
    """The new reader's own."""


class Signups:
    """Requests, one row per address, each for a week."""

    def __init__(self, db: Database, keys: Keys) -> None:
        self._db = db
        self._keys = keys

    def ask(self, request: Request, at: datetime, limits: Limits) -> None:
        """Keeps the request, with an email due, unless the address or everybody asked too often.

        It does the same work and tells nothing: neither whether the address is known, nor whether
        an email goes out.
        """
        c = signup.c
        hour = select(func.count()).select_from(signup).where(c.asked_at > at - timedelta(hours=1))
        new_day = c.day_began <= at - timedelta(days=1)
        allowed = and_(
            c.asked_at <= at - limits.pause,
            or_(new_day, c.times < limits.a_day),
            hour.scalar_subquery() < limits.all_an_hour,
        )
        with self._db.write() as connection:
            room = (connection.scalar(hour) or 0) < limits.all_an_hour
            row = self._row(connection, request, at) | {"mail_at": at if room else None}
            statement = insert(connection, signup).values(row)
            given = statement.excluded
            asked = {name: case((allowed, given[name]), else_=c[name]) for name in _ASKED}
            counts = {
                "day_began": case((and_(allowed, new_day), literal(at, UtcTime)), else_=c.day_began),
                "times": case((and_(allowed, new_day), 1), (allowed, c.times + 1), else_=c.times),
                "tries": c.tries + 1,
            }
            connection.execute(
                statement.on_conflict_do_update(index_elements=["address_key"], set_={**asked, **counts})
            )

    def due(self, at: datetime, limit: int = 100) -> tuple[Due, ...]:
        """Emails that are due, each given to one caller only: it is not due any more."""
        c = signup.c
        with self._db.write() as connection:
            found = select(signup).where(c.mail_at <= at).order_by(c.mail_at).limit(limit)
            rows = connection.execute(found.with_for_update(skip_locked=True)).all()
            connection.execute(update(signup).where(c.id.in_([row.id for row in rows])).values(mail_at=None))
        return tuple(
            Due(row.id, row.address, row.name, row.language, tuple(row.newsletters.split()), row.asked_at, row.times)
            for row in rows
        )

    def mail_again(self, number: int, at: datetime) -> None:
        """An email that was provably not taken is due once more, unless it is confirmed by now."""
        with self._db.write() as connection:
            its = and_(signup.c.id == number, signup.c.confirmed_at.is_(None))
            connection.execute(update(signup).where(its).values(mail_at=at))

    def shown(self, number: int) -> tuple[str, tuple[str, ...], str] | None:
        """Address, newsletters and language of a request that can still be confirmed, or is; None for none."""
        c = signup.c
        with self._db.read() as connection:
            row = connection.execute(select(c.address, c.newsletters, c.language).where(c.id == number)).one_or_none()
        return None if row is None else (row.address, tuple(row.newsletters.split()), row.language)

    def confirm(self, number: int, asked_at: datetime, at: datetime) -> Confirmed | None:
        """The person said yes: on the lists, whatever was before. Once: a second time changes nothing.

        `asked_at` is what the link says. None when there is no such request.
        """
        with self._db.write() as connection:
            row = connection.execute(select(signup).where(signup.c.id == number).with_for_update()).one_or_none()
            if row is None or asked_at > row.asked_at:
                return None
            if row.confirmed_at is None:
                self._subscribe(connection, row, at)
                done = {"confirmed_at": at, "mail_at": None}
                connection.execute(update(signup).where(signup.c.id == number).values(done))
            token = connection.scalar(select(subscriber.c.token).where(subscriber.c.address_key == row.address_key))
            return Confirmed(row.language, tuple(row.newsletters.split()), token or "")

    def forget_old(self, at: datetime) -> int:
        """Deletes requests of which the link is no longer good; says how many."""
        with self._db.write() as connection:
            return connection.execute(delete(signup).where(signup.c.asked_at < at - KEPT)).rowcount

    def pending(self, address: str) -> datetime | None:
        """Since when a request of this address waits to be confirmed."""
        its = and_(signup.c.address_key == addresses.key(address), signup.c.confirmed_at.is_(None))
        with self._db.read() as connection:
            found: datetime | None = connection.scalar(select(signup.c.asked_at).where(its))
        return found

    def _row(self, connection: Connection, request: Request, at: datetime) -> dict[str, Any]:
        return {
            "address": addresses.normal(request.address),
            "address_key": addresses.key(request.address),
            "name": request.name,
            "language": request.language,
            "newsletters": " ".join(request.newsletters),
            "frequency": request.frequency,
            "source": request.source,
            "wording_id": consent.wording_id(connection, request.wording),
            "asked_at": at,
            "day_began": at,
            "times": 1,
            "tries": 1,
            "confirmed_at": None,
            "themes": json.dumps({key: variants.kept(tags) for key, tags in request.themes.items()}),
        }

    def _subscribe(self, connection: Connection, row: Row[Any], at: datetime) -> None:
        person = Subscriber(row.address, row.name, row.source, language=row.language)
        found = connection.scalar(select(subscriber.c.id).where(subscriber.c.address_key == row.address_key))
        number = found or people.insert_person(connection, self._keys, person, at)
        active = {"state": "active", "removed_at": None, "confirmed_at": at, "language": row.language}
        name = {"name": row.name} if row.name else {}
        connection.execute(update(subscriber).where(subscriber.c.id == number).values(active | name))
        if people.suppressed(connection, self._keys, row.address):
            its = suppression.c.hash == self._keys.hidden(row.address_key)
            connection.execute(update(suppression).where(its).values(lifted_at=at))
        said = connection.scalar(select(wording.c.text).where(wording.c.id == row.wording_id)) or ""
        gets = {each.newsletter: each.choice.themes for each in lists.of(connection, number) if each.left_at is None}
        gets |= {key: variants.themes(kept) for key, kept in json.loads(row.themes or "{}").items()}
        for newsletter in row.newsletters.split():
            choice = Choice(row.frequency, gets.get(newsletter, ()))
            lists.relist(connection, number, newsletter, choice, at)
            entry = Consent(row.asked_at, "confirmed", newsletter, row.source, said, confirmed_at=at)
            consent.record(connection, number, entry)


_ASKED: Sequence[str] = (
    "address", "name", "language", "newsletters", "frequency", "source",
    "wording_id", "asked_at", "mail_at", "confirmed_at", "themes",
)  # fmt: skip
