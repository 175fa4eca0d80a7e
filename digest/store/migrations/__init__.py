"""Makes the tables and brings them up to date. `versions` only ever grows.

A new version: copy the last file in `versions`, give it the next number, and set HEAD to it.
"""

from __future__ import annotations

from sqlalchemy import Connection, column, inspect, select, table, update

from digest.errors import StoreError
from digest.store.database import Database

HEAD = "0016"
"""The newest version in `versions`."""
MOVING, MOVED = "moving", "moved"
"""In place of a version: a database that `digest store move` has not filled yet, or has moved away."""
_VERSION = table("alembic_version", column("version_num"))


def bring_up_to_date(db: Database, *, create: bool) -> None:
    """Leaves the database at HEAD. Raises StoreError when it is not ours, newer, or may not be changed."""
    with db.read() as connection:
        found = version(connection)
    if found == HEAD:
        return
    if found is None and not create:
        raise StoreError(f"{db.place}: holds no digest tables yet; check store.url, or run `digest run` once")
    from digest.store.migrations.upgrade import upgrade  # Alembic takes 300 ms

    with db.write() as connection:
        upgrade(connection, db.place)


def version(connection: Connection) -> str | None:
    """The version of the tables; None when there are none."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(select(_VERSION.c.version_num))
    return found


def mark(connection: Connection, version: str) -> None:
    """Sets what `version` gives: at most 32 characters. What is no version keeps every command away."""
    connection.execute(update(_VERSION).values(version_num=version))
