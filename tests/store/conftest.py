"""A fresh store for each test, on both engines: what a test claims has to hold on either."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from digest import store
from digest.store.opened import Store
from tests import tables


@dataclass(frozen=True)
class Place:
    """Where a test's database is."""

    engine: str
    url: str
    folder: Path

    def open(self) -> Store:
        """One more store on the same database."""
        return store.open(self.url, folder=self.folder)


def execute(place: Place, statement: str) -> list[tuple[Any, ...]]:
    """The rows that one statement gives, past the store."""
    if place.engine == "sqlite":
        with closing(sqlite3.connect(place.folder / "digest.db", isolation_level=None)) as connection:
            return connection.execute(statement).fetchall()
    with psycopg.connect(place.url, autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A database in which nothing was ever made."""
    if request.param == "sqlite":
        yield Place("sqlite", "sqlite:///digest.db", tmp_path)
        return
    cluster = request.getfixturevalue("cluster")
    name = cluster.database()
    yield Place("postgresql", cluster.url(name), tmp_path)
    cluster.drop(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A database with the tables and nothing in them."""
    if request.param == "sqlite":
        tables.put(tmp_path)
        yield Place("sqlite", "sqlite:///digest.db", tmp_path)
        return
    cluster = request.getfixturevalue("cluster")
    with cluster.lent(request.getfixturevalue("template")) as name:
        yield Place("postgresql", cluster.url(name), tmp_path)


@pytest.fixture
def s(place: Place) -> Iterator[Store]:
    """An open, empty store."""
    with place.open() as opened:
        yield opened
