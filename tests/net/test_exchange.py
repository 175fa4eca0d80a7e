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
from digest.errors import SourceError, SourceGone
from tests.collect.loopback import Answer, Site, reply, site


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


def test_an_address_that_is_gone_for_good_is_told_apart():
    with pytest.raises(SourceGone):
        net.Response(410, "https://news.example/feed", {}, b"").expect_ok()
    with pytest.raises(SourceError) as caught:
        net.Response(404, "https://news.example/feed", {}, b"").expect_ok()
    assert type(caught.value) is SourceError


DATE = "Mon, 23 Nov 2026 06:00:00 GMT"
BLIND = "1c51745ff8fd814e4f1af4d01cd0ce62"


@pytest.mark.parametrize(
    ("etag", "last_modified", "expected"),
    [
        ('"abc"', DATE, {"If-None-Match": '"abc"', "If-Modified-Since": DATE}),
        ('W/"5f-1+x"', "", {"If-None-Match": 'W/"5f-1+x"'}),
        *((etag, DATE, {}) for etag in (f'"{BLIND}"', f'W/"{BLIND}"', f'"{BLIND}-gzip"')),
        ("", DATE, {}),
        ("", "", {}),
        *((etag, DATE, {}) for etag in ("abc", '"a\r\nX-Evil: 1"', '"ü"', '"a"b"', f'"{"x" * 201}"')),
        ('"abc"', "Пн, 23", {}),
    ],
)
def test_only_a_tag_of_the_content_makes_a_condition(etag: str, last_modified: str, expected: dict[str, str]):
    assert net.conditions(etag, last_modified) == expected


def test_conditions_are_sent_and_not_modified_is_an_answer():
    with always(reply(status=304)) as here:
        got = net.get(here.url, allow_private=True, headers=net.conditions('"abc"', DATE))
    assert (got.status, got.body) == (304, b"")
    sent = {name: value for name, value in here.headers[0].items() if name.startswith("if-")}
    assert sent == {"if-none-match": '"abc"', "if-modified-since": DATE}


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


def test_no_time_at_all_is_too_little():
    with always(reply(b"hello")) as here:
        assert failure(here.url, deadline_s=0.0) == f"{here.url}: no whole answer within 0 s; run again later"
    assert here.asked == []


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


def test_a_server_that_names_a_time_is_left_alone_until_then():
    came: list[float] = []

    def answer_to(_: str) -> Answer:
        came.append(time.monotonic())
        return reply(b"at last") if len(came) == 2 else reply(status=503, Retry_After="1")

    with site(answer_to) as here:
        assert net.get(here.url, allow_private=True).body == b"at last"
    assert 1.0 < came[1] - came[0] < 2.0


def test_two_visitors_do_not_come_back_at_the_same_moment():
    assert len({net._pause_s(1) for _ in range(20)}) == 20
    assert [0.25 <= net._pause_s(1) <= 0.5 <= net._pause_s(2) <= 1 for _ in range(20)] == [True] * 20


@pytest.mark.parametrize(
    "when",
    ["soon", "-5", "1e9", "٣", "Fri, 31 Dec 99999999999999999999 23:59:59 GMT", "Fri, 31 Dec 1999 23:59:59 GMT"],
)
def test_a_time_that_is_none_or_over_counts_as_not_named(when: str):
    assert net._asked_pause_s(net.Response(503, "", {"retry-after": when}, b"")) == 0


def test_a_connection_that_is_refused_is_tried_three_times(monkeypatch: pytest.MonkeyPatch):
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    look_up, asked = socket.getaddrinfo, []
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: asked.append(a[0]) or look_up(*a, **k))
    assert "Connection refused" in failure(f"http://127.0.0.1:{port}/")
    # Each connection looks up once more, its own number, inside `create_connection`.
    assert asked == ["127.0.0.1"] * 6


@pytest.mark.parametrize("when", ["3600", "Fri, 31 Dec 2100 23:59:59 GMT"], ids=["seconds", "date"])
def test_a_wait_longer_than_the_deadline_is_not_begun(when: str):
    with always(reply(status=503, Retry_After=when)) as here:
        began = time.monotonic()
        assert net.get(here.url, allow_private=True, deadline_s=5).status == 503
    assert (len(here.asked), time.monotonic() - began < 1) == (1, True)


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
