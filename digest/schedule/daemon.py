"""APScheduler as the clock that asks the database what is due.

The scheduler keeps no jobs of its own: a tick every 30 seconds looks what became due, and does it
unless its row says that this has been done. So neither clock jumps, sleep, daylight saving nor a
second daemon can send an issue twice or lose one.
"""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from apscheduler.schedulers.background import BackgroundScheduler

from digest import pipeline
from digest.compose import window
from digest.config import Settings
from digest.schedule.ticking import tick

if TYPE_CHECKING:
    from digest.store import Store

log = logging.getLogger("digest.schedule")

TICK_S = 30


def serve(
    load: Callable[[], Sequence[Settings]],
    store: Store,
    clock: Callable[[], datetime],
    watch: pipeline.Watch,
    tick_s: float = TICK_S,
) -> None:
    """Ticks until SIGTERM or Ctrl-C; batches that are under way are finished first.

    `load` is asked at every tick, so that a change in config.toml holds from then on; while it
    raises ConfigError nothing is run, loudly.
    """
    scheduler = BackgroundScheduler(timezone="UTC")
    stop = threading.Event()
    scheduler.add_job(
        lambda: tick(load, store, clock(), watch, stop),
        "interval",
        seconds=tick_s,
        next_run_time=datetime.now(UTC),
        coalesce=True,
        max_instances=1,
        misfire_grace_time=None,
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    for settings in load():
        slot = window.upcoming(settings.schedule, settings.newsletter.zone, clock(), 1)[0]
        due_at = slot.due.astimezone(settings.newsletter.zone)
        log.info("waiting", extra={"issue": pipeline.key_of(settings, slot), "due": f"{due_at:%a %Y-%m-%d %H:%M %Z}"})
    scheduler.start()
    stop.wait()
    log.info("stopping; what is under way is finished first")
    scheduler.shutdown(wait=True)
