"""Tells that a file has changed, by looking at all of them again and again.

No library for it: what an operating system reports differs between three of them, network drives
report nothing, and looking at a hundred files takes a millisecond.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

_EVERY_S = 0.02
_RESTS_AFTER_S, _RESTING_S, _UNSEEN_S = 60.0, 0.05, 0.5
"""How often it looks when nothing has changed for so long: a little later, and much later when no page is open."""
_SHARE = 10
"""Looking may take one part of so many of the time."""

Mark = tuple[int, int, int]
"""Of a file: differs when it has changed."""


class Watch:
    """A thread that calls `changed` with the paths that are new, gone or other than before."""

    def __init__(
        self,
        watched: Callable[[], Iterable[Path]],
        changed: Callable[[set[Path]], None],
        heard: Callable[[], bool] = lambda: True,
    ) -> None:
        """`heard` says whether anybody waits for news."""
        self._watched, self._changed, self._heard = watched, changed, heard
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="preview-watch", daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        roots, before = _looked(self._watched())
        pause, news_at = _EVERY_S, time.monotonic()
        while not self._stop.wait(pause):
            begun = time.thread_time()  # its own: on a busy machine the clock on the wall says nothing of it
            now_roots, now = _looked(self._watched())
            # What is watched for the first time has not changed by that.
            found = {path for path in changed(before, now) if any(path.is_relative_to(root) for root in roots)}
            if found:
                self._changed(found)
                news_at = time.monotonic()
            roots, before = now_roots, now
            pause = max(self._rest(news_at), _SHARE * (time.thread_time() - begun))

    def _rest(self, news_at: float) -> float:
        if time.monotonic() - news_at < _RESTS_AFTER_S:
            return _EVERY_S
        return _RESTING_S if self._heard() else _UNSEEN_S


def changed(before: Mapping[str, Mark], now: Mapping[str, Mark]) -> set[Path]:
    """The paths whose marks differ, or that are in one of them alone."""
    if before == now:
        return set()
    return {Path(path) for path in before.keys() | now.keys() if before.get(path) != now.get(path)}


def mark(path: Path) -> Mark | None:
    """How a file is now; None when it is not there."""
    try:
        return _mark(path.stat())
    except OSError:
        return None


def _looked(watched: Iterable[Path]) -> tuple[list[Path], dict[str, Mark]]:
    """As texts: to make a path of each would take longer than to look."""
    roots = list(watched)
    return roots, {path: mark for root in roots for path, mark in _marks(root)}


def _marks(root: Path) -> Iterator[tuple[str, Mark]]:
    """Every file at or below `root`; editors' own temporary and hidden files are left out."""
    try:
        if root.is_file():
            yield str(root), _mark(root.stat())
        else:
            yield from _below(str(root))
    except OSError:
        return  # not there, or gone while it was looked at


def _below(folder: str) -> Iterator[tuple[str, Mark]]:
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.startswith(".") or entry.name.endswith("~"):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    yield from _below(entry.path)
                elif entry.is_file():
                    yield entry.path, _mark(entry.stat())
    except OSError:
        return


def _mark(stat: os.stat_result) -> Mark:
    return stat.st_mtime_ns, stat.st_size, stat.st_ino
