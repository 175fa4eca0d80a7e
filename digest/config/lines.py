"""Where each key of a TOML text stands: `tomllib` gives the values, this gives their lines.

It reads only text that `tomllib` has already accepted, so it need not judge, just follow
strings, brackets and comments far enough to see which lines begin a table or a key.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path as File

from msgspec import Struct

Path = tuple[str | int, ...]

KEY = re.compile(r"""[ \t]*((?:"(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_\-. \t])+?)[ \t]*=""")
"""The beginning of a line that sets a key, up to its equals sign."""
_TABLE = re.compile(r"[ \t]*(\[\[?)(.+?)\]\]?[ \t]*(?:#.*)?$")
_BARE = re.compile(r"[ \t]*[A-Za-z0-9_-]+(?:[ \t]*\.[ \t]*[A-Za-z0-9_-]+)*[ \t]*")
_TOKEN = re.compile(r'"""|\'\'\'|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'|#[^\n]*|[\[\]{}]|\n')


class Statement(Struct, frozen=True):
    """A table's header, or a key with the whole of its value. Comments and empty lines are none."""

    first: int
    """Index of its first line, from 0."""
    end: int
    """Index of the line after its last."""
    table: Path
    """The table it stands in; a header stands in its own."""
    key: Path = ()
    """Empty for a header."""

    @property
    def path(self) -> Path:
        """Of the key or table; elements of array tables carry their index."""
        return self.table + self.key


class Where(Struct, frozen=True):
    """Where settings were written. The keys in `own` stand below `[editions.NAME]`, all others in the main tables."""

    file: File
    lines: Mapping[Path, int]
    edition: str = ""
    own: frozenset[Path] = frozenset()

    def owns(self, path: Path) -> bool:
        """Whether the edition itself says this, and everything below it."""
        return any(path[:end] in self.own for end in range(1, len(path) + 1))

    def written(self, path: Path) -> Path:
        """The path as it stands in the file: a table that the edition changes in part is the edition's."""
        if self.owns(path) or any(own[: len(path)] == path for own in self.own):
            return ("editions", self.edition, *path)
        return path

    def line(self, path: Path) -> int | None:
        """The line of the key, None when the file does not set it."""
        return self.lines.get(self.written(path))

    def nearest(self, path: Path) -> int:
        """The line of the key or of its nearest parent, 0 when none has one."""
        path = self.written(path)
        return next((self.lines[path[:end]] for end in range(len(path), 0, -1) if path[:end] in self.lines), 0)

    def place(self, path: Path) -> str:
        """`config.toml:12: sources[0].url`, with the line of the nearest parent that has one."""
        number = self.nearest(path)
        line = f":{number}" if number else ""
        return f"{self.file}{line}: {dotted(self.written(path))}" if path else f"{self.file}{line}"


def key_lines(text: str) -> dict[Path, int]:
    """Key path -> line, from 1; array tables carry their index: ("sources", 0, "url").

    A key inside an inline table or a multi-line array has no entry; look up its parent. A table
    that has no header of its own stands where the first one below it does.
    """
    found: dict[Path, int] = {}
    implied: dict[Path, int] = {}
    for statement in statements(text):
        number, path, depth = statement.first + 1, statement.path, len(statement.table)
        if statement.key:
            for end in range(depth + 1, len(path) + 1):
                found.setdefault(path[:end], number)
            continue
        for end in range(1, depth):
            implied.setdefault(path[:end], number)
        found.setdefault(path, number)
    return implied | found


def statements(text: str) -> Iterator[Statement]:
    """Every statement in its order."""
    table: Path = ()
    counts: dict[Path, int] = {}
    for (number, line), (following, _) in pairwise([*_beginnings(text), (text.count("\n") + 2, "")]):
        if match := _TABLE.match(line):
            table = _resolve(_parts(match[2]), counts)
            if match[1] == "[[":
                counts[table] = counts.get(table, -1) + 1
                table = (*table, counts[table])
            yield Statement(number - 1, following - 1, table)
        elif match := KEY.match(line):
            yield Statement(number - 1, following - 1, table, _parts(match[1]))


def _beginnings(text: str) -> Iterator[tuple[int, str]]:
    """Number and text of every line that is not inside a value."""
    rows = text.split("\n")
    fresh, depth, number = True, 0, 1
    position = 0
    while position <= len(text):
        if fresh and number <= len(rows):
            yield number, rows[number - 1].rstrip("\r")
            if _TABLE.match(rows[number - 1].rstrip("\r")):  # its brackets are no array
                position += len(rows[number - 1]) + 1
                number += 1
                continue
        fresh = False
        match = _TOKEN.search(text, position)
        if match is None:
            return
        sign, position = match[0], match.end()
        if sign in ('"""', "'''"):
            close = re.compile(r'(?:[^"\\]|\\.|"(?!""))*"{3,5}' if sign[0] == '"' else r".*?'{3,5}", re.S)
            body = close.match(text, position)
            number += body[0].count("\n") if body else 0
            position = body.end() if body else len(text)
        elif sign in "[{":
            depth += 1
        elif sign in "]}":
            depth -= 1
        elif sign == "\n":
            number += 1
            fresh = depth <= 0


def _parts(dotted: str) -> Path:
    """The parts of a dotted key, quotes removed: TOML itself reads them."""
    if _BARE.fullmatch(dotted):
        return tuple(part.strip() for part in dotted.split("."))
    node: object
    try:
        node = tomllib.loads(f"{dotted} = 0")
    except tomllib.TOMLDecodeError:
        return (dotted.strip(),)
    parts: list[str] = []
    while isinstance(node, dict):
        name, node = next(iter(node.items()))
        parts.append(name)
    return tuple(parts)


def _resolve(parts: Path, counts: dict[Path, int]) -> Path:
    """A table's path, with the index of the last element where a part is an array of tables."""
    path: Path = ()
    for place, part in enumerate(parts):
        path = (*path, part)
        if place < len(parts) - 1 and path in counts:
            path = (*path, counts[path])
    return path


def dotted(path: Path) -> str:
    """`sources[0].url`"""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")
