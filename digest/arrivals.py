"""What the sources say now, held against what the archive knows: new, changed, taken down. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain
from types import MappingProxyType

from msgspec import Struct
from msgspec.structs import replace

from digest.models import Article, Issue, SourceReport

MOST_TOLD = 10
NOTHING: Mapping[str, datetime] = MappingProxyType({})


class News(Struct, frozen=True):
    """Every candidate in its latest form, and what became of those that were known."""

    articles: tuple[Article, ...]
    gone: Mapping[str, str]
    """Article id -> why it counts as taken down."""
    changes: tuple[tuple[Article, Article], ...]
    """What the archive had and what its source says now, where a reader would see the difference."""
    fresh: Collection[str] = ()
    """Keys of the addresses that a source has just named."""

    def unseen(self, issue: Issue) -> tuple[Article, ...]:
        """Those placed in `issue` that only the archive vouches for."""
        return tuple(s.article for s in issue.stories if s.article.url_key not in self.fresh)

    def without(self, missing: Mapping[str, str]) -> News:
        """The same, with more of them taken down."""
        return replace(self, gone={**self.gone, **missing})


def compare(
    archived: Sequence[Article], reports: Sequence[SourceReport], end: datetime, gone: Mapping[str, datetime] = NOTHING
) -> News:
    """Each article in the form that its source gives now; what only the archive knows, as it knows it.

    `end` is the window's: what a source lists after it says nothing. `gone` is article id -> since
    when it has counted as taken down.
    """
    by_key, by_id = {a.url_key: a for a in archived}, {a.id: a for a in archived}
    now: dict[str, Article] = {}
    changes: dict[str, tuple[Article, Article]] = {}
    for article in chain.from_iterable(report.articles for report in reports):
        before = by_id.get(article.id) or by_key.get(article.url_key)
        if before and _seen(before) != _seen(article):
            changes[article.id] = (before, article)
        now[article.id] = replace(article, first_seen=before.first_seen if before else None)
    fresh = {a.url_key for a in now.values()}
    rest = [a for a in archived if a.id not in now and a.url_key not in fresh]
    away = {a.id: why for a in rest if (why := _taken_down(a, reports, end, gone))}
    return News((*now.values(), *rest), away, tuple(changes.values()), frozenset(fresh))


def told(changes: Sequence[tuple[Article, Article]], issue: Issue) -> Iterator[str]:
    """A sentence for each changed article that stands in the issue."""
    placed = {s.article.url_key for s in issue.stories}
    for before, after in [pair for pair in changes if pair[1].url_key in placed][:MOST_TOLD]:
        if before.title != after.title:
            yield f'retitled since it was first seen: "{before.title}" is now "{after.title}"'
        else:
            yield f'changed since it was first seen: "{after.title}" ({", ".join(_differences(before, after))})'


def _seen(article: Article) -> tuple[object, ...]:
    """What a reader would see of it."""
    return article.title, article.lede, article.cover, article.tags


def _differences(before: Article, after: Article) -> list[str]:
    return [name for name in ("lede", "cover", "tags") if getattr(before, name) != getattr(after, name)]


def _taken_down(article: Article, reports: Sequence[SourceReport], end: datetime, gone: Mapping[str, datetime]) -> str:
    """Why it counts as gone, empty when it does not: only a source that names everything can say so."""
    if article.id in gone:
        return f"it was taken down, seen on {gone[article.id]:%Y-%m-%d}"
    report = next((r for r in reports if r.source == article.source and not r.failure), None)
    if report is None or report.complete_since is None or article.published is None:
        return ""
    asked = report.complete_since <= article.published < end
    return f'its source "{report.source}" does not list it any more' if asked else ""
