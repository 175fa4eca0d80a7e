"""Every setting as it is in force, and where it comes from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

from pydantic import BaseModel

from digest.config.lines import Path, dotted
from digest.config.tables import Settings
from digest.config.values import DAYS, Moment

Row = tuple[str, str, int | None]


def shown(settings: Settings, beside: Settings | None = None) -> Iterator[Row]:
    """Key, value and line (None: a default) of every setting; a secret shows only its place.

    Of an edition `beside` the main one, only what differs: a list that differs is shown whole.
    """
    rows = _rows(settings, (), settings)
    if beside is None:
        return ((dotted(path), value, settings.line(path)) for path, value in rows)
    before = dict(_rows(beside, (), beside))
    return (
        (dotted(("editions", settings.edition, *path)), value, settings.line(path))
        for path, value in rows
        if (_differs(settings, beside, str(path[0])) if path[0] in _LISTS else before.get(path) != value)
    )


_LISTS = ("sources", "themes")


def _differs(one: Settings, other: Settings, name: str) -> bool:
    return bool(getattr(one, name) != getattr(other, name))


def _rows(value: object, path: Path, settings: Settings) -> Iterator[tuple[Path, str]]:
    if isinstance(value, Moment):
        yield path, _moment(value, settings)
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _rows(getattr(value, name), (*path, name), settings)
    elif isinstance(value, tuple) and value and isinstance(value[0], BaseModel):
        for index, item in enumerate(value):
            yield from _rows(item, (*path, index), settings)
    elif value is not None:
        yield path, _shown(value)


def _moment(value: Moment, settings: Settings) -> str:
    if value.day is None:
        return f"{value.at:%H:%M}"
    day = str(value.day) if settings.schedule.every == "month" else DAYS[value.day].title()
    return f"{day} {value.at:%H:%M}"


def _shown(value: object) -> str:
    """As an editor would write it; a password in an address stays hidden."""
    if isinstance(value, timedelta):
        minutes = int(value.total_seconds() // 60)
        whole = next((f"{minutes // size}{unit}" for unit, size in (("d", 1440), ("h", 60)) if minutes % size == 0), "")
        return whole or f"{minutes}m"
    return re.sub(r"(://[^/@:]*):[^@/]*@", r"\1:…@", str(value))
