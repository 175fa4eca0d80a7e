"""Delivers through a provider's HTTP API: connections, time limits, and one call for each batch."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING

import httpx

from digest.errors import DigestError
from digest.models import Answer, Batch, Refused, Stopped
from digest.net import guard
from digest.send import outcomes
from digest.send.deadline import Deadline, Transport

if TYPE_CHECKING:
    from digest.send.providers.provider import Api, Found

CONNECT_S = 5.0
ANSWER_S = 30.0
LARGEST_ANSWER = 16_000_000
MOST_PAGES = 200
"""Of a provider's answer to one inquiry."""


class OverHttp:
    """A provider made of an API's pure functions. Close it, or use it in a `with`.

    Each thread has its own client: a shared pool gets slower with the square of its connections
    (httpcore 1.0.9 walks all of them for every queued request).
    """

    def __init__(
        self,
        api: Api,
        answer_s: float = ANSWER_S,
        heard: Callable[[Mapping[str, str]], None] = lambda _: None,
        variant: Callable[[int], Api] | None = None,
    ) -> None:
        """`answer_s`: how long the API may be silent, and half of what a whole exchange may take.

        `heard` is told the headers of each answer, in small letters. `variant` gives the API with the
        letter of that variant of the issue; None: there is one letter for all.
        """
        self.capabilities = api.capabilities
        self._api, self._heard, self._answer_s = api, heard, answer_s
        self._variant = variant or (lambda _: api)
        self._timeout = httpx.Timeout(answer_s, connect=CONNECT_S)
        self._tls = guard.tls()
        self._mine = threading.local()
        self._clients: list[httpx.Client] = []

    def deliver(self, batch: Batch) -> Answer:
        """One attempt for the whole batch: no retry, no redirect."""
        try:
            request = self._variant(batch.variant).request(batch)
        except DigestError as error:  # an address or a name that no header can hold
            return Refused(str(error))
        too_large = self._too_large(batch, len(request.content))
        if too_large:
            return too_large
        try:
            response = self._exchange(request)
        except httpx.HTTPError as error:
            return outcomes.without_response(error)
        return self._variant(batch.variant).answer(batch, response)

    def inquire(self, batch: Batch, started: datetime) -> Found | Stopped:
        """What the provider knows of a batch that was handed over at `started`; Stopped when it does not say."""
        pages = self._variant(batch.variant).inquire(batch, started)
        try:
            request = next(pages)
            for _ in range(MOST_PAGES):
                response = self._exchange(request)
                if not response.is_success:
                    return Stopped(outcomes.said(response))
                request = pages.send(response)
        except StopIteration as told:
            found: Found = told.value
            return found
        except httpx.HTTPError as error:
            return Stopped(outcomes.without_response(error).reason)
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            return Stopped(f"its answer cannot be read: {type(error).__name__}")
        return Stopped(f"its answer has more than {MOST_PAGES} pages")

    def try_out(self) -> str | Stopped:
        """Asks the account without sending, where the API is a `Trial`."""
        from digest.send.providers.provider import Trial  # which imports this module

        if not isinstance(self._api, Trial):
            return Stopped("it has no call that tries the credentials without sending; send a test instead")
        try:
            response = self._exchange(self._api.trial())
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

    def _too_large(self, batch: Batch, size: int) -> Refused | Stopped | None:
        """Nothing is sent of what the provider cannot take: it is cut into two, and those again."""
        largest = self.capabilities.largest_bytes
        if largest is None or size <= largest or batch.replay:
            return None
        said = f"{size:,} bytes are more than the {largest:,} that the provider takes in one call"
        return Refused(said) if len(batch.deliveries) > 1 else Stopped(f"{said}, and that for one recipient")

    def _exchange(self, request: httpx.Request) -> httpx.Response:
        """The whole answer, whatever its status. Raises HTTPError for one that is late or without end."""
        client = self._client()
        self._mine.deadline.begin(len(request.content))
        response = client.send(request, stream=True)
        try:
            self._heard(response.headers)
            parts, size = [], 0
            for part in response.iter_raw():
                parts.append(part)
                size += len(part)
                if size > LARGEST_ANSWER:
                    raise httpx.ReadError(f"an answer of more than {LARGEST_ANSWER:,} bytes")
        finally:
            response.close()
        return httpx.Response(response.status_code, headers=response.headers, content=b"".join(parts), request=request)

    def _client(self) -> httpx.Client:
        if not hasattr(self._mine, "client"):
            # building a TLS context takes 19 ms, a client that is given one 0.2 ms
            self._mine.deadline = Deadline(2 * self._answer_s)
            transport = Transport(self._tls, self._mine.deadline)
            self._mine.client = httpx.Client(transport=transport, trust_env=False, timeout=self._timeout)
            self._clients.append(self._mine.client)
        client: httpx.Client = self._mine.client
        return client
