"""What is known beyond an issue itself: what servers answer, what the DNS says, how many people will read it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from msgspec import Struct, field


class Target(Struct, frozen=True):
    """An address to try, and where in the issue it stands."""

    url: str
    kind: Literal["link", "picture"]
    title: str
    """Of the story or block that shows it."""
    place: str = ""


class Answered(Struct, frozen=True):
    """What became of trying an address."""

    target: Target
    status: int = 0
    """0 when no answer came."""
    size_bytes: int = 0
    media: str = ""
    """The media type that the server names."""
    trouble: Literal["", "time-out", "network", "refused", "too-large"] = ""
    """Why no answer came: too late, not reached, not asked because it must not be."""
    reason: str = ""
    """The same in words."""


class Records(Struct, frozen=True):
    """What the DNS says about a sender's domain. None for what could not be asked."""

    domain: str
    spf: tuple[str, ...] | None = ()
    """Every SPF record of the domain."""
    spf_lookups: int = 0
    """DNS queries that a receiver makes for it (RFC 7208, section 4.6.4)."""
    dmarc: tuple[str, ...] | None = ()
    """Every DMARC record of the domain, else of the one above it."""
    dkim: Mapping[str, str | None] = field(default_factory=dict)
    """Selector -> its key record, empty when there is none, None when it could not be asked."""
    trouble: str = ""
    """Why the DNS could not be asked."""


class OneClick(Struct, frozen=True):
    """What a server did with a test token's unsubscribe address."""

    url: str
    get_status: int = 0
    post_status: int = 0
    redirected: bool = False
    cookie: bool = False
    trouble: str = ""
    """Why it could not be asked."""


class SpamScore(Struct, frozen=True):
    """What SpamAssassin on this machine says of an email."""

    points: float = 0.0
    limit: float = 5.0
    """From here on it is spam."""
    against: tuple[str, ...] = ()
    """The rules that count against it, the worst first: `1.9 HTML_IMAGE_ONLY_08 HTML: images with 400-800 bytes…`"""
    trouble: str = ""
    """Why it could not be asked."""


class Readership(Struct, frozen=True):
    """Who would get the issue now, in numbers."""

    size: int
    gmail: int = 0
    """Of them with an address at Gmail."""
    unexplained: int = 0
    """Of them without a word on how and when their address came in."""
    last_size: int | None = None
    """Of the last issue's audience; None before the first."""
    provider: str = ""
    """Through what it goes out."""
    unheard: tuple[str, datetime] | None = None
    """Through what the last issue went out and when that began, where nothing has been reported of it."""
    sent_at: datetime | None = None
    """When this very issue began to go out; None when it has not."""
    promised: Mapping[str, datetime] = field(default_factory=dict)
    """Beginning of the unsubscribe addresses of the last 60 days' issues -> when the latest went out."""
