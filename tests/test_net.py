"""What `digest.net` lets in and what it refuses, against real servers on loopback."""

from __future__ import annotations

import gzip
import socket
import threading
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

import pytest

from digest import net
from digest.errors import SourceError
from tests.collect.loopback import Answer, Site, reply, site

PUBLIC = "93.184.215.14"


def failure(url: str, **options: object) -> str:
    with pytest.raises(SourceError) as caught:
        net.get(url, **{"allow_private": True, "deadline_s": 5.0, **options})
    return str(caught.value)


@contextmanager
def always(answer: Answer) -> Iterator[Site]:
    with site(lambda _: answer) as here:
        yield here


# --- what comes back -------------------------------------------------------------------------


def test_an_answer_comes_back_whole_and_says_who_asked():
    with always(reply(b"hello", Content_Type="text/plain", X_Odd="a")) as here:
        got = net.get(f"{here.url}/a?b=1", allow_private=True, contact="https://news.example")
    headers = {name: value for name, value in got.headers.items() if name not in ("date", "server")}
    assert (got.status, got.url, got.body) == (200, f"{here.url}/a?b=1", b"hello")
    assert headers == {"content-type": "text/plain", "x-odd": "a", "content-length": "5"}
    assert here.headers == [
        {
            "host": here.url.removeprefix("http://"),
            "user-agent": "digest/0.1.0 (+https://news.example)",
            "accept": "*/*",
            "accept-encoding": "gzip",
            "connection": "close",
        }
    ]


def test_a_gzip_answer_is_unpacked():
    with always(reply(gzip.compress(b"hello" * 1000), Content_Encoding="gzip")) as here:
        assert net.get(here.url, allow_private=True).body == b"hello" * 1000


def test_an_empty_gzip_answer_is_empty():
    with always(reply(b"", Content_Encoding="gzip")) as here:
        assert net.get(here.url, allow_private=True).body == b""


def test_an_error_status_is_an_answer():
    with always(reply(b"no", 404)) as here:
        assert net.get(here.url, allow_private=True).status == 404
    assert len(here.asked) == 1


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (403, "it wants a login or refuses programs; ask its owner to allow digest"),
        (404, "nothing is there; check the address"),
        (410, "it is gone for good; remove the source or give its new address"),
        (500, "it is busy or broken; run again later"),
        (204, "that is not a page; check the address"),
    ],
)
def test_a_status_other_than_200_says_what_to_do(status: int, said: str):
    answer = net.Response(status, "https://news.example/feed?key=secret", {}, b"")
    with pytest.raises(SourceError) as caught:
        answer.expect_ok()
    assert str(caught.value) == f"https://news.example/feed: the site answered {status}: {said}"


@pytest.mark.parametrize(
    "body", [b"<html>", b"[NaN]", b"[" * 100_000, b"", b'"\xff"'], ids=["html", "nan", "deep", "empty", "bytes"]
)
def test_what_is_no_json_is_refused(body: bytes):
    with pytest.raises(SourceError, match=r"^https://news\.example/: expected JSON, got "):
        net.Response(200, "https://news.example/", {}, body).json()


def test_json_is_read_with_a_byte_order_mark():
    assert net.Response(200, "https://news.example/", {}, b'\xef\xbb\xbf{"a": [1]}').json() == {"a": [1]}


# --- size and packing ------------------------------------------------------------------------


def test_a_gzip_bomb_stops_at_the_cap_and_takes_little_memory():
    bomb = gzip.compress(bytes(200_000_000), 1)
    with always(reply(bomb, Content_Encoding="gzip")) as here:
        tracemalloc.start()
        said = failure(here.url, cap_bytes=1_000_000)
        peak_bytes = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert said == f"{here.url}: the answer is larger than 1 MB; check that the address is right"
    assert peak_bytes < 10_000_000


@pytest.mark.parametrize("size", [1_000, 1_001])
def test_the_cap_is_the_largest_body_that_passes(size: int):
    with always(reply(b"x" * size)) as here:
        if size == 1_000:
            assert len(net.get(here.url, allow_private=True, cap_bytes=1_000).body) == 1_000
        else:
            assert "larger than 0.001 MB" in failure(here.url, cap_bytes=1_000)


@pytest.mark.parametrize("encoding", ["br", "gzip, gzip", "deflate", "zstd"])
def test_other_packing_is_refused_unread(encoding: str):
    with always(reply(gzip.compress(b"x"), Content_Encoding=encoding)) as here:
        assert failure(here.url) == (
            f"{here.url}: the answer is packed as '{encoding}', only gzip was asked for; tell the site's owner"
        )


def test_a_gzip_answer_that_breaks_off_is_no_answer():
    with always(reply(gzip.compress(b"hello" * 1000)[:-20], Content_Encoding="gzip")) as here:
        assert failure(here.url) == f"{here.url}: the answer broke off in the middle; run again"


def test_broken_gzip_is_no_answer():
    with always(reply(b"not gzip", Content_Encoding="gzip")) as here:
        assert failure(here.url).startswith(f"{here.url}: the answer's gzip is broken")


def test_a_body_shorter_than_promised_is_no_answer():
    def short(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "100")
        handler.end_headers()
        handler.wfile.write(b"only this")

    with always(short) as here:
        assert failure(here.url).startswith(f"{here.url}: the connection broke off (")


# --- time ------------------------------------------------------------------------------------


def drip(start: bytes, drop: bytes) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(start)
        for _ in range(100):
            handler.wfile.write(drop)
            time.sleep(0.05)

    return answer


@pytest.mark.parametrize(
    "answer",
    [
        drip(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"x"),
        drip(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n"),
        drip(b"", b""),
    ],
    ids=["body", "headers", "silence"],
)
def test_a_server_that_drips_cannot_outlast_the_deadline(answer: Answer):
    with always(answer) as here:
        began = time.monotonic()
        said = failure(here.url, deadline_s=0.4)
        took_s = time.monotonic() - began
    assert said == f"{here.url}: no whole answer within 0.4 s; run again later"
    assert 0.35 < took_s < 1.5


def test_a_name_server_that_is_silent_cannot_outlast_the_deadline(monkeypatch: pytest.MonkeyPatch):
    released = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: released.wait(10) and [])
    said = failure("http://slow.example", deadline_s=0.2)
    released.set()
    assert said == "http://slow.example: no whole answer within 0.2 s; run again later"


def test_a_busy_server_is_asked_again():
    answers = iter([reply(status=503), reply(status=429, Retry_After="0"), reply(b"at last")])
    with site(lambda _: next(answers)) as here:
        assert net.get(here.url, allow_private=True).body == b"at last"
    assert len(here.asked) == 3


def test_a_server_that_stays_busy_is_asked_three_times():
    with always(reply(status=502)) as here:
        assert net.get(here.url, allow_private=True).status == 502
    assert len(here.asked) == 3


@pytest.mark.parametrize("when", ["3600", "Fri, 31 Dec 2100 23:59:59 GMT"], ids=["seconds", "date"])
def test_a_wait_longer_than_the_deadline_is_not_begun(when: str):
    with always(reply(status=503, Retry_After=when)) as here:
        began = time.monotonic()
        assert net.get(here.url, allow_private=True, deadline_s=5).status == 503
    assert (len(here.asked), time.monotonic() - began < 1) == (1, True)


# --- where it goes ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "127.1", "2130706433", "0x7f.1", "017700000001", "localhost", "user@127.0.0.1", "[::1]", "[::]"),
        *("[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "169.254.169.254", "10.0.0.1", "224.0.0.1"),
    ],
)
def test_a_private_address_is_refused_however_it_is_spelled(host: str):
    with pytest.raises(
        SourceError, match="is not a public address; if this is your own server, set `allow_private_addresses"
    ):
        net.get(f"http://{host}/")


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        *((each, True) for each in ("1.1.1.1", PUBLIC, "2606:4700::1111", "::ffff:1.1.1.1")),
        *((each, False) for each in ("0.1.2.3", "100.64.0.1", "192.0.0.9", "192.88.99.1", "198.18.0.1", "224.0.0.1")),
        *((each, False) for each in ("240.0.0.1", "255.255.255.255", "172.16.0.1", "192.168.1.1", "::2", "fec0::1")),
        *(
            (each, False)
            for each in ("64:ff9b::101:101", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002::1")
        ),
        *((each, False) for each in ("ff02::1", "fe80::1%eth0", "fd00::1", "::ffff:10.0.0.1")),
    ],
)
def test_only_what_anybody_may_reach_is_public(address: str, expected: object):
    assert net.is_public(address) is expected


@contextmanager
def public_internet(monkeypatch: pytest.MonkeyPatch, names: dict[str, list[str]], answer: Answer) -> Iterator[Site]:
    """An internet of the given names, whose one public address is a server on loopback."""
    lookups: list[str] = []

    def look_up(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        lookups.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in names.get(host, [host])]

    def reach(address: tuple[str, int], timeout: float, source_address: None = None) -> socket.socket:
        assert address == (PUBLIC, 80)
        reached = socket.socket()
        reached.settimeout(timeout)
        reached.connect(("127.0.0.1", port))
        return reached

    with always(answer) as here:
        port = int(here.url.rpartition(":")[2])
        monkeypatch.setattr(socket, "getaddrinfo", look_up)
        monkeypatch.setattr(socket, "create_connection", reach)
        yield here
        monkeypatch.undo()
    assert len(lookups) == len(set(lookups)), (
        "a name was resolved twice: the second answer may differ from the checked one"
    )


def test_the_checked_address_is_the_one_that_is_reached(monkeypatch: pytest.MonkeyPatch):
    with public_internet(monkeypatch, {"news.example": [PUBLIC]}, reply(b"hello")) as here:
        assert net.get("http://news.example/").body == b"hello"
    assert here.headers[0]["host"] == "news.example"


def test_a_name_with_one_private_address_is_refused(monkeypatch: pytest.MonkeyPatch):
    with public_internet(monkeypatch, {"news.example": [PUBLIC, "10.0.0.1"]}, reply()) as here:
        assert failure("http://news.example/", allow_private=False) == (
            "http://news.example/: news.example is at 10.0.0.1, which is not a public address; "
            "if this is your own server, set `allow_private_addresses = true` for the source"
        )
    assert here.asked == []


def test_a_redirect_to_a_private_address_is_refused(monkeypatch: pytest.MonkeyPatch):
    answer = reply(status=302, Location="http://inside.example/admin")
    with public_internet(monkeypatch, {"news.example": [PUBLIC], "inside.example": ["127.0.0.1"]}, answer) as here:
        said = failure("http://news.example/", allow_private=False)
    assert said.startswith("http://news.example/: inside.example is at 127.0.0.1, which is not a public address;")
    assert here.asked == ["/"]


def test_a_port_other_than_80_and_443_is_refused(monkeypatch: pytest.MonkeyPatch):
    with public_internet(monkeypatch, {"news.example": [PUBLIC]}, reply()) as here:
        said = failure("http://news.example:6379/", allow_private=False)
    assert said.startswith("http://news.example:6379/: news.example: port 6379 is not 80 or 443;")
    assert here.asked == []


def test_a_second_address_is_tried_when_the_first_is_down(monkeypatch: pytest.MonkeyPatch):
    with always(reply(b"hello")) as here:
        port = int(here.url.rpartition(":")[2])
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in ("127.0.0.9", "127.0.0.1")]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        assert net.get(f"http://two.example:{port}/", allow_private=True).body == b"hello"


# --- redirects -------------------------------------------------------------------------------


def test_redirects_are_followed_to_the_end():
    answers = {
        "/a": reply(status=301, Location="/b?x=1"),
        "/b?x=1": reply(status=308, Location="c"),
        "/c": reply(b"here"),
    }
    with site(lambda path: answers[path]) as here:
        got = net.get(f"{here.url}/a", allow_private=True)
    assert (got.url, got.body, here.asked) == (f"{here.url}/c", b"here", ["/a", "/b?x=1", "/c"])


def test_a_redirect_loop_ends():
    with always(reply(status=302, Location="/")) as here:
        assert failure(here.url) == f"{here.url}: more than 5 redirects; use the address where they end"
    assert len(here.asked) == 6


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://news.example/", "javascript:alert(1)"])
def test_a_redirect_leaves_the_web_never(target: str):
    with always(reply(status=302, Location=target)) as here:
        assert failure(here.url).endswith("is not a web address; it must begin with https:// or http://")


def test_a_callers_headers_stay_with_the_first_host():
    with always(reply(b"other")) as other, always(reply(status=302, Location=other.url)) as here:
        net.get(here.url, allow_private=True, headers={"Authorization": "Bearer s3cret"})
    assert [each.headers[0].get("authorization") for each in (here, other)] == ["Bearer s3cret", None]


# --- words -----------------------------------------------------------------------------------


def test_a_refused_connection_says_so_without_what_may_be_secret():
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    assert failure(f"http://user:pass@127.0.0.1:{port}/feed?key=secret") == (
        f"http://127.0.0.1:{port}/feed: no connection ([Errno 111] Connection refused); "
        "check the address and that the site is up"
    )


def test_an_unknown_name_says_so(monkeypatch: pytest.MonkeyPatch):
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert failure("http://nope.example/") == (
        "http://nope.example/: the name cannot be resolved ([Errno -2] Name or service not known); "
        "check its spelling and this machine's network"
    )


@pytest.mark.parametrize(
    "url", ["", "news.example/feed", "file:///etc/passwd", "http://", "http://x\0y/", "http://[::1"]
)
def test_what_is_no_web_address_is_refused(url: str):
    assert "web address" in failure(url)


def test_tls_asks_for_the_hosts_own_name_and_says_when_it_fails():
    """The name stands in the clear in the first message of the handshake (RFC 6066, section 3)."""
    heard: list[bytes] = []

    def listen(server: socket.socket) -> None:
        connection, _ = server.accept()
        with connection:
            heard.append(connection.recv(4096))

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=listen, args=(server,))
        thread.start()
        said = failure(f"https://localhost:{server.getsockname()[1]}/")
        thread.join()
    assert b"localhost" in heard[0]
    assert "no secure connection" in said or "the connection broke off" in said


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    with always(reply(b"direct")) as here:
        assert net.get(here.url, allow_private=True).body == b"direct"
