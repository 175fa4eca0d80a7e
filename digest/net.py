"""The only way out to the web: a guarded GET with one deadline and a cap on what comes back.

A source's address, and wherever it redirects to, is written by others. So each name is resolved
here, every address that it resolves to is checked, and the connection goes to a checked one.
"""

from __future__ import annotations

import ipaddress
import json
import queue
import random
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any, NoReturn

import httpcore
import httpx

from digest import __version__
from digest.errors import SourceError

_Headers = Mapping[str, str]

MOST_REDIRECTS = 5
_TRIES = 3
_BUSY = (429, 502, 503, 504)
_REDIRECTS = (301, 302, 303, 307, 308)
_GUARDED_PORTS = (80, 443)
# Beyond `is_global`, which calls some of these public: ranges that stand for, or can be translated
# to, another address (IANA special-purpose registries, RFC 6890), and multicast.
_REFUSED_V4 = "0.0.0.0/8 100.64.0.0/10 192.0.0.0/24 192.88.99.0/24 198.18.0.0/15 224.0.0.0/4 240.0.0.0/4"
_REFUSED_V6 = "::/96 64:ff9b::/96 64:ff9b:1::/48 100::/64 2001::/32 2001:db8::/32 2002::/16 fec0::/10 ff00::/8"
_REFUSED = tuple(map(ipaddress.ip_network, f"{_REFUSED_V4} {_REFUSED_V6}".split()))


@dataclass(frozen=True, slots=True)
class Response:
    """What a server answered in the end, whatever its status; `body` is decompressed."""

    status: int
    url: str
    """The address that answered, after redirects."""
    headers: Mapping[str, str]
    """Names in lower case; the last of equal names wins."""
    body: bytes

    def json(self) -> Any:
        """The body as JSON by RFC 8259. Raises SourceError for anything else, NaN included."""
        try:
            return json.loads(self.body, parse_constant=_no_constant)
        except (ValueError, RecursionError) as error:
            start = self.body[:60].decode("utf-8", "replace").strip()
            raise SourceError(f"{shown(self.url)}: expected JSON, got {start!r}; check the address") from error

    def expect_ok(self) -> Response:
        """Itself when the status is 200. Raises SourceError with the status and what to do."""
        if self.status == 200:
            return self
        raise SourceError(f"{shown(self.url)}: the site answered {self.status}: {_advice(self.status)}")


def get(
    url: str,
    *,
    allow_private: bool = False,
    contact: str = "",
    deadline_s: float = 30.0,
    cap_bytes: int = 5_000_000,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The answer to a GET of `url`, redirects followed, of any status.

    `deadline_s` covers everything: name resolution, at most two polite retries, at most five
    redirects, a server that drips. `cap_bytes` counts the body both as sent and decompressed.
    `headers` are not carried to another host. Raises SourceError in words for an editor.
    """
    limits = _Limits(time.monotonic() + deadline_s, cap_bytes, allow_private)
    ours: _Headers = {
        "User-Agent": f"digest/{__version__}"
        + (f" (+{contact.encode('ascii', 'ignore').decode()})" if contact else ""),
        "Accept": "*/*",
        "Accept-Encoding": "gzip",
        "Connection": "close",
    }
    with _in_plain_words(url, deadline_s):
        return _politely(_address(url), ours, headers or {}, limits)


def shown(url: str) -> str:
    """The address without what may be secret in it: user, password, query."""
    try:
        parts = httpx.URL(url)
    except httpx.InvalidURL:
        return repr(url[:80])
    return str(parts.copy_with(username=None, password=None, query=None, fragment=None))


# --- one exchange after another --------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Limits:
    until: float
    """On the monotonic clock."""
    cap_bytes: int
    allow_private: bool

    def left_s(self) -> float:
        """Raises when the time is over, so no caller can wait for ever in small steps."""
        left = self.until - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout
        return left


def _politely(url: httpx.URL, ours: _Headers, theirs: _Headers, limits: _Limits) -> Response:
    """Tries again after what passes by itself: a failed connection, a busy server."""
    for attempt in range(1, _TRIES + 1):
        try:
            response = _followed(url, ours, theirs, limits)
        except httpcore.ConnectError as error:
            if attempt == _TRIES or not _may_pass(error) or not _waited(_pause_s(attempt), limits):
                raise
        else:
            if response.status not in _BUSY or attempt == _TRIES:
                return response
            if not _waited(_asked_pause_s(response) or _pause_s(attempt), limits):
                return response
    raise AssertionError("unreachable: the last attempt returns or raises")


def _followed(url: httpx.URL, ours: _Headers, theirs: _Headers, limits: _Limits) -> Response:
    first = url
    for _ in range(MOST_REDIRECTS + 1):
        same_place = (url.scheme, url.host, url.port) == (first.scheme, first.host, first.port)
        response = _exchange(url, {**ours, **theirs} if same_place else ours, limits)
        target = response.headers.get("location")
        if response.status not in _REDIRECTS or target is None:
            return response
        url = _address(target, url)
    raise SourceError(f"more than {MOST_REDIRECTS} redirects; use the address where they end")


def _exchange(url: httpx.URL, headers: _Headers, limits: _Limits) -> Response:
    place = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
    with (
        httpcore.ConnectionPool(ssl_context=_tls(), network_backend=_GuardedBackend(limits)) as pool,
        pool.stream("GET", place, headers=list(headers.items())) as answer,
    ):
        received = {name.decode("ascii").lower(): value.decode("utf-8", "replace") for name, value in answer.headers}
        body = _decoded(answer.iter_stream(), received.get("content-encoding", ""), limits.cap_bytes)
    return Response(answer.status, str(url), received, body)


def _decoded(chunks: Iterable[bytes], encoding: str, cap_bytes: int) -> bytes:
    """Never asks for more than the cap at once: 1 MB of gzip can hold a gigabyte."""
    if encoding.strip().lower() not in ("", "identity", "gzip", "x-gzip"):
        raise SourceError(f"the answer is packed as {encoding[:40]!r}, only gzip was asked for; tell the site's owner")
    inflate = zlib.decompressobj(zlib.MAX_WBITS | 16) if "gzip" in encoding.lower() else None
    body, received_bytes = bytearray(), 0
    for chunk in chunks:
        received_bytes += len(chunk)
        body += inflate.decompress(chunk, cap_bytes + 1 - len(body)) if inflate else chunk
        if max(len(body), received_bytes) > cap_bytes:
            raise SourceError(f"the answer is larger than {cap_bytes / 1e6:g} MB; check that the address is right")
    if inflate and received_bytes and not inflate.eof:
        raise SourceError("the answer broke off in the middle; run again")
    return bytes(body)


def _address(url: str, base: httpx.URL | None = None) -> httpx.URL:
    try:
        found = base.join(url) if base else httpx.URL(url)
    except httpx.InvalidURL as error:
        raise SourceError(f"not a web address ({error}); check it") from error
    if found.scheme not in ("http", "https") or not found.host:
        raise SourceError(f"{shown(str(found))!r} is not a web address; it must begin with https:// or http://")
    return found


# --- waiting ---------------------------------------------------------------------------------


def _may_pass(error: httpcore.ConnectError) -> bool:
    cause = error.__context__  # httpcore's pool raises "from None", which empties __cause__
    if isinstance(cause, socket.gaierror):
        return cause.errno == socket.EAI_AGAIN
    return not isinstance(cause, ssl.SSLError | UnicodeError)


def _pause_s(attempt: int) -> float:
    return 0.25 * 2.0**attempt * random.uniform(0.5, 1)  # noqa: S311  no secret: it spreads retries


def _asked_pause_s(response: Response) -> float | None:
    """RFC 9110, section 10.2.3: seconds, or a date."""
    value = response.headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        until: datetime = parsedate_to_datetime(value)
        return max(0.0, (until - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None


def _waited(pause_s: float, limits: _Limits) -> bool:
    """False, at once, when the pause would outlast the deadline."""
    if pause_s >= limits.left_s():
        return False
    time.sleep(pause_s)
    return True


# --- the guarded connection ------------------------------------------------------------------


class _GuardedBackend(httpcore.NetworkBackend):
    """Connects to checked addresses only. TLS still asks for the host's own name."""

    def __init__(self, limits: _Limits) -> None:
        self._limits = limits
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002  the deadline replaces httpcore's own limits
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = _resolved(host, port, self._limits)
        if not self._limits.allow_private:
            _refuse_private(host, port, addresses)
        for untried in range(len(addresses), 0, -1):
            try:
                fair_s = self._limits.left_s() / untried
                stream = self._plain.connect_tcp(addresses[-untried], port, fair_s, local_address, socket_options)
                return _TimedStream(stream, self._limits)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if untried == 1:
                    raise
        raise AssertionError("unreachable: a name resolves to one address or more")

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


class _TimedStream(httpcore.NetworkStream):
    """Gives every read and write what is left of the deadline: httpcore limits each by itself only."""

    def __init__(self, stream: httpcore.NetworkStream, limits: _Limits) -> None:
        self._stream = stream
        self._limits = limits

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        return self._stream.read(max_bytes, self._limits.left_s())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        self._stream.write(buffer, self._limits.left_s())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        return _TimedStream(self._stream.start_tls(ssl_context, server_hostname, self._limits.left_s()), self._limits)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _resolved(host: str, port: int, limits: _Limits) -> list[str]:
    """At least one address. In a thread of its own, because getaddrinfo knows no time-out."""
    answer: queue.SimpleQueue[list[str] | OSError | UnicodeError] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answer.put(list(dict.fromkeys(str(each[4][0]) for each in found)))
        except (OSError, UnicodeError) as error:
            answer.put(error)

    threading.Thread(target=look_up, daemon=True).start()
    try:
        found = answer.get(timeout=limits.left_s())
    except queue.Empty as error:
        raise httpcore.ConnectTimeout from error
    if isinstance(found, list):
        return found
    try:
        raise found
    except (OSError, UnicodeError) as error:
        raise httpcore.ConnectError(str(error)) from error


def _refuse_private(host: str, port: int, addresses: list[str]) -> None:
    cure = "if this is your own server, set `allow_private_addresses = true` for the source"
    private = next((each for each in addresses if not is_public(each)), None)
    if private is not None:
        where = host if host == private else f"{host} is at {private}, which"
        raise SourceError(f"{where} is not a public address; {cure}")
    if port not in _GUARDED_PORTS:
        raise SourceError(f"{host}: port {port} is not 80 or 443; {cure}")


def is_public(address: str) -> bool:
    """Whether an IP address is one that anybody on the internet may be sent to."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    return ip.is_global and not any(ip in network for network in _REFUSED)


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)


# --- words -----------------------------------------------------------------------------------


@contextmanager
def _in_plain_words(url: str, deadline_s: float) -> Iterator[None]:
    try:
        yield
    except httpcore.TimeoutException as error:
        raise SourceError(f"{shown(url)}: no whole answer within {deadline_s:.3g} s; run again later") from error
    except zlib.error as error:
        raise SourceError(f"{shown(url)}: the answer's gzip is broken ({error}); run again later") from error
    except (httpcore.NetworkError, httpcore.ProtocolError) as error:
        raise SourceError(f"{shown(url)}: {_cause(error)}") from error
    except SourceError as error:
        raise SourceError(f"{shown(url)}: {error}") from error


def _cause(error: Exception) -> str:
    cause = error.__context__
    if isinstance(cause, socket.gaierror | UnicodeError):
        return f"the name cannot be resolved ({error}); check its spelling and this machine's network"
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"its certificate cannot be trusted ({cause.verify_message}); the site must renew or correct it"
    if isinstance(cause, ssl.SSLError):
        return f"no secure connection ({cause.reason or error}); check that the site speaks https"
    if isinstance(error, httpcore.ConnectError):
        return f"no connection ({error}); check the address and that the site is up"
    return f"the connection broke off ({error}); run again later"


def _advice(status: int) -> str:
    if status in (401, 403):
        return "it wants a login or refuses programs; ask its owner to allow digest"
    if status == 404:
        return "nothing is there; check the address"
    if status == 410:
        return "it is gone for good; remove the source or give its new address"
    if status == 429 or status >= 500:
        return "it is busy or broken; run again later"
    return "that is not a page; check the address"


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
