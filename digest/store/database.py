"""One engine over SQLite or PostgreSQL: opening it, transactions, and faults in plain words."""

from __future__ import annotations

import errno
import importlib.util
import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event, exc, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from digest import store
from digest.errors import StoreAway, StoreError

_Item = TypeVar("_Item")

_BUSY_MS = 10_000
CACHE_SIZE = -8192
"""Of a connection to SQLite; below zero KiB."""
_PRAGMAS = (
    f"busy_timeout = {_BUSY_MS}",
    "synchronous = full",  # NORMAL may lose a committed claim at power loss: a batch sent twice
    "foreign_keys = on",
    f"cache_size = {CACHE_SIZE}",
)
LINK = {"connect_timeout": 10, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
LINK["tcp_user_timeout"] = 25_000
"""A link to a server that is cut is noticed within 25 s, not after the hours that TCP would take."""
CONNECTIONS = 16
"""To a server, of one process, unless store.connections says otherwise."""
_CURES = {
    "unable to open": "check that the folder is there and can be written",
    "readonly": "check who owns the file and its folder",
    "not a database": "store.url names a file of another kind; give the store a file of its own",
    "malformed": "the file is damaged; restore it from a backup",
    "locked": f"another program has kept it busy for {_BUSY_MS // 1000} s; run again when that has ended",
    "full": "make room on the disk and run again",
    "No space left": "make room on the server's disk and run again",
    "permission denied": "grant the user of store.url the right to make and use tables",
    "connection": "check store.url, and that the server is running",
}
_REFUSED = ("authentication failed", "no password supplied", "no pg_hba.conf entry", "does not exist")
"""Words of a server that is there, and will not take who asks by waiting; libpq has no code for them."""


class Database:
    """Transactions on one database. Safe to use from several threads."""

    def __init__(self, engine: Engine, place: str, file: Path | None, key_file: Path) -> None:
        self.engine = engine
        self.place = place
        """What messages call it; never with a password."""
        self.file = file
        """None on PostgreSQL."""
        self.key_file = key_file
        """What hides erased addresses; made when the first one is erased."""
        self._reading = engine if file else engine.execution_options(isolation_level="REPEATABLE READ")
        self._writing = engine.execution_options(digest_writes=True)
        # SQLite's own waiting is not fair: threads that write take turns here instead.
        self._turn: AbstractContextManager[object] = threading.Lock() if file else nullcontext()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one state of the database."""
        with self._in_plain_words(), self._reading.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that is committed, with fsync, when the block ends without an error."""
        with self._in_plain_words(), self._turn, self._writing.begin() as connection:
            yield connection

    @contextmanager
    def trial(self) -> Iterator[Connection]:
        """A transaction of which nothing stays."""
        with self._in_plain_words(), self._reading.connect() as connection:
            yield connection

    @contextmanager
    def alone(self) -> Iterator[Connection]:
        """A connection outside any transaction, for as long as the block lasts."""
        with self._in_plain_words():
            connection = self.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        with connection:
            yield connection

    @contextmanager
    def _in_plain_words(self) -> Iterator[None]:
        try:
            yield
        except exc.IntegrityError:  # a mistake of this program
            raise
        except (exc.DBAPIError, exc.TimeoutError) as error:
            away = self.file is None and isinstance(error, exc.OperationalError)
            away = away and not any(words in str(error.__cause__) for words in _REFUSED)
            raise (StoreAway if away else StoreError)(f"{self.place}: {_plain(error)}") from error


def connect(url: str, *, folder: Path, create: bool, connections: int = CONNECTIONS) -> Database:
    """The database at `url`; a relative SQLite path starts at `folder`. Raises StoreError.

    `connections`: to a server, at most.
    """
    file = store.sqlite_file(url, folder)
    if file:
        _claim(file, create=create)
        engine = create_engine(URL.create("sqlite", database=str(file)), pool_use_lifo=True, hide_parameters=True)
        event.listen(engine, "connect", _set_up)
        event.listen(engine, "begin", _begin)
        return Database(engine, str(file), file, file.with_name(f"{file.name}.key"))
    target = _server(url)
    place = f"PostgreSQL database {target.database!r} on {target.host or target.query.get('host', 'this machine')}"
    if importlib.util.find_spec("psycopg") is None:
        raise StoreError(f"{place}: the PostgreSQL driver is missing; pip install 'digest[postgresql]' and run again")
    engine = create_engine(
        target,
        pool_pre_ping=True,
        pool_size=connections,
        max_overflow=0,
        hide_parameters=True,
        connect_args={"application_name": "digest", **LINK},
    )
    return Database(engine, place, None, folder / f"{target.database}.key")


def chunks(items: Sequence[_Item]) -> Iterator[Sequence[_Item]]:
    """`items` by 500: as many as one statement takes at once."""
    return (items[start : start + 500] for start in range(0, len(items), 500))


def insert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An insert that knows `on_conflict_…` of the engine in use."""
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)


def _server(url: str) -> URL:
    try:
        target = make_url(url)
    except (exc.ArgumentError, ValueError):
        target = None
    # The url may hold a password, so that neither it nor what was said about it is repeated.
    if target is None or target.drivername != "postgresql":
        raise StoreError("store.url is neither sqlite:///FILE nor postgresql://USER:PASSWORD@HOST/DATABASE")
    return target.set(drivername="postgresql+psycopg")


def _claim(file: Path, *, create: bool) -> None:
    """Makes the file if it may, for its owner alone; SQLite gives -wal and -shm the same mode."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | (os.O_CREAT if create else 0)
    try:
        descriptor = os.open(file, flags, 0o600)
    except FileNotFoundError as error:
        missing = file.parent if create else file
        raise StoreError(f"{missing}: is not there; check store.url, or make it and run again") from error
    except OSError as error:
        said = "is a symbolic link" if error.errno == errno.ELOOP else f"cannot be opened: {error.strerror}"
        raise StoreError(f"{file}: {said}; check store.url, the folder and its owner") from error
    try:
        if hasattr(os, "geteuid") and os.fstat(descriptor).st_uid != os.geteuid():
            raise StoreError(f"{file}: belongs to another user; run digest as its owner")
    finally:
        os.close(descriptor)


def _set_up(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    # The driver must not begin transactions by itself: it would do so late, and never IMMEDIATE.
    raw: Any = connection
    raw.isolation_level = None
    for pragma in _PRAGMAS:
        raw.execute(f"pragma {pragma}")
    raw.create_function("lower", 1, str.lower, deterministic=True)  # SQLite's own knows only ASCII's letters
    _switch_to_wal(raw)


def _switch_to_wal(raw: sqlite3.Connection) -> None:
    """Tries again while others switch the same new file: for this, SQLite does not wait by itself."""
    deadline = time.monotonic() + _BUSY_MS / 1000
    while True:
        try:
            raw.execute("pragma journal_mode = wal")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("digest_writes")
    connection.exec_driver_sql("begin immediate" if writes else "begin")


def _plain(error: exc.DBAPIError | exc.TimeoutError) -> str:
    said = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
    return "; ".join([said, *(cure for words, cure in _CURES.items() if words in said)][:2])
