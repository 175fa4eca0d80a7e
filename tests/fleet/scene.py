"""An issue that is handed over to workers, and the workers as objects or as processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from digest import store as stores
from digest.config import Settings
from digest.models import Subscriber
from digest.pipeline import Job, handing
from digest.pipeline.workers import Sender
from digest.store.fleet import Beat
from digest.store.issues import IssueRecord
from digest.store.opened import Store
from tests.builders import REPOSITORY, settings
from tests.fakes import ALL, Fake
from tests.send import scene

LEASE_S = 2.0


class Quiet:
    """Watches and says nothing."""

    def fetched(self, report: object) -> None:
        """Nothing is fetched."""

    def pictured(self, done: int, of: int) -> None:
        """Nothing is shown."""

    def varied(self, done: int, of: int) -> None:
        """Nothing is shown."""

    def sent(self, counts: object) -> None:
        """Not looked at."""


def job(**changes: object) -> Job:
    """A run by a person who accepts any audience."""
    return Job(**{"now": datetime.now(UTC), "watch": Quiet(), "accept": ("audience",), "by": "Olena"} | changes)


def by_workers(folder: Path, store_url: str, provider: str, provider_url: str, **send: object) -> Settings:
    """Settings of a newsletter that workers send through this provider."""
    kind = next(fake for fake in ALL if fake.name == provider)
    os.environ["T"], os.environ["W"] = kind.secrets["token"], kind.secrets.get("webhook", "unused:secret")
    table = {"provider": provider, provider: dict(kind.own) | {"base_url": provider_url}, "engine": "workers"}
    return settings(folder, store={"url": store_url}, send=table | send)


def handed_over(found: Settings, store: Store, people: int) -> IssueRecord:
    """An approved issue whose audience is fixed, with a job for each batch."""
    readers = [Subscriber(f"reader{n}@readers.org", f"Reader {n}") for n in range(1, people + 1)]
    store.people.add(readers, "weekly", scene.NOW)
    record = scene.begun(store)
    handing.hand_over(found, store, record, job())
    return record


@contextmanager
def sender(found: Settings, store: Store, name: str = "host:1:abc"):
    """A worker's hands without its engine, which live until the block ends."""
    hands = Sender(lambda: (found,), store, name, threading.Event(), LEASE_S)
    store.fleet.beat(Beat(name, 1), LEASE_S)
    try:
        yield hands
    finally:
        hands.close()


@dataclass(frozen=True, slots=True)
class Process:
    """How one worker goes about it, in a process of its own."""

    folder: str
    store: str
    provider: str
    url: str
    slots: int = 2
    batch: int = 10
    rate_per_s: float | None = None
    burst: int = 0
    lease_s: float = LEASE_S


class Workers:
    """Starts workers in milliseconds, as copies of a process that has everything imported already."""

    def __init__(self, *before: str) -> None:
        """`before`: words of a command that this runs under, as `ip netns exec NAME`."""
        command = [*before, sys.executable, "-m", "tests.fleet.process"]
        self._process = subprocess.Popen(
            command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.pids: set[int] = set()

    def __enter__(self):
        return self

    def __exit__(self, *_: object) -> None:
        for pid in self.pids:
            signalled(pid, 9)
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def start(self, worker: Process) -> int:
        """The new process's id."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(asdict(worker)) + "\n")
        self._process.stdin.flush()
        pid = int(self._process.stdout.readline())
        self.pids.add(pid)
        return pid

    def signal(self, pid: int, number: int) -> None:
        """A signal to one of them."""
        signalled(pid, number)

    def ended(self, pid: int) -> bool:
        """Whether that one has."""
        return not signalled(pid, 0)


def signalled(pid: int, number: int) -> bool:
    """Whether there was a process to signal."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


def opened(url: str, folder: Path) -> Store:
    """The store of the scene."""
    return stores.open(url, folder=folder)


def taken(fake: Fake) -> list[str]:
    """Every address that the provider took, sorted, as often as it did."""
    with fake.lock:
        return sorted(fake.addresses)
