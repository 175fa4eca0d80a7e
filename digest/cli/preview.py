"""`digest preview`: the issue in the browser, as it will be sent, to be looked at and shaped."""

from __future__ import annotations

import argparse
import threading
import webbrowser
from contextlib import ExitStack, suppress
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING

from digest.cli import context
from digest.config import Settings
from digest.models import Slot
from digest.web.listening import bound

if TYPE_CHECKING:
    from digest.store import Store
    from digest.web.preview.session import Choice, Session, Targets

LOOPBACK = "127.0.0.1"


def preview(arguments: argparse.Namespace) -> int:
    """Serves on loopback until Ctrl-C."""
    editions = context.editions(arguments)
    # Ctrl-C is how it ends.
    with suppress(KeyboardInterrupt), ExitStack() as until_the_end:
        listening = until_the_end.enter_context(bound(LOOPBACK, arguments.port))
        host = f"{LOOPBACK}:{listening.getsockname()[1]}".removesuffix(":80")  # browsers leave out the usual port
        url = f"http://{host}/"
        if not arguments.no_browser:
            # In a thread: some browsers' starters return only when the window is closed.
            threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()
        print(f"✓ preview at {url}\n  on this machine only, until Ctrl-C", flush=True)
        from digest.web.preview import server  # while the browser starts: it waits for an answer

        server.serve(listening, host, lambda: _session(arguments, editions[0], until_the_end))
    return 0


def _session(arguments: argparse.Namespace, settings: Settings, until_the_end: ExitStack) -> Session:
    from digest.web.preview.session import Session

    stores = _Stores(settings, until_the_end)
    return Session(arguments.config.resolve(), _targets(arguments), stores.existing, stores.made)


def _targets(arguments: argparse.Namespace) -> Targets:
    """What the command line names is what is meant as long as the page chooses nothing else."""

    def chosen(choice: Choice, store: Store | None) -> tuple[Settings, Slot, datetime]:
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
