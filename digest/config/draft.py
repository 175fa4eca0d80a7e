"""A TOML text that is changed statement by statement: every line that is not concerned stays as it is.

`lines` says which rows a statement takes; tomlkit rewrites the value of that one statement, so
that comments and layout inside it stay as well. It moves comments and tables when it is given
the whole of a file, and so it is given one value only.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from digest import phrases
from digest.config import lines
from digest.config.lines import Path, Statement

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

_INDENT = "    "
Value = str | float | date | Sequence[str | Mapping[str, Any]] | Mapping[str, Any]


class Draft:
    """The text and its changes; `says` is a comment that stands behind a new value."""

    def __init__(self, text: str) -> None:
        self._return = "\r" if "\r\n" in text else ""
        self._last_break = text.endswith("\n") or not text
        self._rows = text.removesuffix("\n").split("\n") if text else []

    @property
    def text(self) -> str:
        """As it is now, with the line ends that it had."""
        joined = "".join(f"{row}\n" for row in self._rows)
        return joined if self._last_break else joined.removesuffix("\n").removesuffix("\r")

    def put(self, path: Path, value: Value, says: str = "") -> None:
        """Sets one key, in place of what stands there or behind its neighbours."""
        holder = self._holder(path)
        if holder is None:
            self.drop(path)
            self._insert(path, value, says)
            return

        def styled(document: TOMLDocument, keys: Path) -> None:
            _parent(document, keys)[keys[-1]] = _item(value)
            if says:
                document["v"].comment(_comment(says))

        self._rewrite(holder, path, lambda plain, keys: _parent(plain, keys).__setitem__(keys[-1], value), styled)

    def add(self, path: Path, value: str | Mapping[str, Any], says: str = "") -> None:
        """One more item at the end of a list."""
        holder = self._holder(path)
        if holder is None:
            self._insert(path, [str(value)], "", [says])
            return

        def styled(document: TOMLDocument, keys: Path) -> None:
            _append(_parent(document, keys)[keys[-1]], value, says)

        self._rewrite(holder, path, lambda plain, keys: _parent(plain, keys)[keys[-1]].append(value), styled)

    def add_table(self, name: str, keys: Mapping[str, Value], says: str = "", *, array: bool = False) -> None:
        """A new table behind those of its name, else at the end; `says` stands behind its first key."""
        if array and self._holder((name,)):
            self.add((name,), keys, says)
            return
        same = [each for each in self._statements() if each.path[:1] == (name,)]
        row = self._behind(same[-1]) if same else len(self._rows)
        comments = [says] + [""] * len(keys)
        body = [_line(key, value, note) for (key, value), note in zip(keys.items(), comments, strict=False)]
        self._splice(row, row, [f"[[{name}]]" if array else f"[{name}]", *body], apart=True)

    def drop(self, path: Path) -> None:
        """Takes out a key or a table with all that stands below it; nothing when it is not there."""
        holder = self._holder(path)
        if holder and holder.path != path:
            self._rewrite(holder, path, _delete, _delete)
            return
        runs: list[list[Statement]] = []
        before = False
        for each in self._statements():
            concerned = each.path[: len(path)] == path
            if concerned and before:
                runs[-1].append(each)
            elif concerned:
                runs.append([each])
            before = concerned
        for run in reversed(runs):
            self._splice(run[0].first, run[-1].end, [])

    def _statements(self) -> list[Statement]:
        return list(lines.statements("\n".join(self._rows)))

    def _holder(self, path: Path) -> Statement | None:
        """The key whose value is at `path`, or has it inside."""
        return next((s for s in self._statements() if s.key and path[: len(s.path)] == s.path), None)

    def _rewrite(
        self,
        statement: Statement,
        path: Path,
        plain: Callable[[dict[str, Any], Path], None],
        styled: Callable[[TOMLDocument, Path], None],
    ) -> None:
        """Changes the value of one statement; `plain` says what it must be, `styled` keeps its layout."""
        import tomlkit

        text = "\n".join(row.removesuffix("\r") for row in self._rows[statement.first : statement.end])
        begins = lines.KEY.match(text)
        key = begins[0] if begins else ""
        value = f"v ={text[len(key) :]}"
        keys: Path = ("v", *path[len(statement.path) :])
        before, wanted = tomllib.loads(value), tomllib.loads(value)
        plain(wanted, keys)
        if wanted["v"] == []:
            self._splice(statement.first, statement.end, [])
            return
        document = tomlkit.parse(value)
        styled(document, keys)
        if wanted != before and not _is(document.as_string(), wanted):  # tomlkit 0.15 loses a bracket behind a comment
            document = tomlkit.parse(value)
            document["v"] = _item(wanted["v"])
        if wanted != before:
            self._splice(statement.first, statement.end, (key + document.as_string()[3:]).split("\n"))

    def _insert(self, path: Path, value: Value, says: str, notes: Sequence[str] = ()) -> None:
        parent = path[:-1]
        beside = [s for s in self._statements() if s.key and parent in (s.table, s.path[:-1])]
        if not beside:
            self._at_the_top(_line(str(path[-1]), value, says, notes))
            return
        last = beside[-1]
        indent = re.match(r"[ \t]*", self._rows[last.first])
        name = lines.dotted(path[len(last.table) :])
        self._splice(last.end, last.end, [(indent[0] if indent else "") + _line(name, value, says, notes)])

    def _at_the_top(self, line: str) -> None:
        """Below the comment that heads the file, if an empty line sets it apart from what follows."""
        head = next((row for row, text in enumerate(self._rows) if not text.startswith("#")), len(self._rows))
        if head < len(self._rows) and self._rows[head].strip():
            head = 0
        self._splice(head, head, [line], apart=True)

    def _behind(self, statement: Statement) -> int:
        """The row after a statement and the comments directly below it, unless they head the next one."""
        row = statement.end
        while row < len(self._rows) and self._rows[row].lstrip().startswith("#"):
            row += 1
        headed = row < len(self._rows) and self._rows[row].strip()
        return statement.end if headed else row

    def _splice(self, first: int, end: int, made: Sequence[str], *, apart: bool = False) -> None:
        """New rows in place of others; `apart` sets them off by empty rows, and none is left over by a removal."""
        above = first > 0 and bool(self._rows[first - 1].strip())
        below = end < len(self._rows) and bool(self._rows[end].strip())
        rows = [row for line in made for row in line.split("\n")]
        if apart:
            rows = [""] * above + rows + [""] * below
        elif not rows and not above and not below:
            first, end = (first - 1, end) if first else (first, end + 1)
        self._rows[first:end] = [row + self._return for row in rows]
        if self._return and first and not self._rows[first - 1].endswith("\r"):
            self._rows[first - 1] += self._return  # the last one had no line end


def _line(name: str, value: Value, says: str = "", notes: Sequence[str] = ()) -> str:
    """`name = value  # says`, the value on several lines where it needs them."""
    item = _item(value, notes)
    return f"{name} = {item.as_string()}" + (f" # {_comment(says)}" if says else "")


def _item(value: Value, notes: Sequence[str] = ()) -> Any:
    import tomlkit

    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        table = tomlkit.inline_table()
        for key, each in value.items():
            table[key] = _item(each)
        return table
    if isinstance(value, float) and value.is_integer():
        return tomlkit.item(int(value))  # as people write it
    if isinstance(value, int | float | date):
        return tomlkit.item(value)
    array = tomlkit.array()
    for index, each in enumerate(value):
        note = _comment(notes[index]) if index < len(notes) else ""
        array.add_line(_item(each), indent=_INDENT, comment=note or None)
    array.add_line(indent="")
    tables = any(isinstance(each, Mapping) for each in value)
    return array if tables or any(notes) or len(array.as_string()) > 100 else tomlkit.item(list(value))


def _append(items: Any, value: Value, says: str) -> None:
    """A comment needs a line of its own, and that the closing bracket stands on the next."""
    layout = re.search(r"(?:\n([ \t]*)[^ \t\n][^\n]*)?\n[ \t]*\]$", items.as_string())
    if not says or ("\n" in items.as_string() and layout is None):
        items.append(_item(value))
        return
    items.multiline(multiline=layout is None)
    indent = layout[1] if layout and layout[1] is not None else _INDENT
    items.add_line(_item(value), indent=indent, comment=_comment(says))


def _text(value: str) -> Any:
    import tomlkit

    item = tomlkit.string(value, multiline="\n" in value)
    begins = '"""\n'
    if "\n" not in value or item.as_string().startswith(begins):
        return item
    return tomlkit.value(begins + item.as_string()[3:])


def _comment(text: str) -> str:
    """On one line, and of a length that an editor can see."""
    return phrases.short(" ".join(re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", " ", text).split()), 100)


def _parent(root: Any, keys: Path) -> Any:
    for key in keys[:-1]:
        root = root[key]
    return root


def _delete(root: Any, keys: Path) -> None:
    del _parent(root, keys)[keys[-1]]


def _is(text: str, wanted: Mapping[str, Any]) -> bool:
    try:
        return tomllib.loads(text) == wanted
    except tomllib.TOMLDecodeError:
        return False
