import re
import sys
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from digest import store
from digest.errors import StoreError
from digest.store import migrations, schema
from tests.store.conftest import Place, execute
from tests.store.test_opening import run

SHAPES = {
    "sqlite": ["select name, sql from sqlite_master where name not like 'alembic%' and name not like 'sqlite_%'"],
    "postgresql": [
        "select table_name, column_name, data_type, is_nullable, column_default from information_schema.columns where table_schema = 'public' and table_name <> 'alembic_version'",
        "select indexdef from pg_indexes where schemaname = 'public' and tablename <> 'alembic_version'",
        "select conname, pg_get_constraintdef(oid) from pg_constraint where connamespace = 'public'::regnamespace and conname not like 'alembic%'",
    ],
}


def shape(place: Place) -> list[list[tuple[Any, ...]]]:
    """Everything that the engine knows of the tables."""
    return [
        sorted(tuple(_words(value) for value in row) for row in execute(place, query)) for query in SHAPES[place.engine]
    ]


def _words(value: object) -> object:
    # The order of a table's constraints says nothing, nor do the lines that it is written on.
    return (
        sorted(filter(None, (each.strip(" \t)") for each in re.split("[,\n]", value))))
        if isinstance(value, str)
        else value
    )


def test_the_migrations_make_the_tables_of_the_schema(place: Place) -> None:
    with place.open() as s, s._db.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), schema.metadata) == []


def test_the_migrations_make_the_same_indexes_and_constraints_as_the_schema(place: Place) -> None:
    """What Alembic does not compare: partial indexes, `without rowid`, foreign keys' details."""
    migrated = shape(place)
    with place.open() as s, s._db.write() as connection:
        schema.metadata.drop_all(connection)
        schema.metadata.create_all(connection)
    assert shape(place) == migrated


def test_head_is_the_newest_migration() -> None:
    folder = Path(migrations.__file__).parent
    assert ScriptDirectory(str(folder)).get_heads() == [migrations.HEAD]


def test_an_empty_database_is_brought_to_head(empty: Place) -> None:
    empty.open().close()
    assert execute(empty, "select version_num from alembic_version") == [(migrations.HEAD,)]


def test_alembic_is_not_imported_for_a_store_that_is_up_to_date(place: Place) -> None:
    done = run("import sys\nstore.open(url, folder=folder).close()\nprint('alembic' in sys.modules)", place)
    assert done.stdout == "False\n", done.stderr


def test_a_database_of_a_newer_digest_is_refused(place: Place) -> None:
    execute(place, "update alembic_version set version_num = '9999'")
    with pytest.raises(StoreError, match=r"written by a newer digest \(tables of version 9999\)"):
        place.open()


def test_tables_of_another_program_are_left_alone(empty: Place) -> None:
    execute(empty, "create table issue (id integer)")
    with pytest.raises(StoreError, match=r"holds another program's tables \(issue\)"):
        empty.open()
    assert execute(empty, "select * from issue") == []


def test_the_folder_may_have_any_name(tmp_path: Path) -> None:
    store.open("sqlite:///digest.db", folder=tmp_path).close()
    assert "alembic" in sys.modules
