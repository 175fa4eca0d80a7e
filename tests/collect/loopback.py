"""A real HTTP server on loopback whose answers a test writes, and a newsletter to collect for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from digest.collect import Request
from digest.config import NewsletterSettings

START = datetime(2024, 6, 23, 21, tzinfo=UTC)
END = datetime(2024, 6, 30, 21, tzinfo=UTC)
"""The week from Monday 24 June 2024, 00:00, to Monday 1 July, 00:00, in Kyiv."""
NOW = datetime(2024, 7, 1, 6, tzinfo=UTC)

NEWSLETTER = NewsletterSettings(
    name="The Weekly",
    organisation="Example Union",
    sender="desk@example.org",
    postal_address="1 Example Street, Toronto",
    contact="desk@example.org",
    timezone="Europe/Kyiv",
    site_url="https://news.example",
    public_url="https://news.example/weekly",
)


def request(folder: Path = Path()) -> Request:
    return Request(start=START, end=END, now=NOW, folder=folder, newsletter=NEWSLETTER)


@dataclass
class Site:
    url: str
    asked: list[str] = field(default_factory=list)
    """Paths with their queries, in order."""
    headers: list[Mapping[str, str]] = field(default_factory=list)
    posted: list[tuple[str, bytes]] = field(default_factory=list)
    """Path and body of every POST."""


Answer = Callable[[BaseHTTPRequestHandler], None]


def reply(body: bytes = b"", status: int = 200, **headers: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


@contextmanager
def site(answer_to: Callable[[str], Answer]) -> Iterator[Site]:
    """Answers GET and POST by what `answer_to` says of the path and query."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            here.asked.append(self.path)
            here.headers.append({name.lower(): value for name, value in self.headers.items()})
            answer_to(self.path)(self)

        def do_POST(self) -> None:
            here.posted.append((self.path, self.rfile.read(int(self.headers["content-length"]))))
            answer_to(self.path)(self)

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """The client may go away: that is what many of the tests are about."""

    with Server(("127.0.0.1", 0), Handler) as server:
        here = Site(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield here
        finally:
            server.shutdown()
            thread.join()
