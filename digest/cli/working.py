"""The command that sends as one of many: worker."""

from __future__ import annotations

import argparse
import importlib.util
import logging
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from digest.cli import context, screen
from digest.config import Settings
from digest.errors import ConfigError, DigestError, StoreAway, UsageError

if TYPE_CHECKING:
    from digest.store import Store

log = logging.getLogger("digest.worker")

_AWAY_S = 1.0


def worker(arguments: argparse.Namespace) -> int:
    """Takes batches until SIGTERM or Ctrl-C, then finishes those in hand."""
    found = context.editions(arguments)
    mine = [each for each in found if each.send.engine == "workers"]
    if not mine:
        place = found[0].place("send", "engine")
        raise ConfigError([f'{place}: no newsletter is sent by workers; set send.engine = "workers"'])
    if importlib.util.find_spec("procrastinate") is None:
        raise DigestError("the workers' engine is missing; pip install 'digest[worker]' and run again")
    from digest import worker as engine
    from digest.cli import logs

    slots = arguments.batches or max(each.send.workers for each in mine)
    settings = found[0]
    if slots + engine.OWN_CONNECTIONS > settings.store.connections:
        least = slots + engine.OWN_CONNECTIONS
        raise UsageError(
            f"{slots} batches at once need {least} connections to the database,"
            f" and store.connections = {settings.store.connections}; raise it, or take fewer batches"
        )
    logs.begin()
    emails, terms = 0, engine.Terms(slots)
    with context.stopped() as stop, _opened(settings, stop) as store:
        if store:
            emails = engine.serve(lambda: context.editions(arguments), store, settings.store.url, stop, terms)
    screen.say(f"✓ ended with nothing in hand; {screen.amount(emails, 'email')} handed over")
    return 0


@contextmanager
def _opened(settings: Settings, stop: threading.Event) -> Iterator[Store | None]:
    """The store with its queue, as soon as its database is there; None when told to end before that."""
    said = False
    while not stop.is_set():
        with ExitStack() as stack:
            try:
                store = stack.enter_context(context.store(settings))
                store.fleet.open_queue()
            except StoreAway as error:
                if not said:
                    log.warning("the database is away; nothing is begun before it is back: %s", error)
                said = True
                stop.wait(_AWAY_S)
                continue
            yield store
            return
    yield None


def standing(store: Store, settings: Settings) -> None:
    """The workers, when each was heard of last and what it does, and the jobs that wait."""
    workers, now = store.fleet.workers(), datetime.now(UTC)
    if not workers and settings.send.engine != "workers":
        return
    screen.say()
    rows = [
        (
            each.name.rpartition(":")[0],
            f"{max(0, (now - each.beat_at).total_seconds()):.0f} s ago" if each.alive else "dead",
            each.doing or "waits",
            f"{each.emails:,}",
        )
        for each in workers
    ]
    screen.table(("worker", "heard of", "does", "emails"), rows)
    jobs = store.fleet.jobs()
    screen.say(f"{screen.amount(jobs.due, 'batch', 'batches')} due, {jobs.doing:,} in hand, {jobs.later:,} for later")
    if jobs.due and not any(each.alive for each in workers):
        screen.say("! no worker is alive: start `digest worker` on some machine", "yellow")
