"""An invented newsroom: articles that are always fresh, their pictures, and three readers."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from digest.collect import identity
from digest.models import Article, Cover, SourceReport, Subscriber

if TYPE_CHECKING:
    from digest.collect.request import Visit

SITE = "https://news.example.org"
READERS = (
    Subscriber("ada@readers.example", "Ada Lindenquist", origin="sample"),
    Subscriber("jonas@readers.example", "Jonas Fairwether", origin="sample"),
    Subscriber("myroslava@readers.example", "Мирослава Тихоліс", origin="sample"),
)
"""Whom the outbox writes to. RFC 2606 reserves `.example`: no mail can ever reach them."""

_FOLDER = Path(__file__).parent / "sample_data"
_WEEK = ("Fri", "Sat", "Sun", "Mon", "Tue", "Wed", "Thu")
_CYCLE = timedelta(days=14)
_FIRST_DAY = datetime(2026, 1, 2, tzinfo=UTC)
"""The Friday on which one week 1 begins."""


def read(visit: Visit) -> SourceReport:
    """What the newsroom has published by now."""
    end = min(visit.request.end, visit.request.now)
    found = articles(end, visit.source.name, visit.source.language)
    return SourceReport(visit.source.name, found, complete_since=end - _CYCLE)


def articles(end: datetime, source: str, language: str | None = None) -> tuple[Article, ...]:
    """What the newsroom published in the fortnight before `end`, newest first; only in `language`, if given.

    Each article comes out once a fortnight, at the same hour, with that day in its url and id. So
    every week is full, and what an earlier issue took keeps its id.
    """
    aged = ((_age(slot, end), article) for slot, article in _diary() if language in (None, article.language))
    return tuple(_published(article, end - age, end, source) for age, article in sorted(aged, key=itemgetter(0)))


def pictures() -> dict[str, Path]:
    """The url of every cover -> its file. Nothing answers at these urls."""
    return {_cover_url(file.stem): file for file in sorted((_FOLDER / "covers").glob("*.jpg"))}


def _age(slot: timedelta, end: datetime) -> timedelta:
    # A remainder of nothing would be published at `end`, which the window leaves out.
    return (end - _FIRST_DAY - slot) % _CYCLE or _CYCLE


def _published(article: Article, at: datetime, end: datetime, source: str) -> Article:
    url = f"{SITE}/{at:%Y/%m/%d}/{article.native_id}"
    return replace(
        article,
        source=source,
        native_id=f"{at:%Y-%m-%d}/{article.native_id}",
        url=url,
        url_key=identity.url_key(url),
        published=at,
        views_at=end,
    )


@cache
def _diary() -> tuple[tuple[timedelta, Article], ...]:
    """The time since the cycle began -> the article, still without a date and with its slug as id."""
    written = tomllib.loads((_FOLDER / "articles.toml").read_text(encoding="utf-8"))
    return tuple((_slot(item), _article(item, written["covers"])) for item in written["articles"])


def _slot(item: Mapping[str, Any]) -> timedelta:
    days = (item["week"] - 1) * 7 + _WEEK.index(item["day"])
    return timedelta(days=days, hours=item["at"].hour, minutes=item["at"].minute)


def _article(item: Mapping[str, Any], covers: Mapping[str, Any]) -> Article:
    language = item.get("language", "en")
    return Article(
        source="",
        native_id=item["slug"],
        url="",
        url_key="",
        title=item["title"],
        lede=" ".join(item["lede"].split()),
        tags=tuple(item["tags"]),
        published=None,
        views=item["views"],
        cover=_cover(item["cover"], covers, language) if "cover" in item else None,
        language=language,
        words=item["words"],
    )


def _cover(name: str, covers: Mapping[str, Any], language: str) -> Cover:
    return Cover(_cover_url(name), covers[name]["alt"][language], covers[name]["credit"][language])


def _cover_url(name: str) -> str:
    return f"{SITE}/covers/{name}.jpg"
