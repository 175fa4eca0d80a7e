"""How fast a run may send: as the settings allow, as the provider says, and slower after each refusal."""

from __future__ import annotations

import re
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime

_PREFIXES = ("ratelimit", "x-ratelimit", "x-sib-ratelimit", "x-rate-limit")
_SLOWEST_S, _QUICKEST_S = 60.0, 0.001
"""Seconds between two calls: the most that refusals lead to, and what is as good as none."""
_RISE = 0.05
"""What an accepted call adds to the rate, as a part of the rate that was last refused."""


class Pace:
    """So many emails a second on average, over all threads, and as many calls as the provider takes.

    The generic cell rate algorithm, paid afterwards: a call may start when the earlier ones are paid
    for. So a thread waits before it claims a batch and never while it holds one. Up to one batch per
    thread may start at once; over time the average holds. A refusal halves the rate of calls, each
    success raises it a little: additive increase, multiplicative decrease.
    """

    def __init__(self, per_s: float | None = None, burst: int = 0, clock: Callable[[], float] = time.monotonic) -> None:
        """`burst`: emails that may go out at once after a rest, above those of the average."""
        self._per_s, self._burst, self._clock = per_s, burst, clock
        self._paid_at = self._next_at = clock()
        self._gap_s = self._refused_gap_s = 0.0
        self._starts: deque[float] = deque(maxlen=10)
        self._lock = threading.Lock()

    def wait_s(self) -> float:
        """Seconds until the next call may start, 0 when it may at once."""
        with self._lock:
            return max(0.0, max(self._paid_at, self._next_at) - self._clock())

    def spend(self, emails: int) -> None:
        """A call with so many emails starts."""
        with self._lock:
            now = self._clock()
            self._starts.append(now)
            self._next_at = max(self._next_at, now + self._gap_s)
            if self._per_s:
                self._paid_at = max(self._paid_at, now - self._burst / self._per_s) + emails / self._per_s

    def refused(self) -> None:
        """The provider says that calls come too fast: half as many from now on."""
        with self._lock:
            now = self._clock()
            since = [at for at in self._starts if now - at <= _SLOWEST_S]
            usual = (now - since[0]) / len(since) if since else 0.0
            self._gap_s = self._refused_gap_s = min(max(2 * max(self._gap_s, usual), 0.05), _SLOWEST_S)
            self._next_at = max(self._next_at, now + self._gap_s)

    def accepted(self) -> None:
        """A call went well: a little faster from now on."""
        with self._lock:
            if self._gap_s:
                gap_s = 1 / (1 / self._gap_s + _RISE / self._refused_gap_s)
                self._gap_s = gap_s if gap_s > _QUICKEST_S else 0.0

    def hear(self, headers: Mapping[str, str]) -> None:
        """An answer came with these headers, in small letters: nobody calls before the provider's limit is renewed."""
        if pause := asked_pause_s(headers):
            with self._lock:
                self._next_at = max(self._next_at, self._clock() + pause)


def asked_pause_s(headers: Mapping[str, str]) -> float:
    """Seconds for which a provider's own headers allow no further call; 0 while they leave room, or say nothing.

    `RateLimit-Remaining` and `-Reset` under the names that are in use, the second one in seconds
    from now or as a time since 1970, in seconds or milliseconds, read against the answer's own `Date`.
    """
    for prefix in _PREFIXES:
        remaining, reset = headers.get(f"{prefix}-remaining", ""), headers.get(f"{prefix}-reset", "")
        if re.fullmatch(r"-?\d{1,18}", remaining.strip()) and int(remaining) <= 0:
            return _until(reset.strip(), headers.get("date", ""))
    return 0.0


def _until(reset: str, date: str) -> float:
    if not re.fullmatch(r"\d{1,15}(\.\d+)?", reset):
        return 0.0
    value = float(reset)
    if value < 1e9:
        return value
    try:
        now = parsedate_to_datetime(date).timestamp()
    except (ValueError, TypeError):
        return 0.0
    return max(0.0, value / (1000 if value > 1e11 else 1) - now)
