"""One deadline for a whole exchange over HTTP: httpx limits each silence, and a byte now and then ends a silence."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable

import httpcore
import httpx

from digest.net.guard import TimedStream

_SLOWEST = 50_000
"""Bytes a second: a call of 20 MB may take so much longer to go out."""


class Deadline(httpcore.SyncBackend):
    """The connections of one client, which makes one call at a time; `begin` each with it."""

    def __init__(self, whole_s: float) -> None:
        """`whole_s`: for an exchange, besides what its own bytes take."""
        self._whole_s = self._allowed_s = whole_s
        self._until = 0.0

    def begin(self, size: int) -> None:
        """A call of so many bytes begins."""
        self._allowed_s = self._whole_s + size / _SLOWEST
        self._until = time.monotonic() + self._allowed_s

    def left_s(self) -> float:
        """More than 0. Raises ReadTimeout when the time is over."""
        left_s = self._until - time.monotonic()
        if left_s <= 0:
            raise httpcore.ReadTimeout(f"no whole answer within {self._allowed_s:.3g} s")
        return left_s

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """As httpcore connects."""
        return TimedStream(super().connect_tcp(host, port, timeout, local_address, socket_options), self.left_s)


class Transport(httpx.HTTPTransport):
    """httpx's own, with one connection that keeps to the deadline; httpx 0.28 has no argument for that."""

    def __init__(self, tls: ssl.SSLContext, deadline: Deadline) -> None:
        super().__init__(verify=tls, trust_env=False)
        self._pool = httpcore.ConnectionPool(
            ssl_context=tls, max_connections=1, max_keepalive_connections=1, network_backend=deadline
        )
