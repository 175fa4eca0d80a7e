"""Who asks for an issue to be sent hands it to the workers and watches; and what the commands say of them."""

import json
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from msgspec.structs import replace

from digest import pipeline
from digest.config import Settings
from digest.errors import AttentionNeeded, DigestError
from digest.models import Counts, Subscriber
from digest.pipeline import handing
from digest.store import fleet
from digest.store.fleet import Jobs
from digest.store.opened import Store
from tests.builders import REPOSITORY
from tests.fakes import MailgunFake
from tests.faults.scene import until
from tests.fleet import scene
from tests.send.scene import KEY, NOW, begun


def ready(s: Store, people: int) -> None:
    """An approved issue for so many."""
    s.people.add([Subscriber(f"reader{n}@readers.org") for n in range(1, people + 1)], "weekly", NOW)
    begun(s)


def by_hand(s: Store, found: Settings, batches: int) -> threading.Thread:
    """Looks after the first batches as a worker would."""

    def work() -> None:
        with scene.sender(found, s) as worker:
            until(lambda: s.fleet.jobs().due > 0, 20)
            for seq in range(1, batches + 1):
                worker.send_batch(1, seq)

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_send_hands_over_and_watches_until_all_is_settled(s: Store, found: Settings, fake: MailgunFake) -> None:
    ready(s, 30)
    worker = by_hand(s, found, 3)
    done = pipeline.send(found, s, KEY, scene.job())
    worker.join()
    assert (done.fresh, done.counts) == (True, Counts(audience=30, accepted=30))
    again = pipeline.send(found, s, KEY, scene.job())
    assert (again.fresh, len(fake.calls)) == (False, 3)


def test_who_watches_may_end_and_others_may_decide_meanwhile(s: Store, found: Settings) -> None:
    ready(s, 30)
    job = scene.job()
    job.stop.set()
    done = pipeline.send(found, s, KEY, job)
    assert done.counts == Counts(audience=30, pending=30)
    with s.lock():
        assert s.fleet.jobs() == Jobs(due=3, later=0, doing=0)


def test_a_second_send_adds_no_second_jobs(s: Store, found: Settings) -> None:
    ready(s, 30)
    for _ in range(2):
        job = scene.job()
        job.stop.set()
        pipeline.send(found, s, KEY, job)
    assert s.fleet.jobs().due == 3


def test_jobs_come_with_the_audience_or_not_at_all(s: Store, found: Settings) -> None:
    ready(s, 30)
    with s._db.write() as connection:
        fleet.open_queue(connection)
        connection.exec_driver_sql("alter table procrastinate_events rename to gone")  # so that no job can be made
    with pytest.raises(Exception, match="procrastinate_events"):
        pipeline.send(found, s, KEY, scene.job())
    assert s.ledger.counts(1) == Counts()


def test_who_watches_hears_that_no_worker_is_there(s: Store, found: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    ready(s, 10)
    monkeypatch.setattr(handing, "ALONE_S", 0.5)
    with pytest.raises(DigestError, match=r"handed over, but no worker is there\n  start `digest worker`"):
        pipeline.send(found, s, KEY, scene.job())


def test_who_watches_hears_of_a_pause(s: Store, found: Settings) -> None:
    ready(s, 10)
    job = scene.job()

    class Pauses(scene.Quiet):
        def sent(self, counts: object) -> None:
            if s.ledger.halt(1) is None:
                s.ledger.pause(1, "Olena", "a doubt", NOW)

    with pytest.raises(AttentionNeeded, match="was paused by Olena"):
        pipeline.send(found, s, KEY, replace(job, watch=Pauses()))


# --- as commands


def digest(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "digest", "--config", str(folder / "config.toml"), *words]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=50, check=False)


def configured(folder: Path, url: str, engine: str = "workers") -> None:
    text = (REPOSITORY / "config.toml").read_text(encoding="utf-8")
    text = text.replace('engine = "embedded"', f'engine = "{engine}"').replace("sqlite:///digest.db", url)
    (folder / "config.toml").write_text(text, encoding="utf-8")


def test_a_worker_works_until_it_is_told_to_end(s: Store, url: str, tmp_path: Path) -> None:
    configured(tmp_path, url)
    command = [sys.executable, "-m", "digest", "--config", str(tmp_path / "config.toml"), "worker", "--batches", "2"]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as worker:
        assert until(lambda: bool(s.fleet.workers()), 40)
        told = digest(tmp_path, "status").stdout
        worker.send_signal(signal.SIGTERM)
        out, err = worker.communicate(timeout=40)
    assert (worker.returncode, out) == (0, "✓ ended with nothing in hand; 0 emails handed over\n"), err
    assert f":{worker.pid} " in told
    assert "waits" in told
    assert s.fleet.workers() == ()


def test_a_worker_that_finds_its_database_away_says_so_once_and_waits_for_it(
    s: Store, url: str, tmp_path: Path
) -> None:
    there = tmp_path / "socket"
    configured(tmp_path, url.replace(url.partition("host=")[2], str(there)))
    command = [sys.executable, "-m", "digest", "--config", str(tmp_path / "config.toml"), "worker", "--batches", "2"]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as worker:
        assert worker.stderr
        said = json.loads(worker.stderr.readline())
        assert (said["level"], "the database is away; nothing is begun before it is back" in said["event"]) == (
            "warning", True,
        )  # fmt: skip
        time.sleep(1.5)
        assert worker.poll() is None
        there.symlink_to(url.partition("host=")[2])
        assert until(lambda: bool(s.fleet.workers()), 40)
        worker.send_signal(signal.SIGTERM)
        out, err = worker.communicate(timeout=40)
    assert (worker.returncode, out) == (0, "✓ ended with nothing in hand; 0 emails handed over\n"), err
    assert "away" not in err


def test_a_worker_that_never_found_its_database_ends_when_it_is_told(url: str, tmp_path: Path) -> None:
    configured(tmp_path, url.replace(url.partition("host=")[2], str(tmp_path / "socket")))
    command = [sys.executable, "-m", "digest", "--config", str(tmp_path / "config.toml"), "worker"]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as worker:
        assert worker.stderr
        assert "the database is away" in worker.stderr.readline()
        worker.send_signal(signal.SIGTERM)
        out, _ = worker.communicate(timeout=20)
    assert (worker.returncode, out) == (0, "✓ ended with nothing in hand; 0 emails handed over\n")


def test_a_worker_with_a_database_that_refuses_it_ends_at_once(url: str, tmp_path: Path) -> None:
    configured(tmp_path, url.replace("/test_", "/no_such_"))
    done = digest(tmp_path, "worker")
    assert done.returncode == 1
    assert "no_such_" in done.stderr
    assert "does not exist" in done.stderr


def test_a_worker_of_nothing_that_workers_send_says_so(url: str, tmp_path: Path) -> None:
    configured(tmp_path, url, "embedded")
    done = digest(tmp_path, "worker")
    assert (done.returncode, "no newsletter is sent by workers" in done.stderr) == (2, True), done.stderr


def test_a_worker_that_needs_more_connections_than_it_may_have_says_so(url: str, tmp_path: Path) -> None:
    configured(tmp_path, url)
    done = digest(tmp_path, "worker", "--batches", "40")
    assert done.returncode == 2
    assert "40 batches at once need 43 connections" in done.stderr
