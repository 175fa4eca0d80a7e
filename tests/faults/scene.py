"""An issue that is sent by processes of their own, and the verdict on what became of it."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TypeVar

from msgspec.structs import asdict

from digest import store as stores
from digest.store.opened import Store
from tests import tables
from tests.builders import REPOSITORY
from tests.fakes import Fake
from tests.send import scene
from tests.tables import URL

AT_ONCE = 8
_Item = TypeVar("_Item")
_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True)
class Sender:
    """How one run of the sender goes about it."""

    folder: str
    provider: str
    url: str
    store: str = URL
    workers: int = 1
    in_doubt: str = "hold"
    ahead_s: float = 0.0
    """How far its clock is ahead."""
    faster: int = 0
    """So many times as fast its clock runs besides: what it waits by itself is as much shorter."""
    most_bytes: int = 0
    """No file may grow beyond this; 0: as on any disk."""
    answer_s: float = 5.0
    """How long it waits for an answer."""
    patience_s: float = 30.0
    """How long it asks a store again that cannot."""
    alone: bool = False
    """One worker, in the main thread: every call to the system is that thread's."""
    traced: bool = False
    """It begins when somebody traces it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The claim of the ledger against the truth of the provider."""

    people: int
    duplicates: int
    """Emails that went to somebody who had it already."""
    false_accepted: int
    """People whom the ledger calls accepted and the provider never took."""
    forgotten: int
    """People without it for whom the ledger has neither a rejection, nor a doubt, nor a place in the queue."""
    in_doubt: int
    pending: int

    @property
    def clean(self) -> bool:
        """Nothing that must never happen."""
        return not (self.duplicates or self.false_accepted or self.forgotten)


def verdict(store: Store, *fakes: Fake) -> Verdict:
    """On the issue of the scene."""
    record = store.issues.get(scene.KEY)
    assert record
    counts = store.ledger.counts(record.id)
    assert sum(asdict(counts).values()) == 2 * counts.audience, counts
    taken = Counter(address for fake in fakes for address in fake.addresses)
    states = {address: state for address, state, _ in store.ledger.recipients(record.id)}
    accepted = {address for address, state in states.items() if state == "accepted"}
    known = {
        a for a, state in states.items() if state in ("in doubt", "pending", "in flight", "rejected", "suppressed")
    }
    return Verdict(
        len(states),
        sum(number - 1 for number in taken.values()),
        len(accepted - taken.keys()),
        len(states.keys() - taken.keys() - known - accepted),
        counts.in_doubt,
        counts.pending + counts.in_flight,
    )


@contextmanager
def issue(folder: Path, people: int, batch: int, url: str = URL):
    """A store with an approved issue for so many readers."""
    if url == URL:
        tables.put(folder)
    with stores.open(url, folder=folder) as store:
        scene.frozen(store, people, batch)
        yield store


class Launcher:
    """Starts senders in milliseconds, as copies of a process that has everything imported already."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.faults.sender"]
        self._process = subprocess.Popen(
            command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )

    def __enter__(self):
        return self

    def __exit__(self, *_: object) -> None:
        _stream(self._process.stdin).close()
        self._process.wait()
        _stream(self._process.stdout).close()

    def start(self, sender: Sender) -> int:
        """The new process's id."""
        stdin = _stream(self._process.stdin)
        stdin.write(json.dumps(dataclasses.asdict(sender)) + "\n")
        stdin.flush()
        return int(_stream(self._process.stdout).readline())

    def wait(self) -> int:
        """The status with which the process ended that was started last; less than 0: the signal."""
        return int(_stream(self._process.stdout).readline())

    def run(self, sender: Sender) -> int:
        """A sender that nobody disturbs."""
        self.start(sender)
        return self.wait()


def side_by_side(work: Callable[[Launcher, _Item], _Found], items: Sequence[_Item]) -> Iterator[_Found]:
    """What each item comes to, in their order; several at a time, each with its launcher, for most of it is waiting."""
    mine = threading.local()
    with ExitStack() as launchers, ThreadPoolExecutor(min(AT_ONCE, 1 + len(items) // 10)) as pool:

        def one(item: _Item) -> _Found:
            if not hasattr(mine, "launcher"):
                mine.launcher = launchers.enter_context(Launcher())
            return work(mine.launcher, item)

        yield from pool.map(one, items)


def _stream(stream: IO[str] | None) -> IO[str]:
    assert stream
    return stream


def until(is_time: Callable[[], bool], within_s: float) -> bool:
    """Waits for it; False when it did not come."""
    end = time.monotonic() + within_s
    while not is_time():
        if time.monotonic() > end:
            return False
        time.sleep(0.001)
    return True


def kill(pid: int, number: int) -> None:
    """A signal, unless the process has ended."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
