"""Where each key of a TOML text stands: `tomllib` gives the values, this gives their lines.

It reads only text that `tomllib` has already accepted, so it need not judge, just follow
strings, brackets and comments far enough to see which lines begin a table or a key.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path as File

Path = tuple[str | int, ...]

_TABLE = re.compile(r"[ \t]*(\[\[?)(.+?)\]\]?[ \t]*(?:#.*)?$")
_KEY = re.compile(r"""[ \t]*((?:"(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_\-. \t])+?)[ \t]*=""")
_TOKEN = re.compile(r'"""|\'\'\'|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'|#[^\n]*|[\[\]{}]|\n')


def key_lines(text: str) -> dict[Path, int]:
    """Key path -> line, from 1; array tables carry their index: ("sources", 0, "url").

    A key inside an inline table or a multi-line array has no entry; look up its parent.
    """
    lines: dict[Path, int] = {}
    table: Path = ()
    counts: dict[Path, int] = {}
    for number, line in _statements(text):
        if match := _TABLE.match(line):
            table = _resolve(_parts(match[2]), counts)
            if match[1] == "[[":
                lines.setdefault(table, number)
                index = counts.get(table, -1) + 1
                counts[table] = index
                table = (*table, index)
            lines.setdefault(table, number)
        elif match := _KEY.match(line):
            path = (*table, *_parts(match[1]))
            for end in range(len(table) + 1, len(path) + 1):
                lines.setdefault(path[:end], number)
    return lines


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """The first line of every statement with its number; lines inside a value are left out."""
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


def of(at: Mapping[Path, int], path: Path) -> int:
    """The line of the key or of its nearest parent, 0 when none has one."""
    return next((at[path[:end]] for end in range(len(path), 0, -1) if path[:end] in at), 0)


def place(file: File, at: Mapping[Path, int], path: Path) -> str:
    """`config.toml:12: sources[0].url`, with the line of the nearest parent that has one."""
    number = of(at, path)
    line = f":{number}" if number else ""
    return f"{file}{line}: {dotted(path)}" if path else f"{file}{line}"
