"""A whole store carried over to another database, compared row by row, and the old one put out of use.

Until everything is there the old store stays as it is and the new one refuses every command; then the
old one is marked as moved before the new one is opened, so that no moment has two that could send.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import chain, islice
from pathlib import Path
from typing import Any

from msgspec import Struct
from sqlalchemy import Column, ColumnElement, Connection, Table, delete, event, func, inspect, select, text

from digest.errors import StoreError
from digest.store import copying, database, instance, keys, lock, migrations
from digest.store.database import Database
from digest.store.schema import metadata, pause

_PAGES = 40
"""Of `copying.PAGE` rows, committed at once: what an interrupted move has to do again at most."""
TABLES = tuple(table for table in metadata.sorted_tables if table.info.get("lasts", True))
"""Those that are carried over, none before one that it refers to."""
Watch = Callable[[str, str, int, int], None]
"""Is told what is done with which table, of how many of its rows, and how many it has."""


class Copied(Struct, frozen=True):
    """One table that is now in both databases."""

    name: str
    rows: int
    sha256: str
    """Of its rows as `copying.pages` gives them."""


class Move(Struct, frozen=True):
    """A move that has ended."""

    source: str
    target: str
    tables: tuple[Copied, ...]
    """None when an earlier run had done all but the last step."""


def move(url: str, to: str, *, folder: Path, at: datetime, watch: Watch) -> Move:
    """Carries the store at `url` over to an empty database, which then is the one that goes on.

    Goes on with a move that was interrupted at any moment. Raises SenderBusy while one of the two is sending,
    and StoreError when another program has the old one open, or the new one is not empty.
    """
    with _opened(url, folder, create=False) as source, _opened(to, folder, create=True) as target:
        if source.place == target.place:
            raise StoreError(f"{target.place}: is where the store is already; name another database")
        with lock.sender(source), lock.sender(target):
            return Move(source.place, target.place, _moved(source, target, at, watch))


def take_back(url: str, *, folder: Path) -> bool:
    """Makes a store usable again that was moved away; it stays paused. Says whether it was."""
    with _opened(url, folder, create=False) as db, lock.sender(db), db.write() as connection:
        found = migrations.version(connection) or ""
        if found.startswith(migrations.MOVED):
            migrations.mark(connection, found.split()[1])
        return found.startswith(migrations.MOVED)


def _moved(source: Database, target: Database, at: datetime, watch: Watch) -> tuple[Copied, ...]:
    with source.read() as connection:
        gone = (migrations.version(connection) or "").startswith(migrations.MOVED)
        whose = f"{migrations.MOVING} {migrations.HEAD} {instance.identity(source, connection)[:8]}"
    with target.read() as connection:
        found = migrations.version(connection) or ""
    if gone and not found.startswith(whose):
        raise StoreError(f"{source.place}: was moved already, and not to {target.place}")
    tables: tuple[Copied, ...] = ()
    if not gone:
        migrations.bring_up_to_date(source, create=False)
        instance.Instance(source).paused(instance.EVERYTHING, at)  # takes note when it is a copy itself
        with _still(source) as (connection, state):
            _prepare(target, found, f"{whose} {state}")
            read = [(table, _copied(connection, target, table, watch)) for table in TABLES]
            tables = tuple(_compared(connection, target, table, sha256, watch) for table, sha256 in read)
            _count_on(connection, target)
            keys.carry(source.key_file, target.key_file)
            _retire(connection, target.place, at)
    with target.write() as connection:
        instance.settle(target, connection, at)
        if target.file is None:
            connection.execute(text("analyze"))
        migrations.mark(connection, migrations.HEAD)
    return tables


@contextmanager
def _opened(url: str, folder: Path, *, create: bool) -> Iterator[Database]:
    """Of SQLite this connection alone: other programs neither have it open nor can open it."""
    db = database.connect(url, folder=folder, create=create)
    if db.file:
        event.listen(db.engine, "connect", lambda raw, _: raw.execute("pragma locking_mode = exclusive"), insert=True)
    try:
        yield db
    except StoreError as error:
        if "is locked" in str(error):
            programs = "`digest serve`, `digest schedule`, `digest preview`"
            raise StoreError(f"{db.place}: another program has it open; stop {programs} and run again") from error
        raise
    finally:
        db.engine.dispose()


@contextmanager
def _still(source: Database) -> Iterator[tuple[Connection, str]]:
    """Nothing changes in it but what this transaction changes. With it comes what tells this state from another."""
    state = "0"
    if source.file:
        raw = source.engine.raw_connection()
        raw.cursor().execute("pragma wal_checkpoint(truncate)")
        raw.close()
        written = source.file.stat()
        state = hashlib.sha256(f"{written.st_size} {written.st_mtime_ns}".encode()).hexdigest()[:8]
    with source.write() as connection:
        if source.file is None:
            connection.execute(text(f"lock table {', '.join(metadata.tables)} in share mode"))
        yield connection, state


def _prepare(target: Database, found: str, mark: str) -> None:
    """Leaves it with empty tables and the mark of this move, or as an earlier run of the very same move left it."""
    if found == mark:
        return
    if found.startswith(migrations.MOVING):
        _, version, owner, _ = found.split()
        if owner != mark.split()[2]:
            raise StoreError(f"{target.place}: holds the unfinished move of another store; name an empty database")
        with target.write() as connection:  # which was of another state of this store
            _empty(connection)
            migrations.mark(connection, version)
    migrations.bring_up_to_date(target, create=True)
    with target.write() as connection:
        for table in TABLES:
            if connection.execute(select(table).limit(1)).first():
                raise StoreError(f"{target.place}: holds data already ({table.name}); name an empty database")
        migrations.mark(connection, mark)


def _empty(connection: Connection) -> None:
    there = set(inspect(connection).get_table_names())
    names = [table.name for table in reversed(metadata.sorted_tables) if table.name in there]
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"truncate {', '.join(names)}"))
        return
    for name in names:
        connection.execute(delete(metadata.tables[name]))


def _copied(source: Connection, target: Database, table: Table, watch: Watch) -> str | None:
    """Copies what of the table is not there yet; the sha256 of its rows when that was all of them.

    Rows go in the order of their key, so that those that are there are the first ones.
    """
    size = _size(source, table)
    with target.read() as connection:
        there = _size(connection, table)
    read = hashlib.sha256()

    def missing() -> Iterator[list[bytes]]:
        done = there
        for page in copying.pages(source, table, after=there):
            read.update(b"".join(page))
            done += len(page)
            yield page
            watch("copied", table.name, done, size)

    pages = missing()
    for first in pages:
        with target.write() as connection:
            copying.append(connection, table, chain([first], islice(pages, _PAGES - 1)))
    return None if there else read.hexdigest()


def _compared(source: Connection, target: Database, table: Table, read: str | None, watch: Watch) -> Copied:
    """Raises StoreError when the two are not equal. `read`: the sha256 of the old rows where that is known."""
    size = _size(source, table)
    copied = Copied(table.name, size, read or _hashed(source, table)[1])
    with target.read() as connection:
        found = _hashed(connection, table, lambda done: watch("compared", table.name, done, size))
    if found == (size, copied.sha256):
        return copied
    with target.write() as connection:
        mark = migrations.version(connection) or ""
        migrations.mark(connection, f"{mark.rpartition(' ')[0]} -")
    raise StoreError(
        f"{target.place}: {table.name} has {found[0]:,} rows that are not the {size:,} of the old store;"
        " run it again, and it begins anew"
    )


def _size(connection: Connection, table: Table) -> int:
    return connection.scalar(select(func.count()).select_from(table)) or 0


def _hashed(connection: Connection, table: Table, done: Callable[[int], None] = lambda _: None) -> tuple[int, str]:
    rows, sha256 = 0, hashlib.sha256()
    for page in copying.pages(connection, table):
        sha256.update(b"".join(page))
        rows += len(page)
        done(rows)
    return rows, sha256.hexdigest()


def _count_on(source: Connection, target: Database) -> None:
    """New rows get numbers that no row had before, not even one that was deleted."""
    with target.write() as connection:
        for table in TABLES:
            if table.autoincrement_column is not None:
                _set_last(connection, table, _last(source, table, table.autoincrement_column))


def _last(connection: Connection, table: Table, column: Column[int]) -> int:
    if connection.dialect.name == "postgresql":
        given = connection.scalar(select(func.pg_sequence_last_value(_sequence(table))))
    else:
        query = "select seq from sqlite_sequence where name = ?"
        given = connection.exec_driver_sql(query, (table.name,)).scalar()
    return max(given or 0, connection.scalar(select(func.max(column))) or 0)


def _set_last(connection: Connection, table: Table, last: int) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.setval(_sequence(table), max(last, 1), last > 0)))
    elif table.dialect_options["sqlite"]["autoincrement"]:
        connection.exec_driver_sql("delete from sqlite_sequence where name = ?", (table.name,))
        connection.exec_driver_sql("insert into sqlite_sequence (name, seq) values (?, ?)", (table.name, last))


def _sequence(table: Table) -> ColumnElement[Any]:
    column = table.autoincrement_column
    return func.to_regclass(func.pg_get_serial_sequence(table.name, column.name if column is not None else ""))


def _retire(connection: Connection, place: str, at: datetime) -> None:
    connection.execute(delete(pause).where(pause.c.newsletter == instance.EVERYTHING))
    row = {"newsletter": instance.EVERYTHING, "at": at, "by": "digest store move", "reason": f"moved to {place}"}
    connection.execute(pause.insert(), row)
    migrations.mark(connection, f"{migrations.MOVED} {migrations.HEAD}")
