"""Templates as compiled code, kept in memory and in the user's cache folder: compiling takes most of a first render.

What is kept is code that runs when it is read, as in Python's own `__pycache__`. So the folder and
each file must belong to this user and be writable by nobody else; otherwise, or where nothing can
be kept, templates are compiled as if there were no folder.
"""

from __future__ import annotations

import contextlib
import hashlib
import marshal
import os
import secrets
import stat
import sys
from functools import cache
from pathlib import Path
from types import CodeType

import jinja2
from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket

_MOST_FILES = 500
_HASH_BYTES = 32


class Compiled(BytecodeCache):
    """Code by the text that it was compiled from: after a change of one template that one alone is compiled.

    `kind` tells apart environments that compile one text differently.
    """

    def __init__(self, kind: str) -> None:
        self._kind = f"{kind}\n{jinja2.__version__}\n{sys.version}"
        self._code: dict[str, CodeType] = {}

    def get_bucket(self, environment: Environment, name: str, filename: str | None, source: str) -> Bucket:
        """With the code for `source`, where it was compiled before, in whatever folder the template stood then."""
        key = hashlib.sha256(f"{self._kind}\n{name}\n{source}".encode()).hexdigest()
        bucket = Bucket(environment, key, "")
        if code := self._code.get(key) or _read(key):
            self._code[key] = code
            bucket.code = code.replace(co_filename=filename or "<template>")  # Jinja names mistakes' places by it
        return bucket

    def set_bucket(self, bucket: Bucket) -> None:
        """Keeps what was compiled just now."""
        if bucket.code:
            self._code[bucket.key] = bucket.code
            _write(bucket.key, marshal.dumps(bucket.code))


def _read(key: str) -> CodeType | None:
    """None for what is not there, not ours alone, or not as it was written."""
    try:
        folder = _folder()
        with os.fdopen(os.open(key, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=folder), "rb") as opened:
            _refuse_foreign(opened.fileno())
            kept = opened.read()
    except OSError:
        return None
    written = kept[_HASH_BYTES:]
    if hashlib.sha256(written).digest() != kept[:_HASH_BYTES]:
        return None
    found = marshal.loads(written)  # noqa: S302  see above
    return found if isinstance(found, CodeType) else None


def _write(key: str, code: bytes) -> None:
    """Whole or not at all."""
    with contextlib.suppress(OSError):
        folder, new = _folder(), f"{key}.{secrets.token_hex(4)}"
        _make_room(folder)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        with os.fdopen(os.open(new, flags, 0o600, dir_fd=folder), "wb") as opened:
            opened.write(hashlib.sha256(code).digest() + code)
        os.replace(new, key, src_dir_fd=folder, dst_dir_fd=folder)


def _make_room(folder: int) -> None:
    """Every save of a template in an editor leaves a file: the older half goes when there are too many."""
    names = os.listdir(folder)
    if len(names) >= _MOST_FILES:
        for name in sorted(names, key=lambda each: os.stat(each, dir_fd=folder).st_mtime)[: len(names) // 2]:
            os.unlink(name, dir_fd=folder)


@cache
def _folder_of(home: Path) -> int:
    folder = home / "digest" / "templates"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        _refuse_foreign(opened)
    except OSError:
        os.close(opened)
        raise
    return opened


def _folder() -> int:
    """Raises OSError where nothing can be kept."""
    if not hasattr(os, "geteuid"):
        raise FileNotFoundError("whose a file is cannot be told here")
    home = Path(os.environ.get("XDG_CACHE_HOME", ""))
    try:
        return _folder_of(home if home.is_absolute() else Path.home() / ".cache")
    except RuntimeError as error:  # nobody's home
        raise FileNotFoundError(str(error)) from error


def _refuse_foreign(opened: int) -> None:
    """Raises PermissionError for what others made or may change."""
    found = os.fstat(opened)
    if found.st_uid != os.geteuid() or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise PermissionError("belongs to others, or others may write there")
