"""APScheduler as the clock that asks the database what is due.

The scheduler keeps no jobs of its own: a tick every 30 seconds looks which slot became due last
and runs the pipeline for it, unless its row says that this has been done. So neither clock
jumps, sleep, daylight saving nor a second daemon can send an issue twice or lose one.
"""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from apscheduler.schedulers.background import BackgroundScheduler

from digest import pipeline
from digest.compose import window
from digest.config import Settings
from digest.errors import DigestError, SenderBusy
from digest.models import Slot

if TYPE_CHECKING:
    from digest.store import Store
    from digest.store.issues import IssueRecord

log = logging.getLogger("digest.schedule")

TICK_S = 30
FIRST_LOOK_BACK = timedelta(minutes=2)
"""How far back a newsletter without any issue looks: longer than a tick, or its first slot
would be missed; short, or a fresh start would send last week's issue."""

TRY_AGAIN = timedelta(minutes=10)
"""A source may answer again, an editor may mend what a check found: until it is too late."""


def due(settings: Settings, store: Store, now: datetime) -> Slot | None:
    """The slot to run now: became due last, and its issue is not decided yet."""
    slot = window.latest_due(settings.schedule, settings.newsletter.zone, now)
    record = store.issues.get(f"{settings.newsletter.key}-{slot.period}")
    if record is None:
        latest = store.issues.latest(settings.newsletter.key)
        missed = now - slot.due <= FIRST_LOOK_BACK if latest is None else latest.due < slot.due
        return slot if missed else None  # an older slot than the latest issue's: the clock was set back
    if record.state == "approved" and (handed := store.campaigns.get(record.id)):
        open_still = handed.campaign.state not in ("sent", "stopped")
        return slot if open_still and now - handed.seen_at >= TRY_AGAIN else None
    if record.state == "approved":
        return slot if _unfinished(store, record, now) else None
    if record.state == "stopped":
        in_time = now - slot.due <= settings.schedule.late_by_at_most
        return slot if in_time and now - record.state_at >= TRY_AGAIN else None
    if record.state == "frozen":  # by a person, before it was due
        return slot if settings.schedule.approval == "automatic" else None
    return slot if record.state == "open" else None


def _unfinished(store: Store, record: IssueRecord, now: datetime) -> bool:
    """Something can be sent, or a provider can now be asked about what is in doubt; no person has stopped it."""
    if store.ledger.halt(record.id):
        return False
    counts = store.ledger.counts(record.id)
    if counts.pending or counts.in_flight or not counts.audience:
        return True
    return any(doubt.ask_at and doubt.ask_at <= now for doubt in store.ledger.in_doubt(record.id))


def tick(
    load: Callable[[], Sequence[Settings]],
    store: Store,
    now: datetime,
    watch: pipeline.Watch,
    stop: threading.Event | None = None,
) -> None:
    """Runs what is due of every edition. Never raises: what went wrong is logged and stands in `digest status`."""
    try:
        editions = load()
    except DigestError as error:
        log.error("%s", error)  # noqa: TRY400  said in plain words: its traceback would tell nothing more
        return
    job = pipeline.Job(now, watch, stop=stop or threading.Event())
    for settings in editions:
        if not job.stop.is_set():
            _run_if_due(settings, store, job)


def _run_if_due(settings: Settings, store: Store, job: pipeline.Job) -> None:
    try:
        slot = due(settings, store, job.now)
        if slot is None:
            return
        log.info("slot %s is due since %s", pipeline.key_of(settings, slot), slot.due.isoformat())
        run = pipeline.run(settings, store, job)
        if run.record.state == "skipped":
            log.warning("%s was skipped: %s", run.record.key, run.record.reason)
        elif run.campaign:
            log.info("%s: the campaign is %s", run.record.key, run.campaign.state)
        else:
            log.info("%s: %d of %d accepted", run.record.key, run.counts.accepted, run.counts.audience)
    except SenderBusy:
        log.info("another process is sending; looking again in %d s", TICK_S)
    except DigestError as error:
        log.error("%s", error)  # noqa: TRY400  said in plain words: its traceback would tell nothing more
    except Exception:  # the boundary of one job: the others go on, and the next tick tries again
        log.exception("the run of %s failed", settings.newsletter.key)


def serve(
    load: Callable[[], Sequence[Settings]], store: Store, clock: Callable[[], datetime], watch: pipeline.Watch
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
        seconds=TICK_S,
        next_run_time=clock(),
        coalesce=True,
        max_instances=1,
        misfire_grace_time=None,
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    for settings in load():
        slot = window.upcoming(settings.schedule, settings.newsletter.zone, clock(), 1)[0]
        due_at = slot.due.astimezone(settings.newsletter.zone)
        log.info("waiting for %s, due %s", pipeline.key_of(settings, slot), f"{due_at:%a %Y-%m-%d %H:%M %Z}")
    scheduler.start()
    stop.wait()
    log.info("stopping; what is under way is finished first")
    scheduler.shutdown(wait=True)
