"""A test of an email to a few addresses that somebody typed: this path cannot see the audience."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

from digest.audience import addresses as spelling
from digest.config import Settings
from digest.errors import DigestError, UsageError
from digest.models import OUTBOX, Batch, Delivery, Email, Outcome, Picture, Refused, Settled

if TYPE_CHECKING:
    from digest.send.providers.provider import Provider

AT_MOST = 5
NONE: Mapping[str, Picture] = MappingProxyType({})
LINK = "/u/test"
"""Ends the unsubscribe address of a test: nobody's, so that trying it takes nobody off a list."""


@dataclass(frozen=True, slots=True)
class Tested:
    """What became of the test to one address."""

    address: str
    accepted: bool
    said: str
    """The provider's id of the email, or why there is none."""


def send_test(
    settings: Settings, email: Email, addresses: Sequence[str], now: datetime, pictures: Mapping[str, Picture] = NONE
) -> tuple[Tested, ...]:
    """Sends `email` through the provider of the settings, in the order of `addresses`; it counts nowhere as sent.

    The subject begins with "[test]"; nothing else differs from what a reader would get. Raises
    UsageError for no address, more than five, one that is none, or one that is given twice, and
    ConfigError when a secret is missing. `pictures` are those that the email shows, by their
    address: the outbox lets them come along.
    """
    people = _checked(addresses)
    from digest import send as sending  # brings httpx: only who sends pays for it
    from digest.send import providers

    letter = sending.Letter(
        email=replace(email, subject=f"[test] {email.subject}"),
        sender=settings.newsletter.from_,
        date=now,
        pictures=pictures if settings.send.provider == OUTBOX else {},
    )
    link = f"{settings.newsletter.public_url}{LINK}"
    fields = [{"name": "", "address": each, "unsubscribe_url": link} for each in people]
    deliveries = [Delivery(n, each["address"], each) for n, each in enumerate(fields, 1)]
    with providers.chosen(settings.send, letter, secrets=settings.secrets(), folder=settings.folder) as provider:
        largest = provider.capabilities.largest_batch
        parts = [deliveries[at : at + largest] for at in range(0, len(deliveries), largest)]
        return tuple(tested for part in parts for tested in _tested(provider, part))


def _checked(addresses: Sequence[str]) -> tuple[str, ...]:
    if not 1 <= len(addresses) <= AT_MOST:
        raise UsageError(f"a test goes to 1 to {AT_MOST} addresses that you name, not to {len(addresses)}")
    try:
        found = [spelling.checked(each) for each in addresses]
    except DigestError as error:
        raise UsageError(str(error)) from error
    twice = next((each for at, each in enumerate(found) if each.casefold() in map(str.casefold, found[:at])), None)
    if twice:
        raise UsageError(f"{twice} is named twice; name each address of a test once")
    return tuple(found)


def _tested(provider: Provider, deliveries: Sequence[Delivery]) -> Iterator[Tested]:
    """One call, or one for each address when they are refused together."""
    # a key of its own: with a key that it knows, a provider would answer from memory and send nothing
    name = f"test-{secrets.token_hex(8)}"
    answer = provider.deliver(Batch(name, 1, 1, tuple(deliveries), name))
    if isinstance(answer, Refused) and len(deliveries) > 1:
        for delivery in deliveries:
            yield from _tested(provider, [delivery])
        return
    outcomes = {outcome.number: outcome for outcome in answer.outcomes} if isinstance(answer, Settled) else {}
    silence = "the answer says nothing of this address" if isinstance(answer, Settled) else answer.reason
    for delivery in deliveries:
        outcome = outcomes.get(delivery.number) or Outcome(delivery.number, "rejected", reason=silence)
        yield Tested(delivery.address, outcome.state == "accepted", outcome.provider_id or outcome.reason)
