"""From the files to settings and overlays: every mistake at once, each with its line."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from digest.config import contradictions, lines, merging, mistakes
from digest.config.edits import Overlay
from digest.config.lines import Where
from digest.config.tables import Settings
from digest.config.values import Table
from digest.errors import ConfigError

BOM = "\ufeff"
_LIMIT_BYTES = 1_000_000
_Edit = TypeVar("_Edit", bound=Table)


def load(file: Path) -> Settings:
    """The settings of the newsletter itself. Raises ConfigError with every mistake in `file`, in all editions."""
    return editions(file)[0]


def editions(file: Path) -> tuple[Settings, ...]:
    """The newsletter itself, then its editions as they stand in `file`.

    Raises ConfigError with every mistake of all of them; one that several share is told once.
    """
    try:
        text = read(file).removeprefix(BOM)
    except FileNotFoundError as error:
        raise ConfigError([f"{file}: not found; `digest init` writes one, `--config FILE` names another"]) from error
    tables = _tables(file, text)
    found: list[Settings] = []
    problems: list[str] = []
    told: set[tuple[lines.Path, str]] = set()
    for merged in merging.editions(file, lines.key_lines(text), tables):
        problems += merged.problems
        if merged.tables is None:
            continue
        main = found[0].newsletter if found and ("sources",) not in merged.where.own else None
        try:
            settings = Settings.model_validate(merged.tables, context={"where": merged.where, "main": main})
        except ValidationError as error:
            problems += _of_edition(error, merged.where, told)
        else:
            problems += contradictions.within(settings)
            found.append(settings)
    problems += contradictions.between(found)
    if problems:
        raise ConfigError(list(dict.fromkeys(problems)))
    return tuple(found)


def overlay_file(folder: Path, issue_key: str) -> Path:
    """Where the overlay of an issue lies, or would lie, beside the config.toml of `folder`."""
    return folder / "issues" / f"{issue_key}.toml"


def overlay(folder: Path, issue_key: str) -> Overlay:
    """The editor's changes to one issue, none when there is no file. Raises ConfigError with every mistake in it."""
    file = overlay_file(folder, issue_key)
    try:
        text = read(file)
    except FileNotFoundError:
        text = ""
    return overlay_in(text, file)


def overlay_hash(folder: Path, issue_key: str) -> str:
    """Of the overlay file's bytes, empty when there is none or it is empty: equal while nobody edits it."""
    try:
        raw = overlay_file(folder, issue_key).read_bytes()
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise ConfigError([f"{error.filename}: cannot be read: {error.strerror}"]) from error
    return hashlib.sha256(raw).hexdigest() if raw.strip() else ""


def overlay_in(text: str, file: Path, *, numbered: bool = True) -> Overlay:
    """The overlay that `text` is. Raises ConfigError; without lines for a text that is not in the file."""
    text = text.removeprefix(BOM)
    tables = _tables(file, text)
    where = Where(file, lines.key_lines(text) if numbered else {})
    try:
        return Overlay.model_validate(tables, context={"where": where})
    except ValidationError as error:
        raise ConfigError(_sorted(mistakes.of(error, mistakes.OVERLAY), where)) from error


def checked(model: type[_Edit], values: dict[str, Any]) -> _Edit:
    """A table of an overlay that stands in no file yet. Raises ConfigError with every mistake, by key."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        form = mistakes.Form(model, mistakes.OVERLAY.example, tuple(model.model_fields))
        raise ConfigError([f"{lines.dotted(path)}: {said}" for path, said in mistakes.of(error, form)]) from error


def read(file: Path) -> str:
    """The text of a file, a byte order mark included. Raises FileNotFoundError, else ConfigError."""
    try:
        with file.open("rb") as opened:
            raw = opened.read(_LIMIT_BYTES + 1)
        if len(raw) > _LIMIT_BYTES:
            raise ConfigError([f"{file}: holds more than {_LIMIT_BYTES // 1000} kB; is it the right file?"])
        return raw.decode("utf-8")
    except FileNotFoundError:
        raise
    except OSError as error:
        raise ConfigError([f"{file}: cannot be read: {error.strerror}"]) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ConfigError([f"{file}:{line}: not UTF-8; save the file as UTF-8 and run again"]) from error


def _tables(file: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        line, said = mistakes.syntax(text, str(error))
        raise ConfigError([f"{file}:{line}: {said}"]) from error


def _of_edition(error: ValidationError, where: Where, told: set[tuple[lines.Path, str]]) -> list[str]:
    """The mistakes of one edition, without those of the main tables that it only repeats."""
    if not where.edition:
        found = list(mistakes.of(error, mistakes.CONFIG))
        told.update(found)
    else:
        found = [m for m in mistakes.of(error, mistakes.EDITION) if where.owns(m[0]) or m not in told]
    return _sorted(found, where)


def _sorted(found: Iterable[tuple[lines.Path, str]], where: Where) -> list[str]:
    return [f"{where.place(path)}: {said}" for path, said in sorted(found, key=lambda m: where.nearest(m[0]))]
