"""What an editor puts beside the stories: links, panels, a quote, a figure, dates, a chart."""

from __future__ import annotations

from datetime import date
from typing import Literal

from msgspec import Struct

from digest.models.articles import Cover


class Link(Struct, frozen=True):
    """A link that the editor adds, beside the stories."""

    title: str
    url: str
    text: str = ""
    """One sentence about it."""


class Panel(Struct, frozen=True):
    """A block of the editor's own: one thing to do, or a sponsor's word, always marked as such."""

    kind: Literal["action", "sponsor"]
    title: str
    """Of a sponsor: the name."""
    text: str
    button: str
    url: str


class Quote(Struct, frozen=True):
    """What somebody said, set large."""

    words: str
    """Without quotation marks around them: each language has its own."""
    who: str
    url: str = ""
    """Where it was said, empty when nowhere that a link reaches."""


class Figure(Struct, frozen=True):
    """The one number of an issue."""

    number: str
    """As it is shown: `1,400` or `62 %`."""
    counts: str
    """What is counted, in a few words."""
    source: str = ""
    url: str = ""


class Occasion(Struct, frozen=True):
    """A date to keep."""

    on: date
    title: str
    place: str = ""
    url: str = ""


class Bar(Struct, frozen=True):
    """One row of a chart, or one point of a line."""

    label: str
    """Of a point: when."""
    value: float
    """Never negative."""


class Chart(Struct, frozen=True):
    """The editor's own numbers, drawn as bars, or as a line over time."""

    title: str
    unit: str
    """What the values are in, empty for plain numbers."""
    bars: tuple[Bar, ...]
    source: str = ""
    url: str = ""
    kind: Literal["bars", "line"] = "bars"
    picture: Cover | None = None
    """Of a line, drawn and ready; where there is none, a line is shown as bars too."""
