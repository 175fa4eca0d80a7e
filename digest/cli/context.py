"""What most commands begin with: the editions, the moment, the store, the issue that is meant."""

from __future__ import annotations

import argparse
import getpass
import re
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from types import FrameType
from typing import TYPE_CHECKING

from digest import config
from digest.config import Settings
from digest.errors import DigestError, UsageError
from digest.models import Slot

if TYPE_CHECKING:
    from digest.store import Store


def editions(arguments: argparse.Namespace) -> tuple[Settings, ...]:
    """The editions that the command line means: all of the config file, or the one that `--edition` names."""
    found = config.editions(arguments.config)
    name = getattr(arguments, "edition", None)
    if name is None:
        return found
    chosen = tuple(s for s in found if name in (s.newsletter.key, s.edition or s.newsletter.key))
    if not chosen:
        known = ", ".join(s.edition or s.newsletter.key for s in found)
        raise UsageError(f"--edition {name}: {arguments.config} has no such edition; it has {known}")
    return chosen


def edition(arguments: argparse.Namespace) -> Settings:
    """The one that `--edition` names, else the main one."""
    return editions(arguments)[0]


def of_issue(arguments: argparse.Namespace, key: str) -> tuple[Settings, Slot]:
    """The edition and the slot of an issue key, by the schedule that is in force. Raises UsageError."""
    from digest.compose import window

    found = config.editions(arguments.config)
    for settings in sorted(found, key=lambda s: -len(s.newsletter.key)):
        period = key.removeprefix(f"{settings.newsletter.key}-")
        if period != key:
            try:
                return settings, window.of_period(settings.schedule, settings.newsletter.zone, period)
            except DigestError:
                continue
    now = datetime.now(UTC)
    examples = ", ".join(
        f"{s.newsletter.key}-{window.latest_closed(s.schedule, s.newsletter.zone, now).period}" for s in found
    )
    raise UsageError(f"{key}: no issue can have this key; keys look like {examples}")


def targets(arguments: argparse.Namespace, store: Store | None) -> list[tuple[Settings, Slot, datetime]]:
    """Edition, slot and moment of every issue that is meant: by `--issue`, `--as-of`, else the coming ones."""
    from digest import pipeline
    from digest.compose import window

    if arguments.issue:
        settings, slot = of_issue(arguments, arguments.issue)
        record = store.issues.get(arguments.issue) if store else None
        return [(settings, pipeline.slot_of(record) if record else slot, moment(arguments, settings))]
    found = []
    for settings in editions(arguments):
        now = moment(arguments, settings)
        closed = window.latest_closed(settings.schedule, settings.newsletter.zone, now)
        found.append((settings, closed if arguments.as_of else pipeline.coming(settings, store, now), now))
    return found


def moment(arguments: argparse.Namespace, found: Settings) -> datetime:
    """Now, or what `--as-of` says, in UTC; without an offset it is read in the newsletter's zone."""
    if arguments.as_of is None:
        return datetime.now(UTC)
    said = f"--as-of {arguments.as_of}: not a time; write it as 2026-11-20T09:00"
    if not re.match(r"\d{4}-\d\d-\d\d", arguments.as_of):  # fromisoformat reads 2026-W47 as its Monday
        raise UsageError(said)
    try:
        given = datetime.fromisoformat(arguments.as_of)
    except ValueError as error:
        raise UsageError(said) from error
    if not 1970 < given.year < 9000:
        raise UsageError(f"--as-of {arguments.as_of}: no year that a newsletter can have")
    if given.tzinfo:
        return given.astimezone(UTC)
    local = given.replace(tzinfo=found.newsletter.zone)
    there = local.astimezone(UTC).astimezone(found.newsletter.zone)
    if there.replace(tzinfo=None) != given:
        zone = found.newsletter.timezone
        raise UsageError(
            f"--as-of {arguments.as_of}: there is no such time in {zone}, where the clocks go forward;"
            f" write {there:%Y-%m-%dT%H:%M}"
        )
    return local.astimezone(UTC)


def person(arguments: argparse.Namespace) -> str:
    """Who gives the command: `--by`, else the user of this machine."""
    return str(arguments.by or getpass.getuser())


def accepted(arguments: argparse.Namespace) -> tuple[str, ...]:
    """The checks that `--accept` lets pass."""
    from digest import check

    names: tuple[str, ...] = tuple(arguments.accept or ())
    for name in names:
        if name not in check.ACCEPTABLE:
            known = ", ".join(check.ACCEPTABLE)
            raise UsageError(f"--accept {name}: only these checks can be accepted: {known}")
    return names


@contextmanager
def store(found: Settings) -> Iterator[Store]:
    """The store, made when it is not there yet."""
    from digest import store as rooms

    with rooms.open(found.store.url, folder=found.folder, connections=found.store.connections) as opened:
        yield opened


@contextmanager
def existing_store(found: Settings) -> Iterator[Store | None]:
    """The store if there is one: a command that only reads does not make it."""
    from digest import store as rooms

    if not rooms.exists(found.store.url, folder=found.folder):
        yield None
        return
    with store(found) as opened:
        yield opened


@contextmanager
def stopped() -> Iterator[threading.Event]:
    """Set by SIGTERM or Ctrl-C: what is under way is finished. A second one interrupts at once."""
    stop = threading.Event()

    def told(number: int, _: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        print(f"digest: {signal.Signals(number).name}: finishing the calls that are under way", file=sys.stderr)

    before = {number: signal.signal(number, told) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def worst(codes: Sequence[int]) -> int:
    """The exit code of several: of the one that needs most attention."""
    return max(codes, default=0)
