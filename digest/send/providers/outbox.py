"""The outbox: a folder of .eml files and the web issue, instead of a provider.

<folder>/<issue key>/0001-reader@example.org.eml
                     index.html  pictures/
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from digest.config.providers import OutboxSettings
from digest.models import Answer, Batch, Delivery, Stopped
from digest.send import outcomes, pictures
from digest.send.message import Frame, Letter, by_variant
from digest.send.providers.provider import Capabilities

CAPABILITIES = Capabilities(largest_batch=100, replay_within=timedelta.max)


@contextmanager
def opened(letter: Letter, own: OutboxSettings, secrets: Mapping[str, str], folder: Path) -> Iterator[Outbox]:
    """The outbox of these settings; `folder` is where config.toml stands."""
    del secrets
    yield Outbox(folder / own.folder, letter)


class Outbox:
    """Writes each delivery to a file of its own; writing it again replaces it by itself."""

    capabilities = CAPABILITIES

    def __init__(self, folder: Path, letter: Letter) -> None:
        self._folder = folder
        self._letter = letter
        self._frame = by_variant(Frame, letter)
        self._web_written = False
        self._lock = threading.Lock()

    def deliver(self, batch: Batch) -> Answer:
        """Accepted when all files of the batch are on the disk."""
        folder = self._folder / batch.issue_key
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._write_web(folder)
            frame = self._frame(batch.variant)
            for delivery in batch.deliveries:
                _write(folder / _file_name(delivery), frame.build(batch.issue_key, delivery))
            _sync(folder)
        except OSError as error:
            return Stopped(f"{error.filename or folder}: {error.strerror}; the outbox cannot be written")
        return outcomes.accepted(batch, [_file_name(delivery) for delivery in batch.deliveries])

    def try_out(self) -> str | Stopped:
        """Whether the folder can be made and written to."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write(self._folder / "trial", b"")
            (self._folder / "trial").unlink()
        except OSError as error:
            return Stopped(f"{self._folder}: {error.strerror}; the outbox cannot be written")
        return f"{self._folder} can be written"

    def _write_web(self, folder: Path) -> None:
        with self._lock:
            if self._web_written:
                return
            page, files = pictures.beside(self._letter.email.web, self._letter.pictures)
            for path, content in files.items():
                (folder / pictures.FOLDER).mkdir(mode=0o700, exist_ok=True)
                _write(folder / path, content)
            _write(folder / "index.html", page.encode())
            self._web_written = True


def _file_name(delivery: Delivery) -> str:
    safe = re.sub(r"[^A-Za-z0-9@._+-]", "_", delivery.address)[:60]
    return f"{delivery.number:04d}-{safe}.eml"


def _write(target: Path, content: bytes) -> None:
    """All of it or nothing, on the disk when it returns."""
    draft = target.with_name(f".{target.name}.part")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(target)


def _sync(folder: Path) -> None:
    """The names too are on the disk: a rename alone may be lost when the power goes."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
