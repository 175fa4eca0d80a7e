"""What providers report later of emails: kept once each, and what follows from it for people and figures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy import Connection, Row, Select, and_, func, literal_column, select

from digest.models import Event, Regrets
from digest.store import addresses, doubts, lists, tallies
from digest.store.consent import Consent
from digest.store.database import Database, chunks, insert
from digest.store.schema import audience, batch, consent, delivery, event, fate, issue, pruned, subscriber

SOFT_BOUNCES = 3
"""In as many issues in a row, and the address gets no more."""

_RANKS = {"accepted": 1, "deferred": 2, "delivered": 3, "rejected": 4, "bounced": 5, "unsubscribed": 6, "complained": 7}
"""Of two reports on one email the higher counts, in whatever order they come (anymail's order)."""


class Fates(Struct, frozen=True):
    """What became of an issue's accepted emails, by what their provider reported."""

    heard: int = 0
    """Emails of which anything was reported."""
    delivered: int = 0
    bounced: int = 0
    complained: int = 0
    provider: str = ""
    began_at: datetime | None = None
    """When the audience was fixed."""
    unsubscribed: int = 0
    """Who left this newsletter after this issue and before the next one, by whatever way."""


class _Place(Struct, frozen=True):
    """The email that an event is about."""

    issue_id: int
    number: int
    newsletter: str
    person: int


class Events:
    """Reports of every provider. Safe to repeat: an event that is known changes nothing."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def record(self, heard: Sequence[tuple[str, Event]], at: datetime) -> int:
        """Keeps events, each with its provider's name, and acts on them; says how many were new.

        A complaint and a permanent bounce end all that the address gets at once, a bounce that may
        pass does in the third issue in a row. What is older than the reader's last own yes ends nothing.
        """
        with self._db.write() as connection:
            new = _new(connection, heard)
            places = _places(connection, [each for _, each in new])
            _keep(connection, new, places, at)
            _raise_fates(connection, new, places)
            _settle_doubts(connection, new, places, at)
            gone = _pruned(connection, [each for _, each in new if each not in places])
            for provider, each in new:
                place = places.get(each)
                newsletter = place.newsletter if place else gone.get(each.issue_key)
                _act(connection, provider, each, place, newsletter, at)
            return len(new)

    def regrets(self, issue_id: int) -> Regrets:
        """Complaints and bounces of an issue that goes out. Reads only their rows: a sender asks every second."""
        unhappy = fate.c.rank > literal_column("3")  # as the index says it, or it is not used
        ranks = select(fate.c.rank, func.count()).where(fate.c.issue_id == issue_id, unhappy).group_by(fate.c.rank)
        with self._db.read() as connection:
            found = {rank: int(number) for rank, number in connection.execute(ranks)}
        return Regrets(
            found.get(_RANKS["complained"], 0), found.get(_RANKS["bounced"], 0) + found.get(_RANKS["rejected"], 0)
        )

    def fates(self, issue_id: int) -> Fates:
        """The figures of one issue."""
        with self._db.read() as connection:
            reported = tallies.reported(connection, issue_id)
            left = _left_after(connection, issue_id)
            began = select(audience.c.provider, audience.c.frozen_at).where(audience.c.issue_id == issue_id)
            row = connection.execute(began).one_or_none()
        return Fates(
            **asdict(reported),
            provider=(row.provider or "") if row else "",
            began_at=row.frozen_at if row else None,
            unsubscribed=left,
        )


def _id(provider: str, each: Event) -> tuple[str, str]:
    return provider, each.id


def _new(connection: Connection, heard: Sequence[tuple[str, Event]]) -> list[tuple[str, Event]]:
    """Those that are not kept yet, each once, in the order in which they came."""
    first = {_id(provider, each): (provider, each) for provider, each in reversed(heard)}
    for provider in {provider for provider, _ in heard}:
        for some in chunks([name for whose, name in first if whose == provider]):
            known = select(event.c.event_id).where(event.c.provider == provider, event.c.event_id.in_(some))
            for name in connection.scalars(known).all():
                del first[provider, name]
    return list(reversed(first.values()))


def _places(connection: Connection, events: Sequence[Event]) -> dict[Event, _Place]:
    """Event -> the email that it is about, where that can be told."""
    places: dict[Event, _Place] = {}
    issues = _issues(connection, {each.issue_key for each in events if each.issue_key})
    by_issue: dict[str, list[Event]] = defaultdict(list)
    for each in events:
        if each.issue_key in issues:
            by_issue[each.issue_key].append(each)
    for key, its in by_issue.items():
        row = issues[key]
        places |= _by_number(connection, row, [each for each in its if each.number is not None])
        places |= _by_address(connection, row, [each for each in its if each not in places])
    return places


def _issues(connection: Connection, keys: Iterable[str]) -> dict[str, Row[Any]]:
    """Those whose deliveries are there."""
    columns = issue.c.key, issue.c.id, issue.c.newsletter
    found: Select[Any] = select(*columns).select_from(issue.outerjoin(pruned))
    found = found.where(issue.c.key.in_(list(keys)), pruned.c.issue_id.is_(None))
    return {row.key: row for row in connection.execute(found)}


def _pruned(connection: Connection, events: Iterable[Event]) -> dict[str, str]:
    """Key of an issue whose deliveries are not kept -> its newsletter, which a report is still about."""
    keys = {each.issue_key for each in events if each.kind == "unsubscribed" and each.issue_key}
    if not keys:
        return {}
    found = select(issue.c.key, issue.c.newsletter).join(pruned).where(issue.c.key.in_(keys))
    return {row.key: row.newsletter for row in connection.execute(found)}


def _by_number(connection: Connection, row: Row[Any], events: Sequence[Event]) -> dict[Event, _Place]:
    c = delivery.c
    emails: dict[int, Row[Any]] = {}
    for some in chunks([each.number for each in events]):
        found = select(c.number, c.subscriber_id, c.address).where(c.issue_id == row.id, c.number.in_(some))
        emails |= {email.number: email for email in connection.execute(found)}
    places: dict[Event, _Place] = {}
    for each in events:
        email = emails.get(each.number or 0)
        # A number that leads to another address is not ours, whoever wrote it.
        if email and (not each.address or addresses.key(email.address) in ("", addresses.key(each.address))):
            places[each] = _Place(row.id, email.number, row.newsletter, email.subscriber_id)
    return places


def _by_address(connection: Connection, row: Row[Any], events: Sequence[Event]) -> dict[Event, _Place]:
    people_ = _people(connection, [each.address for each in events])
    c = delivery.c
    emails: dict[int, int] = {}
    for some in chunks(list(people_.values())):
        found = select(c.number, c.subscriber_id).where(c.issue_id == row.id, c.subscriber_id.in_(some))
        emails |= {email.subscriber_id: email.number for email in connection.execute(found)}
    places: dict[Event, _Place] = {}
    for each in events:
        person = people_.get(addresses.key(each.address))
        if person is not None and person in emails:
            places[each] = _Place(row.id, emails[person], row.newsletter, person)
    return places


def _people(connection: Connection, found: Sequence[str]) -> dict[str, int]:
    """Address key -> number of the person."""
    ids: dict[str, int] = {}
    for some in chunks([addresses.key(address) for address in found]):
        rows = select(subscriber.c.address_key, subscriber.c.id).where(subscriber.c.address_key.in_(some))
        ids |= {row.address_key: row.id for row in connection.execute(rows)}
    return ids


def _keep(
    connection: Connection, new: Sequence[tuple[str, Event]], places: Mapping[Event, _Place], at: datetime
) -> None:
    rows = []
    for provider, each in new:
        place = places.get(each)
        rows.append(
            {
                "provider": provider,
                "event_id": each.id,
                "issue_id": place.issue_id if place else None,
                "number": place.number if place else None,
                "kind": each.kind,
                "permanent": each.permanent,
                "at": each.at,
                "heard_at": at,
                "reason": each.reason.replace("\0", "?"),
            }
        )
    if rows:
        connection.execute(insert(connection, event).on_conflict_do_nothing(), rows)


def _raise_fates(connection: Connection, new: Sequence[tuple[str, Event]], places: Mapping[Event, _Place]) -> None:
    highest: dict[tuple[int, int], dict[str, Any]] = {}
    for _, each in new:
        if place := places.get(each):
            email, rank = (place.issue_id, place.number), _RANKS[each.kind]
            if email not in highest or rank > highest[email]["rank"]:
                values = {"state": each.kind, "rank": rank, "at": each.at, "reason": each.reason.replace("\0", "?")}
                highest[email] = {"issue_id": place.issue_id, "number": place.number, **values}
    if highest:
        statement = insert(connection, fate)
        raised = {name: statement.excluded[name] for name in ("state", "rank", "at", "reason")}
        higher = statement.on_conflict_do_update(
            index_elements=["issue_id", "number"], set_=raised, where=statement.excluded.rank > fate.c.rank
        )
        connection.execute(higher, list(highest.values()))


def _settle_doubts(
    connection: Connection, new: Sequence[tuple[str, Event]], places: Mapping[Event, _Place], at: datetime
) -> None:
    """What became of an email proves that it was taken, which an issue may not know yet."""
    unsure = {
        number: connection.scalar(
            select(batch.c.seq).where(batch.c.issue_id == number, batch.c.state.in_(["in doubt", "in flight"])).limit(1)
        )
        for number in {place.issue_id for place in places.values()}
    }
    for _, each in new:
        place = places.get(each)
        if place and unsure[place.issue_id] is not None and each.kind != "rejected":
            doubts.heard(connection, each.issue_key, place.number, each.provider_id, at)


def _act(
    connection: Connection, provider: str, each: Event, place: _Place | None, newsletter: str | None, at: datetime
) -> None:
    if each.kind not in ("bounced", "rejected", "complained", "unsubscribed"):
        return
    person = place.person if place else _people(connection, [each.address]).get(addresses.key(each.address))
    if person is None or _agreed_since(connection, person, each.at):
        return
    source = f"{provider} webhook"
    if each.kind == "unsubscribed":
        lists.depart(connection, person, (newsletter,) if newsletter else (), source, at)
        return
    state: Literal["complained", "bounced"] = "complained" if each.kind == "complained" else "bounced"
    if state == "complained" or each.permanent or (place and _bounced_on_and_on(connection, place)):
        lists.end(connection, [person], state, Consent(at, state, "", source))


def _agreed_since(connection: Connection, person: int, at: datetime) -> bool:
    """An old report that comes late does not undo a yes that the person said after it."""
    confirmed = select(subscriber.c.confirmed_at).where(subscriber.c.id == person)
    confirmed_at: datetime | None = connection.scalar(confirmed)
    return confirmed_at is not None and at <= confirmed_at


def _bounced_on_and_on(connection: Connection, place: _Place) -> bool:
    """Whether the last issues that were sent to this person have all bounced."""
    issues = (
        select(audience.c.issue_id)
        .join(issue, issue.c.id == audience.c.issue_id)
        .where(issue.c.newsletter == place.newsletter)
        .order_by(audience.c.frozen_at.desc())
        .limit(_LOOK_BACK)
    )
    states: list[str | None] = []
    for number in connection.scalars(issues).all():
        its = and_(delivery.c.issue_id == number, delivery.c.subscriber_id == place.person)
        email = connection.scalar(select(delivery.c.number).where(its))
        if email is not None:
            of_email = and_(fate.c.issue_id == number, fate.c.number == email)
            states.append(connection.scalar(select(fate.c.state).where(of_email)))
    return len(states) >= SOFT_BOUNCES and all(state == "bounced" for state in states[:SOFT_BOUNCES])


_LOOK_BACK = 60
"""Issues; who gets one a month of a daily newsletter is not in the others."""


def _left_after(connection: Connection, issue_id: int) -> int:
    ours = (
        select(issue.c.newsletter, audience.c.frozen_at)
        .join(audience, audience.c.issue_id == issue.c.id)
        .where(issue.c.id == issue_id)
    )
    row = connection.execute(ours).one_or_none()
    if row is None:
        return 0
    later = (
        select(func.min(audience.c.frozen_at))
        .join(issue, issue.c.id == audience.c.issue_id)
        .where(issue.c.newsletter == row.newsletter, audience.c.frozen_at > row.frozen_at)
    )
    until: datetime | None = connection.scalar(later)
    left = select(func.count(consent.c.subscriber_id.distinct())).where(
        consent.c.what == literal_column("'left'"),  # as the index says it, or it is not used
        consent.c.newsletter.in_([row.newsletter, ""]),
        consent.c.at >= row.frozen_at,
        *([consent.c.at < until] if until else []),
    )
    return int(connection.scalar(left) or 0)
