"""An issue to a million people by workers: 1, 2, 4 and 8 processes on one PostgreSQL, and the pace that they share.

python -m tests.benchmarks.fleet speed [PEOPLE]
python -m tests.benchmarks.fleet pace [RATE] [SECONDS]
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from digest.pipeline import handing
from digest.send import shared
from digest.store.opened import Store
from tests import postgres
from tests.benchmarks import sending
from tests.builders import REPOSITORY
from tests.fleet import scene
from tests.fleet.scene import Process, Workers
from tests.send import scene as issues

PEOPLE, BATCH, SLOTS, ASKED = 1_000_000, 1_000, 2, 500
DURABLE = f"{sending.DURABLE} -c max_connections=300"


def speed(people: int = PEOPLE) -> None:
    """Recipients a second from the first claim to the last outcome, and the CPU of the workers and of PostgreSQL."""
    print("workers  latency  hand over    send  recipients/s  CPU s  recipients/CPU s  load before")
    for latency_ms in (0, 300):
        for workers in (1, 2, 4, 8):
            load = os.getloadavg()[0]
            handed, sent, cpu = _sent(people, workers, latency_ms)
            print(
                f"{workers:7}  {latency_ms:4} ms  {handed:7.1f} s  {sent:5.1f} s  {people / sent:12,.0f}  {cpu:5.1f}"
                f"  {people / cpu:16,.0f}  {load:11.1f}",
                flush=True,
            )


def pace(rate_per_s: float = 10_000, seconds: int = 60, workers: int = 4) -> None:
    """Emails for which a call may start, in each second, when so many processes ask all the time.

    They hand nothing over: on two cores that would be slower than the pace.
    """
    with postgres.cluster(DURABLE) as cluster, tempfile.TemporaryDirectory() as folder:
        url = cluster.url(cluster.database())
        scene.opened(url, Path(folder)).close()
        command = [sys.executable, "-m", "tests.benchmarks.fleet", "asks", url, folder, str(rate_per_s), str(seconds)]
        asking = [subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) for _ in range(workers)]
        starts = sorted(float(line) for process in asking for line in process.communicate()[0].split())
    first = starts[0] + 5  # when all of them have begun
    each = Counter(int(at - first) for at in starts if at >= first)
    granted = [each[n] * ASKED for n in range(seconds)]
    print(f"asked {rate_per_s:,.0f}/s by {workers} processes for {seconds} s, {ASKED} emails a call")
    print(f"granted a second: mean {sum(granted) / seconds:,.0f}, least {min(granted):,}, most {max(granted):,}")


def asks(url: str, folder: str, rate_per_s: str, seconds: str) -> None:
    """One of them: when each of its calls could start, by the database's clock."""
    found = scene.by_workers(Path(folder), url, "mailgun", "http://127.0.0.1:9", rate_per_s=float(rate_per_s))
    with scene.opened(url, Path(folder)) as store:
        ours, until = shared.SharedPace(store.paces, found.send), time.monotonic() + int(seconds) + 10
        while time.monotonic() < until:
            place = ours.place(ASKED)
            time.sleep(place.wait_s)
            print(place.at)


def _sent(people: int, workers: int, latency_ms: int) -> tuple[float, float, float]:
    with (
        sending.server(latency_ms) as provider,
        postgres.cluster(DURABLE) as cluster,
        tempfile.TemporaryDirectory() as folder,
    ):
        url = cluster.url(cluster.database())
        with scene.opened(url, Path(folder)) as store:
            handed = _handed_over(store, url, folder, provider, people)
            before = _servers_cpu(store)
            with Workers() as launcher:
                process = Process(folder, url, "mailgun", provider, SLOTS, BATCH, lease_s=30)
                pids = [launcher.start(process) for _ in range(workers)]
                sent = _until_over(store)
                cpu = sum(_cpu(pid)[0] for pid in pids) + _servers_cpu(store) - before
                _end(launcher, pids)
            return handed, sent, cpu


def _handed_over(store: Store, url: str, folder: str, provider: str, people: int) -> float:
    found = scene.by_workers(Path(folder), url, "mailgun", provider, batch=BATCH)
    sending.people(store, url, Path(folder), people)
    record = issues.begun(store)
    began = time.perf_counter()
    handing.hand_over(found, store, record, scene.job())
    return time.perf_counter() - began


def _until_over(store: Store) -> float:
    """Seconds from the first claim to the last answer, by the ledger's own times."""
    record = store.issues.get(issues.KEY)
    assert record
    left = "select count(*) from batch where state in ('pending', 'in flight')"
    while True:
        time.sleep(0.2)
        with store._db.read() as connection:
            if not connection.exec_driver_sql(left).scalar():
                break
    counts = store.ledger.counts(record.id)
    assert counts.accepted == counts.audience, counts
    with store._db.read() as connection:
        took = connection.exec_driver_sql("select max(ended) - min(started) from attempt").scalar()
    return float(took or 0) / 1e6


def _end(launcher: Workers, pids: list[int]) -> None:
    for pid in pids:
        launcher.signal(pid, signal.SIGTERM)
    while not all(launcher.ended(pid) for pid in pids):
        time.sleep(0.05)


def _servers_cpu(store: Store) -> float:
    """Seconds that PostgreSQL has worked so far: its processes that live, and those that it has seen end."""
    with store._db.read() as connection:
        folder = connection.exec_driver_sql("show data_directory").scalar()
    main = int(Path(f"{folder}/postmaster.pid").read_text().split()[0])
    children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
    return sum(_cpu(main)) + sum(_cpu(int(pid))[0] for pid in children)


def _cpu(pid: int) -> tuple[float, float]:
    """Seconds that a process has worked, and that its children did that have ended."""
    spent = [int(each) for each in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:15]]
    tick = os.sysconf("SC_CLK_TCK")
    return (spent[0] + spent[1]) / tick, (spent[2] + spent[3]) / tick


if __name__ == "__main__":
    what, words = sys.argv[1], sys.argv[2:]
    if what == "asks":
        asks(*words)
    else:
        {"speed": speed, "pace": pace}[what](*(int(each) for each in words))
