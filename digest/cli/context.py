"""What most commands begin with: the settings, the moment, the store."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from digest import config
from digest.config import Settings
from digest.errors import DigestError

if TYPE_CHECKING:
    from digest.store import Store


class UsageError(DigestError):
    """The command line asks for something that cannot be."""

    exit_code = 2


def settings(arguments: argparse.Namespace) -> Settings:
    """The settings of the config file that the command line names."""
    return config.load(arguments.config)


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
    return given.replace(tzinfo=given.tzinfo or found.newsletter.zone).astimezone(UTC)


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

    with rooms.open(found.store.url, folder=found.folder) as opened:
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
