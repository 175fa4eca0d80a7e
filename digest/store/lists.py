"""The newsletters' lists: who stands on which, and how they get on and off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection, and_, func, select, update

from digest.models import Choice, PersonState
from digest.store import consent, variants
from digest.store.consent import Consent
from digest.store.database import chunks, insert
from digest.store.schema import subscriber, subscription


class Listing(Struct, frozen=True):
    """One person on one newsletter's list."""

    newsletter: str
    since: datetime
    left_at: datetime | None
    choice: Choice


def newsletters(connection: Connection) -> Iterator[str]:
    """Every key that somebody was ever subscribed to: a step of the index each, whatever the number of people."""
    key: str | None = ""
    while key := connection.scalar(select(func.min(subscription.c.newsletter)).where(subscription.c.newsletter > key)):
        yield key


def of(connection: Connection, person: int) -> tuple[Listing, ...]:
    """Every list that the person stands or stood on, by the newsletters' keys."""
    c = subscription.c
    found: list[Listing] = []
    for newsletter in newsletters(connection):
        its = and_(c.newsletter == newsletter, c.subscriber_id == person)
        rows = connection.execute(select(c.newsletter, c.since, c.left_at, c.frequency, c.themes).where(its))
        for key, since, left_at, frequency, themes in rows:
            found.append(Listing(key, since, left_at, Choice(frequency, variants.themes(themes))))
    return tuple(found)


def depart(connection: Connection, person: int, newsletters: Sequence[str], source: str, at: datetime) -> bool:
    """Off these lists, with none of all for good; whether that changed anything."""
    if newsletters:
        entries = [Consent(at, "left", each, source) for each in newsletters]
        return sum(leave(connection, person, each.newsletter, each) for each in entries) > 0
    return end(connection, [person], "unsubscribed", Consent(at, "left", "", source)) == 1


def leave(connection: Connection, person: int, newsletter: str, entry: Consent) -> bool:
    """Off this list; whether they were on it."""
    its = and_(subscription.c.newsletter == newsletter, subscription.c.subscriber_id == person)
    left = update(subscription).where(its, subscription.c.left_at.is_(None)).values(left_at=entry.at)
    if connection.execute(left).rowcount != 1:
        return False
    consent.record(connection, person, entry)
    return True


def take(connection: Connection, person: int, choice: Choice, before: Listing | None, entry: Consent) -> None:
    """On this list, in this way: by the person's own word."""
    newsletter = entry.newsletter
    choice = replace(choice, themes=variants.themes(variants.kept(choice.themes)))
    entry = replace(entry, wording=", ".join(choice.themes))
    if before is None or before.left_at is not None:
        relist(connection, person, newsletter, choice, entry.at)
        consent.record(connection, person, replace(entry, what="subscribed"))
    elif before.choice != choice:
        its = and_(subscription.c.newsletter == newsletter, subscription.c.subscriber_id == person)
        connection.execute(update(subscription).where(its).values(_columns(choice)))
        consent.record(connection, person, entry)


def end(connection: Connection, people: Sequence[int], state: PersonState, entry: Consent) -> int:
    """These people get nothing more, of any newsletter; for how many that is news.

    A state that says more than the one they have replaces it, and no other does.
    """
    ended, stronger = 0, subscriber.c.state.in_(_WEAKER[state])
    for some in chunks(people):
        ids = connection.scalars(select(subscriber.c.id).where(subscriber.c.id.in_(some), stronger)).all()
        connection.execute(update(subscriber).where(subscriber.c.id.in_(ids)).values(state=state, removed_at=entry.at))
        listed = and_(subscription.c.subscriber_id.in_(ids), subscription.c.left_at.is_(None))
        for newsletter in newsletters(connection):
            its = and_(subscription.c.newsletter == newsletter, listed)
            connection.execute(update(subscription).where(its).values(left_at=entry.at))
        consent.record_all(connection, ids, entry)
        ended += len(ids)
    return ended


def relist(connection: Connection, person: int, newsletter: str, choice: Choice, at: datetime) -> None:
    """On this newsletter's list again, or for the first time: only ever by the person's own word."""
    again = {"since": at, "left_at": None, **_columns(choice)}
    statement = insert(connection, subscription).values(newsletter=newsletter, subscriber_id=person, **again)
    connection.execute(statement.on_conflict_do_update(index_elements=["newsletter", "subscriber_id"], set_=again))


def _columns(choice: Choice) -> dict[str, str]:
    return {"frequency": choice.frequency, "themes": variants.kept(choice.themes)}


_ORDER: tuple[PersonState, ...] = ("active", "unsubscribed", "bounced", "complained", "erased")
_WEAKER: Mapping[PersonState, Sequence[PersonState]] = {state: _ORDER[:at] for at, state in enumerate(_ORDER)}
"""Complaint beats bounce beats departure, in whatever order they are heard."""
