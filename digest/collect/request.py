"""What is asked of every source, and one visit to one of them."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from digest.collect import clean
from digest.config import NewsletterSettings, SourceSettings

if TYPE_CHECKING:
    from digest.net import Response

DEADLINE_S = 30.0


@dataclass(frozen=True, slots=True)
class Request:
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


@dataclass(frozen=True, slots=True)
class Visit:
    """One source, visited once: all that it costs must fit before `until`."""

    source: SourceSettings
    request: Request
    until: float
    """On the monotonic clock."""

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

    def get(self, url: str, cap_bytes: int = 5_000_000) -> Response:
        """The answer to a guarded GET within the time that is left. Raises SourceError."""
        from digest import net

        return net.get(
            url,
            allow_private=self.source.allow_private_addresses,
            contact=self.request.newsletter.site_url,
            deadline_s=max(0.0, self.until - time.monotonic()),
            cap_bytes=cap_bytes,
        )

    def page_url(self, title: str) -> str:
        """The address that a WordPress site gives a page of this title, as far as that can be known."""
        bare = re.sub(r"[^\w\s./–—-]", "", title.lower())
        slug = re.sub(r"[\s./–—-]+", "-", bare).strip("-")
        return clean.url(f"{self.site}/{slug}") or self.site
