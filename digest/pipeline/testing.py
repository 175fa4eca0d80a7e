"""A test of an email to a few addresses that somebody typed: this path cannot see the audience."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec.structs import replace

from digest.audience import addresses as spelling
from digest.config import Settings
from digest.errors import DigestError, UsageError
from digest.models import Email, Picture
from digest.pipeline import mail
from digest.pipeline.mail import Plain, Sent

AT_MOST = 5


def send_test(
    settings: Settings,
    email: Email,
    addresses: Sequence[str],
    now: datetime,
    pictures: Mapping[str, Picture] | None = None,
) -> tuple[Sent, ...]:
    """Sends `email` through the provider of the settings, in the order of `addresses`; it counts nowhere as sent.

    The subject begins with "[test]"; nothing else differs from what a reader would get. Raises
    UsageError for no address, more than five, one that is none, or one that is given twice, and
    ConfigError when a secret is missing. `pictures` are those that the email shows, by their
    address: the outbox lets them come along.
    """
    marked = replace(email, subject=f"[test] {email.subject}")
    to = _checked(addresses)
    return mail.to(settings, marked, to, now, Plain(f"test-{secrets.token_hex(8)}", pictures=pictures or {}))


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
