"""What is asked of every source, and one visit to one of them."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from msgspec import Struct, field

from digest.collect import clean
from digest.config import NewsletterSettings, Secret, SourceSettings
from digest.errors import ConfigError, SourceError
from digest.models import SourceMemory

if TYPE_CHECKING:
    from digest.net import Response

_DEADLINE_S = 30.0
_BELIEVED_FOR = timedelta(hours=6)
"""How long after a whole answer "not modified" counts: what it may hide comes in by then."""


def _no_secrets(place: Secret) -> str:
    raise ConfigError([f"{place.env or place.file}: no secret can be read here"])


class Request(Struct, frozen=True):
    """Articles with start <= published < end, and those without a date."""

    start: datetime
    """The window's start minus the look-back."""
    end: datetime
    """The window's end."""
    now: datetime
    """In UTC, as the others are."""
    folder: Path
    """Where relative paths in config.toml begin."""
    newsletter: NewsletterSettings
    """Its zone, language and site hold for a source that names none."""
    reveal: Callable[[Secret], str] = _no_secrets
    """`Settings.reveal`: the value of a source's key or password."""
    memories: Mapping[str, SourceMemory] = field(default_factory=dict)
    """Source -> what its server last said about its address."""
    between_issues: bool = False
    """Nothing is built from this fetch: a server may be believed that says "not modified"."""


class Visit(Struct, frozen=True):
    """One source, visited once: all that it costs must fit before `until`."""

    source: SourceSettings
    request: Request
    until: float
    """On the monotonic clock."""

    @classmethod
    def begun(cls, source: SourceSettings, request: Request) -> Visit:
        """A visit that has 30 s from now."""
        return cls(source, request, until=time.monotonic() + _DEADLINE_S)

    @property
    def memory(self) -> SourceMemory | None:
        """What is remembered of the address that the source has now."""
        memory = self.request.memories.get(self.source.name)
        return memory if memory and memory.url == self.source.url else None

    def conditions(self) -> dict[str, str]:
        """Headers that ask for a change only, where "not modified" can be believed; else none."""
        from digest import net

        memory = self.memory
        if not self.request.between_issues or memory is None or memory.fetched_at is None:
            return {}
        fresh = self.request.now - memory.fetched_at < _BELIEVED_FOR
        return net.conditions(memory.etag, memory.last_modified) if fresh else {}

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the times that the source writes without one."""
        return ZoneInfo(self.source.timezone or self.request.newsletter.timezone)

    @property
    def language(self) -> str:
        """The language of articles that do not say theirs."""
        return self.source.language or self.request.newsletter.language

    @property
    def site(self) -> str:
        """Where the source's articles are read: its own address, else the newsletter's site."""
        return self.source.url or self.request.newsletter.site_url

    @property
    def left_s(self) -> float:
        """What is left of the visit's time; never less than nothing."""
        return max(0.0, self.until - time.monotonic())

    def secret(self, place: Secret | None) -> str:
        """A key or a password, empty when none is asked for. Raises SourceError when it is not set."""
        try:
            return self.request.reveal(place) if place else ""
        except ConfigError as error:
            raise SourceError(str(error)) from error

    def get(self, url: str, cap_bytes: int = 5_000_000, headers: Mapping[str, str] | None = None) -> Response:
        """The answer to a guarded GET within the time that is left. Raises SourceError."""
        from digest import net

        return net.get(
            url,
            allow_private=self.source.allow_private_addresses,
            contact=self.request.newsletter.site_url,
            deadline_s=self.left_s,
            cap_bytes=cap_bytes,
            headers=headers,
        )

    def page_url(self, title: str) -> str:
        """The address that a WordPress site gives a page of this title, as far as that can be known."""
        bare = re.sub(r"[^\w\s./–—-]", "", title.lower())
        slug = re.sub(r"[\s./–—-]+", "-", bare).strip("-")
        return clean.url(f"{self.site}/{slug}") or self.site
