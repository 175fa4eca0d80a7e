"""A store moved to another database: all of it, whatever interrupts that, and never two that could send."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Boolean, Connection, LargeBinary, Table, Text, insert, select

from digest import store
from digest.errors import SenderBusy, StoreError
from digest.models import Subscriber
from digest.store import database, migrations, moving
from digest.store.schema import UtcTime, metadata
from tests.builders import REPOSITORY
from tests.store.conftest import Place, execute
from tests.store.scene import NOW


def test_all_that_lasts_is_moved():
    assert {table.name for table in metadata.sorted_tables} - {table.name for table in moving.TABLES} == {
        "pace", "worker",
    }  # fmt: skip


HOSTILE = ("", r"\N", "\\", "tab\tline\nreturn\r\b\f\v", "Ї 𝄞 \u2028", "'\"%s", "\x1a\x1e\x1f")
"""What a form of text that is made of lines and columns could be broken by."""


@pytest.fixture
def new(place: Place, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """An empty database of the other engine."""
    if place.engine == "postgresql":
        yield Place("sqlite", "sqlite:///digest.db", tmp_path)
        return
    cluster = request.getfixturevalue("cluster")
    name = cluster.database()
    yield Place("postgresql", cluster.url(name), tmp_path)
    cluster.drop(name)


def nothing(*_: object) -> None:
    """Watches without telling."""


def move(old: Place, new: Place, watch: moving.Watch = nothing) -> moving.Move:
    return moving.move(old.url, new.url, folder=old.folder, at=NOW, watch=watch)


def value(column, row: int) -> object:
    """Of row 0, 1, 2 …: keys differ, what may be empty is so in every third row."""
    if column.nullable and row % 3 == 0:
        return None
    if isinstance(column.type, UtcTime):
        return NOW + timedelta(microseconds=row)
    if isinstance(column.type, Boolean):
        return row % 2 == 0
    if isinstance(column.type, LargeBinary):
        return bytes(range(256)) * row
    if isinstance(column.type, Text):
        return f"{HOSTILE[row % len(HOSTILE)]}{row}"
    return row + 1


def fill(connection: Connection, table: Table, rows: int = 2 * len(HOSTILE)) -> None:
    """Rows for any table there may ever be: foreign keys name the row of the same number."""
    for row in range(rows):
        values = {column.name: value(column, row) for column in table.columns}
        for key in (each for column in table.columns for each in column.foreign_keys):
            values[key.parent.name] = value(key.column, row)
        connection.execute(insert(table), values)


def filled(place: Place) -> None:
    with place.open() as s:
        s.instance.paused("weekly", NOW)  # takes note of where it is, so that a move finds nothing to note
        with s._db.write() as connection:
            for table in moving.TABLES:
                if table.name != "instance":
                    fill(connection, table)


def rows_of(place: Place) -> dict[str, list[tuple[object, ...]]]:
    """Every table, past the code that moves."""
    db = database.connect(place.url, folder=place.folder, create=False)
    with db.read() as connection:
        found = {table.name: sorted(map(tuple, connection.execute(select(table))), key=repr) for table in moving.TABLES}
    db.engine.dispose()
    return found


def without_place(rows: dict[str, list[tuple[object, ...]]]) -> dict[str, list[tuple[object, ...]]]:
    """What a move does not change: where the database belongs is told anew."""
    return {name: its for name, its in rows.items() if name != "instance"}


def people(place: Place, number: int) -> None:
    with place.open() as s:
        s.people.add([Subscriber(f"p{n}@example.org") for n in range(number)], "weekly", NOW)


def test_every_row_of_every_table_arrives(place: Place, new: Place) -> None:
    filled(place)
    before = rows_of(place)
    assert {name for name, rows in before.items() if len(rows) < len(HOSTILE)} == {"instance"}
    done = move(place, new)
    assert without_place(rows_of(new)) == without_place(before)
    assert {each.name: each.rows for each in done.tables} == {name: len(rows) for name, rows in before.items()}


def test_what_goes_on_is_the_new_one_and_it_is_not_paused(place: Place, new: Place) -> None:
    people(place, 3)
    with place.open() as s:
        assert s.instance.paused("weekly", NOW) is None
    move(place, new)
    with new.open() as s:
        assert s.instance.paused("weekly", NOW) is None
        assert len(s.people.all()) == 3
    with pytest.raises(StoreError, match=r"is moved to .+; let store.url name that one"):
        place.open()


def test_a_pause_moves_along(place: Place, new: Place) -> None:
    with place.open() as s:
        s.instance.pause("", NOW, "Olena", "holidays")
    move(place, new)
    with new.open() as s:
        pause = s.instance.paused("weekly", NOW)
        assert pause is not None
        assert (pause.by, pause.reason) == ("Olena", "holidays")


def test_a_copy_that_is_paused_stays_so(place: Place, new: Place) -> None:
    with place.open() as s:
        assert s.instance.paused("weekly", NOW) is None
    execute(place, "update instance set identity = 'elsewhere'")
    move(place, new)
    with new.open() as s:
        pause = s.instance.paused("weekly", NOW)
        assert pause is not None
        assert pause.copied


def test_a_store_that_is_taken_back_is_paused(place: Place, new: Place) -> None:
    people(place, 1)
    assert not moving.take_back(place.url, folder=place.folder)
    move(place, new)
    assert moving.take_back(place.url, folder=place.folder)
    with place.open() as s:
        pause = s.instance.paused("weekly", NOW)
        assert pause is not None
        assert pause.reason.startswith("moved to ")


def test_an_erased_person_stays_out(place: Place, new: Place) -> None:
    people(place, 3)
    with place.open() as s:
        s.people.erase("p2@example.org", NOW)
    move(place, new)
    with new.open() as s:
        added = s.people.add([Subscriber("p2@example.org"), Subscriber("new@example.org")], "weekly", NOW)
        assert (added.new, added.refused) == (1, 1)


def test_the_number_of_a_person_who_is_gone_is_nobodys(place: Place, new: Place) -> None:
    people(place, 3)
    execute(place, "delete from subscriber where id = 3")
    move(place, new)
    people(new, 3)
    assert execute(new, "select id from subscriber order by id") == [(1,), (2,), (4,)]


def test_a_new_row_in_any_table_gets_a_number_of_its_own(place: Place, new: Place) -> None:
    filled(place)
    move(place, new)
    for name in ("article", "issue", "consent", "wording", "signing_key", "signup"):
        columns = [c for c in metadata.tables[name].columns if c.name != "id"]
        with new.open() as s, s._db.write() as connection:
            given = connection.execute(insert(metadata.tables[name]), {c.name: value(c, 99) for c in columns})
            assert given.inserted_primary_key == (2 * len(HOSTILE) + 1,)


def test_a_database_that_holds_something_is_refused(place: Place, new: Place) -> None:
    people(new, 1)
    with pytest.raises(StoreError, match=r"holds data already \(\w+\); name an empty database"):
        move(place, new)
    place.open().close()
    new.open().close()


def test_a_store_is_not_moved_to_itself(place: Place) -> None:
    with pytest.raises(StoreError, match="is where the store is already"):
        move(place, place)


def test_while_it_is_sending_nothing_is_moved(place: Place, new: Place) -> None:
    with place.open() as s, s.lock(), pytest.raises((SenderBusy, StoreError)):
        move(place, new)


def test_a_file_that_another_program_has_open_is_not_moved(
    tmp_path: Path, new: Place, place: Place, monkeypatch
) -> None:
    """It would write on where nobody reads any more."""
    if place.engine == "postgresql":
        pytest.skip("its tables are locked instead")
    monkeypatch.setattr(database, "_PRAGMAS", ("busy_timeout = 50", *database._PRAGMAS[1:]))
    monkeypatch.setattr(database, "_BUSY_MS", 50)
    with place.open() as s:
        assert s.people.all() == ()
        with pytest.raises(StoreError, match="another program has it open; stop `digest serve`"):
            move(place, new)


# --- interrupted

KILLED = """
import os, signal, sys
from datetime import datetime, UTC
from pathlib import Path
from digest.store import copying, moving
copying.PAGE, moving._PAGES = 5, 2
left, where = int(sys.argv[4]), sys.argv[5]
def watch(_what, table, *_):
    global left
    left -= where in ("", table)
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
moving.move(sys.argv[1], sys.argv[2], folder=Path(sys.argv[3]), at=datetime.now(UTC), watch=watch)
"""


def killed(old: Place, new: Place, after: int, table: str = "") -> int:
    """A move in a process of its own, killed after so many pages, of any table or of this one; its exit code."""
    command = [sys.executable, "-c", KILLED, old.url, new.url, str(old.folder), str(after), table]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=50, check=False)
    assert done.returncode in (0, -9), done.stderr
    return done.returncode


def test_a_move_that_is_killed_goes_on_where_it_was(place: Place, new: Place) -> None:
    people(place, 24)
    with place.open() as s:
        s.instance.paused("weekly", NOW)
    before, kills = rows_of(place), 0
    while killed(place, new, after=kills * 4 + 2):
        kills += 1
        assert rows_of(place) == before
        with pytest.raises(StoreError, match="`digest store move` has not filled it yet"):
            new.open()
    assert kills >= 3
    assert without_place(rows_of(new)) == without_place(before)


def test_rows_that_are_there_are_not_copied_again(place: Place, new: Place) -> None:
    people(place, 64)
    assert killed(place, new, 5, "subscriber") == -9
    there = {name: len(rows) for name, rows in rows_of(new).items()}
    assert there["subscriber"] == 20
    execute(new, "update subscriber set name = 'kept' where id = 1")
    with pytest.raises(StoreError, match="subscriber has 64 rows that are not the 64 of the old store"):
        move(place, new)
    assert len(move(place, new).tables) == len(moving.TABLES)
    assert execute(new, "select name from subscriber where id = 1") == [("",)]


def test_what_changed_since_an_interrupted_move_is_moved_too(place: Place, new: Place) -> None:
    people(place, 64)
    assert killed(place, new, 5, "subscriber") == -9
    with place.open() as s:
        s.people.remove("p0@example.org", NOW)
        s.people.erase("p1@example.org", NOW)
    before = rows_of(place)
    if place.engine == "postgresql":  # which does not tell that it has changed: comparing does
        with pytest.raises(StoreError, match="run it again, and it begins anew"):
            move(place, new)
    move(place, new)
    assert without_place(rows_of(new)) == without_place(before)


def test_the_last_step_alone_may_be_missing(place: Place, new: Place) -> None:
    """The old store is marked first: what is interrupted then leaves none that could send."""
    people(place, 3)
    assert killed(place, new, 1, "subscriber") == -9
    mark = execute(new, "select version_num from alembic_version")[0][0]
    move(place, new)
    execute(new, f"update alembic_version set version_num = '{mark}'")
    with pytest.raises(StoreError):
        place.open()
    with pytest.raises(StoreError):
        new.open()
    assert move(place, new).tables == ()
    with new.open() as s:
        assert len(s.people.all()) == 3


def test_the_unfinished_move_of_another_store_is_left_alone(place: Place, new: Place, tmp_path: Path) -> None:
    people(place, 64)
    assert killed(place, new, 5, "subscriber") == -9
    other = Place("sqlite", "sqlite:///other.db", tmp_path)
    people(other, 1)
    with pytest.raises(StoreError, match="holds the unfinished move of another store"):
        move(other, new)
    move(place, new)


def test_a_finished_move_is_not_repeated_elsewhere(place: Place, new: Place, tmp_path: Path) -> None:
    move(place, new)
    with pytest.raises(StoreError, match="was moved already, and not to"):
        move(place, Place("sqlite", "sqlite:///third.db", tmp_path))


def test_the_marks_fit_their_column() -> None:
    assert len(f"{migrations.MOVING} {migrations.HEAD} {'0' * 8} {'0' * 8}") <= 32
    assert store
