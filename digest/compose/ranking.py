"""In which order articles stand, and what "popular" means when some are older than others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from statistics import median
from typing import Literal

from digest.models import Article

DAMPING_H = 24.0
"""An article counts as if it had had this many more hours at the median rate, so that three
views in the first minute do not lead the issue."""

_NEVER = datetime.min.replace(tzinfo=UTC)

Order = Literal["recent", "popular", "oldest"]


def ordered(articles: Sequence[Article], order: Order, rate: float) -> tuple[Article, ...]:
    """`articles` in the editor's order; equal ones by title, then id, so that it is always the same."""
    steady = sorted(articles, key=lambda a: (a.title, a.id))
    if order == "popular":
        return tuple(sorted(steady, key=lambda a: -popularity(a, rate)))
    return tuple(sorted(steady, key=lambda a: a.published or _NEVER, reverse=order == "recent"))


def popularity(article: Article, rate: float) -> float:
    """Views per hour since publication, drawn towards `rate`; equal to it where views are unknown."""
    hours = _hours_out(article)
    if article.views is None or hours is None:
        return rate
    return (article.views + DAMPING_H * rate) / (hours + DAMPING_H)


def median_rate(articles: Iterable[Article]) -> float:
    """Views per hour of the middle article, 0 when none has views."""
    rates = [
        a.views / max(hours, 1.0) for a in articles if a.views is not None and (hours := _hours_out(a)) is not None
    ]
    return median(rates) if rates else 0.0


def _hours_out(article: Article) -> float | None:
    if article.published is None or article.views_at is None:
        return None
    return max((article.views_at - article.published).total_seconds() / 3600, 0.0)
