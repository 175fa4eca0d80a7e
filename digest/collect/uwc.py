"""The header that ukrainianworldcongress.org puts above an article, read from a page's lines of text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import tzinfo

from msgspec import Struct

from digest.collect import clean, dates

_DATE_AND_VIEWS = re.compile(r"(?P<date>\S.{4,18}?\d{4})(?:\s+(?P<views>\d[\d,]{0,11}))?")
_HEADER = ("icon", "ukrainian world congress")
_FURNITURE = re.compile(r"donate\b.*\bsubscribe\b|donate$|subscribe to our news$|latest news$", re.IGNORECASE)
_COVER = re.compile(r"cover\s*:", re.IGNORECASE)


class NoPage(Exception):
    """The lines hold no such header; says what was expected, and at which line, from 1."""

    def __init__(self, line: int, said: str) -> None:
        super().__init__(said)
        self.line = line


class Page(Struct, frozen=True):
    """What the header and the text below it say."""

    title: str
    tags: tuple[str, ...]
    published: dates.Dated
    views: int | None
    paragraphs: tuple[str, ...]
    """At least one."""
    credit: str


def page(lines: Sequence[str], zone: tzinfo) -> Page:
    """Site name, `icon`, title, tag line if any, date and views, title again if at all, text, cover.

    The lines are clean, one paragraph each. A day without a zone is in `zone`. Raises NoPage.
    """
    at, published, views = _date_line(lines, zone)
    tagged = _has_tag_line(lines, at)
    title = _last_line(lines[: at - 1 if tagged else at])
    if title is None:
        raise NoPage(at + 1, "expected the title above the date; add it")
    paragraphs, credit = _body(lines[at + 1 :], title)
    if not paragraphs:
        raise NoPage(at + 1, "expected the article's text below the date; add it")
    tags = clean.tags([lines[at - 1]]) if tagged else ()
    return Page(title, tags, published, views, tuple(paragraphs), credit)


def _date_line(lines: Sequence[str], zone: tzinfo) -> tuple[int, dates.Dated, int | None]:
    for index, line in enumerate(lines):
        match = _DATE_AND_VIEWS.fullmatch(line)
        dated = dates.parse(match["date"], zone) if match else None
        if match and dated:
            return index, dated, int(match["views"].replace(",", "")) if match["views"] else None
    raise NoPage(1, 'expected a line with the date and the views, as "June 27,2024 1717"; add it below the title')


def _has_tag_line(lines: Sequence[str], at: int) -> bool:
    """A title may begin with a hashtag too, but it has no title above it and may stand below the date again."""
    above = lines[at - 1] if at else ""
    below = next(filter(None, lines[at + 1 :]), None)
    return above.startswith("#") and above != below and _last_line(lines[: at - 1]) is not None


def _last_line(lines: Sequence[str]) -> str | None:
    return next((line for line in reversed(lines) if line and line.lower() not in _HEADER), None)


def _body(lines: Iterable[str], title: str) -> tuple[list[str], str]:
    """The paragraphs and the cover's credit, without what stands around them on every page."""
    paragraphs: list[str] = []
    credit = ""
    for line in lines:
        if _FURNITURE.match(line):
            break
        if _COVER.match(line):
            credit = clean.credit(line)
        elif line and (paragraphs or line not in (title, "photo")):
            paragraphs.append(line)
    return paragraphs, credit
