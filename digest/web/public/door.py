"""What every page needs: the editions, the store, the clock, and the counters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from msgspec import Struct, field

from digest import tokens
from digest.config import Settings
from digest.models import Event
from digest.send.providers.provider import Hook
from digest.store.people import Leaving
from digest.web.public.together import Together

if TYPE_CHECKING:
    from digest.store import Store


def _now() -> datetime:
    return datetime.now(UTC)


class Door(Struct, eq=False, dict=True):
    """One running `digest serve`."""

    editions: Sequence[Settings]
    store: Store
    hooks: Mapping[str, Hook] = field(default_factory=dict)
    """Provider -> what reads its reports."""
    clock: Callable[[], datetime] = _now
    asked: Callable[[], None] = lambda: None
    """Called when an email may be due."""
    body_s: float = 10.0
    """How long a body may take; a slow client is hung up on."""
    counts: Counter[tuple[str, ...]] = field(default_factory=Counter)
    """Name and labels of a metric -> how often."""

    @property
    def main(self) -> Settings:
        """The newsletter itself."""
        return self.editions[0]

    @cached_property
    def base(self) -> str:
        """The path of public_url, which stands before every address; empty for a whole site."""
        return urlsplit(self.main.newsletter.public_url).path.rstrip("/")

    @cached_property
    def leave(self) -> Together[Leaving, bool]:
        """Ends a subscription; answered when it is committed."""
        return Together(self.store.people.leave)

    @cached_property
    def report(self) -> Together[tuple[str, tuple[Event, ...]], None]:
        """Keeps what a provider reported; answered when it is committed."""
        return Together(self._report)

    def keys(self) -> tuple[bytes, ...]:
        """What links are signed with, the newest first."""
        return self.store.keys.signing(self.clock())

    def of_key(self, newsletter: str | None) -> Settings | None:
        """The edition with this key."""
        return next((each for each in self.editions if each.newsletter.key == newsletter), None)

    def of_code(self, code: str) -> Settings | None:
        """The edition that an unsubscribe link means."""
        return next((each for each in self.editions if code and tokens.code(each.newsletter.key) == code), None)

    def _report(self, calls: Sequence[tuple[str, tuple[Event, ...]]]) -> list[None]:
        heard = [(provider, event) for provider, events in calls for event in events]
        if heard:
            self.store.events.record(heard, self.clock())
        for provider, event in heard:
            self.counts["digest_events_total", provider, event.kind] += 1
        return [None] * len(calls)
