"""What editors and operators were told, once for each channel: the insert is the claim."""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy import select, update

from digest.store.database import Database, insert
from digest.store.schema import notice

AGAIN = timedelta(minutes=5)
"""A notice that could not be told, or whose teller died, is tried again after this; each time twice as late."""
MOST_TRIES = 8
_LOOK = "look"


class Told(Struct, frozen=True):
    """One notice on one channel."""

    key: str
    channel: str
    newsletter: str
    kind: str
    title: str
    at: datetime
    told_at: datetime | None
    """None while it could not be told."""
    failure: str
    """Why it could not be told the last time."""


class Notices:
    """Told at least once, and once where nothing fails. Any number of processes may claim."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def claim(self, key: str, channel: str, *, newsletter: str, kind: str, title: str, at: datetime) -> bool:
        """Whether this notice is now the caller's to tell: nobody has told it, and nobody is at it."""
        row = {"key": key, "channel": channel, "newsletter": newsletter, "kind": kind, "title": title, "at": at}
        ours = (notice.c.key == key) & (notice.c.channel == channel)
        open_ = notice.c.told_at.is_(None) & (notice.c.next_try <= at) & (notice.c.tries < MOST_TRIES)
        with self._db.write() as connection:
            first = insert(connection, notice).values(**row, next_try=at + AGAIN, tries=1, failure="")
            if connection.scalar(first.on_conflict_do_nothing().returning(notice.c.key)) is not None:
                return True
            tries = connection.scalar(select(notice.c.tries).where(ours, open_).with_for_update())
            if tries is None:
                return False
            values = {"tries": tries + 1, "next_try": at + AGAIN * 2**tries}
            return connection.execute(update(notice).where(ours, open_).values(values)).rowcount == 1

    def first(self, key: str, *, newsletter: str, at: datetime) -> bool:
        """Whether nobody has asked this before: for what is to be looked at once, and told to nobody."""
        row = {"key": key, "channel": _LOOK, "newsletter": newsletter, "kind": _LOOK, "title": "", "at": at}
        kept = {"told_at": at, "next_try": at, "tries": 1, "failure": ""}
        with self._db.write() as connection:
            statement = insert(connection, notice).values(**row, **kept).on_conflict_do_nothing()
            return connection.scalar(statement.returning(notice.c.key)) is not None

    def told(self, key: str, channel: str, at: datetime) -> None:
        """It has been told: never again."""
        self._set(key, channel, told_at=at, failure="")

    def failed(self, key: str, channel: str, failure: str) -> None:
        """It could not be told; its next try stands already."""
        self._set(key, channel, failure=failure)

    def done(self, key: str) -> bool:
        """Whether it has been told on some channel."""
        with self._db.read() as connection:
            found = select(notice.c.key).where(notice.c.key == key, notice.c.told_at.is_not(None)).limit(1)
            return connection.scalar(found) is not None

    def latest(self, limit: int = 20) -> tuple[Told, ...]:
        """The newest first."""
        columns = [notice.c[name] for name in Told.__struct_fields__]
        with self._db.read() as connection:
            shown = select(*columns).where(notice.c.channel != _LOOK)
            found = shown.order_by(notice.c.at.desc(), notice.c.key, notice.c.channel).limit(limit)
            return tuple(Told(*row) for row in connection.execute(found))

    def _set(self, key: str, channel: str, **values: object) -> None:
        ours = (notice.c.key == key) & (notice.c.channel == channel)
        with self._db.write() as connection:
            connection.execute(update(notice).where(ours).values(values))
