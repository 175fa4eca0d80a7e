"""How fast a run may send: so many emails a second on average, over all its threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Pace:
    """The generic cell rate algorithm, paid afterwards: a call may start when the earlier ones are paid for.

    So a thread waits before it claims a batch and never while it holds one. Up to one batch per
    thread may start at once; over time the average holds.
    """

    def __init__(self, per_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_s = per_s
        self._clock = clock
        self._paid_at = clock()
        self._lock = threading.Lock()

    def wait_s(self) -> float:
        """Seconds until the next call may start, 0 when it may at once."""
        with self._lock:
            return max(0.0, self._paid_at - self._clock())

    def spend(self, emails: int) -> None:
        """A call with so many emails starts."""
        with self._lock:
            self._paid_at = max(self._paid_at, self._clock()) + emails / self._per_s
