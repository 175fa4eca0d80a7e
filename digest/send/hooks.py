"""What the webhooks of several providers have in common: proofs of their origin, and reading what they say."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from digest.errors import ConfigError, Forged
from digest.send import addresses, outcomes

_OLDEST = timedelta(days=4)
"""No provider of those who sign without a time repeats a call for longer: Mailtrap 4 h, Mandrill 3 days."""
_AHEAD = timedelta(hours=1)
_SKEW = timedelta(minutes=5)
"""As the libraries of Svix and of Standard Webhooks have it."""


def secret(provider: str, secrets: Mapping[str, str], what: str) -> str:
    """What proves a webhook's calls. Raises ConfigError where the table has none; `what` says what it is."""
    if "webhook" not in secrets:
        raise ConfigError(
            [f'send.{provider}.webhook is not set: {what}; write webhook = {{ env = "NAME" }} and run again']
        )
    return secrets["webhook"]


def same(given: str, expected: str) -> None:
    """Raises Forged unless both are equal, in a time that tells nothing of where they differ."""
    one_of([given], expected)


def one_of(given: Iterable[str], expected: str) -> None:
    """Raises Forged unless one of them is the expected."""
    if not any(hmac.compare_digest(each.encode(errors="replace"), expected.encode()) for each in given):
        raise Forged("the webhook call does not prove that it comes from the provider")


def signed(given: str, key: str, body: bytes) -> None:
    """Raises Forged unless `given` is the HMAC-SHA256 of the body in hexadecimal digits."""
    same(given.strip().lower(), hmac.new(key.encode(), body, hashlib.sha256).hexdigest())


def basic(headers: Mapping[str, str], user_password: str) -> None:
    """Raises Forged unless the call carries this `user:password` (RFC 7617)."""
    scheme, _, given = headers.get("authorization", "").partition(" ")
    expected = base64.b64encode(user_password.encode()).decode()
    same(f"{scheme.lower()} {given.strip()}", f"basic {expected}")


def fresh(times: Iterable[datetime], now: datetime) -> None:
    """Raises Forged when the last of the times that a signed body names lies long ago, or ahead."""
    latest = max(times, default=now)
    if not -_OLDEST <= latest - now <= _AHEAD:
        raise Forged(f"the webhook call is of {latest:%Y-%m-%d %H:%M} UTC, and it is {now:%Y-%m-%d %H:%M}")


def just_now(moment: datetime, now: datetime) -> None:
    """Raises Forged when a call that is signed anew each time it is tried lies five minutes off."""
    if abs(moment - now) > _SKEW:
        raise Forged(f"the webhook call is of {moment:%Y-%m-%d %H:%M} UTC, and it is {now:%Y-%m-%d %H:%M}")


def parsed(raw: bytes) -> object:
    """The body's JSON. Raises Forged for anything else."""
    try:
        return json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise Forged("the webhook call holds no JSON") from error


def items(listed: object) -> list[Mapping[str, object]]:
    """The JSON objects of a list. Raises Forged for anything else."""
    if not isinstance(listed, list) or not all(isinstance(item, dict) for item in listed):
        raise Forged("the webhook call is not what the provider documents")
    return listed


def part(item: Mapping[str, object], key: str) -> Mapping[str, object]:
    """The JSON object below `key`, empty where there is none."""
    found = item.get(key)
    return found if isinstance(found, dict) else {}


def word(item: Mapping[str, object], *keys: str) -> str:
    """The first of these that is there, as text; empty when none is."""
    return next((str(item[key]) for key in keys if item.get(key) not in (None, "")), "")


def address(item: Mapping[str, object], *keys: str) -> str:
    """The address below the first of these keys that is there, as the store has it."""
    return addresses.as_known(word(item, *keys))


def number(given: object) -> int | None:
    """A delivery's number out of metadata; None for anything else."""
    return int(str(given)) if re.fullmatch(r"[0-9]{1,9}", str(given)) else None


def metadata(about: Mapping[str, object]) -> dict[str, Any]:
    """What an event says of its delivery, out of the metadata that went out with the email."""
    return {
        "issue_key": word(about, "issue"),
        "number": number(about.get("number")),
    }


def at(seconds: object) -> datetime:
    """The moment that seconds since 1970 name, in UTC. Raises Forged for anything else."""
    try:
        return datetime.fromtimestamp(float(str(seconds)), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise Forged("the webhook call names no time") from error


def at_iso(moment: object) -> datetime:
    """The moment in ISO 8601, in UTC. Raises Forged for anything else."""
    try:
        found = datetime.fromisoformat(str(moment))
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise Forged("the webhook call names no time") from error


def reason(item: Mapping[str, object], *keys: str) -> str:
    """The provider's words below the first of these keys that is there: one line without full addresses."""
    return outcomes.brief(word(item, *keys))


def ident(*parts: object) -> str:
    """An id for an event whose provider gives none: equal for an event that is reported again."""
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()[:32]
