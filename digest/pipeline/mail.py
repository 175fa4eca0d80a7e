"""One email to a few named addresses, through the newsletter's provider: a test, a notice. It sees no audience."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct, field

from digest.config import Settings
from digest.models import OUTBOX, Batch, Delivery, Email, Outcome, Picture, Refused, Settled

if TYPE_CHECKING:
    from digest.send.providers.provider import Provider
    from digest.store.paces import Paces

LINK = "/u/test"
"""Ends the unsubscribe address of such an email: nobody's, so that trying it takes nobody off a list."""


class Sent(Struct, frozen=True):
    """What became of the email to one address."""

    address: str
    accepted: bool
    said: str
    """The provider's id of the email, or why there is none."""


class Plain(Struct, frozen=True):
    """How such an email goes out."""

    name: str
    """The provider's key for it: with one that it knows, it may answer from memory."""
    automatic: bool = False
    """It is not a mailing list's."""
    pictures: Mapping[str, Picture] = field(default_factory=dict)
    """Those that it shows, by their address: the outbox lets them come along."""
    paces: Paces | None = None
    """Where workers share the account's pace: these emails do not wait for it, but the bulk does for them."""


def to(settings: Settings, email: Email, addresses: Sequence[str], now: datetime, how: Plain) -> tuple[Sent, ...]:
    """Sends `email`, in the order of `addresses`; it counts nowhere as sent.

    Raises ConfigError when a secret is missing.
    """
    link = f"{settings.newsletter.public_url}{LINK}"
    fields = [{"name": "", "address": each, "unsubscribe_url": link} for each in addresses]
    deliveries = [Delivery(n, each["address"], each) for n, each in enumerate(fields, 1)]
    with through(settings, email, now, how) as provider:
        largest = provider.capabilities.largest_batch
        parts = [deliveries[at : at + largest] for at in range(0, len(deliveries), largest)]
        return tuple(sent for n, part in enumerate(parts) for sent in _sent(provider, part, f"{how.name}-{n}"))


@contextmanager
def through(settings: Settings, email: Email, now: datetime, how: Plain) -> Iterator[Provider]:
    """The newsletter's provider, to hand this one email to. Raises ConfigError when a secret is missing."""
    from digest import send as sending  # brings httpx: only who sends pays for it
    from digest.send import providers, shared

    if how.paces and settings.send.engine == "workers":
        shared.pay(how.paces, settings.send, 1)
    along = how.pictures if settings.send.provider == OUTBOX else {}
    letter = sending.Letter(email, settings.newsletter.from_, now, along, automatic=how.automatic)
    with providers.chosen(settings.send, letter, secrets=settings.secrets(), folder=settings.folder) as provider:
        yield provider


def _sent(provider: Provider, deliveries: Sequence[Delivery], name: str) -> Iterator[Sent]:
    """One call, or one for each address when they are refused together."""
    answer = provider.deliver(Batch(name, 1, 1, tuple(deliveries), name))
    if isinstance(answer, Refused) and len(deliveries) > 1:
        for delivery in deliveries:
            yield from _sent(provider, [delivery], f"{name}-{delivery.number}")
        return
    outcomes = {outcome.number: outcome for outcome in answer.outcomes} if isinstance(answer, Settled) else {}
    silence = "the answer says nothing of this address" if isinstance(answer, Settled) else answer.reason
    for delivery in deliveries:
        outcome = outcomes.get(delivery.number) or Outcome(delivery.number, "rejected", reason=silence)
        yield Sent(delivery.address, outcome.state == "accepted", outcome.provider_id or outcome.reason)
