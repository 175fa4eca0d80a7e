"""A running public door on loopback, with a store of its own."""

import asyncio
import re
import socket
import threading
from collections import Counter
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from typing import TypeVar

import httpx
import pytest
import uvicorn

from digest import config, tokens
from digest.models import Outcome, Settled, Subscriber
from digest.net import guard
from digest.send.providers.mailgun import Hook
from digest.store.opened import Store
from digest.web.public.app import application
from digest.web.public.door import Door
from digest.web.public.postman import Postman
from digest.web.public.serving import Impatient
from tests import builders, tables
from tests.fakes.mailgun import MailgunFake
from tests.store import scene

T = TypeVar("T")

UK = """
[editions.uk.newsletter]
key = "weekly-uk"
name = "Тиждень коротко"
language = "uk"
"""


class Clock:
    """A clock that a test can move."""

    second = timedelta(seconds=1)

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class Site:
    """The door, what stands behind it, and a browser without pages."""

    door: Door
    store: Store
    client: httpx.Client
    clock: Clock
    postman: Postman

    @property
    def url(self) -> str:
        return str(self.client.base_url).rstrip("/")

    def link(self, address: str, newsletter: str = "weekly") -> str:
        """This reader's unsubscribe link, without the host."""
        return tokens.unsubscribe_prefix("", newsletter) + str(self.store.people.token(address))

    def subscribe(self, address: str, **fields: str) -> httpx.Response:
        """Fills in the form and sends it, as slowly as a person."""
        page = self.client.get("/").text
        stamp = re.search(r'name="stamp" value="([^"]+)"', page)
        assert stamp
        self.clock.ahead += timedelta(seconds=5)
        form = {"stamp": stamp[1], "focus": "weekly", "newsletter": "weekly", "frequency": "every", "language": "en"}
        return self.client.post("/subscribe", data=form | {"email": address} | fields)

    def mails(self) -> list[tuple[str, str, str]]:
        """Recipient, link and kind of every email that is due now."""
        self.postman.round()
        found = []
        for file in sorted(
            (self.door.main.folder / "outbox").glob("confirm-*/*.eml"), key=lambda f: f.stat().st_mtime_ns
        ):
            mail = message_from_bytes(file.read_bytes(), policy=policy.default)
            text = mail.get_body(("plain",)).get_content()
            link = re.search(r"https://digest\.example\.org(\S+)", text)
            found.append((str(mail["to"]), link[1] if link else "", str(mail["auto-submitted"])))
        return found

    def state(self) -> str:
        """All that a person's act can change, as text."""
        with self.store._db.read() as connection:
            tables = ("subscriber", "subscription", "consent", "signup", "suppression", "event", "fate")
            return str([connection.exec_driver_sql(f"select * from {table}").fetchall() for table in tables])


@pytest.fixture(params=[""])
def site(request, tmp_path) -> Iterator[Site]:
    """Two editions, with nobody on their lists; a parameter is added to config.toml."""
    shipped = (builders.REPOSITORY / "config.toml").read_text(encoding="utf-8")
    (tmp_path / "config.toml").write_text(
        shipped.replace("[public]\n", f"[public]\n{request.param}\n") + UK, encoding="utf-8"
    )
    editions = config.editions(tmp_path / "config.toml")
    clock, counts = Clock(), Counter()
    with tables.opened(tmp_path) as opened:
        postman = Postman(editions, opened, clock, counts)
        hooks = {"mailgun": Hook(None, MailgunFake.secrets)}
        door = Door(editions, opened, hooks, clock, body_s=1.0, counts=counts)
        with (
            Running(door) as url,
            httpx.Client(base_url=url, verify=guard.tls(), trust_env=False, timeout=20) as client,
        ):
            yield Site(door, opened, client, clock, postman)


class Running:
    """The door behind a port of loopback, as long as the `with` lasts."""

    def __init__(self, door: Door, protocol: type[Impatient] = Impatient) -> None:
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        options = {"http": protocol, "ws": "none", "lifespan": "off", "log_config": None, "access_log": False}
        self._server = uvicorn.Server(
            uvicorn.Config(application(door), proxy_headers=False, timeout_graceful_shutdown=1, **options)
        )
        self._thread = threading.Thread(target=lambda: asyncio.run(self._server.serve([self._socket])), daemon=True)

    def __enter__(self) -> str:
        self._socket.listen(2048)
        self._thread.start()
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(20)
        self._socket.close()


def finished(work: Coroutine[object, object, T]) -> T:
    """What `work` gives; in a thread of its own, since Playwright keeps a loop running in the main one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


def sent(s: Store, *people: str, week: int = 0, newsletter: str = "weekly"):
    """An issue that these people got, through Mailgun."""
    s.people.add([Subscriber(each) for each in people], newsletter, builders.END)
    record = scene.frozen(s, week, f"story {week}", newsletter=newsletter)
    prefix = tokens.unsubscribe_prefix("https://digest.example.org", newsletter)
    size = s.ledger.freeze_audience(
        record.id, provider="mailgun", batch_size=100, unsubscribe_url=prefix, at=record.due
    )
    batch = s.ledger.claim(record.id, issue_key=record.key, owner="me", at=record.due)
    taken = Settled(tuple(Outcome(n, "accepted") for n in range(1, size + 1)))
    s.ledger.settle(record.id, batch, taken, owner="me", at=record.due)
    return record
