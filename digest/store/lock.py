"""One sender per database: a locked file beside SQLite, an advisory lock in PostgreSQL."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy import exc, func, select

from digest.errors import SenderBusy, StoreError
from digest.store.database import Database

_NUMBER = int.from_bytes(b"digest")
"""PostgreSQL keeps advisory locks apart by database."""
_PATIENCE_S = 2.0


@contextmanager
def sender(db: Database) -> Iterator[None]:
    """Held for as long as the block or the process lasts. Raises SenderBusy when another holds it.

    On PostgreSQL after a moment only: workers hold it shortly, every few seconds.
    """
    with _by_file(db.file) if db.file else _by_server(db) as mine:
        if not mine:
            raise SenderBusy(f"{db.place}: another digest is sending from it; wait until that one has ended")
        yield


@contextmanager
def _by_file(database: Path) -> Iterator[bool]:
    lock = FileLock(f"{database}.lock", timeout=0, mode=0o600)
    try:
        lock.acquire()
    except Timeout:
        yield False
        return
    except OSError as error:
        raise StoreError(f"{database}.lock: cannot be locked: {error.strerror}; check who owns it") from error
    try:
        yield True
    finally:
        lock.release()


@contextmanager
def _by_server(db: Database) -> Iterator[bool]:
    with db.alone() as connection:
        until = time.monotonic() + _PATIENCE_S
        while not (mine := bool(connection.scalar(select(func.pg_try_advisory_lock(_NUMBER))))):
            if time.monotonic() > until:
                break
            time.sleep(0.05)
        try:
            yield mine
        finally:
            with suppress(exc.DBAPIError):  # a connection that broke has lost the lock as well
                connection.execute(select(func.pg_advisory_unlock(_NUMBER)))
