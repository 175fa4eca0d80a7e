"""Two machines made of network namespaces, whose links to the database and to the provider are cut at random."""

from __future__ import annotations

import os
import random
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from tests import postgres
from tests.fakes import MailgunFake
from tests.faults import fleet
from tests.faults.fleet import Disturbed, Fleet, Size
from tests.faults.scene import until
from tests.fleet.scene import Process, Workers


@dataclass(frozen=True, slots=True)
class Host:
    """A machine of its own, behind one link."""

    namespace: str
    link: str
    address: str
    """Of this side, as the machine reaches it."""

    def cut_off(self, seconds: float) -> None:
        """Nothing goes either way for so long."""
        _ip("link", "set", self.link, "down")
        time.sleep(seconds)
        _ip("link", "set", self.link, "up")


def missing() -> str | None:
    """Why there can be none here."""
    return None if os.geteuid() == 0 and Path("/usr/sbin/ip").exists() else "needs root, and iproute2"


@contextmanager
def host(number: int) -> Iterator[Host]:
    """A machine for as long as the block lasts."""
    made = Host(f"digest-{os.getpid()}-{number}", f"dg{os.getpid() % 100_000}n{number}", f"10.77.{number}.1")
    _ip("netns", "add", made.namespace)
    try:
        _ip("link", "add", made.link, "type", "veth", "peer", "name", "eth0", "netns", made.namespace)
        _ip("addr", "add", f"{made.address}/24", "dev", made.link)
        _ip("link", "set", made.link, "up")
        _ip("-n", made.namespace, "addr", "add", f"10.77.{number}.2/24", "dev", "eth0")
        for device in ("lo", "eth0"):
            _ip("-n", made.namespace, "link", "set", device, "up")
        yield made
    finally:
        _ip("netns", "del", made.namespace)


def disturbed(kills: int, cuts: int, size: Size, *, seed: int = 1) -> Disturbed:
    """So many workers killed, and so often a machine cut off for up to four seconds, twice the lease."""
    chance = random.Random(seed)
    what = ["kill"] * kills + ["cut"] * cuts
    chance.shuffle(what)
    with ExitStack() as stack:
        machines = [stack.enter_context(host(number)) for number in (1, 2)]
        listen = ",".join(machine.address for machine in machines)
        options = fleet.DURABLE.replace("listen_addresses=", f"listen_addresses={listen}")
        cluster = stack.enter_context(postgres.cluster(options))
        _let_in(cluster)
        fake = stack.enter_context(MailgunFake(size.latency_s, host="0.0.0.0"))
        name = cluster.database()
        store, record, process = stack.enter_context(fleet.sending(size, fake, cluster, name))
        fleets = []
        for machine in machines:
            launcher = stack.enter_context(Workers("ip", "netns", "exec", machine.namespace))
            fleets.append(Fleet(launcher, _there(process, machine, fake, name), size.workers // 2))
        for each in what:
            seen, at = len(fake.calls) + chance.randrange(1, 8), chance.randrange(2)
            assert until(lambda seen=seen: len(fake.calls) >= seen or fleet.over(store, record), 60), "nothing moves"
            if each == "kill":
                fleets[at].kill(chance)
            else:
                machines[at].cut_off(chance.random() * 4)
            for one in fleets:
                one.revive()
        counts = fleet.settled(store, record, 300, *fleets)
        for one in fleets:
            one.end()
        return fleet.verdict(store, fake, counts, kills, cuts, kills * size.slots * size.batch)


def _there(process: Process, machine: Host, fake: MailgunFake, name: str) -> Process:
    """As that machine reaches the database and the provider."""
    store = f"postgresql://postgres@{machine.address}/{name}"
    return replace(process, store=store, url=f"http://{machine.address}:{fake.port}")


def _let_in(cluster: postgres.Cluster) -> None:
    with Path(cluster._folder, "db", "pg_hba.conf").open("a") as rules:
        rules.write("host all all 10.77.0.0/16 trust\n")
    cluster.sql("select pg_reload_conf()")


def _ip(*words: str) -> None:
    subprocess.run(["/usr/sbin/ip", *words], check=True)
