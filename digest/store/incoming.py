"""Many people at once: loaded into a table of the connection's own, then taken over by a few statements."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Integer,
    MetaData,
    Select,
    Table,
    Text,
    and_,
    case,
    func,
    literal,
    select,
    update,
)

from digest.models import Subscriber
from digest.store import addresses, consent, database, variants
from digest.store.database import insert
from digest.store.keys import Keys
from digest.store.schema import UtcTime, subscriber, subscription, suppression
from digest.store.schema import consent as consent_table

_AT_ONCE = 5_000

_incoming = Table(
    "incoming",
    MetaData(),
    Column("number", Integer, primary_key=True),
    Column("address", Text),
    Column("address_key", Text),
    Column("name", Text),
    Column("language", Text),
    Column("origin", Text),
    Column("state", Text),
    Column("token", Text),
    Column("hidden", Text),
    Column("themes", Text),
    prefixes=["TEMPORARY"],
)
_GONE = _incoming.c.state != "active"
_arriving = Table(
    "arriving",
    MetaData(),
    Column("person", BigInteger, primary_key=True),
    Column("gone", Boolean),
    Column("origin", Text),
    Column("themes", Text),
    prefixes=["TEMPORARY"],
)
"""Who is on the list from now on, or listed as gone."""
_COLUMNS = tuple(column.name for column in _incoming.c)


class Loaded(Struct):
    """What lies in the table now."""

    total: int = 0
    gone: bool = False
    """Whether somebody is given as one who left elsewhere."""
    again: list[int] = field(default_factory=list)
    """Numbers, from 1, of those who were there before them, under another spelling too."""
    late: set[int] = field(default_factory=set)
    """Numbers of those who are given as gone at a later place only."""


@contextmanager
def loaded(
    connection: Connection,
    people: Iterable[Subscriber],
    keys: Keys,
    new_token: Callable[[], str] = str,
    on_rows: Callable[[int], None] = lambda _: None,
) -> Iterator[Loaded]:
    """The people in the table, each address once; who is given twice and once as gone, is gone."""
    hidden = keys.hidden if keys.hides(connection) else lambda _: ""
    with _room(connection):
        _incoming.create(connection)
        result = Loaded()
        source = _rows(people, result, new_token, hidden)
        while chunk := list(islice(source, _AT_ONCE)):
            _load(connection, chunk)
            on_rows(result.total)
        for number in result.late:
            connection.execute(update(_incoming).where(_incoming.c.number == number).values(state="unsubscribed"))
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("analyze incoming")
        yield result
        _incoming.drop(connection)


def _rows(
    people: Iterable[Subscriber], result: Loaded, new_token: Callable[[], str], hidden: Callable[[str], str]
) -> Iterator[tuple[object, ...]]:
    seen: dict[str, int] = {}
    for person in people:
        result.total += 1
        address, gone = addresses.normal(person.address), person.state != "active"
        key = address.casefold()
        result.gone |= gone
        if key in seen:
            result.again.append(result.total)
            if gone:
                result.late.add(seen[key])
            continue
        seen[key] = result.total
        named = (person.name, person.language, person.origin, person.state)
        yield (result.total, address, key, *named, new_token(), hidden(key), variants.kept(person.themes))


@contextmanager
def _room(connection: Connection) -> Iterator[None]:
    """Memory for the indexes of a large list: without it SQLite writes each of their pages many times over."""
    sqlite = connection.dialect.name == "sqlite"
    if sqlite:
        connection.exec_driver_sql("pragma cache_size = -200000")
    try:
        yield
    finally:
        if sqlite:
            connection.exec_driver_sql(f"pragma cache_size = {database.CACHE_SIZE}")


def _load(connection: Connection, rows: list[tuple[object, ...]]) -> None:
    if connection.dialect.name == "postgresql":
        raw: Any = connection.connection.dbapi_connection
        with raw.cursor() as cursor, cursor.copy(f"copy incoming ({', '.join(_COLUMNS)}) from stdin") as copy:
            for row in rows:
                copy.write_row(row)
    else:
        connection.exec_driver_sql(f"insert into incoming values ({', '.join('?' * len(_COLUMNS))})", rows)  # noqa: S608  only question marks


def _joined(newsletter: str) -> Any:
    hidden = and_(suppression.c.hash == _incoming.c.hidden, suppression.c.lifted_at.is_(None))
    its = and_(subscription.c.newsletter == newsletter, subscription.c.subscriber_id == subscriber.c.id)
    return (
        _incoming.outerjoin(suppression, hidden)
        .outerjoin(subscriber, subscriber.c.address_key == _incoming.c.address_key)
        .outerjoin(subscription, its)
    )


_VERDICT = case(
    (suppression.c.hash.is_not(None), "erased"),
    (subscriber.c.state != "active", subscriber.c.state),
    (subscription.c.left_at.is_not(None), "unsubscribed"),
    (_GONE, "gone"),
    (subscription.c.subscriber_id.is_not(None), "known"),
    else_="new",
)
"""What becomes of each; `gone` is listed as one who left."""


def verdicts(newsletter: str) -> Select[Any]:
    """Verdict -> how many."""
    return select(_VERDICT, func.count()).select_from(_joined(newsletter)).group_by(_VERDICT)


def each(newsletter: str) -> Select[Any]:
    """Number and verdict of each, in order."""
    return select(_incoming.c.number, _VERDICT).select_from(_joined(newsletter)).order_by(_incoming.c.number)


def take_over(connection: Connection, newsletter: str, entry: consent.Consent, *, gone: bool) -> None:
    """Puts them on the list; nobody comes back by it, and who is given as gone is listed as one who left."""
    _add_people(connection, entry.at)
    arrivals = (
        select(
            subscriber.c.id,
            _GONE,
            case((_incoming.c.origin != "", _incoming.c.origin), else_=entry.source),
            _incoming.c.themes,
        )
        .select_from(_joined(newsletter))
        .where(suppression.c.hash.is_(None), subscription.c.subscriber_id.is_(None))
        .where((subscriber.c.state == "active") | _GONE)
    )
    _arriving.create(connection)
    connection.execute(insert(connection, _arriving).from_select(["person", "gone", "origin", "themes"], arrivals))
    _list(connection, newsletter, entry)
    _arriving.drop(connection)
    if gone:
        _leave(connection, newsletter, entry)


def _list(connection: Connection, newsletter: str, entry: consent.Consent) -> None:
    at, c = literal(entry.at, UtcTime), _arriving.c
    what, wording = case((c.gone, "left"), else_=entry.what), consent.wording_id(connection, entry.wording)
    said = select(c.person, literal(newsletter), at, what, c.origin, literal(wording, subscriber.c.id.type))
    columns = ["subscriber_id", "newsletter", "at", "what", "source", "wording_id"]
    connection.execute(insert(connection, consent_table).from_select(columns, said))
    # The condition says nothing: without one SQLite takes "on conflict" for the condition of a join.
    listed = select(literal(newsletter), c.person, at, case((c.gone, at)), c.themes).where(c.person.is_not(None))
    columns = ["newsletter", "subscriber_id", "since", "left_at", "themes"]
    connection.execute(insert(connection, subscription).from_select(columns, listed).on_conflict_do_nothing())


def _leave(connection: Connection, newsletter: str, entry: consent.Consent) -> None:
    """Those who are given as gone and were on the list until now."""
    leaving = select(subscriber.c.id).join(_incoming, _incoming.c.address_key == subscriber.c.address_key)
    still = and_(
        subscription.c.newsletter == newsletter,
        subscription.c.left_at.is_(None),
        subscription.c.subscriber_id.in_(leaving.where(_GONE)),
    )
    people = connection.scalars(select(subscription.c.subscriber_id).where(still)).all()
    connection.execute(update(subscription).where(still).values(left_at=entry.at))
    consent.record_all(connection, people, replace(entry, what="left"))


def _add_people(connection: Connection, at: datetime) -> None:
    new = (
        select(
            _incoming.c.address,
            _incoming.c.address_key,
            _incoming.c.name,
            _incoming.c.origin,
            _incoming.c.state,
            _incoming.c.token,
            literal(at, UtcTime),
            case((_GONE, literal(at, UtcTime))),
            _incoming.c.language,
        )
        .select_from(
            _incoming.outerjoin(
                suppression, and_(suppression.c.hash == _incoming.c.hidden, suppression.c.lifted_at.is_(None))
            ).outerjoin(subscriber, subscriber.c.address_key == _incoming.c.address_key)
        )
        .where(suppression.c.hash.is_(None), subscriber.c.id.is_(None))
        .order_by(_incoming.c.number)
    )
    columns = ["address", "address_key", "name", "origin", "state", "token", "added_at", "removed_at", "language"]
    connection.execute(insert(connection, subscriber).from_select(columns, new).on_conflict_do_nothing())
