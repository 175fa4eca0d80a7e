"""The editor's hand on one issue: `issues/<issue key>.toml`, checked like config.toml."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from digest.config.lines import Where
from digest.config.values import Name, Table, Tag, WebAddress, line

Reference = Annotated[str, Field(min_length=3, max_length=500)]
"""An article: its id (`site:1234`), its address, or its whole title."""
Prose = Annotated[str, Field(max_length=5_000)]
_MOST_BARS = 20


def _day(value: object) -> object:
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        with suppress(ValueError):
            return date.fromisoformat(value)
    if type(value) is date:
        return value
    raise ValueError("expected a day, as 2026-11-28")


class CoverEdit(Table):
    """Another picture for a story, or another credit or alternative text for the one it has."""

    url: WebAddress | None = None
    alt: str | None = None
    credit: str | None = None

    @model_validator(mode="after")
    def _credited(self) -> CoverEdit:
        if self.url and not self.credit:
            raise ValueError('a picture needs its "credit"')
        return self


class StoryEdit(Table):
    """What an editor wants otherwise about one article."""

    article: Reference
    title: Name | None = None
    lede: Annotated[str, Field(max_length=1_000)] | None = None
    section: Tag | None = None
    """The theme that takes it: this also brings in an article that the rules leave out."""
    place: Annotated[int, Field(ge=1, le=100)] | None = None
    """Its place within its section, whatever the order says."""
    cover: CoverEdit | None = None


class LinkEdit(Table):
    """A link beside the stories."""

    title: Name
    url: WebAddress
    text: Annotated[str, Field(max_length=300)] = ""


class PanelEdit(Table):
    """One thing to do, or a sponsor's word."""

    title: Name
    text: Annotated[str, Field(max_length=500)] = ""
    button: Annotated[str, Field(min_length=1, max_length=60)]
    url: WebAddress


class QuoteEdit(Table):
    """What somebody said."""

    words: Annotated[str, *line(400)]
    who: Name
    url: WebAddress | None = None


class FigureEdit(Table):
    """The one number of an issue."""

    number: Annotated[str, *line(20)]
    """As it is shown: `"1,400"` or `"62 %"`."""
    counts: Name
    """What is counted."""
    source: Annotated[str, *line(120, at_least=0)] = ""
    url: WebAddress | None = None
    """Where the source says so."""


class EventEdit(Table):
    """A date to keep."""

    date: Annotated[date, BeforeValidator(_day)]
    title: Name
    place: Annotated[str, *line(120, at_least=0)] = ""
    url: WebAddress | None = None


class BarEdit(Table):
    """One row of a chart; of a line the label says when."""

    label: Annotated[str, *line(40)]
    value: Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)]


class ChartEdit(Table):
    """The editor's own numbers, drawn as bars, or as a line over time."""

    kind: Literal["bars", "line"] = "bars"
    title: Name
    unit: Annotated[str, *line(60, at_least=0)] = ""
    rows: tuple[BarEdit, ...] = Field(strict=False, min_length=2, max_length=60)
    """Of bars at most 20."""
    source: Annotated[str, *line(120, at_least=0)] = ""
    url: WebAddress | None = None
    """Where the source says so."""

    @field_validator("rows")
    @classmethod
    def _few_bars(cls, rows: tuple[BarEdit, ...], info: ValidationInfo) -> tuple[BarEdit, ...]:
        if len(rows) > _MOST_BARS and info.data.get("kind") == "bars":
            raise ValueError(f"expected at most {_MOST_BARS} of them")
        return rows


class Overlay(Table):
    """Everything that an editor changed about one issue; nothing is required."""

    subject: Name | None = None
    preheader: Name | None = None
    intro: Prose = ""
    note: Prose = ""
    """For colleagues: no reader sees it."""
    lead: Reference | None = None
    order: tuple[Reference, ...] = Field(default=(), strict=False)
    """These come first in their sections, in this order."""
    hide: tuple[Reference, ...] = Field(default=(), strict=False)
    stories: tuple[StoryEdit, ...] = Field(default=(), strict=False)
    links: tuple[LinkEdit, ...] = Field(default=(), strict=False)
    action: PanelEdit | None = None
    sponsor: PanelEdit | None = None
    figure: FigureEdit | None = None
    chart: ChartEdit | None = None
    quote: QuoteEdit | None = None
    events: tuple[EventEdit, ...] = Field(default=(), strict=False, max_length=20)
    _where: Where = Where(Path("overlay"), {})

    def model_post_init(self, context: Any, /) -> None:
        """Remembers where it was read, for mistakes that are found only when the issue is composed."""
        if context:
            self._where = context["where"]

    def at(self, *path: str | int) -> str:
        """`issues/weekly-2026-W47.toml:12: stories[0].article`, for a mistake found in use."""
        return self._where.place(path)
