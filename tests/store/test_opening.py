import os
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import StatementError

from digest import store
from digest.errors import SenderBusy, StoreAway, StoreError
from digest.models import Outcome, Settled, Subscriber
from digest.store.opened import Store
from tests.builders import END as NOW
from tests.builders import REPOSITORY, SLOT, article
from tests.postgres import Cluster
from tests.store.conftest import Place, execute

URL = "sqlite:///digest.db"


def run(code: str, place: Place) -> subprocess.CompletedProcess[str]:
    """A program of its own that has `store`, `url` and `folder`."""
    head = f"from pathlib import Path\nfrom digest import store\nurl, folder = {place.url!r}, Path({str(place.folder)!r})\n"
    return subprocess.run(
        [sys.executable, "-c", head + code], cwd=REPOSITORY, capture_output=True, text=True, timeout=50, check=False
    )


# --- both engines


def test_what_was_written_is_there_when_the_store_is_opened_again(place: Place) -> None:
    with place.open() as s:
        s.people.add([Subscriber("ann@example.org")], "weekly", NOW)
    with place.open() as s:
        assert s.people.all() == (Subscriber("ann@example.org"),)


def test_two_programs_may_make_the_same_store_at_once(empty: Place) -> None:
    code = """
import os, psycopg, time
import digest.store.migrations.upgrade
(folder / f"ready-{os.getpid()}").touch()
while not (folder / "go").exists():
    time.sleep(0.001)
store.open(url, folder=folder).close()
"""
    with ThreadPoolExecutor(3) as pool:
        running = [pool.submit(run, code, empty) for _ in range(3)]
        while len(list(empty.folder.glob("ready-*"))) < 3 and not any(r.done() for r in running):
            time.sleep(0.01)
        (empty.folder / "go").touch()
        done = [r.result() for r in running]
    assert [(d.returncode, d.stderr) for d in done] == [(0, "")] * 3
    assert execute(empty, "select count(*) from subscriber") == [(0,)]


def test_a_store_that_is_not_there_is_made_only_when_allowed(empty: Place) -> None:
    with pytest.raises(StoreError):
        store.open(empty.url, folder=empty.folder, create=False)
    empty.open().close()
    store.open(empty.url, folder=empty.folder, create=False).close()


def test_workers_never_claim_the_same_batch(s: Store) -> None:
    s.people.add([Subscriber(f"p{n}@example.org") for n in range(120)], "weekly", NOW)
    record = s.issues.begin("weekly", SLOT, "weekly-2026-W47", NOW)
    s.ledger.freeze_audience(record.id, batch_size=3, provider="resend", unsubscribe_url="", at=NOW)
    together = threading.Barrier(8)

    def work(owner: str) -> list[int]:
        together.wait()
        sent = []
        while batch := s.ledger.claim(record.id, issue_key=record.key, owner=owner, at=NOW):
            outcomes = tuple(Outcome(d.number, "accepted") for d in batch.deliveries)
            assert s.ledger.settle(record.id, batch, Settled(outcomes), owner=owner, at=NOW)
            sent += [d.number for d in batch.deliveries]
        return sent

    with ThreadPoolExecutor(8) as pool:
        sent = [number for numbers in pool.map(work, "abcdefgh") for number in numbers]
    assert sorted(sent) == list(range(1, 121))
    assert s.ledger.counts(record.id).accepted == 120


def test_a_failed_save_leaves_nothing_behind(s: Store) -> None:
    with pytest.raises(StatementError, match="has no time zone"):
        s.articles.save([article("a"), article("b", published=NOW.replace(tzinfo=None))], NOW)
    assert s.articles.search("") == ()


def test_a_read_sees_one_state_whatever_others_write(s: Store, place: Place) -> None:
    count = text("select count(*) from subscriber")
    with s._db.read() as connection, place.open() as other:
        before = connection.scalar(count)
        other.people.add([Subscriber("ann@example.org")], "weekly", NOW)
        assert (before, connection.scalar(count)) == (0, 0)
    with s._db.read() as connection:
        assert connection.scalar(count) == 1


# --- the lock


def test_there_is_one_sender_a_database(s: Store, place: Place) -> None:
    with place.open() as other:
        with s.lock(), pytest.raises(SenderBusy, match="another digest is sending"), other.lock():
            pass
        with other.lock(), pytest.raises(SenderBusy), s.lock():
            pass


def test_the_lock_is_free_again_after_an_error_and_after_a_kill(s: Store, place: Place) -> None:
    with pytest.raises(RuntimeError), s.lock():
        raise RuntimeError
    killed = run("import os\nstore.open(url, folder=folder).lock().__enter__()\nos.kill(os.getpid(), 9)", place)
    assert killed.returncode == -9, killed.stderr
    for _ in range(100):  # PostgreSQL takes a moment to see that its client is gone
        try:
            with s.lock():
                return
        except SenderBusy:
            time.sleep(0.05)
    pytest.fail("the lock outlived its holder by five seconds")


def test_the_one_who_waits_outside_may_still_read(s: Store, place: Place) -> None:
    with s.lock(), place.open() as other:
        assert other.people.all() == ()


# --- SQLite


@pytest.mark.parametrize("umask", [0o000, 0o022])
def test_only_the_owner_can_read_the_files(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        with store.open(URL, folder=tmp_path) as s, s.lock():
            s.people.add([Subscriber("ann@example.org")], "weekly", NOW)
            modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
    finally:
        os.umask(before)
    assert modes == dict.fromkeys(["digest.db", "digest.db-wal", "digest.db-shm", "digest.db.lock"], 0o600)


def test_a_commit_reaches_the_disk(tmp_path: Path) -> None:
    """In WAL mode NORMAL may lose the last commits at power loss: a claim, and with it a batch sent twice."""
    with store.open(URL, folder=tmp_path) as s, s._db.read() as connection:
        found = {
            p: connection.exec_driver_sql(f"pragma {p}").scalar()
            for p in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}


def test_a_relative_path_starts_at_the_folder(tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    url = "sqlite:///var/100% ours?.db"
    assert not store.exists(url, folder=tmp_path)
    store.open(url, folder=tmp_path).close()
    assert store.exists(url, folder=tmp_path)
    assert [f.name for f in (tmp_path / "var").iterdir()] == ["100% ours?.db"]
    assert store.exists(f"sqlite:///{tmp_path}/var/100% ours?.db", folder=Path("/"))


def test_looking_whether_there_is_a_store_makes_none(empty: Place) -> None:
    assert not store.exists(empty.url, folder=empty.folder)
    assert not store.exists(empty.url, folder=empty.folder)
    empty.open().close()
    assert store.exists(empty.url, folder=empty.folder)


def other_program(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("create table places (url)")


def symbolic_link(file: Path) -> None:
    (file.parent / "target.db").touch()
    file.symlink_to("target.db")


FAULTS = {
    "a picture": (lambda file: file.write_bytes(b"\x89PNG" * 500), "names a file of another kind"),
    "another program's": (other_program, r"holds another program's tables \(places\)"),
    "a folder": (lambda file: file.mkdir(), "Is a directory"),
    "a link": (symbolic_link, "is a symbolic link"),
    "no folder": (lambda file: file.parent.rmdir(), "is not there; check store.url"),
}


@pytest.mark.parametrize(("fault", "said"), FAULTS.values(), ids=FAULTS)
def test_what_is_no_store_is_said_in_plain_words(tmp_path: Path, fault, said: str) -> None:
    file = tmp_path / "here" / "digest.db"
    file.parent.mkdir()
    fault(file)
    with pytest.raises(StoreError, match=said):
        store.open(f"sqlite:///{file}", folder=tmp_path)


def test_a_file_of_another_user_is_refused(tmp_path: Path) -> None:
    foreign = Path("/etc/hostname")
    if os.geteuid() == 0:
        foreign = tmp_path / "digest.db"
        foreign.touch()
        os.chown(foreign, 12345, 12345)
    with pytest.raises(StoreError, match="belongs to another user"):
        store.open(f"sqlite:///{foreign}", folder=tmp_path)


def test_a_store_in_use_by_another_program_is_said(tmp_path: Path) -> None:
    with (
        store.open(URL, folder=tmp_path) as s,
        closing(sqlite3.connect(tmp_path / "digest.db", isolation_level=None)) as other,
    ):
        other.execute("begin immediate")
        with s._db.read() as connection:
            connection.exec_driver_sql("pragma busy_timeout = 1")  # instead of the ten seconds
        with pytest.raises(StoreError, match="database is locked; another program has kept it busy"):
            s.people.add([Subscriber("ann@example.org")], "weekly", NOW)
        other.execute("rollback")
        s.people.add([Subscriber("ann@example.org")], "weekly", NOW)


def test_threads_take_turns_to_write_and_need_not_wait_for_the_file(tmp_path: Path) -> None:
    """SQLite's own waiting is not fair: a thread can lose each time until its ten seconds are over."""
    with store.open(URL, folder=tmp_path) as s:
        s._db.engine.dispose()
        event.listen(s._db.engine, "connect", lambda raw, _: raw.execute("pragma busy_timeout = 0"))
        people = [Subscriber(f"p{n}@example.org") for n in range(200)]
        with ThreadPoolExecutor(8) as pool:
            added = list(pool.map(lambda person: s.people.add([person], "weekly", NOW).new, people))
    assert added == [1] * 200


# --- PostgreSQL


def test_a_server_that_forbids_tables_is_said(cluster: Cluster, tmp_path: Path) -> None:
    cluster.sql("create role guest login")
    name = cluster.database()
    with pytest.raises(StoreError, match=r"permission denied for schema public; grant the user of store\.url"):
        store.open(cluster.url(name).replace("postgres@", "guest@"), folder=tmp_path)
    cluster.drop(name)


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("postgres@", "nobody@", StoreError),
        ("/template1", "/none", StoreError),
        ("digest-pg-", "no-pg-", StoreAway),
    ],
    ids=["no such role", "no such database", "no server"],
)
def test_a_server_that_refuses_is_told_from_one_that_is_away(
    cluster: Cluster, tmp_path: Path, old: str, new: str, kind: type[StoreError]
) -> None:
    with pytest.raises(StoreError) as caught:
        store.open(cluster.url("template1").replace(old, new), folder=tmp_path)
    assert type(caught.value) is kind


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://digest:s3cret@127.0.0.1:1/digest",
        "postgresql://digest:s3cret@[::1/digest",
        "mysql://digest:s3cret@here/x",
    ],
    ids=["nobody answers", "not a url", "another engine"],
)
def test_a_password_is_never_repeated(tmp_path: Path, url: str) -> None:
    with pytest.raises(StoreError) as caught:
        store.open(url, folder=tmp_path)
    said = f"{caught.value} {caught.value.__cause__}"
    assert "s3cret" not in said
    assert "127.0.0.1" in said or "store.url is neither" in said
