"""The command that runs by itself: schedule, its pauses, and what people were told."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from digest import schedule as clock
from digest.cli import context, screen

if TYPE_CHECKING:
    from digest.store import Store

LATEST = 5


def schedule(arguments: argparse.Namespace) -> int:
    """Runs until SIGTERM or Ctrl-C, or once; or pauses that, or lets it go on."""
    if arguments.action == "pause":
        return _pause(arguments)
    if arguments.action == "resume":
        return _resume(arguments)
    from digest.cli import logs  # brings structlog: only this command pays for it

    logs.begin()
    watch = logs.Watch()
    with context.store(context.edition(arguments)) as store:
        if arguments.once:
            good = clock.tick(lambda: context.editions(arguments), store, datetime.now(UTC), watch, once=True)
            return 0 if good else 1
        from digest.schedule import daemon  # brings APScheduler

        daemon.serve(lambda: context.editions(arguments), store, lambda: datetime.now(UTC), watch)
    return 0


def _pause(arguments: argparse.Namespace) -> int:
    newsletter, what = _paused_part(arguments)
    with context.store(context.edition(arguments)) as store:
        store.instance.pause(newsletter, datetime.now(UTC), context.person(arguments), arguments.reason)
    screen.say(f"{what} is paused: nothing is made or sent by itself until `digest schedule resume`")
    return 0


def _resume(arguments: argparse.Namespace) -> int:
    newsletter, what = _paused_part(arguments)
    with context.store(context.edition(arguments)) as store:
        was = store.instance.resume(newsletter, datetime.now(UTC))
    screen.say(f"{what} goes on" if was else f"{what} was not paused")
    return 0


def _paused_part(arguments: argparse.Namespace) -> tuple[str, str]:
    if arguments.edition is None:
        return "", "the schedule"
    key = context.edition(arguments).newsletter.key
    return key, f"the schedule of {key}"


def told(store: Store, zone: ZoneInfo) -> None:
    """What is paused, and the latest notices."""
    for pause in store.instance.pauses():
        what = pause.newsletter or "everything"
        screen.say(f"! paused since {screen.local(pause.at, zone)}: {what}: {pause.reason}", "yellow")
        screen.say("  to go on: digest schedule resume")
    rows = [
        (screen.local(n.at, zone), n.title, n.channel.partition(":")[0], n.failure or ("" if n.told_at else "not yet"))
        for n in store.notices.latest(LATEST)
    ]
    if rows:
        screen.say()
        screen.table(("told", "what", "by", "trouble"), rows)
