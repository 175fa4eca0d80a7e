"""Power cuts: a small sending is recorded write by write, and resumed from every disk that a cut could have left.

What a file held at its last fsync is there after a cut; of what was written since, any part may be.
The provider knows what it was handed before the cut. Recorded with strace.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from digest import store as stores
from tests.fakes import Fake
from tests.fakes.base import Call
from tests.faults import scene, syscalls
from tests.faults.kills import POLICIES
from tests.faults.scene import Launcher, Sender, Verdict

DATABASE = "digest.db"
FILES = (DATABASE, f"{DATABASE}-wal")
"""What SQLite reads after a cut; the rest it makes anew."""
CALLS = "pwrite64,fdatasync,fsync,ftruncate,unlink,sendto"
_LINE = re.compile(r'^(\w+)\((?:\d+<([^>]*)>)?(?:, )?(?:"([^"]*)"(?:, \d+)?)?(?:, )?(\d+)?.*\) += \d')
"""Call, file, content, and the number that says where."""


@dataclass(frozen=True, slots=True)
class Event:
    """One call to the system that changes a disk, or hands a batch to the provider."""

    kind: Literal["write", "sync", "truncate", "unlink", "handed"]
    file: str = ""
    """Empty: the folder."""
    content: bytes = b""
    at: int = 0


Disk = dict[str, bytes]
"""File name -> content."""


@dataclass(slots=True)
class Drive:
    """What is safe of each file, and what a cut may lose."""

    safe: Disk
    since: list[Event] = field(default_factory=list)
    """Writes, in their order, of files that were not synced after them."""
    unnamed: set[str] = field(default_factory=set)
    """Files that were made, or deleted, since the folder was synced: they may be there or not."""

    def take(self, event: Event) -> None:
        """Goes on by one event."""
        if event.kind == "sync" and not event.file:
            self.unnamed.clear()
        elif event.kind == "sync":
            mine = [each for each in self.since if each.file == event.file]
            self.safe[event.file] = _written(self.safe, mine)[event.file]
            self.since = [each for each in self.since if each.file != event.file]
        elif event.kind == "unlink":
            self.unnamed.add(event.file)
        elif event.kind in ("write", "truncate"):
            if event.file not in self.safe:
                self.safe[event.file] = b""
                self.unnamed.add(event.file)
            self.since.append(event)

    def after_a_cut(self, *, short: bool) -> Iterator[Disk]:
        """Nothing of it was kept, and all; in the long form also all but one, one alone, and a half of the last."""
        kept = [[], self.since]
        if not short:
            kept += [self.since[:n] + self.since[n + 1 :] for n in range(len(self.since))]
            kept += [[each] for each in self.since]
            kept += [[*self.since[:-1], _torn(each)] for each in self.since[-1:]]
        for events in kept:
            disk = _written(self.safe, events)
            yield disk
            if self.unnamed:
                yield {name: content for name, content in disk.items() if name not in self.unnamed}


def _torn(event: Event) -> Event:
    return Event(event.kind, event.file, event.content[: len(event.content) // 2], event.at)


def _written(disk: Disk, events: list[Event]) -> Disk:
    found = {name: bytearray(content) for name, content in disk.items()}
    for event in events:
        file = found[event.file]
        if event.kind == "truncate":
            del file[event.at :]
            continue
        file.extend(bytes(max(0, event.at - len(file))))
        file[event.at : event.at + len(event.content)] = event.content
    return {name: bytes(content) for name, content in found.items()}


@dataclass(frozen=True, slots=True)
class Cut:
    """One moment of a sending, and one disk that it may leave."""

    disk: Disk
    handed: int
    """Calls that the provider has got."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A sending that nothing disturbed."""

    before: Disk
    events: list[Event]
    calls: list[Call]

    def cuts(self, *, short: bool) -> Iterator[Cut]:
        """After every event, each different disk once; in the short form only around what is handed over."""
        drive, handed, seen = Drive(dict(self.before)), 0, set()
        for n, event in enumerate(self.events):
            drive.take(event)
            handed += event.kind == "handed"
            if short and "handed" not in (event.kind, self.events[min(n + 1, len(self.events) - 1)].kind):
                continue
            for disk in drive.after_a_cut(short=short):
                mark = hashlib.sha256(repr((handed, sorted(disk.items()))).encode()).digest()
                if mark not in seen:
                    seen.add(mark)
                    yield Cut(disk, handed)


def recorded(launcher: Launcher, policy: str) -> Recorded:
    """The sending of a small issue, call by call."""
    with tempfile.TemporaryDirectory() as name, POLICIES[policy][0]() as fake:
        folder = Path(name)
        with scene.issue(folder, syscalls.PEOPLE, syscalls.BATCH):
            pass
        before = {DATABASE: (folder / DATABASE).read_bytes()}
        log = folder / "strace.log"
        options = ["-y", "-xx", "-s", "1000000", "-o", str(log), "-e", f"trace={CALLS}"]
        syscalls.traced(options, launcher, syscalls.sender(name, fake, policy))
        assert len(fake.accepted) == syscalls.PEOPLE
        return Recorded(before, list(_events(log, folder)), list(fake.calls))


def _events(log: Path, folder: Path) -> Iterator[Event]:
    for line in log.read_text().splitlines():
        found = _LINE.match(line)
        if not found:
            continue
        call, path, text, at = found.groups()
        content = bytes.fromhex((text or "").replace("\\x", ""))
        if call == "sendto":
            if not content.startswith(b"POST "):  # the head goes out before the body
                yield Event("handed")
            continue
        where = Path(content.decode()) if call == "unlink" else Path(_plain(path))
        if where == folder and call in ("fsync", "fdatasync"):
            yield Event("sync")
        elif where.parent == folder and where.name in FILES:
            kinds = {"pwrite64": "write", "ftruncate": "truncate", "unlink": "unlink"}
            yield Event(kinds.get(call, "sync"), where.name, content if call == "pwrite64" else b"", int(at or 0))


def _plain(path: str) -> str:
    return bytes.fromhex(path.replace("\\x", "")).decode() if path.startswith("\\x") else path


def resumed(launcher: Launcher, policy: str, record: Recorded, cut: Cut) -> Verdict:
    """What became of the issue when a sender went on from there."""
    with tempfile.TemporaryDirectory() as name, POLICIES[policy][0]() as fake:
        _knows(fake, record.calls[: cut.handed])
        for file, content in cut.disk.items():
            (Path(name) / file).write_bytes(content)
        in_doubt = POLICIES[policy][1]
        launcher.run(Sender(name, fake.name, fake.url, in_doubt=in_doubt, ahead_s=7200, faster=20))
        with stores.open(scene.URL, folder=Path(name)) as store:
            return scene.verdict(store, fake)


def _knows(fake: Fake, calls: list[Call]) -> None:
    for call in calls:
        fake.answer(call, None)


def all_resumed(policy: str, *, short: bool) -> Iterator[Verdict]:
    """A verdict for each cut."""
    with Launcher() as launcher:
        record = recorded(launcher, policy)
    yield from scene.side_by_side(
        lambda launcher, cut: resumed(launcher, policy, record, cut), list(record.cuts(short=short))
    )
