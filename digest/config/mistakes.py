"""What is wrong with a value, in words that an editor can act on: what it is, what was expected, what is near."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from msgspec import Struct
from pydantic import ValidationError

from digest.config.edits import Overlay
from digest.config.lines import Path, dotted
from digest.config.tables import Settings, starter
from digest.config.values import Table, nearest, table_in


class Form(Struct, frozen=True):
    """A kind of file: what may stand in it, and how a key that is missing would be written."""

    model: type[Table]
    example: Callable[[Path], str]
    top: tuple[str, ...]
    """The tables and keys that stand at its top."""


def of(error: ValidationError, form: Form) -> Iterator[tuple[Path, str]]:
    """Each mistake at its deepest place: a list whose items are wrong is not "empty" as well."""
    items = error.errors(include_url=False)
    outer = {item["loc"][:end] for item in items for end in range(len(item["loc"]))}
    for item in items:
        if item["loc"] not in outer:
            yield item["loc"], _said(item, form)


def syntax(text: str, said: str) -> tuple[str, str]:
    """Line, and what `tomllib` said about a text that is not TOML."""
    found = re.search(r" \(at line (\d+), column (\d+)\)$", said)
    line = found[1] if found else str(text.count("\n") + 1)
    what = re.sub(r" \(at .*?\)$", "", said)
    return line, f"not valid TOML: {what}; a quotation mark or a bracket may be missing, or a table may stand twice"


_SECRET_KEYS = ("token", "key", "password", "secret", "webhook", "ping")


def _as_written(value: object, path: Path) -> str:
    """`is "x"; `, or nothing where the value is a whole table, or a secret that was written down."""
    if isinstance(value, dict | list) or (path[-1:] and path[-1] in _SECRET_KEYS and path[0] != "newsletter"):
        return ""
    shown = str(value).lower() if isinstance(value, bool) else repr(value) if isinstance(value, str) else str(value)
    return f"is {shown if len(shown) <= 80 else shown[:79] + '…'}; "


_EXPECTED = {
    "string_type": "text in quotes",
    "int_type": "a whole number, without quotes",
    "float_type": "a number, without quotes",
    "finite_number": "a number such as 12 or 12.5",
    "bool_type": "true or false, without quotes",
    "model_type": "a table with its keys",
    "literal_error": "one of {expected}",
    "string_unicode": "text that can be saved as UTF-8",
    "string_too_short": "at least {min_length} characters",
    "string_too_long": "at most {max_length} characters",
    "greater_than": "more than {gt:g}",
    "greater_than_equal": "at least {ge:g}",
    "less_than_equal": "at most {le:g}",
    "too_long": "at most {max_length} of them",
}


def _said(item: Mapping[str, Any], form: Form) -> str:
    path: Path = item["loc"]
    context = item.get("ctx", {})
    written = _as_written(item["input"], path)
    match item["type"]:
        case "missing":
            return f"is missing; add it, as {form.example(path)}"
        case "extra_forbidden":
            known = _known(form, path[:-1])
            near = difflib.get_close_matches(str(path[-1])[:100], known, 1, 0.5)
            return f"unknown key{nearest(near) or '; known here: ' + ', '.join(known)}"
        case "value_error":
            return f"{written}{context['error']}"
        case "too_short":
            least = context["min_length"]
            return "is empty; expected at least one" if least == 1 else f"expected at least {least} of them"
        case "tuple_type":
            tables = _table_at(form.model, path) is not None
            return f"{written}expected " + (f"[[{dotted(path)}]] tables" if tables else 'a list in brackets, as ["…"]')
        case kind:
            expected = _EXPECTED.get(kind, item["msg"]).format(**context)
            return f"{written}expected {expected}"


def _known(form: Form, path: Path) -> tuple[str, ...]:
    """The keys that the table at `path` knows."""
    table = _table_at(form.model, path)
    return form.top if not path else tuple(table.model_fields) if table else ()


def _table_at(model: type[Table], path: Path) -> type[Table] | None:
    found: type[Table] | None = model
    for part in path:
        if isinstance(part, str) and found:
            found = table_in(found.model_fields[part].annotation)
    return found


@lru_cache(maxsize=1)
def _shipped() -> str:
    return (starter() / "config.toml").read_text(encoding="utf-8")


def _as_shipped(path: Path) -> str:
    """How the shipped config.toml sets this key, or begins this table."""
    names = [str(part) for part in path if isinstance(part, str)]
    table = rf"^(?:# )?\[+{re.escape('.'.join(names[:-1] or names))}\]+"
    start = re.search(table, _shipped(), re.MULTILINE)
    if start is None or len(names) == 1:
        return start[0].removeprefix("# ") if start else f"{names[-1]} = …"
    line = re.compile(rf"^(?:# )?({re.escape(names[-1])} = .*?)(?:\s+#.*)?$", re.MULTILINE)
    found = line.search(_shipped(), start.end())
    return found[1] if found else f"{names[-1]} = …"


def _in_an_overlay(path: Path) -> str:
    return {
        "article": 'article = "site:1234", its id, its address or its whole title; `digest explain` lists them',
        "title": 'title = "What stands in bold"',
        "url": 'url = "https://www.example.org/page"',
        "button": 'button = "Read on"',
        "words": 'words = "What was said"',
        "who": 'who = "Olena Example, headteacher"',
        "number": 'number = "1,400"',
        "counts": 'counts = "parcels left in one day"',
        "date": "date = 2026-11-28",
        "rows": 'rows = [{ label = "October", value = 12 }, { label = "November", value = 30 }]',
        "label": 'label = "October"',
        "value": "value = 12",
    }[str(path[-1])]


CONFIG = Form(Settings, _as_shipped, (*Settings.model_fields, "editions"))
EDITION = Form(Settings, _as_shipped, tuple(name for name in Settings.model_fields if name != "store"))
OVERLAY = Form(Overlay, _in_an_overlay, tuple(Overlay.model_fields))
