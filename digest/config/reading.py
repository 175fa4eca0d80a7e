"""From the file to settings: every mistake at once, in words that an editor can act on."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from digest.config import lines
from digest.config.tables import Settings, starter
from digest.config.values import DAYS, Moment, nearest, tag_key
from digest.errors import ConfigError


def load(file: Path) -> Settings:
    """The settings of `file`. Raises ConfigError with every mistake in it."""
    text = _text(file)
    try:
        tables = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError([_syntax(file, text, str(error))]) from error
    at = lines.key_lines(text)
    try:
        settings = Settings.model_validate(tables, context={"file": file, "lines": at})
    except ValidationError as error:
        items = sorted(_deepest(error), key=lambda item: lines.of(at, item["loc"]))
        raise ConfigError([_problem(file, at, item) for item in items]) from error
    problems = list(_contradictions(settings))
    if problems:
        raise ConfigError(problems)
    return settings


def shown(settings: Settings) -> Iterator[tuple[str, str, int | None]]:
    """Key, value and line (None: a default) of every setting; a secret shows only its place."""

    def walk(path: lines.Path, value: object) -> Iterator[tuple[str, str, int | None]]:
        if isinstance(value, Moment):
            day = (
                ""
                if value.day is None
                else f"{value.day} "
                if settings.schedule.every == "month"
                else DAYS[value.day].title() + " "
            )
            yield lines.dotted(path), f"{day}{value.at:%H:%M}", settings.line(path)
        elif isinstance(value, BaseModel):
            for name in type(value).model_fields:
                yield from walk((*path, name), getattr(value, name))
        elif isinstance(value, tuple) and value and isinstance(value[0], BaseModel):
            for index, item in enumerate(value):
                yield from walk((*path, index), item)
        elif value is not None:
            yield lines.dotted(path), _shown(value), settings.line(path)

    return walk((), settings)


def _shown(value: object) -> str:
    """As an editor would write it; a password in an address stays hidden."""
    if isinstance(value, timedelta):
        minutes = int(value.total_seconds() // 60)
        whole = next((f"{minutes // size}{unit}" for unit, size in (("d", 1440), ("h", 60)) if minutes % size == 0), "")
        return whole or f"{minutes}m"
    return re.sub(r"(://[^/@:]*):[^@/]*@", r"\1:…@", str(value))


def _syntax(file: Path, text: str, said: str) -> str:
    found = re.search(r" \(at line (\d+), column (\d+)\)$", said)
    line = found[1] if found else str(text.count("\n") + 1)
    what = re.sub(r" \(at .*?\)$", "", said)
    cure = "a quotation mark or a bracket may be missing, or a table may stand twice"
    return f"{file}:{line}: not valid TOML: {what}; {cure}"


def _text(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        raise ConfigError([f"{file}: not found; `digest init` writes one, `--config FILE` names another"]) from error
    except OSError as error:
        raise ConfigError([f"{file}: cannot be read: {error.strerror}"]) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ConfigError([f"{file}:{line}: not UTF-8; save the file as UTF-8 and run again"]) from error


def _deepest(error: ValidationError) -> Iterator[Mapping[str, Any]]:
    """The mistakes at their deepest place: a list whose items are wrong is not "empty" as well."""
    items = error.errors(include_url=False)
    for item in items:
        inner = any(other["loc"][: len(item["loc"])] == item["loc"] != other["loc"] for other in items)
        if not inner:
            yield item


def _problem(file: Path, at: Mapping[lines.Path, int], item: Mapping[str, Any]) -> str:
    path: lines.Path = item["loc"]
    return f"{lines.place(file, at, path)}: {_expectation(item, path)}"


_SECRET_KEYS = ("token", "key", "password")


def _as_written(value: object, path: lines.Path) -> str:
    """`is "x"; `, or nothing where the value is a whole table, or a secret that was written down."""
    if isinstance(value, dict | list) or (path[-1:] and path[-1] in _SECRET_KEYS and path[0] != "newsletter"):
        return ""
    shown = str(value).lower() if isinstance(value, bool) else repr(value) if isinstance(value, str) else str(value)
    return f"is {shown[:80]}; "


_EXPECTED = {
    "string_type": "text in quotes",
    "int_type": "a whole number, without quotes",
    "float_type": "a number, without quotes",
    "bool_type": "true or false, without quotes",
    "model_type": "a table with its keys",
    "literal_error": "one of {expected}",
    "string_too_short": "at least {min_length} characters",
    "string_too_long": "at most {max_length} characters",
    "greater_than": "more than {gt}",
    "greater_than_equal": "at least {ge}",
    "less_than_equal": "at most {le}",
}


def _expectation(item: Mapping[str, Any], path: lines.Path) -> str:
    context = item.get("ctx", {})
    written = _as_written(item["input"], path)
    match item["type"]:
        case "missing":
            return f"is missing; add it, as {_example(path)}"
        case "extra_forbidden":
            known = list(_fields_at(path[:-1]))
            near = difflib.get_close_matches(str(path[-1]), known, 1, 0.5)
            return f"unknown key{nearest(near) or '; known here: ' + ', '.join(known)}"
        case "value_error":
            said = str(context["error"])
            return f"{written}{said}"
        case "too_short":
            return "is empty; expected at least one"
        case "tuple_type":
            return f"{written}expected a list in brackets, or [[{path[0]}]] tables"
        case kind:
            expected = _EXPECTED.get(kind, item["msg"]).format(**context)
            return f"{written}expected {expected}"


def _example(path: lines.Path) -> str:
    """How the shipped config.toml sets this key, or begins this table."""
    shipped = (starter() / "config.toml").read_text(encoding="utf-8")
    names = [str(part) for part in path if isinstance(part, str)]
    table = rf"^(?:# )?\[+{re.escape('.'.join(names[:-1] or names))}\]+"
    start = re.search(table, shipped, re.MULTILINE)
    if start is None or len(names) == 1:
        return start[0].removeprefix("# ") if start else f"{names[-1]} = …"
    line = re.compile(rf"^(?:# )?({re.escape(names[-1])} = .*?)(?:\s+#.*)?$", re.MULTILINE)
    found = line.search(shipped, start.end())
    return found[1] if found else f"{names[-1]} = …"


def _fields_at(path: lines.Path) -> Iterator[str]:
    """The keys that the table at `path` knows."""
    model: Any = Settings
    for part in path:
        if isinstance(part, str):
            found = [
                a
                for a in _flatten(model.model_fields[part].annotation)
                if isinstance(a, type) and issubclass(a, BaseModel)
            ]
            model = found[0]
    yield from model.model_fields


def _flatten(annotation: Any) -> Iterator[Any]:
    arguments = getattr(annotation, "__args__", None)
    if arguments is None:
        yield annotation
    else:
        for argument in arguments:
            yield from _flatten(argument)


def _contradictions(settings: Settings) -> Iterator[str]:
    """What each table says rightly and two together cannot."""
    words = settings.templates / "text" / f"{settings.newsletter.language}.ftl"
    if not words.is_file():
        known = ", ".join(sorted(f'"{each.stem}"' for each in words.parent.glob("*.ftl")))
        where = settings.place("newsletter", "language")
        yield f"{where}: there are no words for it, only for {known}; translate one in a templates folder of your own"
    names: dict[str, int] = {}
    for index, source in enumerate(settings.sources):
        first = names.setdefault(source.name, index)
        if first != index:
            where = settings.place("sources", index, "name")
            yield f'{where}: "{source.name}" names source {first + 1} already; give each its own'
    owners: dict[str, int] = {}
    for index, theme in enumerate(settings.themes):
        for spelling in (theme.tag, *theme.aliases):
            owner = owners.setdefault(tag_key(spelling), index)
            if owner != index:
                where, tag = settings.place("themes", index), settings.themes[owner].tag
                yield f'{where}: "{spelling}" belongs to the theme {tag} already; one theme may claim it'
