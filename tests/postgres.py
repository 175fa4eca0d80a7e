"""A private PostgreSQL for tests: its own cluster in a temporary folder, reached by a socket there."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg
import pytest

from tests import real

_OPTIONS = "-c listen_addresses= -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c autovacuum=off"

_SHAPES = (
    """select table_name, column_name, data_type, is_nullable, column_default from information_schema.columns
    where table_schema = 'public' order by 1, 2""",
    "select indexname, indexdef from pg_indexes where schemaname = 'public' order by 1",
    "select version_num from alembic_version",
)
_EMPTY = """
do $$ declare it record; begin
    set local session_replication_role = replica;
    for it in select tablename from pg_tables where schemaname = 'public' and tablename <> 'alembic_version' loop
        execute format('delete from %I', it.tablename);
    end loop;
    for it in select sequencename from pg_sequences where schemaname = 'public' loop
        execute format('alter sequence %I restart', it.sequencename);
    end loop;
end $$"""


class Cluster:
    """A running server. Make it with `cluster()`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._names = count(1)
        self._free: dict[str, list[str]] = {}
        self._shapes: dict[str, list[object]] = {}

    def url(self, database: str) -> str:
        """As store.url names it."""
        return f"postgresql://postgres@/{database}?host={self._folder}"

    def database(self, template: str = "template1") -> str:
        """The name of a new database, a copy of `template`."""
        name = f"test_{next(self._names)}"
        self.sql(f"create database {name} template {template} strategy file_copy")
        return name

    @contextmanager
    def lent(self, template: str) -> Iterator[str]:
        """The name of a database like `template`. To make one takes 0.2 s: one that was used is emptied instead."""
        free = self._free.setdefault(template, [])
        name = free.pop() if free else self.database(template)
        yield name
        if self._emptied(name, template):
            free.append(name)
        else:
            self.drop(name)

    def _emptied(self, name: str, template: str) -> bool:
        """Whether it is again as the template is, but for what the planner has learned."""
        self.end_connections(name)
        if template not in self._shapes:
            with psycopg.connect(self.url(template), autocommit=True) as connection:
                self._shapes[template] = _shape(connection)
        with psycopg.connect(self.url(name), autocommit=True) as connection:
            if _shape(connection) != self._shapes[template]:
                return False
            connection.execute(_EMPTY)
        return True

    def drop(self, database: str) -> None:
        """Ends the database's connections and deletes it."""
        self.sql(f"drop database {database} with (force)")

    def crash(self) -> None:
        """Ends the server at once, as a crash would, and starts it again."""
        _run("pg_ctl", "-D", f"{self._folder}/db", "-w", "-m", "immediate", "-l", f"{self._folder}/log", "restart")

    def end_connections(self, database: str) -> None:
        """Ends every connection to this database, from the side of the server."""
        self.sql(f"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{database}'")

    def sql(self, statement: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """The rows that one statement gives, run by itself as the administrator."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []


def _shape(connection: psycopg.Connection) -> list[object]:
    return [connection.execute(query).fetchall() for query in _SHAPES]


def missing() -> str | None:
    """Why there is no PostgreSQL to test with; None when there is one."""
    if _program("initdb") is None:
        return "PostgreSQL is not installed: neither in PATH nor in /usr/lib/postgresql"
    return None


def require() -> None:
    """Skips the test without PostgreSQL; on CI, where it has to be there, fails it."""
    if reason := missing():
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)


@contextmanager
def cluster(options: str = _OPTIONS) -> Iterator[Cluster]:
    """A new cluster for as long as the block lasts. Nothing in it survives a crash unless `options` say so."""
    require()
    where = (real.memory() if options == _OPTIONS else None) or "/tmp"  # a socket's path has 107 bytes at most
    folder = Path(tempfile.mkdtemp(prefix="digest-pg-", dir=where))
    try:
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            shutil.chown(folder, "postgres")
        _run("initdb", "-D", f"{folder}/db", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
        _run("pg_ctl", "-D", f"{folder}/db", "-l", f"{folder}/log", "-w", "-o", f"{options} -k {folder}", "start")
        try:
            yield Cluster(folder)
        finally:
            _run("pg_ctl", "-D", f"{folder}/db", "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(program: str, *arguments: str) -> None:
    path = _program(program)
    assert path, f"{program} is missing"
    user = "postgres" if os.geteuid() == 0 else None
    done = subprocess.run(
        [path, *arguments], user=user, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, timeout=50, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout.decode(errors="replace")


def _program(name: str) -> str | None:
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda p: int(p.parts[-3]))
    return shutil.which(name) or (str(installed[-1]) if installed else None)
