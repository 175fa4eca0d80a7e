"""The pace that all workers keep together: its row in the database holds it, this asks and tells."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from digest.config import SendSettings
from digest.errors import StoreError
from digest.send.pace import Pace, asked_pause_s

if TYPE_CHECKING:
    from digest.store.paces import Paces, Place

_log = logging.getLogger("digest.send")


def account(settings: SendSettings) -> str:
    """Whose limits count: the provider, and where its credentials are found; equal for newsletters that share them."""
    where = [secret.env or secret.file or "" for key, secret in settings.own.places if key != "webhook"]
    return " ".join(filter(None, [settings.provider, getattr(settings.own, "host", ""), *where]))


def pay(paces: Paces, settings: SendSettings, emails: int) -> None:
    """These go out now, whatever waits; what waits does so for them, too. Raises nothing: they do not wait for this."""
    try:
        paces.pay(account(settings), emails, per_s=settings.rate_per_s, burst=settings.burst)
    except StoreError as error:
        _log.warning("the pace does not know of an email: %s", error)


class SharedPace(Pace):
    """As a `Pace`, for a sender that takes its place in the row before it claims anything.

    What the row cannot be told, because the database is away, is not worth an email: it is logged.
    """

    def __init__(self, paces: Paces, settings: SendSettings) -> None:
        super().__init__()
        self._paces, self._account = paces, account(settings)
        self._rate = settings.rate_per_s, settings.burst
        self._mine = threading.local()

    def place(self, emails: int) -> Place:
        """When this thread may hand over a batch of so many. Raises StoreError."""
        per_s, burst = self._rate
        self._mine.place = place = self._paces.take(self._account, emails, per_s=per_s, burst=burst)
        return place

    def wait_s(self) -> float:
        """Nothing: it was waited for already."""
        return 0.0

    def spend(self, emails: int) -> None:
        """It was paid with the place."""

    def refused(self) -> None:
        """Slows everybody, once for all calls that were under way."""
        self._tell(lambda: self._paces.refused(self._account, self._mine.place.at))

    def accepted(self) -> None:
        """Quickens everybody a little, where they were slowed."""
        if self._mine.place.slowed:
            self._tell(lambda: self._paces.accepted(self._account))

    def hear(self, headers: Mapping[str, str]) -> None:
        """Nobody calls before the provider's limit is renewed."""
        if pause_s := asked_pause_s(headers):
            self.rest(timedelta(seconds=pause_s))

    def rest(self, pause: timedelta) -> None:
        """Nobody calls for so long."""
        self._tell(lambda: self._paces.rest(self._account, pause.total_seconds()))

    def _tell(self, what: Callable[[], None]) -> None:
        try:
            what()
        except StoreError as error:
            _log.warning("the pace of %s could not be changed for all: %s", self._account, error)
