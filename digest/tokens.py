"""What stands in a link instead of an address: a few bytes, signed for one purpose.

A reader's own token is random and signed when the person is first listed, so that what is made up
is refused without a look into the store. It never expires. What an email asks to confirm holds the
number of the sign-up and when it was asked, and so expires.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal

from msgspec import Struct

Purpose = Literal["reader", "confirm", "form", "approve", "hold"]
Decision = Literal["approve", "hold"]

CONFIRM_WITHIN = timedelta(days=7)
_MAC_BYTES = 8
_HANDLE_BYTES = 7
_HASH_BYTES = 12
CODE = 3
"""Characters that name a newsletter in an unsubscribe link."""
READER = 20
"""Characters of a reader's token; those of before this module have 22 and are not signed."""
_OLD_READER = 22


class ReaderLink(Struct, frozen=True):
    """What the last part of an unsubscribe link says."""

    token: str
    code: str = ""
    """Of the newsletter; empty in a link of before there were several."""


def new_reader(key: bytes) -> str:
    """A token for a new person: 56 random bits and their signature."""
    return _signed("reader", secrets.token_bytes(_HANDLE_BYTES), key)


def unsubscribe_prefix(public_url: str, newsletter: str) -> str:
    """What stands before a reader's token in the links of a newsletter's email.

    The code keeps the address short: `<https://…>` has 69 characters with a public_url of 41.
    """
    return f"{public_url}/u/{code(newsletter)}"


def code(newsletter: str) -> str:
    """Three characters that stand for a newsletter's key."""
    return urlsafe_b64encode(hashlib.sha256(newsletter.encode()).digest()).decode()[:CODE]


def reader_link(part: str, keys: Sequence[bytes]) -> ReaderLink | None:
    """The last part of an unsubscribe link; None when we never made it. An old one is only known to the store."""
    if len(part) == _OLD_READER and re.fullmatch(r"[\w-]+", part, re.ASCII):
        return ReaderLink(part)
    token = part[CODE:]
    return ReaderLink(token, part[:CODE]) if _body("reader", token, keys, _HANDLE_BYTES) else None


def confirmation(signup: int, asked_at: datetime, key: bytes) -> str:
    """The token of a confirmation email."""
    body = signup.to_bytes(6, "big") + int(asked_at.timestamp()).to_bytes(5, "big")
    return _signed("confirm", body, key)


def confirmed(token: str, keys: Sequence[bytes], now: datetime) -> tuple[int, datetime] | None:
    """Number of the sign-up and when it was asked, to the second; None for a forged or an expired one."""
    body = _body("confirm", token, keys, 11)
    if body is None:
        return None
    asked_at = datetime.fromtimestamp(int.from_bytes(body[6:], "big"), UTC)
    return (int.from_bytes(body[:6], "big"), asked_at) if now - asked_at <= CONFIRM_WITHIN else None


def decision(what: Decision, issue_id: int, sha256: str, key: bytes) -> str:
    """The token of a link that lets an editor decide so on these frozen bytes, and on no others."""
    return _signed(what, issue_id.to_bytes(6, "big") + bytes.fromhex(sha256[: 2 * _HASH_BYTES]), key)


def decided(what: Decision, token: str, keys: Sequence[bytes]) -> tuple[int, str] | None:
    """Number of the issue and the beginning of its hash; None for a token that is not ours, or for another purpose."""
    body = _body(what, token, keys, 6 + _HASH_BYTES)
    return (int.from_bytes(body[:6], "big"), body[6:].hex()) if body else None


def stamp(now: datetime, key: bytes) -> str:
    """When a form was shown."""
    return _signed("form", int(now.timestamp()).to_bytes(5, "big"), key)


def shown_at(token: str, keys: Sequence[bytes]) -> datetime | None:
    """When the form with this stamp was shown; None for a stamp that is not ours."""
    body = _body("form", token, keys, 5)
    return None if body is None else datetime.fromtimestamp(int.from_bytes(body, "big"), UTC)


def _signed(purpose: Purpose, body: bytes, key: bytes) -> str:
    return urlsafe_b64encode(body + _mac(purpose, body, key)).decode().rstrip("=")


def _body(purpose: Purpose, token: str, keys: Sequence[bytes], size: int) -> bytes | None:
    """What was signed, with any of the keys; None for everything else, another spelling of the same bytes too."""
    if len(token) > 64 or not re.fullmatch(r"[\w-]+", token, re.ASCII):
        return None
    try:
        raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except ValueError:
        return None
    if len(raw) != size + _MAC_BYTES or urlsafe_b64encode(raw).decode().rstrip("=") != token:
        return None
    body, mac = raw[:size], raw[size:]
    # Every key is tried: how long it takes says nothing about which one fitted.
    fits = [hmac.compare_digest(_mac(purpose, body, key), mac) for key in keys]
    return body if any(fits) else None


def _mac(purpose: Purpose, body: bytes, key: bytes) -> bytes:
    return hmac.digest(key, purpose.encode() + b"\0" + body, "sha256")[:_MAC_BYTES]
