"""In which order articles stand, and what "popular" means when some are older than others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Literal

from digest.models import Article

DAMPING_H = 24.0
"""An article counts as if it had had this many more hours at the median rate, so that three
views in the first minute do not lead the issue."""

_HOUR, _NO_TIME = timedelta(hours=1), timedelta()
_NEVER = datetime.min.replace(tzinfo=UTC)

Order = Literal["recent", "popular", "oldest"]


Scores = Mapping[str, float]
"""url_key -> popularity."""


def scores(articles: Iterable[Article]) -> dict[str, float]:
    """The popularity of each: views per hour, as if all had had some more hours at the rate of the middle one."""
    aged = [(a.url_key, a.views, _hours_out(a)) for a in articles]
    rate = median(
        [views / max(hours, 1.0) for _, views, hours in aged if views is not None and hours is not None] or [0.0]
    )
    return {key: popularity(views, hours, rate) for key, views, hours in aged}


def ordered(articles: Sequence[Article], order: Order, popular: Scores) -> tuple[Article, ...]:
    """`articles` in the editor's order; equal ones stay as they stand."""
    if order == "popular":
        return tuple(sorted(articles, key=lambda a: -popular[a.url_key]))
    return tuple(sorted(articles, key=_date, reverse=order == "recent"))


def foremost(articles: Iterable[Article], order: Literal["recent", "popular"], popular: Scores) -> Article | None:
    """The one that `ordered` would put first."""
    if order == "popular":
        return max(articles, key=lambda a: popular[a.url_key], default=None)
    return max(articles, key=_date, default=None)


def popularity(views: int | None, hours: float | None, rate: float) -> float:
    """Views per hour since publication, drawn towards `rate`; equal to it where views or age are unknown."""
    if views is None or hours is None:
        return rate
    return (views + DAMPING_H * rate) / (hours + DAMPING_H)


def _date(article: Article) -> datetime:
    return article.published or _NEVER


def _hours_out(article: Article) -> float | None:
    if article.published is None or article.views_at is None:
        return None
    age = article.views_at - article.published
    return age / _HOUR if age > _NO_TIME else 0.0
