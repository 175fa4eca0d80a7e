"""Secret keys: those that sign links, in the database, and the one that hides erased addresses, beside it.

Links have to work for as long as emails are kept, so that their keys are saved and restored with
the people. The other key lies apart: who has the database alone cannot find out whom it forgot.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import threading
import time
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, insert, select

from digest.errors import StoreError
from digest.store.database import Database
from digest.store.schema import signing_key, suppression

_FRESH_S = 60.0


class Keys:
    """The keys of one store. Safe to use from several threads."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._lock = threading.Lock()
        self._signing: tuple[bytes, ...] = ()
        self._read_at = 0.0
        self._hiding: bytes | None = None

    def signing(self, at: datetime) -> tuple[bytes, ...]:
        """The newest first: it signs, all of them verify. Another process's new key is known within a minute."""
        with self._lock:
            if self._signing and time.monotonic() - self._read_at < _FRESH_S:
                return self._signing
        with self._db.read() as connection:
            found = _signing(connection)
        if not found:
            with self._db.write() as connection:
                return self.signing_within(connection, at)
        return self._remember(found)

    def signing_within(self, connection: Connection, at: datetime) -> tuple[bytes, ...]:
        """The same within a transaction that writes; the first one is made there."""
        found = self._signing or _signing(connection)
        if not found:
            _add(connection, at)
            return _signing(connection)  # not remembered: the transaction may still fail
        return found

    def rotate(self, at: datetime) -> int:
        """Signs with a new key from now on; says how many older ones still verify."""
        with self._db.write() as connection:
            _add(connection, at)
            found = _signing(connection)
        self._remember(found)
        return len(found) - 1

    def hides(self, connection: Connection) -> bool:
        """Whether anybody was erased. Raises StoreError when the key that knows them is not the one that is there."""
        used = connection.scalar(select(suppression.c.key_id).limit(1))
        if used is None:
            return False
        file = self._db.key_file
        if not file.is_file():
            raise StoreError(f"{file}: the key is missing that knows who was erased; restore it from a backup")
        if used != self.hiding_id():
            raise StoreError(f"{file}: is not the key that knows who was erased; restore the right one from a backup")
        return True

    def hidden(self, address_key: str) -> str:
        """What is kept of an erased address."""
        return hmac.digest(self._hiding_key(), address_key.encode(), "sha256").hex()[:40]

    def hiding_id(self) -> str:
        """Which key it is."""
        return hashlib.sha256(b"id" + self._hiding_key()).hexdigest()[:8]

    def _hiding_key(self) -> bytes:
        if self._hiding is None:
            self._hiding = _read_or_make(self._db.key_file)
        return self._hiding

    def _remember(self, found: tuple[bytes, ...]) -> tuple[bytes, ...]:
        with self._lock:
            self._signing, self._read_at = found, time.monotonic()
        return found


def _signing(connection: Connection) -> tuple[bytes, ...]:
    newest = select(signing_key.c.key).order_by(signing_key.c.id.desc())
    return tuple(bytes.fromhex(key) for key in connection.scalars(newest))


def _add(connection: Connection, at: datetime) -> None:
    connection.execute(insert(signing_key).values(made_at=at, key=secrets.token_hex(32)))


def _read_or_make(file: Path) -> bytes:
    try:
        if not file.exists():
            _make(file, secrets.token_hex(32) + "\n")
        key = bytes.fromhex(file.read_text(encoding="ascii").strip())
    except OSError as error:
        raise StoreError(f"{file}: the key for erased addresses cannot be used: {error.strerror}") from error
    except ValueError as error:
        raise StoreError(f"{file}: cannot be read as a key; restore it from a backup") from error
    return key


def carry(old: Path, new: Path) -> None:
    """The key of one store becomes that of another. Safe to repeat; raises StoreError when that has one of its own."""
    if not old.is_file():
        return
    _make(new, old.read_text(encoding="ascii"))
    if new.read_text(encoding="ascii") != old.read_text(encoding="ascii"):
        raise StoreError(f"{new}: is the key of another store; move it away, or it would not know who was erased here")


def _make(file: Path, content: str) -> None:
    """All of it or nothing; of two that make it at once, one wins."""
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as new:
        new.write(content)
        new.flush()
        os.fsync(new.fileno())
    with suppress(FileExistsError):
        os.link(draft, file)
    draft.unlink()
