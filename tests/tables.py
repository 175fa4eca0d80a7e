"""An SQLite store with nothing in it, made once in a process: its tables take longer to make than most tests last."""

from __future__ import annotations

import tempfile
import threading
from functools import cache
from pathlib import Path

from digest import store
from digest.store.opened import Store

URL = "sqlite:///digest.db"
_ONE_AT_A_TIME = threading.Lock()


def put(folder: Path) -> None:
    """Puts one into the folder, where there must be none."""
    with _ONE_AT_A_TIME:
        content = _content()
    with (folder / "digest.db").open("xb") as file:
        file.write(content)


def opened(folder: Path) -> Store:
    """Puts one there and opens it."""
    put(folder)
    return store.open(URL, folder=folder)


@cache
def _content() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        store.open(URL, folder=Path(folder)).close()
        return (Path(folder) / "digest.db").read_bytes()
