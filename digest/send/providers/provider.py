"""What the sending loop asks of a provider.

A provider is a pure translation: a batch becomes one HTTP request, its response becomes an
answer. Connections, retries and the ledger belong to `send.sending`; what a failure without a
response means is `send.outcomes`. The outbox, which writes files, is the one that is not HTTP.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from digest.models import Answer, Batch

if TYPE_CHECKING:
    import httpx


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What one provider can do, from its documentation."""

    largest_batch: int
    """Deliveries in one call."""
    replay_within: timedelta | None = None
    """How long the same request with the same key is answered from memory, with a margin taken
    off; None: the provider has no such key, and what is in doubt stays so."""


class Provider(Protocol):
    """Takes a batch to the outside. Used by several threads at once."""

    capabilities: Capabilities

    def deliver(self, batch: Batch) -> Answer:
        """One attempt for the whole batch. Raises nothing that an outside fault can cause."""
        ...


class Api(Protocol):
    """An email-service API over HTTP, as pure functions; `send.http.OverHttp` delivers through it."""

    capabilities: Capabilities

    def request(self, batch: Batch) -> httpx.Request:
        """The one call for this batch; the same bytes for the same batch."""
        ...

    def answer(self, batch: Batch, response: httpx.Response) -> Answer:
        """What the response says of each delivery; `response` is read."""
        ...
