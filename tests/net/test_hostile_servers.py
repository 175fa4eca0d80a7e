"""Servers that send too much, too little, too slowly or nonsense: an error in words, in time and in little memory."""

from __future__ import annotations

import gzip
import itertools
import re
import socket
import time
import tracemalloc
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

import pytest

from digest import net
from digest.errors import SourceError
from tests.net.servers import Heard, Script, serving

CAP_BYTES = 200_000
DEADLINE_S = 0.6
OK = b"HTTP/1.1 200 OK\r\n"
SLOW = "no whole answer within 0.6 s; run again later"
LARGE = "the answer is larger than 0.2 MB; check that the address is right"
BROKEN = r"the connection broke off \(.*\); run again later"
NO_BODY = "256 kB came before any page; tell the site's owner"
PIECES = "the answer comes in more than 100,000 pieces; tell the site's owner"


def says(*parts: bytes, then: Iterable[bytes] = (), every_s: float = 0.0, listens: bool = True) -> Script:
    """Hears the request, says `parts` at once, then each of `then`, and closes."""

    def script(connection: socket.socket, heard: Heard) -> None:
        if listens:
            heard.received += len(connection.recv(65536))
        connection.sendall(b"".join(parts))
        for part in then:
            if heard.over.wait(every_s) if every_s else heard.over.is_set():
                return
            connection.sendall(part)

    return script


def packed(body: bytes, *, encoding: str = "gzip") -> bytes:
    return OK + f"Content-Encoding: {encoding}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def silent(_: socket.socket, heard: Heard) -> None:
    heard.over.wait()


def drips(*start: bytes, drop: bytes = b"x") -> Script:
    return says(*start, then=itertools.repeat(drop), every_s=0.2)


def floods(*start: bytes, with_: bytes) -> Script:
    return says(*start, then=itertools.repeat(with_ * max(1, 60_000 // len(with_))))


ZEROS = gzip.compress(bytes(50_000_000))
LENGTH = b"Content-Length: %d\r\n\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


@dataclass(frozen=True)
class Case:
    script: Script
    said: str
    """A pattern for all after the address."""
    scheme: str = "http"


CASES = {
    # Too much.
    "gzip bomb": Case(says(packed(ZEROS)), LARGE),
    "gzip bomb, chunked": Case(says(CHUNKED.replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n") + b"%x\r\n" % len(ZEROS) + ZEROS + b"\r\n0\r\n\r\n"), LARGE),
    "gzip in gzip": Case(says(packed(gzip.compress(gzip.compress(ZEROS)), encoding="gzip, gzip")), "the answer is packed as 'gzip, gzip', only gzip was .*"),
    "gzip files in a row": Case(says(packed(gzip.compress(b"a") + ZEROS)), "the answer is several gzip files in a row, .*"),
    "gzip that never ends": Case(floods(OK, b"Content-Encoding: gzip\r\n\r\n", gzip.compress(b"")[:10], with_=b"\0\0\0\xff\xff"), LARGE),
    "deflate": Case(says(packed(zlib.compress(bytes(9_000_000)), encoding="deflate")), "the answer is packed as 'deflate', .*"),
    "brotli": Case(says(packed(b"\xff" * 800, encoding="br")), "the answer is packed as 'br', .*"),
    "zstd": Case(says(packed(b"\x28\xb5\x2f\xfd", encoding="zstd")), "the answer is packed as 'zstd', .*"),
    "unknown packing, long": Case(says(packed(b"x", encoding="x" * 90_000)), f"the answer is packed as '{'x' * 40}', .*"),
    "endless body": Case(floods(OK, b"\r\n", with_=b"x"), LARGE),
    "endless chunks": Case(floods(CHUNKED, with_=b"1000\r\n" + b"x" * 4096 + b"\r\n"), LARGE),
    "one chunk, endless": Case(floods(CHUNKED, b"ffffffffffff\r\n", with_=b"x"), LARGE),
    "chunk extensions": Case(floods(CHUNKED, b"1;", with_=b"x"), BROKEN),
    "trailers": Case(floods(CHUNKED, b"1\r\nx\r\n0\r\n", with_=b"X-A: b\r\n"), BROKEN),
    "huge Content-Length": Case(floods(OK, LENGTH % 10**18, with_=b"x"), LARGE),
    "endless header": Case(floods(OK, b"X-A: ", with_=b"x"), BROKEN),
    "endless headers": Case(floods(OK, with_=b"X-A: b\r\n"), BROKEN),
    "100,000 headers": Case(says(OK, b"X-A: b\r\n" * 100_000, b"\r\n"), BROKEN),
    "endless status line": Case(floods(b"HTTP/1.1 200 ", with_=b"x"), BROKEN),
    "flood of 100 Continue": Case(floods(with_=b"HTTP/1.1 100 Continue\r\n\r\n"), NO_BODY),
    "flood of 103 Early Hints": Case(floods(with_=b"HTTP/1.1 103 Early\r\nLink: </a>; rel=preload\r\n\r\n"), NO_BODY),
    # Too slow.
    "half open": Case(silent, SLOW),
    "half open, TLS": Case(silent, SLOW, "https"),
    "slow handshake": Case(drips(b"\x16\x03\x03\x40\x00"), SLOW, "https"),
    "body by the byte": Case(drips(OK, LENGTH % 1000), SLOW),
    "chunks by the byte": Case(drips(CHUNKED, drop=b"1\r\nx\r\n"), SLOW),
    "gzip by the byte": Case(drips(OK, b"Content-Encoding: gzip\r\n\r\n", gzip.compress(b"")[:10], drop=b"\0"), SLOW),
    "header by the byte": Case(drips(OK, b"X-A: "), SLOW),
    "headers by the line": Case(drips(OK, drop=b"X-A: b\r\n"), SLOW),
    "status line by the byte": Case(drips(drop=b"H"), SLOW),
    "drip of 100 Continue": Case(drips(drop=b"HTTP/1.1 100 Continue\r\n\r\n"), SLOW),
    "redirects that drip": Case(says(then=[b"HTTP/1.1 302 F\r\nLocation: /\r\n", b"Content-Length: 0\r\n", b"\r\n"], every_s=0.08), SLOW),
    "body never sent": Case(says(OK, LENGTH % 10, then=[b""], every_s=9), SLOW),
    # Redirects.
    "redirect loop": Case(says(b"HTTP/1.1 302 F\r\nLocation: /\r\nContent-Length: 0\r\n\r\n"), "more than 5 redirects; use the address where they end"),
    "redirect with a flood": Case(floods(b"HTTP/1.1 302 F\r\nLocation: /\r\n\r\n", with_=b"x"), LARGE),
    "redirect to a long nonsense": Case(says(b"HTTP/1.1 302 F\r\nLocation: x:" + b"y" * 60_000 + b"\r\nContent-Length: 0\r\n\r\n"), ".{0,300} is not a web address; .*|not a web address .{0,200}; check it"),
    "redirect to bytes": Case(says(b"HTTP/1.1 302 F\r\nLocation: http://\xff\xfe/\r\nContent-Length: 0\r\n\r\n"), "not a web address .{0,200}; check it"),
    # Lies and nonsense.
    "shorter than it says": Case(says(OK, LENGTH % 100, b"only this"), BROKEN),
    "last chunk missing": Case(says(CHUNKED, b"5\r\nhello\r\n"), BROKEN),
    "chunk shorter than it says": Case(says(CHUNKED, b"a\r\nhello\r\n0\r\n\r\n"), BROKEN),
    "chunk longer than it says": Case(says(CHUNKED, b"2\r\nhello\r\n0\r\n\r\n"), BROKEN),
    "chunk size is no number": Case(says(CHUNKED, b"zz\r\nhello\r\n0\r\n\r\n"), BROKEN),
    "negative length": Case(says(OK, LENGTH % -1, b"x"), BROKEN),
    "length of many digits": Case(says(OK, b"Content-Length: " + b"9" * 5_000 + b"\r\n\r\nx"), BROKEN),
    "two lengths": Case(says(OK, b"Content-Length: 1\r\n", LENGTH % 2, b"xx"), BROKEN),
    "unknown transfer coding": Case(says(OK, b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"), BROKEN),
    "gzip cut short": Case(says(packed(gzip.compress(b"hello" * 99)[:-9])), "the answer broke off in the middle; run again"),
    "no gzip": Case(says(packed(b"hello")), "the answer's gzip is broken .*"),
    "HTTP/0.9": Case(says(b"<html>hello</html>"), BROKEN),
    "another protocol": Case(says(b"220 mail.example ESMTP\r\n"), BROKEN),
    "long nonsense": Case(says(b"\xff" * 90_000 + b"\r\n\r\n"), BROKEN),
    "nulls": Case(says(bytes(50_000)), BROKEN),
    "HTTP/2": Case(says(b"\0\0\x12\x04\0\0\0\0\0"), BROKEN),
    "null in a header": Case(says(OK, b"X-A: \0\r\n\r\n"), BROKEN),
    "folded header": Case(says(OK, b" folded\r\n\r\n"), BROKEN),
    "nothing at all": Case(says(), BROKEN),
    "closed in the headers": Case(says(OK, b"Content-Le"), BROKEN),
    "closed before it listened": Case(says(listens=False), BROKEN),
    "switches the protocol": Case(says(b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n", b"x" * 9), f"{BROKEN}|{SLOW}"),
    "plain HTTP for TLS": Case(says(OK, b"\r\n"), "no secure connection .*", "https"),
}  # fmt: skip


def refused(case: Case) -> tuple[str, float]:
    """What is said of the server after its address, and the seconds that it took."""
    with serving(case.script) as server:
        address = f"{case.scheme}://127.0.0.1:{server.port}/"
        began = time.monotonic()
        with pytest.raises(SourceError) as caught:
            net.get(address, allow_private=True, deadline_s=DEADLINE_S, cap_bytes=CAP_BYTES)
        took_s = time.monotonic() - began
    said = str(caught.value)
    assert said.startswith(f"{address}: ")
    return said.removeprefix(f"{address}: "), took_s


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_hostile_server_gets_an_error_in_words_and_no_more_time_than_there_is(case: Case):
    said, took_s = refused(case)
    assert re.fullmatch(case.said, said)
    assert len(said) < 600
    assert took_s < DEADLINE_S + 0.6


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.said in (LARGE, BROKEN, NO_BODY)])
def test_what_is_too_much_is_not_kept(name: str):
    tracemalloc.start()
    refused(CASES[name])
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak_bytes < 5 * CAP_BYTES + 1_000_000


def test_a_body_in_crumbs_is_refused_before_they_have_cost_much():
    crumbs = Case(floods(CHUNKED, with_=b"1\r\nx\r\n"), PIECES)
    with serving(crumbs.script) as server, pytest.raises(SourceError, match=PIECES):
        net.get(f"http://127.0.0.1:{server.port}/", allow_private=True)


BENIGN = {
    "answers before it is asked": says(OK, LENGTH % 5, b"hello", listens=False),
    "more than it says": says(OK, LENGTH % 5, b"hello and more"),
    "same length twice": says(OK, b"Content-Length: 5\r\n", LENGTH % 5, b"hello"),
    "one 103 first": says(b"HTTP/1.1 103 Early\r\nLink: </a>\r\n\r\n", OK, LENGTH % 5, b"hello"),
    "no length, closed": says(OK, b"\r\nhello"),
    "HTTP/1.0": says(b"HTTP/1.0 200 OK\r\n\r\nhello"),
    "chunks": says(CHUNKED, b"2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\nX-Trailer: 1\r\n\r\n"),
    "gzip and a line after it": says(packed(gzip.compress(b"hello") + b"\r\n")),
    "length and chunks": says(OK, b"Transfer-Encoding: chunked\r\n", LENGTH % 99, b"5\r\nhello\r\n0\r\n\r\n"),
}


@pytest.mark.parametrize("script", BENIGN.values(), ids=BENIGN)
def test_a_server_that_is_only_odd_is_understood(script: Script):
    with serving(script) as server:
        got = net.get(f"http://127.0.0.1:{server.port}/", allow_private=True, deadline_s=2)
    assert (got.status, got.body) == (200, b"hello")


def test_a_feed_of_ten_megabytes_passes_where_the_cap_is_larger():
    body = b"x" * 10_000_000
    with serving(says(packed(gzip.compress(body, 1)))) as server:
        got = net.get(f"http://127.0.0.1:{server.port}/", allow_private=True, cap_bytes=10_000_000)
    assert got.body == body
