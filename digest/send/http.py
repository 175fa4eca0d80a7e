"""Delivers through a provider's HTTP API: connections, time limits, and one call for each batch."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import TYPE_CHECKING

import httpx

from digest.models import Answer, Batch, Stopped
from digest.send import outcomes

if TYPE_CHECKING:
    from digest.send.providers.provider import Api

CONNECT_S = 5.0
ANSWER_S = 30.0


class OverHttp:
    """A provider made of an API's pure functions. Close it, or use it in a `with`.

    Each thread has its own client: a shared pool gets slower with the square of its connections
    (httpcore 1.0.9 walks all of them for every queued request).
    """

    def __init__(self, api: Api, answer_s: float = ANSWER_S) -> None:
        """`answer_s`: how long the API may be silent."""
        self.capabilities = api.capabilities
        self._api = api
        self._timeout = httpx.Timeout(answer_s, connect=CONNECT_S)
        self._tls = httpx.create_ssl_context(trust_env=False)
        self._mine = threading.local()
        self._clients: list[httpx.Client] = []

    def deliver(self, batch: Batch) -> Answer:
        """One attempt for the whole batch: no retry, no redirect."""
        request = self._api.request(batch)
        try:
            response = self._client().send(request)
        except httpx.HTTPError as error:
            return outcomes.without_response(error)
        return self._api.answer(batch, response)

    def try_out(self) -> str | Stopped:
        """Asks the account without sending, where the API is a `Trial`."""
        from digest.send.providers.provider import Trial  # which imports this module

        if not isinstance(self._api, Trial):
            return Stopped("it has no call that tries the credentials without sending; send a test instead")
        try:
            response = self._client().send(self._api.trial())
        except httpx.HTTPError as error:
            return Stopped(outcomes.without_response(error).reason)
        if response.is_success:
            return self._api.tried(response)
        return Stopped(outcomes.said(response))

    def close(self) -> None:
        """Closes every thread's connections; no thread may be in a call."""
        for client in self._clients:
            client.close()

    def __enter__(self) -> OverHttp:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _client(self) -> httpx.Client:
        if not hasattr(self._mine, "client"):
            # building a TLS context takes 19 ms, a client that is given one 0.2 ms
            self._mine.client = httpx.Client(
                verify=self._tls,
                trust_env=False,
                timeout=self._timeout,
                limits=httpx.Limits(max_connections=1, max_keepalive_connections=1),
            )
            self._clients.append(self._mine.client)
        client: httpx.Client = self._mine.client
        return client
