"""SIGKILL at system calls of an unsubscribe: what was answered is kept, and nothing is broken."""

import os
import re
import shutil
import subprocess
import sys

import pytest

from digest import store
from digest.models import Subscriber
from tests import builders, real, tables
from tests.builders import END

CALLS = "pwrite64,fdatasync,fsync,fcntl,write,openat,ftruncate,unlink,mmap"
POINTS = int(os.environ.get("DIGEST_TEST_KILL_POINTS", "4"))
"""How many of the calls are killed at, spread evenly; 0: all of them."""


@pytest.fixture
def prepared(tmp_path):
    if shutil.which("strace") is None:
        real.missing("strace is not installed")
    (tmp_path / "config.toml").write_text((builders.REPOSITORY / "config.toml").read_text(encoding="utf-8"))
    with tables.opened(tmp_path) as s:
        s.people.add([Subscriber(f"p{n}@example.org") for n in range(2)], "weekly", END)
        tokens = [s.people.token(f"p{n}@example.org") for n in range(2)]
    return tmp_path, tokens


def leave(folder, tokens, *inject):
    command = [sys.executable, "-m", "tests.web.public.leaver", str(folder), *tokens]
    log = folder / "strace.log"
    traced = ["strace", "-f", "-qq", "-o", str(log), "-e", f"trace={CALLS}", *inject, *command]
    done = subprocess.run(traced, capture_output=True, text=True, check=False, cwd=builders.REPOSITORY, timeout=50)
    return done.stdout, log.read_text()


def calls(log):
    """How often each call was made from the moment that it was ready, and before."""
    lines = log.splitlines()
    ready = next(at for at, line in enumerate(lines) if '"ready' in line)
    names = [match[1] if (match := re.match(r"\d+ +(\w+)\(", line)) else "" for line in lines]
    return [(name, names[: at + 1].count(name)) for at, name in enumerate(names) if name and at > ready]


@pytest.mark.timeout(600)
def test_an_unsubscribe_that_was_answered_is_never_lost(prepared, tmp_path_factory):
    folder, tokens = prepared
    rehearsal = tmp_path_factory.mktemp("rehearsal")
    shutil.copytree(folder, rehearsal, dirs_exist_ok=True)
    points = [each for each in calls(leave(rehearsal, tokens)[1]) if each[0] not in ("openat", "mmap")]
    assert len(points) > 10
    chosen = points[:: max(1, len(points) // POINTS)] if POINTS else points
    lost, answered = [], 0
    for name, number in chosen:
        attempt = tmp_path_factory.mktemp("attempt")
        shutil.copytree(folder, attempt, dirs_exist_ok=True)
        said, _ = leave(attempt, tokens, "-e", f"inject={name}:signal=KILL:when={number}")
        with store.open("sqlite:///digest.db", folder=attempt) as s:
            for at, token in enumerate(tokens):
                gone = s.people.by_address(f"p{at}@example.org").listings[0].left_at is not None
                answered += f"kept {token}" in said
                if f"kept {token}" in said and not gone:
                    lost.append((name, number))
            with s._db.read() as connection:
                assert connection.exec_driver_sql("pragma integrity_check").scalar() == "ok"
    assert lost == []
    assert answered > 0
