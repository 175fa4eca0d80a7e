"""An issue to a million people, the same against django-anymail's merge loop, and whole emails one by one."""

from __future__ import annotations

import importlib.util
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx

from digest import send, store
from digest.models import Answer, Batch, Email
from digest.send import Letter, outcomes, whole
from digest.send.http import OverHttp
from digest.send.providers.provider import Capabilities
from digest.store.opened import Store
from tests import postgres
from tests.benchmarks.table import Row, copied, looped, peak_mb, seconds
from tests.builders import REPOSITORY
from tests.send import scene

BATCH, COMPARED = 1_000, 100_000
DURABLE = "-c listen_addresses= -c shared_buffers=256MB -c max_wal_size=4GB"
HTML = f"<!doctype html><html><body>zNAME0z<p>{'word ' * 16_000}</p>zLEAVE0z zADDRESS0z</body></html>"
LETTER = Letter(Email("Subject", "", HTML, "zNAME0z zLEAVE0z", "", scene.TOKENS), scene.SENDER, scene.NOW, {})


class Mock:
    """A provider by variables that answers after its latency: what is left is our own work."""

    capabilities = Capabilities(BATCH, body="shared", answers="call")

    def __init__(self, latency_s: float = 0) -> None:
        self._latency_s = latency_s

    def deliver(self, batch: Batch) -> Answer:
        """All of it is taken."""
        time.sleep(self._latency_s)
        return outcomes.accepted(batch, ["one-id-for-the-call"])


def million(engine: str, number: int) -> tuple[float, float, float]:
    """Seconds, processor seconds and MB from the snapshot of the audience to the last outcome, in its own process."""
    took_s, cpu_s, peak_mb = map(float, _this("million", engine, str(number)).split())
    return took_s, cpu_s, peak_mb


def merged() -> Row:
    """Mailgun by 1,000 with the ledger, beside its bytes over loopback; django-anymail's merge loop keeps none."""
    ours = float(_this("ours"))
    with OverHttp(scene.mailgun_api("http://127.0.0.1:9", "a-token", LETTER)) as provider:
        batch = scene.batch(*(f"reader{n}@readers.org" for n in range(BATCH)))
        size = len(provider._api.request(batch).read())
    wire = COMPARED / looped(size * COMPARED // BATCH)
    theirs = "django-anymail: not installed"
    if importlib.util.find_spec("anymail"):
        theirs = f"django-anymail: {float(_this('anymail')):,.0f}/s"
    return Row(f"Mailgun by {BATCH:,} with the ledger", ours, "/s", None, wire, "bytes over loopback", theirs)


def spliced() -> Row:
    """One whole email of 80 KiB as JSON, beside a copy of its bytes."""
    item = whole.WholeEmail(LETTER, _shape)
    batch = scene.batch("ann@readers.org")
    size = len(item.of(batch, batch.deliveries[0]))
    took = seconds(lambda: item.of(batch, batch.deliveries[0]), 2_000)
    return Row(f"one whole email of {size:,} bytes", took * 1e6, "µs", 10, copied(size) * 1e6, "to copy it")


def one_by_one() -> Row:
    """Whole emails one a call in eight threads, beside httpx alone with bytes made beforehand."""
    with server() as url, OverHttp(Single(url)) as provider:
        batches = [scene.batch(f"reader{n}@readers.org", key=f"k{n}") for n in range(2_000)]
        content = Single(url).request(batches[0]).content

        def bare(_: Batch) -> None:
            if not hasattr(mine, "client"):
                mine.client = httpx.Client(trust_env=False)
            mine.client.post(url, content=content).read()

        mine = threading.local()
        bound, ours = per_s(bare, batches), per_s(provider.deliver, batches)
        return Row(f"whole emails of {len(content):,} bytes, one a call", ours, "/s", None, bound, "httpx alone")


class Single:
    """An API that takes one whole email a call."""

    capabilities = Capabilities(1)

    def __init__(self, url: str) -> None:
        self._url, self._item = url, whole.WholeEmail(LETTER, _shape)

    def request(self, batch: Batch) -> httpx.Request:
        """POST with the email as JSON."""
        return httpx.Request("POST", self._url, content=self._item.of(batch, batch.deliveries[0]))

    def answer(self, batch: Batch, response: httpx.Response) -> Answer:
        """Taken."""
        return outcomes.accepted(batch) if response.is_success else outcomes.by_status(response)

    def inquire(self, batch: Batch, started: datetime):
        raise NotImplementedError


def _shape(parts: whole.Parts) -> object:
    return {
        "to": parts.to,
        "subject": parts.subject,
        "html": parts.html,
        "text": parts.text,
        "headers": dict(parts.headers),
    }


def per_s(call: Callable[[Batch], object], batches: list[Batch], threads: int = 8) -> float:
    """Calls a second over so many threads."""
    parts = [batches[n::threads] for n in range(threads)]
    workers = [threading.Thread(target=lambda part=part: [call(batch) for batch in part]) for part in parts]
    began = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return len(batches) / (time.perf_counter() - began)


# --- each measured in a process of its own -----------------------------------------------------


def _this(*words: str) -> str:
    command = [sys.executable, "-m", "tests.benchmarks.sending", *words]
    return subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, text=True).stdout.strip()


def _million(engine: str, number: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        if engine == "sqlite":
            _measured("sqlite:///digest.db", Path(name), int(number))
            return
        with postgres.cluster(DURABLE) as cluster:
            _measured(cluster.url(cluster.database()), Path(name), int(number))


def _measured(url: str, folder: Path, number: int) -> None:
    with store.open(url, folder=folder) as opened:
        people(opened, url, folder, number)
        began, used = time.perf_counter(), time.process_time()
        sent = _sent(opened, Mock(), number)
        took, cpu = time.perf_counter() - began, time.process_time() - used
        assert sent == number
        print(f"{took:.2f} {cpu:.2f} {peak_mb()}")


def _sent(opened: Store, provider: object, size: int, workers: int = 2) -> int:
    """Snapshot and sending; how many were accepted."""
    record = scene.begun(opened)
    opened.ledger.freeze_audience(
        record.id, provider="mailgun", batch_size=BATCH, unsubscribe_url="https://news.example.org/u/", at=scene.NOW
    )
    plan = send.Plan(clock=lambda: datetime.now(UTC), workers=workers)
    return send.issue(record, opened.ledger, provider, plan).accepted if size else 0


def people(opened: Store, url: str, folder: Path, size: int) -> None:
    """Subscribers past the store, which takes a minute for a million."""
    names = "id, address, address_key, name, origin, state, token, added_at"
    readers = (
        (n, f"r{n}@readers.org", f"r{n}@readers.org", f"R {n}", "", "active", f"{n:022d}", 0)
        for n in range(1, size + 1)
    )
    listed = "insert into subscription (newsletter, subscriber_id, since) select 'weekly', id, 0 from subscriber"
    if opened._db.file:
        with closing(sqlite3.connect(folder / "digest.db")) as raw, raw:
            raw.executemany(f"insert into subscriber ({names}) values (?, ?, ?, ?, ?, ?, ?, ?)", readers)
            raw.execute(listed)
        return
    import psycopg

    with psycopg.connect(url) as raw, raw.cursor() as cursor:
        with cursor.copy(f"copy subscriber ({names}) from stdin") as copy:
            for reader in readers:
                copy.write_row(reader)
        cursor.execute(listed)


def _ours() -> None:
    with (
        server() as url,
        tempfile.TemporaryDirectory() as name,
        store.open("sqlite:///digest.db", folder=Path(name)) as opened,
    ):
        people(opened, "", Path(name), COMPARED)
        with OverHttp(scene.mailgun_api(url, "a-token", LETTER)) as provider:
            began = time.perf_counter()
            assert _sent(opened, provider, COMPARED) == COMPARED
            print(COMPARED / (time.perf_counter() - began))


def _anymail() -> None:
    import django
    from django.conf import settings
    from django.core.mail import EmailMultiAlternatives, get_connection

    with server() as url:
        settings.configure(
            ANYMAIL={"MAILGUN_API_KEY": "k", "MAILGUN_SENDER_DOMAIN": "mg.example.org", "MAILGUN_API_URL": f"{url}/v3"}
        )
        django.setup()
        html = (
            HTML.replace("zNAME0z", "%recipient.name%")
            .replace("zLEAVE0z", "%recipient.link%")
            .replace("zADDRESS0z", "")
        )
        began = time.perf_counter()
        with get_connection("anymail.backends.mailgun.EmailBackend") as connection:
            for first in range(1, COMPARED + 1, BATCH):
                numbers = range(first, first + BATCH)
                message = EmailMultiAlternatives(
                    "Subject",
                    "text",
                    "desk@news.example.org",
                    [f"r{n}@readers.org" for n in numbers],
                    connection=connection,
                )
                message.attach_alternative(html, "text/html")
                message.merge_data = {f"r{n}@readers.org": {"name": f"R {n}"} for n in numbers}
                message.merge_headers = {
                    f"r{n}@readers.org": {"List-Unsubscribe": f"<https://news.example.org/u/{n:022d}>"} for n in numbers
                }
                message.send()
        print(COMPARED / (time.perf_counter() - began))


@contextmanager
def server(latency_ms: int = 0) -> Iterator[str]:
    """A process that answers every POST at once, or after so long; its address."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.sending", "serve", str(latency_ms)],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.kill()


def _serve(latency_ms: str = "0") -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        print(listener.getsockname()[1], flush=True)
        while True:
            connection, _ = listener.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=_answer, args=(connection, int(latency_ms) / 1000), daemon=True).start()


def _answer(connection: socket.socket, latency_s: float) -> None:
    said = b'{"id":"<1@mg.example.org>","message":"Queued. Thank you."}'
    answer = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (len(said), said)
    held = b""
    while chunk := connection.recv(1 << 20):
        held += chunk
        head, found, rest = held.partition(b"\r\n\r\n")
        if not found:
            continue
        left = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]) - len(rest)
        while left > 0:
            left -= len(connection.recv(min(left, 1 << 20)))
        held = b""
        time.sleep(latency_s)
        connection.sendall(answer)


if __name__ == "__main__":
    {"million": _million, "ours": _ours, "anymail": _anymail, "serve": _serve}[sys.argv[1]](*sys.argv[2:])
