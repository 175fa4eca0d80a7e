"""Whose database this is, and what of it is paused: a copy of it on another machine sends nothing by itself."""

from __future__ import annotations

import hashlib
import socket
import uuid
from datetime import datetime
from pathlib import Path

from msgspec import Struct
from sqlalchemy import Connection, delete, select, text

from digest.store.database import Database, insert
from digest.store.schema import instance, pause

_OURSELVES = "digest"
EVERYTHING = ""
"""The newsletter of a pause that holds for all of them."""
_COPIED = "this database was made on another machine, or restored from a copy: what it does not know may have been sent"


class Pause(Struct, frozen=True):
    """Nothing of this newsletter is made or sent by itself."""

    newsletter: str
    at: datetime
    by: str
    reason: str

    @property
    def copied(self) -> bool:
        """Nobody paused it: the database is not where it was."""
        return self.by == _OURSELVES


class Instance:
    """The pauses of one database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def paused(self, newsletter: str, at: datetime) -> Pause | None:
        """The pause that holds for this newsletter.

        A database that is not where it was is paused as a whole by asking; a new one is taken note of.
        """
        with self._db.write() as connection:
            self._look(connection, at)
            found = select(pause).where(pause.c.newsletter.in_((EVERYTHING, newsletter))).order_by(pause.c.newsletter)
            row = connection.execute(found.limit(1)).one_or_none()
        return Pause(*row) if row else None

    def pauses(self) -> tuple[Pause, ...]:
        """All that hold."""
        with self._db.read() as connection:
            return tuple(Pause(*row) for row in connection.execute(select(pause).order_by(pause.c.newsletter)))

    def pause(self, newsletter: str, at: datetime, by: str, reason: str) -> None:
        """From now on nothing of it happens by itself; `EVERYTHING` pauses all. Safe to repeat."""
        with self._db.write() as connection:
            _pause(connection, newsletter, at, by, reason)

    def resume(self, newsletter: str, at: datetime) -> bool:
        """Says whether it was paused. `EVERYTHING` ends all pauses, and makes this the database's place."""
        with self._db.write() as connection:
            ours = pause.c.newsletter == newsletter
            ended = connection.execute(delete(pause) if newsletter == EVERYTHING else delete(pause).where(ours))
            if newsletter == EVERYTHING:
                settle(self._db, connection, at)
            return ended.rowcount > 0

    def _look(self, connection: Connection, at: datetime) -> None:
        known = connection.scalar(select(instance.c.identity))
        if known is None:
            settle(self._db, connection, at)
        elif known != identity(self._db, connection):
            _pause(connection, EVERYTHING, at, _OURSELVES, _COPIED)


def identity(db: Database, connection: Connection) -> str:
    """Of the place where the data lie: another machine, folder or restored file has another one."""
    if db.file is None:
        cluster = connection.scalar(text("select system_identifier from pg_control_system()"))
        parts = [str(cluster), str(connection.scalar(text("select current_database()")))]
    else:
        parts = [_machine(), str(db.file.resolve()), str(db.file.stat().st_ino)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def settle(db: Database, connection: Connection, at: datetime) -> None:
    """Here is where the database belongs from now on."""
    values = {"identity": identity(db, connection), "since": at}
    statement = insert(connection, instance).values(number=1, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["number"], set_=values))


def _machine() -> str:
    """Stable over restarts; a cloned machine is given another name or id by its host."""
    try:
        made = Path("/etc/machine-id").read_text(encoding="ascii").strip()
    except OSError:
        made = f"{uuid.getnode():x}"
    return f"{made} {socket.gethostname()}"


def _pause(connection: Connection, newsletter: str, at: datetime, by: str, reason: str) -> None:
    statement = insert(connection, pause).values(newsletter=newsletter, at=at, by=by, reason=reason)
    connection.execute(statement.on_conflict_do_nothing())
