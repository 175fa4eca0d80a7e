"""Runs the migrations. Imported only when there are some to run: Alembic takes 300 ms to import."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, func, inspect, select

from digest.errors import StoreError
from digest.store import migrations
from digest.store.instance import EVERYTHING
from digest.store.schema import pause


def upgrade(connection: Connection, place: str) -> None:
    """Brings the tables to the newest version, within the caller's transaction. Raises StoreError."""
    if connection.dialect.name == "postgresql":  # SQLite's own transaction keeps all others out
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtext("digest.migrations"))))
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    found = migrations.version(connection)
    if found is None:
        _refuse_foreign(connection, place)
    elif found.startswith(migrations.MOVING):
        raise StoreError(f"{place}: `digest store move` has not filled it yet; run that again")
    elif found.startswith(migrations.MOVED):
        cure = "let store.url name that one; `digest store move --take-back` makes this one usable again"
        raise StoreError(f"{place}: is {_moved(connection)}; {cure}")
    elif found not in {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}:
        raise StoreError(f"{place}: was written by a newer digest (tables of version {found}); update this one")
    command.upgrade(config, "head")


def _moved(connection: Connection) -> str:
    return str(connection.scalar(select(pause.c.reason).where(pause.c.newsletter == EVERYTHING)))


def _refuse_foreign(connection: Connection, place: str) -> None:
    taken = set(inspect(connection).get_table_names())
    if taken:
        raise StoreError(f"{place}: holds another program's tables ({min(taken)}); give digest a database of its own")
