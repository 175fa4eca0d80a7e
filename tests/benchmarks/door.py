"""How fast people come and go. `python -m tests.benchmarks.door [PEOPLE]` prints a table; default: 1,000,000.

Loopback, SQLite with synchronous = FULL, each request answered after its commit. The door runs in a
process of its own; seconds are wall time, and the processor time of this process stands beside.
"""

import asyncio
import io
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx

from digest import config, store, tokens
from digest.audience import exports, imports
from digest.models import Event, Outcome, Settled
from tests import builders
from tests.store import scene


@contextmanager
def timed(what, number, budget=""):
    began, used = time.perf_counter(), time.process_time()
    yield
    wall, cpu = time.perf_counter() - began, time.process_time() - used
    print(f"{what:<52} {number:>9,} {wall:8.2f} s {number / wall:>11,.0f} /s   {cpu:7.2f} s cpu  {budget}", flush=True)


def csv(folder, number):
    names = random.Random(1)
    lines = (f"p{n:x}.{names.getrandbits(32):x}@example{names.randrange(2000)}.org;Name {n};en" for n in range(number))
    file = folder / "people.csv"
    file.write_text("E-Mail;Full name;Language\r\n" + "\r\n".join(lines) + "\r\n", encoding="utf-8-sig")
    return file


def lists(s, folder, number):
    file = csv(folder, number)
    for word in ("first", "again"):
        with timed(f"import a CSV file, {word}", number, "budget 100,000 rows/s read"):
            read = imports.read(file)
            s.people.add((line.person for line in read.lines), "weekly", datetime.now(UTC), basis="a list")
    with timed("read and check the file alone", number):
        assert sum(1 for _ in imports.read(file).lines) == number
    with timed("export everybody as CSV", number):
        assert exports.write(s.people.rows(), io.StringIO()) == number


def reports(s, number):
    record = scene.frozen(s)
    size = s.ledger.freeze_audience(record.id, provider="mailgun", batch_size=1000, unsubscribe_url="u", at=record.due)
    while batch := s.ledger.claim(record.id, issue_key=record.key, owner="me", at=record.due):
        taken = Settled(tuple(Outcome(d.number, "accepted") for d in batch.deliveries))
        s.ledger.settle(record.id, batch, taken, owner="me", at=record.due)
    found = list(s.ledger.recipients(record.id))[:number]
    kinds = ["bounced" if n % 50 == 0 else "delivered" for n in range(len(found))]
    events = [
        (
            "mailgun",
            Event(f"e{random.getrandbits(64):x}", kind, address, record.due, n % 100 == 0, record.key, n + 1),
        )
        for n, (kind, (address, _, _)) in enumerate(zip(kinds, found, strict=True))
    ]
    with timed("events of a provider, by 1,000, 1 % permanent", len(events), "budget 10,000 /s"):
        for at in range(0, len(events), 1000):
            s.events.record(events[at : at + 1000], datetime.now(UTC))
    assert size


def some_tokens(s, number):
    with s._db.read() as connection:
        found = "select token from subscriber where state = 'active' limit ?"
        return [row[0] for row in connection.exec_driver_sql(found, (number,))]


def door(folder, s, number):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "digest", "serve", "--port", str(port)]
    process = subprocess.Popen(
        command, cwd=folder, stderr=subprocess.DEVNULL, env=os.environ | {"PYTHONPATH": str(builders.REPOSITORY)}
    )
    base = f"http://127.0.0.1:{port}"
    try:
        for _ in range(200):
            try:
                httpx.get(base + "/healthz", trust_env=False)
                break
            except httpx.ConnectError:
                time.sleep(0.1)
        links = [tokens.unsubscribe_prefix("", "weekly") + token for token in some_tokens(s, number)]
        with timed("one-click POSTs, 64 connections", number, "budget 2,000 /s"):
            assert asyncio.run(post_all(port, links)) == number
        with (
            timed("subscribe page, one after the other", 100, "budget 20 ms each"),
            httpx.Client(trust_env=False) as one,
        ):
            assert {one.get(base + "/").status_code for _ in range(100)} == {200}
        known, unknown = asks(base, s)
        print(f"form for a known address, ms, sorted tenths: {known}")
        print(f"form for an unknown one:                     {unknown}")
    finally:
        process.terminate()
        process.wait()


async def post_all(port, links):
    """A client that costs little: the door is what is measured."""
    waiting, done = iter(links), 0

    async def connection():
        nonlocal done
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        body = b"List-Unsubscribe=One-Click"
        for link in waiting:
            head = f"POST {link} HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
            writer.write(head.encode() + body)
            answer = await reader.readuntil(b"\r\n\r\n")
            length = int(answer.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            await reader.readexactly(length)
            done += answer.startswith(b"HTTP/1.1 200")
        writer.close()

    await asyncio.gather(*(connection() for _ in range(64)))
    return done


def asks(base, s, number=200):
    """Milliseconds of the JSON door, for addresses that are subscribed and for those that are not, in turn."""
    with s._db.read() as connection:
        found = "select address from subscriber where state = 'active' order by id desc limit ?"
        known = [row[0] for row in connection.exec_driver_sql(found, (number,))]
    times = {True: [], False: []}
    with httpx.Client(base_url=base, trust_env=False) as client:
        for n, address in enumerate(known):
            for is_known, each in ((True, address), (False, f"new{n}.{address}")):
                began = time.perf_counter()
                client.post("/subscribe", json={"email": each})
                times[is_known].append((time.perf_counter() - began) * 1000)
    return tuple(
        [round(sorted(each)[at], 2) for at in range(9, number, number // 10)] for each in (times[True], times[False])
    )


def main(number):
    print(f"{'work':<52} {'number':>9} {'time':>10} {'rate':>14}   processor", flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shipped = (builders.REPOSITORY / "config.toml").read_text(encoding="utf-8")
        limits = "[public]\nper_client_an_hour = 100000\nper_hour = 1000000\n"
        (folder / "config.toml").write_text(shipped.replace("[public]\n", limits), encoding="utf-8")
        config.load(folder / "config.toml")
        with store.open("sqlite:///digest.db", folder=folder) as s:
            lists(s, folder, number)
            door(folder, s, min(20_000, number // 2))
            reports(s, min(100_000, number))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
