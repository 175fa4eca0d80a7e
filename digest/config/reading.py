"""From the file to settings: every mistake at once, in words that an editor can act on."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from digest.config import lines
from digest.config.tables import Settings
from digest.config.values import DAYS, Moment, nearest, tag_key
from digest.errors import ConfigError


def load(file: Path) -> Settings:
    """The settings of `file`. Raises ConfigError with every mistake in it."""
    text = _text(file)
    try:
        tables = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError([f"{file}: not valid TOML: {error}; mend that line and run again"]) from error
    at = lines.key_lines(text)
    try:
        settings = Settings.model_validate(tables, context={"file": file, "lines": at})
    except ValidationError as error:
        raise ConfigError([_problem(file, at, item) for item in _deepest(error)]) from error
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
            yield lines.dotted(path), str(value), settings.line(path)

    return walk((), settings)


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
    match item["type"]:
        case "missing":
            return "is missing; add it"
        case "extra_forbidden":
            known = list(_fields_at(path[:-1]))
            near = difflib.get_close_matches(str(path[-1]), known, 1, 0.5)
            return f"unknown key{nearest(near) or '; known here: ' + ', '.join(known)}"
        case "value_error":
            said = str(context["error"])
            return said if isinstance(item["input"], dict) else f"is {item['input']!r}; {said}"
        case "too_short":
            return "is empty; expected at least one"
        case "tuple_type":
            return f"is {item['input']!r}; expected a list in brackets, or [[{path[0]}]] tables"
        case kind:
            expected = _EXPECTED.get(kind, item["msg"]).format(**context)
            return f"is {item['input']!r}; expected {expected}"


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
