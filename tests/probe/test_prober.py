"""Links, pictures and the one-click address, asked on loopback."""

import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from digest.models import Answered, OneClick, Target
from digest.probe import Prober


class Site(ThreadingHTTPServer):
    """Answers by path, and remembers who asked for what."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, delay_s=0.0):
        super().__init__(("127.0.0.1", 0), Page)
        self.delay_s = delay_s
        self.heard = []


class Page(BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer("GET")

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.answer(f"POST {body}")

    def answer(self, what):
        time.sleep(self.server.delay_s)
        self.server.heard.append(f"{what} {self.path}")
        status = int(self.path.strip("/").partition("/")[0] or 200)
        body = b"x" * (400_000 if "heavy" in self.path else 10)
        self.send_response(status)
        if "redirect" in self.path or 300 <= status < 400:
            self.send_header("Location", "/200/elsewhere")
        if "cookie" in self.path:
            self.send_header("Set-Cookie", "a=b")
        self.send_header("Content-Type", "image/jpeg" if "picture" in self.path else "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@contextmanager
def site(delay_s=0.0):
    server = Site(delay_s)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server, f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def link(url, kind="link"):
    return Target(url, kind, "Title", "site:one")


def test_each_address_is_asked_once_and_told_for_every_place_that_shows_it():
    with site() as (server, root):
        one, twin = link(f"{root}/200/a"), Target(f"{root}/200/a", "link", "Another", "site:two")
        picture, gone = link(f"{root}/200/picture-heavy", "picture"), link(f"{root}/404/b")
        told = []
        prober = Prober(allow_private=True, progress=lambda done, total: told.append((done, total)))
        assert prober.targets([one, twin, picture, gone]) == (
            Answered(one, 200, 10, "text/html"),
            Answered(twin, 200, 10, "text/html"),
            Answered(picture, 200, 400_000, "image/jpeg"),
            Answered(gone, 404, 10, "text/html"),
        )
        assert told == [(1, 3), (2, 3), (3, 3)]
        prober.targets([one, gone])
        assert sorted(server.heard) == ["GET /200/a", "GET /200/picture-heavy", "GET /404/b"]


def test_what_cannot_be_reached_says_why():
    with site() as (_, root):
        closed = root
    with site() as (_, root):
        prober = Prober(allow_private=True)
        assert [a.trouble for a in prober.targets([link(f"{closed}/200/a"), link("ftp://x.example/a")])] == [
            "network",
            "refused",
        ]
        strict = Prober().targets([link(f"{root}/200/a")])
    assert (strict[0].trouble, "not a public address" in strict[0].reason) == ("refused", True)


def test_sixty_links_at_200_ms_are_tried_in_five_seconds():
    with site(delay_s=0.2) as (_, root):
        began = time.perf_counter()
        answers = Prober(allow_private=True).targets([link(f"{root}/200/{n}") for n in range(60)])
        took_s = time.perf_counter() - began
    assert {a.status for a in answers} == {200}
    assert took_s < 5


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        pytest.param("200/t", OneClick("", 200, 200), id="right"),
        pytest.param("200/cookie", OneClick("", 200, 200, cookie=True), id="a cookie"),
        pytest.param("302/t", OneClick("", 200, 302, redirected=True), id="a redirect"),
        pytest.param("404/t", OneClick("", 404, 404), id="not there"),
    ],
)
def test_one_click_is_a_get_and_then_one_post_that_follows_nothing(path, expected):
    with site() as (server, root):
        url = f"{root}/{path}"
        found = Prober(allow_private=True).one_click(url)
    assert found == OneClick(
        url, *(getattr(expected, name) for name in ("get_status", "post_status", "redirected", "cookie"))
    )
    assert server.heard[-1] == f"POST List-Unsubscribe=One-Click /{path}"
    assert sum(line.startswith("POST") for line in server.heard) == 1
