"""How one run of the sending loop goes about it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from msgspec import Struct, field

from digest.models import Counts, Regrets
from digest.send.breaker import MOST_BOUNCED, MOST_COMPLAINED, MOST_REJECTED
from digest.send.ladder import Policy
from digest.send.pace import Pace

DRAIN_S = 25.0
"""So long a run that is told to stop waits for answers: a supervisor kills after 30 s."""


class Plan(Struct, frozen=True):
    """What a run may use, whom it tells, and when it stops."""

    clock: Callable[[], datetime]
    """The time in UTC; all waits are measured by it."""
    workers: int = 1
    pace: Pace = field(default_factory=Pace)
    on_progress: Callable[[Counts], None] = lambda _: None
    """Called about twice a second and at the end, in the thread that called `issue`."""
    stop: threading.Event = field(default_factory=threading.Event)
    """Set it to end the run early: batches in flight are finished, the rest stays pending."""
    in_doubt: Policy = "hold"
    most_rejected: float | None = MOST_REJECTED
    """The rate of rejections that stops the run; None lets it pass."""
    regrets: Callable[[], Regrets] = Regrets
    """What webhooks have told of the issue so far; asked about as often as the progress is told."""
    most_complained: float | None = MOST_COMPLAINED
    """The rate of complaints that stops the run; None lets it pass."""
    most_bounced: float | None = MOST_BOUNCED
    patience_s: float = 30.0
    """How long a database that does not answer is asked again."""
    drain_s: float = DRAIN_S
    gives_up: bool = True
    """False for one of many: what is not taken waits for its time, however long, while the others go on."""
    on_pause: Callable[[timedelta], None] = lambda _: None
    """Is told for how long nobody is to call the provider again."""
