"""`digest preview`: the issue in the browser, as it will be sent, to be looked at and shaped."""

from __future__ import annotations

import argparse
from contextlib import ExitStack, suppress
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING

from digest.cli import context, screen
from digest.config import Settings
from digest.models import Slot
from digest.web import preview as room

if TYPE_CHECKING:
    from digest.store import Store


def preview(arguments: argparse.Namespace) -> int:
    """Serves on loopback until Ctrl-C."""
    editions = context.editions(arguments)
    # Ctrl-C is how it ends.
    with suppress(KeyboardInterrupt), ExitStack() as until_the_end:
        stores = _Stores(editions[0], until_the_end)
        session = room.Session(arguments.config.resolve(), _targets(arguments), stores.existing, stores.made)
        room.serve(session, port=arguments.port, began=_began, browser=not arguments.no_browser)
    return 0


def _began(url: str) -> None:
    screen.say(f"✓ preview at {url}")
    screen.say("  on this machine only, until Ctrl-C", "dim")


def _targets(arguments: argparse.Namespace) -> room.Targets:
    """What the command line names is what is meant as long as the page chooses nothing else."""

    def chosen(choice: room.Choice, store: Store | None) -> tuple[Settings, Slot, datetime]:
        asked = argparse.Namespace(
            config=arguments.config,
            edition=choice.edition or arguments.edition,
            issue=choice.issue or ("" if choice.edition or choice.as_of else arguments.issue),
            as_of=choice.as_of or arguments.as_of,
        )
        return context.targets(asked, store)[0]

    return chosen


class _Stores:
    """The store, opened when there is one, and closed with the command."""

    def __init__(self, settings: Settings, until_the_end: ExitStack) -> None:
        self._settings, self._until_the_end = settings, until_the_end
        self._opened: Store | None = None
        self._lock = Lock()

    def existing(self) -> Store | None:
        with self._lock:
            if self._opened is None:
                self._opened = self._until_the_end.enter_context(context.existing_store(self._settings))
            return self._opened

    def made(self) -> Store:
        with self._lock:
            if self._opened is None:
                self._opened = self._until_the_end.enter_context(context.store(self._settings))
            return self._opened
