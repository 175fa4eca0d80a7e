"""What the sending loop asks of a provider.

A provider is a pure translation: a batch becomes one HTTP request, its response becomes an
answer. Connections, retries and the ledger belong to `send.sending`; what a failure without a
response means is `send.outcomes`. The outbox, which writes files, and SMTP are not HTTP.

A module `providers/<name>.py` has names that `providers` finds by the provider's: `CAPABILITIES`;
`Api`, or `opened` where it is not HTTP; and, where the provider reports what became of an email
later, `Hook`. An `Api` that can be tried without sending is a `Trial` as well.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

from msgspec import Struct, field

from digest.models import Answer, Batch, Event, Stopped

if TYPE_CHECKING:
    import httpx


def takes_any(address: str) -> str:
    """Nothing against this address."""
    del address
    return ""


def ascii_only(address: str) -> str:
    """Why a provider without SMTPUTF8 (RFC 6531) cannot reach this address, empty when it can.

    Only the part before the @ decides: a domain goes out in Punycode.
    """
    within = address.rpartition("@")[0].isascii()
    return "" if within else "the provider takes no address with letters beyond ASCII before its @"


class Capabilities(Struct, frozen=True):
    """What one provider can do, from its documentation."""

    largest_batch: int
    """Deliveries in one call; 1 where one-click unsubscribe cannot differ within a larger one, 0 where
    the provider keeps the list itself and an issue is one campaign."""
    body: Literal["whole", "shared"] = "whole"
    """Each recipient's whole email in the call, or one body whose places the provider fills."""
    largest_bytes: int | None = None
    """Of one call's body."""
    one_click: Literal["ours", "theirs"] = "ours"
    """Whose `List-Unsubscribe` a reader gets; "theirs" replaces ours."""
    answers: Literal["each", "call"] = "each"
    """An outcome and an id for each recipient, or one for the whole call."""
    replay_within: timedelta | None = None
    """How long the same request with the same key is answered from memory, with a margin taken
    off; None: the provider has no such key."""
    asked_after: timedelta | None = None
    """How long after a call `Api.inquire` can be believed about those it does not find; None: it cannot be asked."""
    refuses: Callable[[str], str] = takes_any
    """Why the provider cannot send to an address, empty when it can: such a recipient is rejected without a call."""
    needs: tuple[str, ...] = ()
    """What must be set in the account first, each a sentence for the operator."""


class Found(Struct, frozen=True):
    """What a provider knows of a batch when it is asked later."""

    taken: Mapping[int, str] = field(default_factory=dict)
    """Delivery number -> the provider's id of the email."""
    rejected: Mapping[int, str] = field(default_factory=dict)
    """Delivery number -> the provider's reason."""
    whole: bool = True
    """Everything that there is was seen: who is in neither was not taken."""


class Provider(Protocol):
    """Takes a batch to the outside. Used by several threads at once."""

    capabilities: Capabilities

    def deliver(self, batch: Batch) -> Answer:
        """One attempt for the whole batch. Raises nothing that an outside fault can cause."""
        ...

    def try_out(self) -> str | Stopped:
        """What the account says when it is asked without sending; Stopped with the reason when it cannot be used."""
        ...


@runtime_checkable
class Informed(Protocol):
    """A provider that can be asked later about what it was handed."""

    def inquire(self, batch: Batch, started: datetime) -> Found | Stopped:
        """What it knows of a batch that was handed over at `started`; Stopped when it does not say."""
        ...


class Api(Protocol):
    """An email-service API over HTTP, as pure functions; `send.http.OverHttp` delivers through it.

    Made as `Api(letter, own, secrets)`: what all recipients get alike, the provider's table of
    config.toml, and its secrets by their keys there.
    """

    capabilities: Capabilities

    def request(self, batch: Batch) -> httpx.Request:
        """The one call for this batch; the same bytes for the same batch."""
        ...

    def answer(self, batch: Batch, response: httpx.Response) -> Answer:
        """What the response says of each delivery; `response` is read."""
        ...

    def inquire(self, batch: Batch, started: datetime) -> Generator[httpx.Request, httpx.Response, Found]:
        """Asks, page by page, what became of a batch that was handed over at `started`.

        Yields requests, is sent their successful responses, and returns what they say. Only where
        `capabilities.asked_after` is set.
        """
        ...


@runtime_checkable
class Trial(Protocol):
    """What an `Api` has besides, where its credentials can be tried without an email to anybody."""

    def trial(self) -> httpx.Request:
        """The cheapest call that proves the credentials: it changes nothing, or it ends in the provider's sandbox."""
        ...

    def tried(self, response: httpx.Response) -> str | Stopped:
        """What a successful response says, for the operator: `the token belongs to the server "News"`.

        Stopped where the provider says no with a success. Any other status is read by `outcomes.by_status`.
        """
        ...


class Hook(Protocol):
    """What a provider's webhook says, made as `Hook(own, secrets)`.

    Raises ConfigError where the secret that proves a call is missing in the provider's table.
    """

    def verify(self, headers: Mapping[str, str], raw: bytes, now: datetime, fetch: Callable[[str], bytes]) -> None:
        """Raises Forged when the call does not come from the provider, is too old, or was changed.

        `headers` have small letters, `raw` is the body as it came. `fetch` gets a page of the
        provider's own, for one that signs by a certificate.
        """
        ...

    def events(self, raw: bytes) -> tuple[Event, ...]:
        """What a verified call says, in its order; what is of no use to us is left out. Raises Forged for nonsense."""
        ...
