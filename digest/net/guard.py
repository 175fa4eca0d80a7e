"""The guarded connection: to checked addresses only, and never longer than the deadline."""

from __future__ import annotations

import ipaddress
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

import httpcore
import httpx
from msgspec import Struct

from digest.errors import SourceError

_GUARDED_PORTS = (80, 443)
_HEAD_BYTES = 256_000
"""Before the body: h11 takes 100 kB of headers, but any number of "100 Continue"."""
# Beyond `is_global`, which calls some of these public: ranges that stand for, or can be translated
# to, another address (IANA special-purpose registries, RFC 6890), and multicast. Of IPv6 only
# 2000::/3 is given out to anybody (RFC 4291, section 2.4).
_REFUSED_V4 = "0.0.0.0/8 100.64.0.0/10 192.0.0.0/24 192.88.99.0/24 198.18.0.0/15 224.0.0.0/4 240.0.0.0/4"
_REFUSED_V6 = "::/3 2001::/23 2001:db8::/32 2002::/16 3fff::/20 4000::/2 8000::/1"
_REFUSED = tuple(map(ipaddress.ip_network, f"{_REFUSED_V4} {_REFUSED_V6}".split()))
# Where clouds give a machine its secrets. No source is there, so no setting opens them.
_METADATA_V4 = "169.254.0.0/16 100.100.100.200 168.63.129.16 192.0.0.192"
_METADATA = tuple(map(ipaddress.ip_network, f"{_METADATA_V4} fe80::/10 fd00:ec2::/32".split()))
_one_at_a_time = threading.Lock()


class Limits(Struct, frozen=True):
    """How long one call may take, how much may come, and where it may go."""

    until: float
    """On the monotonic clock."""
    cap_bytes: int
    allow_private: bool

    def left_s(self) -> float:
        """More than 0. Raises when the time is over, so no caller can wait for ever in small steps."""
        left = self.until - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout
        return left


class Backend(httpcore.NetworkBackend):
    """Connects to checked addresses only, for one exchange. TLS still asks for the host's own name."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._plain = httpcore.SyncBackend()
        self._head_bytes: int | None = 0

    def head_is_read(self) -> None:
        """From here on it is the body that comes, which the caller measures."""
        self._head_bytes = None

    def count(self, received: int) -> None:
        """Raises SourceError when the body does not begin."""
        if self._head_bytes is not None:
            self._head_bytes += received
            if self._head_bytes > _HEAD_BYTES:
                raise SourceError(f"{_HEAD_BYTES // 1000} kB came before any page; tell the site's owner")

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002  the deadline replaces httpcore's own limits
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """To the first of the name's addresses that answers. Raises SourceError for a refused one."""
        addresses = _resolved(host, port, self._limits)
        _refuse_metadata(host, addresses)
        if not self._limits.allow_private:
            _refuse_private(host, port, addresses)
        for untried in range(len(addresses), 0, -1):
            try:
                fair_s = self._limits.left_s() / untried
                stream = self._plain.connect_tcp(addresses[-untried], port, fair_s, local_address, socket_options)
                return TimedStream(stream, self._limits.left_s, self.count)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if untried == 1:
                    raise
        raise AssertionError("unreachable: a name resolves to one address or more")

    def sleep(self, seconds: float) -> None:
        """Part of httpcore's interface."""
        time.sleep(seconds)


class TimedStream(httpcore.NetworkStream):
    """Gives every read and write what is left of a deadline at most: httpcore limits each by itself only."""

    def __init__(
        self, stream: httpcore.NetworkStream, left_s: Callable[[], float], count: Callable[[int], None] = lambda _: None
    ) -> None:
        """`left_s` raises when the time is over; `count` is told how many bytes came."""
        self._stream = stream
        self._left_s = left_s
        self._count = count

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """At most so many bytes."""
        chunk = self._stream.read(max_bytes, self._at_most(timeout))
        self._count(len(chunk))
        return chunk

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """All of it."""
        connection: socket.socket = self._stream.get_extra_info("socket")
        rest = memoryview(buffer)
        try:
            while rest:  # httpcore's own gives each piece that a peer takes the whole time
                connection.settimeout(self._at_most(timeout))
                rest = rest[connection.send(rest) :]
        except TimeoutError as error:
            raise httpcore.WriteTimeout from error
        except OSError as error:
            raise httpcore.WriteError(str(error)) from error

    def close(self) -> None:
        """Ends the connection."""
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """The same over TLS."""
        stream = self._stream.start_tls(ssl_context, server_hostname, self._at_most(timeout))
        return TimedStream(stream, self._left_s, self._count)

    def get_extra_info(self, info: str) -> Any:
        """What httpcore asks of the connection itself."""
        return self._stream.get_extra_info(info)

    def _at_most(self, timeout: float | None) -> float:
        left_s = self._left_s()
        return left_s if timeout is None else min(timeout, left_s)


def _resolved(host: str, port: int, limits: Limits) -> list[str]:
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


def _refuse_metadata(host: str, addresses: list[str]) -> None:
    if any(_ip(each) in network for each in addresses for network in _METADATA):
        raise SourceError(f"{host} is where a cloud keeps its machines' secrets; no source is there")


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
    ip = _ip(address)
    return ip.is_global and not any(ip in network for network in (*_REFUSED, *_METADATA))


def _ip(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    ip = ipaddress.ip_address(address.partition("%")[0])
    return (ip.ipv4_mapped or ip) if isinstance(ip, ipaddress.IPv6Address) else ip


def tls() -> ssl.SSLContext:
    """The one that all connections share; made at the first call, in 30 to 50 ms."""
    # 32 sources that start at once would each make their own: a second of work, measured.
    with _one_at_a_time:
        return _shared_tls()


@lru_cache(maxsize=1)
def _shared_tls() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)
