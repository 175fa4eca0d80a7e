"""A store moved from SQLite to PostgreSQL: `python -m tests.benchmarks.moving [PEOPLE] [ISSUES] [KILLS]`.

It is killed with -9 so many times at random moments and run again; then both databases are read once
more, row by row, past the code that moved them.
"""

import hashlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

import psycopg

from digest import store
from digest.store.moving import TABLES
from tests import postgres
from tests.benchmarks import sending
from tests.builders import REPOSITORY

Rows = list[tuple[str, str, str, str]]
MOVE = """
import resource, sys, time
from tests.benchmarks.table import peak_mb
from datetime import UTC, datetime
from pathlib import Path
from digest.store import moving
began = time.perf_counter()
done = moving.move(sys.argv[1], sys.argv[2], folder=Path(sys.argv[3]), at=datetime.now(UTC), watch=lambda *_: None)
usage = resource.getrusage(resource.RUSAGE_SELF)
print(time.perf_counter() - began, usage.ru_utime + usage.ru_stime, peak_mb(), sum(t.rows for t in done.tables))
"""


def fill(folder: Path, number: int, issues: int) -> None:
    """People, and issues that went to all of them."""
    with store.open("sqlite:///digest.db", folder=folder) as opened:
        sending.people(opened, "", folder, number)
    with closing(sqlite3.connect(folder / "digest.db")) as raw, raw:
        raw.execute("pragma synchronous = off")
        raw.execute(
            "insert into consent (subscriber_id, newsletter, at, what, source) select id, 'weekly', 0, 'subscribed', 'a form' from subscriber"
        )
        for issue in range(1, issues + 1):
            raw.execute(
                "insert into issue (id, key, newsletter, period, due, window_start, window_end, state, state_at, reason, begun_at,"
                f" subject, stories, approved_by) values ({issue}, 'weekly-{issue}', 'weekly', '{issue}', 0, 0, 0, 'approved', 0, '', 0, '', 25, '')"
            )
            raw.execute(
                f"insert into delivery select {issue}, id, id, address, name, token from subscriber order by id"
            )
            raw.execute(
                f"insert into outcome select {issue}, id, 'accepted', 'id-' || id, '' from subscriber order by id"
            )


def measured(folder: Path, url: str, kills: int, seed: int = 11) -> tuple[float, float, int, int]:
    """Seconds and processor seconds of the run that ended it, its memory in MB, the rows."""
    command = [sys.executable, "-c", MOVE, "sqlite:///digest.db", url, str(folder)]
    chance = random.Random(seed)
    for number in range(kills):
        with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.DEVNULL) as process:
            time.sleep(chance.uniform(2, 15))
            if process.poll() is not None:
                raise SystemExit(f"it had ended before kill {number + 1}")
            os.kill(process.pid, signal.SIGKILL)
    done = subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, text=True).stdout.split()
    return float(done[0]), float(done[1]), int(done[2]), int(done[3])


def alike(folder: Path, url: str) -> dict[str, tuple[int, str]]:
    """Table -> rows and hash, where both engines give the same rows; read past the code that moves."""
    found = {}
    with closing(sqlite3.connect(folder / "digest.db")) as old, psycopg.connect(url) as new:
        for table in TABLES:
            if table.name in ("instance", "pause"):  # tell where it is, and that it was moved
                continue
            columns = ", ".join(f'"{c.name}"' for c in table.columns)
            keys = ", ".join(f'"{c.name}"' for c in table.primary_key.columns)
            query = f"select {columns} from {table.name} order by {keys}"
            ours = hashed(old.execute(query))
            with new.cursor(name="all") as cursor:
                theirs = hashed(cursor.execute(query))
            assert ours == theirs, table.name
            found[table.name] = ours
    return found


def hashed(rows) -> tuple[int, str]:
    number, sha256 = 0, hashlib.sha256()
    while page := rows.fetchmany(10_000):
        sha256.update(repr([tuple(row) for row in page]).encode())
        number += len(page)
    return number, sha256.hexdigest()


def written(size: int, folder: Path) -> float:
    """Seconds to write so many bytes and have them on the disk."""
    part = os.urandom(1 << 20)
    began = time.perf_counter()
    with (folder / "bound").open("wb") as file:
        for _ in range(size >> 20):
            file.write(part)
        file.flush()
        os.fsync(file.fileno())
    (folder / "bound").unlink()
    return time.perf_counter() - began


def rows(number: int = 100_000, issues: int = 2, kills: int = 0) -> Rows:
    """The figure, beside writing as many bytes to the disk."""
    name = f"store move, {number:,} people, {issues} issues"
    if postgres.missing():
        return [(name, "no server", "", "")]
    with tempfile.TemporaryDirectory() as place, postgres.cluster(sending.DURABLE) as cluster:
        folder, url = Path(place), cluster.url(cluster.database())
        fill(folder, number, issues)
        bound = written((folder / "digest.db").stat().st_size, folder)
        took, cpu, peak, moved = measured(folder, url, kills)
        tables = alike(folder, url)
        assert sum(rows for rows, _ in tables.values()) + 1 == moved or kills
    after = f", after {kills} kills" if kills else ""
    label = f"{name}: {moved:,} rows, {cpu:.0f} s of processor, {peak} MB{after}"
    return [(label, f"{took:.1f} s", f"{bound:.1f} s to write the file", f"{took / bound:.1f}")]


if __name__ == "__main__":
    for row in rows(*map(int, sys.argv[1:])):
        print("  ".join(row))
