"""Runs the public door until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from digest.config import Settings
from digest.web.listening import bound
from digest.web.public import hooks
from digest.web.public.app import application
from digest.web.public.door import Door
from digest.web.public.postman import Postman

if TYPE_CHECKING:
    from digest.store import Store

log = logging.getLogger("digest.web")

_AT_ONCE = 2_000


def serve(editions: Sequence[Settings], store: Store, host: str, port: int) -> None:
    """Answers on `host` and `port` until SIGTERM or Ctrl-C; what is under way is finished first. Raises DigestError."""
    counts: Counter[tuple[str, ...]] = Counter()

    def clock() -> datetime:
        return datetime.now(UTC)

    postman = Postman(editions, store, clock, counts)
    door = Door(editions, store, hooks.found(editions), clock, postman.wake, counts=counts)
    config = uvicorn.Config(
        application(door),
        http=Impatient,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # shield.client reads them, by our own list of trusted proxies
        limit_concurrency=_AT_ONCE,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=30,
    )
    with bound(host, port) as listening:
        postman.start()
        log.info("http://%s:%d: takes reports of %s", host, port, ", ".join(door.hooks) or "no provider")
        try:
            uvicorn.Server(config).run(sockets=[listening])
        finally:
            postman.end()


class Impatient(HttpToolsProtocol):
    """Hangs up on a client that does not get its request line and headers out; uvicorn waits for ever."""

    head_s = 10.0
    """How long the head of a request may take."""
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """A client is there."""
        super().connection_made(transport)
        self._wait()

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        super().on_message_begin()
        self._wait()

    def on_headers_complete(self) -> None:
        """The head is whole; how long its body may take is `shield.body`'s."""
        self._stop()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone."""
        self._stop()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._stop()
        self._deadline = self.loop.call_later(self.head_s, self.transport.abort)

    def _stop(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
