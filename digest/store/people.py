"""Who gets which newsletter, and who left it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Literal, NamedTuple

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Row, Select, and_, case, delete, func, literal, select, update

from digest import tokens
from digest.errors import DigestError
from digest.models import Choice, PersonState, Readership, Subscriber
from digest.store import addresses, consent, incoming, lists, readership, variants
from digest.store.consent import Consent
from digest.store.database import Database, chunks, insert
from digest.store.keys import Keys
from digest.store.schema import batch, delivery, issue, signup, subscriber, subscription, suppression

Verdict = Literal["new", "known", "gone", "unsubscribed", "bounced", "complained", "erased"]


class Added(Struct, frozen=True):
    """What became of the addresses given to `People.add`; the four add up to their number."""

    new: int
    """On this newsletter's list from now on."""
    known: int
    """On it already, or given twice."""
    refused: int
    """Those who left this newsletter before, or all of them: no import brings them back."""
    gone: int = 0
    """Given as somebody who left elsewhere: never written to from now on."""


class Person(Struct, frozen=True):
    """All that is kept of one person, but for what was sent."""

    id: int
    address: str
    name: str
    language: str
    origin: str
    state: PersonState
    added_at: datetime
    removed_at: datetime | None
    confirmed_at: datetime | None
    listings: tuple[lists.Listing, ...]
    consents: tuple[Consent, ...]


class Listed(NamedTuple):
    """A line of an export: a person on a list, or on none."""

    address: str
    name: str
    language: str
    state: PersonState
    newsletter: str
    frequency: str
    themes: str
    """Tags, a line each; empty for the whole issue."""
    since: datetime
    left_at: datetime | None
    origin: str
    confirmed_at: datetime | None


class Leaving(Struct, frozen=True):
    """Somebody pressed the button, or their mail program did."""

    token: str
    newsletters: tuple[str, ...]
    """Those that are left; none: all of them, for good."""
    source: str
    at: datetime


class People:
    """Subscribers, one row per address, and the newsletters that each of them gets."""

    def __init__(self, db: Database, keys: Keys) -> None:
        self._db = db
        self._keys = keys

    def add(
        self,
        subscribers: Iterable[Subscriber],
        newsletter: str,
        at: datetime,
        *,
        basis: str = "",
        on_rows: Callable[[int], None] = lambda _: None,
    ) -> Added:
        """Puts them on the list of the newsletter with this key; leaves those on it as they are.

        Who is given as one who left is listed as such: a new address is lost for every newsletter,
        a known one for this newsletter. `basis` is what they agreed to; `on_rows` is told how many
        have been read.
        """
        entry = Consent(at, "subscribed", newsletter, "", basis)
        with self._db.write() as connection:
            new_token = partial(tokens.new_reader, self._keys.signing_within(connection, at)[0])
            with incoming.loaded(connection, subscribers, self._keys, new_token, on_rows) as held:
                found: dict[Verdict, int] = dict(connection.execute(incoming.verdicts(newsletter)).all())
                incoming.take_over(connection, newsletter, entry, gone=held.gone)
        new, gone, known = found.get("new", 0), found.get("gone", 0), found.get("known", 0) + len(held.again)
        return Added(new, known, held.total - new - gone - known, gone)

    def verdicts(self, subscribers: Iterable[Subscriber], newsletter: str) -> tuple[Verdict, ...]:
        """What `add` would do with each of them. Changes nothing."""
        with self._db.trial() as connection, incoming.loaded(connection, subscribers, self._keys) as held:
            found: dict[int, Verdict] = dict(connection.execute(incoming.each(newsletter)).all())
        return tuple(found.get(number, "known") for number in range(1, held.total + 1))

    def remove(
        self, address: str, at: datetime, newsletter: str | None = None, *, source: str = "removed by hand"
    ) -> bool:
        """Takes the address off this newsletter's list, or off all of them, for good; says whether it was on.

        An address that nobody knew is kept as one that left, so that no import brings it in.
        """
        with self._db.write() as connection:
            person = _by_address(connection, address)
            if person is None:
                if not suppressed(connection, self._keys, address):
                    gone = Subscriber(address, origin=source, state="unsubscribed")
                    consent.record(
                        connection, insert_person(connection, self._keys, gone, at), Consent(at, "left", "", source)
                    )
                return False
            if person.state != "active":
                return False
            if newsletter is not None:
                return lists.leave(connection, person.id, newsletter, Consent(at, "left", newsletter, source))
            lists.end(connection, [person.id], "unsubscribed", Consent(at, "left", "", source))
            return True

    def leave(self, leavings: Sequence[Leaving]) -> tuple[bool, ...]:
        """Ends subscriptions by the links of emails, many in one transaction; says of each whether it changed anything.

        A token that nobody has changes nothing.
        """
        with self._db.write() as connection:
            people = _by_tokens(connection, [leaving.token for leaving in leavings])
            return tuple(
                (person := people.get(each.token)) is not None
                and lists.depart(connection, person.id, each.newsletters, each.source, each.at)
                for each in leavings
            )

    def choose(
        self, token: str, wanted: Mapping[str, Choice], offered: Sequence[str], at: datetime, source: str
    ) -> bool:
        """Of the newsletters that were offered exactly the wanted ones, in the way they say; False for no such reader.

        Only who is active may choose: whoever left altogether subscribes again.
        """
        with self._db.write() as connection:
            person = _by_tokens(connection, [token]).get(token)
            if person is None or person.state != "active":
                return False
            before = {each.newsletter: each for each in lists.of(connection, person.id)}
            for newsletter in offered:
                entry = Consent(at, "changed" if newsletter in wanted else "left", newsletter, source)
                if newsletter in wanted:
                    lists.take(connection, person.id, wanted[newsletter], before.get(newsletter), entry)
                else:
                    lists.leave(connection, person.id, newsletter, entry)
            return True

    def choices(self, newsletter: str) -> tuple[tuple[str, ...], ...]:
        """Every choice of some themes that this newsletter's readers have made, once."""
        with self._db.read() as connection:
            return variants.choices(connection, newsletter)

    def by_token(self, token: str) -> Person | None:
        """The reader whose link this is."""
        with self._db.read() as connection:
            row = connection.execute(select(subscriber).where(subscriber.c.token == token)).one_or_none()
            return None if row is None else _person(connection, row)

    def by_address(self, address: str) -> Person | None:
        """The person with this address, in any spelling."""
        with self._db.read() as connection:
            row = _by_address(connection, address)
            return None if row is None else _person(connection, row)

    def token(self, address: str) -> str | None:
        """What stands in this person's links."""
        with self._db.read() as connection:
            found: str | None = connection.scalar(
                select(subscriber.c.token).where(subscriber.c.address_key == addresses.key(address))
            )
        return found

    def erase(self, address: str, at: datetime) -> bool:
        """Forgets the person: what is left is a keyed hash that keeps the address from coming back.

        What was sent to them stays counted, without a name. Raises DigestError while an email to
        them is on its way or in doubt.
        """
        with self._db.write() as connection:
            asked = connection.execute(delete(signup).where(signup.c.address_key == addresses.key(address))).rowcount
            person = _by_address(connection, address)
            if person is None:
                return asked > 0
            _refuse_on_its_way(connection, person.id)
            lists.end(connection, [person.id], "erased", Consent(at, "erased", "", "erased by hand"))
            blank = {"address": "", "address_key": f"erased {person.id}", "name": "", "origin": "", "language": ""}
            connection.execute(update(subscriber).where(subscriber.c.id == person.id).values(blank))
            for issue_id in connection.scalars(select(issue.c.id)).all():
                its = and_(delivery.c.issue_id == issue_id, delivery.c.subscriber_id == person.id)
                connection.execute(update(delivery).where(its).values(address="", name=""))
            self._keys.hides(connection)
            hidden = {"hash": self._keys.hidden(addresses.key(address)), "key_id": self._keys.hiding_id(), "at": at}
            again = {"at": at, "lifted_at": None}
            statement = insert(connection, suppression).values(hidden)
            connection.execute(statement.on_conflict_do_update(index_elements=["hash"], set_=again))
            return True

    def all(self, newsletter: str | None = None, limit: int | None = None) -> tuple[Subscriber, ...]:
        """Everyone who was not erased, those who left too, in the order in which they came.

        Of one newsletter: who is or was on its list, with their state there.
        """
        columns = subscriber.c.address, subscriber.c.name, subscriber.c.origin
        found = select(*columns, subscriber.c.state, subscriber.c.language).order_by(subscriber.c.id)
        if newsletter is not None:
            listed = select(*columns, _STATE, subscriber.c.language).select_from(_LISTED)
            found = listed.where(subscription.c.newsletter == newsletter).order_by(subscription.c.subscriber_id)
        found = found.where(subscriber.c.state != "erased")
        with self._db.read() as connection:
            return tuple(Subscriber(*row) for row in connection.execute(found.limit(limit)))

    def rows(self, newsletter: str | None = None) -> Iterator[Listed]:
        """Everyone on every list, or on one, who left too; then those who never were on any. Read by 10,000."""
        with self._db.read() as connection:
            keys = list(lists.newsletters(connection))
        for key in keys if newsletter is None else [newsletter]:
            its = subscription.c.newsletter == key
            yield from self._pages(
                _ON_LIST.where(its).order_by(subscription.c.subscriber_id), subscription.c.subscriber_id
            )
        if newsletter is None:
            listed = [
                select(subscription.c.since)
                .where(subscription.c.newsletter == key, subscription.c.subscriber_id == subscriber.c.id)
                .exists()
                for key in keys
            ]
            on_none = _ON_NO_LIST.where(*(~each for each in listed), subscriber.c.state != "erased")
            yield from self._pages(on_none.order_by(subscriber.c.id), subscriber.c.id)

    def _pages(self, found: Select[Any], number: ColumnElement[int]) -> Iterator[Listed]:
        last = 0
        while True:
            with self._db.read() as connection:
                rows = connection.execute(found.where(number > last).limit(_PAGE)).all()
            for row in rows:
                yield Listed(*row[1:])
            if len(rows) < _PAGE:
                return
            last = rows[-1][0]

    def counts(self, newsletter: str | None = None) -> dict[str, int]:
        """State -> number of people; of one newsletter, who left it alone counts as unsubscribed."""
        by_state = select(subscriber.c.state, func.count()).group_by(subscriber.c.state)
        if newsletter is not None:
            listed = select(_STATE, func.count()).select_from(_LISTED)
            by_state = listed.where(subscription.c.newsletter == newsletter).group_by(_STATE)
        with self._db.read() as connection:
            return {"active": 0, "unsubscribed": 0} | {row[0]: row[1] for row in connection.execute(by_state)}

    def readership(self, newsletter: str, issue_key: str, since: datetime) -> Readership:
        """In numbers: who would get this issue now, and what those since `since` promised about leaving."""
        with self._db.read() as connection:
            return readership.readership(connection, newsletter, issue_key, since)

    def holds_link(self, part: str) -> bool:
        """Whether an unsubscribe address that ends in `part` is a reader's own."""
        with self._db.read() as connection:
            its = subscriber.c.token.in_((part, part[tokens.CODE :]))
            return connection.scalar(select(subscriber.c.id).where(its).limit(1)) is not None


_PAGE = 10_000
_LISTED = subscription.join(subscriber, subscriber.c.id == subscription.c.subscriber_id)
_STATE = case(
    (and_(subscriber.c.state == "active", subscription.c.left_at.is_not(None)), "unsubscribed"),
    else_=subscriber.c.state,
).label("state")
"""Within one newsletter."""
_KEPT = (subscriber.c.address, subscriber.c.name, subscriber.c.language)
_ON_LIST = (
    select(
        subscription.c.subscriber_id, *_KEPT, _STATE, subscription.c.newsletter, subscription.c.frequency,
        subscription.c.themes, subscription.c.since, subscription.c.left_at,
        subscriber.c.origin, subscriber.c.confirmed_at,
    )
    .select_from(_LISTED)
    .where(subscriber.c.state != "erased")
)  # fmt: skip
_ON_NO_LIST = select(
    subscriber.c.id, *_KEPT, subscriber.c.state, literal(""), literal(""), literal(""),
    subscriber.c.added_at, subscriber.c.removed_at, subscriber.c.origin, subscriber.c.confirmed_at,
)  # fmt: skip


def suppressed(connection: Connection, keys: Keys, address: str) -> bool:
    """Whether this is the address of somebody who was erased."""
    if not keys.hides(connection):
        return False
    its = and_(suppression.c.hash == keys.hidden(addresses.key(address)), suppression.c.lifted_at.is_(None))
    return connection.scalar(select(suppression.c.hash).where(its)) is not None


def insert_person(connection: Connection, keys: Keys, person: Subscriber, at: datetime) -> int:
    """A new row, and its number."""
    values = {
        "address": addresses.normal(person.address),
        "address_key": addresses.key(person.address),
        "name": person.name,
        "origin": person.origin,
        "state": person.state,
        "token": tokens.new_reader(keys.signing_within(connection, at)[0]),
        "added_at": at,
        "removed_at": None if person.state == "active" else at,
        "language": person.language,
    }
    number: int = connection.execute(
        insert(connection, subscriber).values(values).returning(subscriber.c.id)
    ).scalar_one()
    return number


def _by_address(connection: Connection, address: str) -> Row[Any] | None:
    its = subscriber.c.address_key == addresses.key(address)
    return connection.execute(select(subscriber).where(its).with_for_update()).one_or_none()


def _by_tokens(connection: Connection, found: Sequence[str]) -> dict[str, Row[Any]]:
    columns = subscriber.c.token, subscriber.c.id, subscriber.c.state
    rows: dict[str, Row[Any]] = {}
    for some in chunks(found):
        people = select(*columns).where(subscriber.c.token.in_(some)).with_for_update()
        rows |= {row.token: row for row in connection.execute(people)}
    return rows


def _person(connection: Connection, row: Row[Any]) -> Person:
    columns = ("id", "address", "name", "language", "origin", "state", "added_at", "removed_at", "confirmed_at")
    kept = {name: getattr(row, name) for name in columns}
    return Person(**kept, listings=lists.of(connection, row.id), consents=consent.of(connection, row.id))


def _refuse_on_its_way(connection: Connection, person: int) -> None:
    under_way = (
        select(issue.c.key)
        .select_from(batch.join(issue, issue.c.id == batch.c.issue_id))
        .where(
            batch.c.state.not_in(["done", "cancelled"]),
            batch.c.issue_id.in_(select(issue.c.id)),
            select(delivery.c.number)
            .where(
                delivery.c.issue_id == batch.c.issue_id,
                delivery.c.subscriber_id == person,
                delivery.c.number.between(batch.c.first_number, batch.c.last_number),
            )
            .exists(),
        )
        .limit(1)
    )
    if key := connection.scalar(under_way):
        raise DigestError(f"{key} is on its way to this person, or in doubt; erase them when it is settled")
