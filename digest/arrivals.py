"""What the sources say now, held against what the archive knows: new, changed, taken down. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from digest.models import Article, Issue, SourceReport

MOST_TOLD = 10


@dataclass(frozen=True, slots=True)
class News:
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


def compare(archived: Sequence[Article], reports: Sequence[SourceReport]) -> News:
    """One article for each address and each source's own id, as its source gives it now."""
    known = {a.url_key: a for a in archived}
    by_id = {a.id: a for a in archived}
    merged = dict(known)
    changes = []
    for article in chain.from_iterable(report.articles for report in reports):
        before = by_id.get(article.id) or known.get(article.url_key)
        if before:
            merged.pop(before.url_key, None)
            if _seen(before) != _seen(article):
                changes.append((before, article))
        first_seen = before.first_seen if before else None
        merged[article.url_key] = replace(article, first_seen=first_seen)
    fresh = {a.url_key for report in reports for a in report.articles}
    gone = {a.id: why for a in merged.values() if a.url_key not in fresh and (why := _taken_down(a, reports))}
    return News(tuple(merged.values()), gone, tuple(changes), frozenset(fresh))


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


def _taken_down(article: Article, reports: Sequence[SourceReport]) -> str:
    """Why it counts as gone, empty when it does not: only a source that names everything can say so."""
    report = next((r for r in reports if r.source == article.source and not r.failure), None)
    if report is None or report.complete_since is None or article.published is None:
        return ""
    listed = article.published >= report.complete_since
    return f'its source "{report.source}" does not list it any more' if listed else ""
