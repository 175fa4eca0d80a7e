"""Asks servers and the DNS what the checks want to know, side by side; `check` judges the answers.

`Prober` keeps what it has learned, so that an address that several issues show is asked once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Literal

import httpcore

from digest import net
from digest.errors import SourceError
from digest.models import Answered, OneClick, Records, SpamScore, Target

if TYPE_CHECKING:
    from dns.resolver import Resolver

_AT_ONCE = 16
_DEADLINE_S = 10.0
_CAP_BYTES = 10_000_000
_FRESH_S = 900.0
"""So long an answer is believed: an editor who mends one link does not wait for the other sixty."""

Progress = Callable[[int, int], None]
"""Is told how many of how many addresses have answered."""


class Prober:
    """One run's, or one desk's, knowledge of what answers. May be used by several threads."""

    def __init__(self, *, allow_private: bool = False, contact: str = "", progress: Progress | None = None) -> None:
        self._get = partial(net.get, allow_private=allow_private, contact=contact)
        self._allow_private = allow_private
        self._progress = progress
        self._known: dict[str, tuple[float, Answered]] = {}

    def targets(self, wanted: Sequence[Target]) -> tuple[Answered, ...]:
        """What became of each, in their order; several at once, each address once."""
        urls = {target.url: target for target in wanted if not self._fresh(target.url)}
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="probe") as pool:
            for done, answered in enumerate(pool.map(self._tried, urls.values()), 1):
                self._known[answered.target.url] = time.monotonic(), answered
                if self._progress:
                    self._progress(done, len(urls))
        return tuple(_about(self._known[target.url][1], target) for target in wanted)

    def one_click(self, url: str) -> OneClick:
        """A GET, which must change nothing, and then the POST of RFC 8058, at this address and no other."""
        try:
            shown = net.get(url, allow_private=self._allow_private, deadline_s=_DEADLINE_S)
            body = b"List-Unsubscribe=One-Click"
            answer = net.post(url, body, kind=net.FORM, allow_private=self._allow_private, deadline_s=_DEADLINE_S)
        except SourceError as error:
            return OneClick(url, trouble=str(error))
        cookie = "set-cookie" in answer.headers or "set-cookie" in shown.headers
        return OneClick(url, shown.status, answer.status, 300 <= answer.status < 400, cookie)

    def records(self, domain: str, selectors: Sequence[str], resolver: Resolver | None = None) -> Records:
        """What the DNS says of the domain, by the machine's own resolver if none is given."""
        from digest.probe import names  # dnspython takes 60 ms

        return names.records(domain, selectors, resolver)

    def spam(self, message: bytes) -> SpamScore:
        """What SpamAssassin on this machine says of a raw email; nobody else is asked."""
        from digest.probe import spam

        return spam.score(message)

    def _fresh(self, url: str) -> bool:
        return url in self._known and time.monotonic() - self._known[url][0] < _FRESH_S

    def _tried(self, target: Target) -> Answered:
        try:
            found = self._get(target.url, deadline_s=_DEADLINE_S, cap_bytes=_CAP_BYTES)
        except SourceError as error:
            return Answered(target, trouble=_trouble(error), reason=str(error))
        media = found.headers.get("content-type", "").partition(";")[0].strip()
        return Answered(target, found.status, len(found.body), media)


def _about(answered: Answered, target: Target) -> Answered:
    """The same answer, for another place that shows the address."""
    return Answered(target, answered.status, answered.size_bytes, answered.media, answered.trouble, answered.reason)


def _trouble(error: SourceError) -> Literal["time-out", "network", "refused", "too-large"]:
    cause = error.__cause__
    if isinstance(cause, httpcore.TimeoutException):
        return "time-out"
    if isinstance(cause, SourceError):  # the guard or the cap spoke, not the network
        return "too-large" if "larger than" in str(cause) else "refused"
    return "network"
