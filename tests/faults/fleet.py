"""Workers that are killed and cut off at random, and a server that crashes, until an issue is accounted for."""

from __future__ import annotations

import random
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from digest.errors import StoreError
from digest.models import Counts
from digest.store.issues import IssueRecord
from digest.store.opened import Store
from tests import postgres
from tests.fakes import MailgunFake
from tests.faults import scene as verdicts
from tests.faults.scene import Verdict, until
from tests.fleet import scene
from tests.fleet.scene import Process, Workers

DURABLE = "-c listen_addresses= -c fsync=off -c autovacuum=off -c max_connections=200"
"""As a server is: what was committed outlives its crash, if not that of the machine."""


@dataclass(frozen=True, slots=True)
class Size:
    """Of one sending."""

    people: int = 20_000
    batch: int = 20
    workers: int = 4
    slots: int = 2
    lease_s: float = scene.LEASE_S
    latency_s: float = 0.02


@dataclass(frozen=True, slots=True)
class Disturbed:
    """What came of it."""

    kills: int
    cuts: int
    people: int
    duplicates: int
    lost: int
    false_accepted: int
    in_doubt: int
    """At the end, of all."""
    left: int
    """Neither settled nor in doubt when it should have been over."""
    held: int
    """The most that the kills can have left in doubt: a batch for each slot of each worker killed."""

    @property
    def clean(self) -> bool:
        """Nothing that must never happen."""
        bad = self.duplicates or self.lost or self.false_accepted or self.left
        return not bad and self.in_doubt <= self.held


class Fleet:
    """So many workers, each replaced when it dies."""

    def __init__(self, launcher: Workers, process: Process, size: int) -> None:
        self._launcher, self._process = launcher, process
        self.pids = [launcher.start(process) for _ in range(size)]

    def kill(self, chance: random.Random) -> None:
        """One of them, at once; another takes its place."""
        at = chance.randrange(len(self.pids))
        self._launcher.signal(self.pids[at], signal.SIGKILL)
        self.pids[at] = self._launcher.start(self._process)

    def revive(self) -> None:
        """As a supervisor does: one whose very first look at the database failed has ended."""
        self.pids = [self._launcher.start(self._process) if self._launcher.ended(pid) else pid for pid in self.pids]

    def end(self) -> None:
        """All of them, after what they hold."""
        for pid in self.pids:
            self._launcher.signal(pid, signal.SIGTERM)
        assert until(lambda: all(self._launcher.ended(pid) for pid in self.pids), 40), "a worker did not end"


@contextmanager
def sending(
    size: Size, fake: MailgunFake, cluster: postgres.Cluster, name: str
) -> Iterator[tuple[Store, IssueRecord, Process]]:
    """An issue that is handed over, and how a worker for it is started."""
    with tempfile.TemporaryDirectory() as folder:
        url = cluster.url(name)
        found = scene.by_workers(Path(folder), url, fake.name, fake.url, batch=size.batch)
        with scene.opened(url, Path(folder)) as store:
            record = scene.handed_over(found, store, size.people)
            yield store, record, Process(folder, url, fake.name, fake.url, size.slots, size.batch, lease_s=size.lease_s)


def killed(kills: int, cuts: int, size: Size, *, seed: int = 1) -> Disturbed:
    """So many workers killed, and so often one's connections to the database cut, while one issue goes out."""
    chance = random.Random(seed)
    what = ["kill"] * kills + ["cut"] * cuts
    chance.shuffle(what)
    with postgres.cluster(DURABLE) as cluster, MailgunFake(size.latency_s) as fake, Workers() as launcher:
        name = cluster.database()
        with sending(size, fake, cluster, name) as (store, record, process):
            fleet = Fleet(launcher, process, size.workers)
            for each in what:
                seen = len(fake.calls) + chance.randrange(1, 8)
                assert until(lambda seen=seen: len(fake.calls) >= seen or over(store, record), 60), "nothing moves"
                time.sleep(chance.random() * 0.02)
                fleet.kill(chance) if each == "kill" else _cut(cluster, name, chance)
                fleet.revive()
            counts = settled(store, record, 300, fleet)
            fleet.end()
            return verdict(store, fake, counts, kills, cuts, kills * size.slots * size.batch)


def restarted(times: int, size: Size, *, seed: int = 1) -> Disturbed:
    """The server crashes so often, and starts again, while one issue goes out."""
    chance = random.Random(seed)
    with postgres.cluster(DURABLE) as cluster, MailgunFake(size.latency_s) as fake, Workers() as launcher:
        name = cluster.database()
        with sending(size, fake, cluster, name) as (store, record, process):
            fleet = Fleet(launcher, process, size.workers)
            for _ in range(times):
                seen = len(fake.calls) + chance.randrange(1, 8)
                assert until(lambda seen=seen: len(fake.calls) >= seen, 60), "nothing moves"
                time.sleep(chance.random() * 0.02)
                cluster.crash()
                fleet.revive()
            counts = settled(store, record, 300, fleet)
            fleet.end()
            return verdict(store, fake, counts, 0, times, 0)


def _cut(cluster: postgres.Cluster, name: str, chance: random.Random) -> None:
    """A part of all connections to the database, as when a link breaks."""
    share = chance.choice((0.1, 0.3, 1.0))
    cluster.sql(
        f"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'"
        f" and application_name like 'digest%' and random() < {share}"
    )


def over(store: Store, record: IssueRecord) -> bool:
    """Nothing waits any more."""
    return not store.ledger.counts(record.id).pending


def settled(store: Store, record: IssueRecord, within_s: float, *fleets: Fleet) -> Counts:
    """How things stand when nothing is left to send, or in somebody's hands."""
    found = [Counts(1, pending=1)]

    def done() -> bool:
        for fleet in fleets:
            fleet.revive()
        try:
            found[0] = store.ledger.counts(record.id)
        except StoreError:  # our own connection was cut
            return False
        time.sleep(0.05)
        return not (found[0].pending or found[0].in_flight)

    until(done, within_s)
    return found[0]


def verdict(store: Store, fake: MailgunFake, counts: Counts, kills: int, cuts: int, held: int) -> Disturbed:
    """The claim of the ledger against the truth of the provider, once all have ended."""
    time.sleep(0.2)  # what a killed worker had handed over has arrived by then
    seen: Verdict = verdicts.verdict(store, fake)
    left = counts.pending + counts.in_flight
    return Disturbed(
        kills, cuts, seen.people, seen.duplicates, seen.forgotten, seen.false_accepted, seen.in_doubt, left, held
    )
