"""Composing many candidates, and a year of issues out of a large archive."""

from __future__ import annotations

import statistics
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from operator import attrgetter
from pathlib import Path

from msgspec.structs import replace

from digest import compose
from digest.config import Overlay
from digest.models import Article, History, Story, Theme
from tests.benchmarks import year
from tests.builders import END, SLOT, article, settings

CANDIDATES, ARTICLES, STORIES = 10_000, 100_000, 200
THEME = Theme("#News", "News")
Rows = list[tuple[str, str, str, str]]


def rows(folder: Path) -> Rows:
    """The figures, each with a bound measured beside it."""
    return [("", "", "", ""), ("compose", "min, median", "bound", "ratio"), *many(folder), parity(), a_year()]


def many(folder: Path) -> Rows:
    """10,000 candidates of one week by every rule, and with an overlay, against sorting and copying them."""
    found = settings(folder)
    tags = ("DefeatRussia", "UWC news")
    candidates = [
        article(f"a{n}", tags=tags[: n % 3], published=END - timedelta(minutes=n), views=n % 997, views_at=END)
        for n in range(CANDIDATES)
    ]
    plain = compose.Rules(found.newsletter, found.themes, found.compose)
    popular = replace(plain, compose=plain.compose.model_copy(update={"overlap": "all", "order": "popular"}))
    suggesting = replace(
        plain, themes=tuple(t.model_copy(update={"keywords": ("minister", "choir")}) for t in plain.themes)
    )
    hand = Overlay(
        lead="https://news.example/a7",
        hide=["site:a1", "Title of a2"],
        stories=[{"article": f"site:a{n}", "section": "#UWC news", "title": "Another"} for n in range(30, 60)],
    )
    sending = {a.id: "weekly-2026-W46" for a in candidates[::2]}
    cases: dict[str, tuple[compose.Rules, History]] = {
        "first, recent": (plain, History()),
        "all, popular": (popular, History()),
        "with keywords": (suggesting, History()),
        "with an overlay": (replace(plain, overlay=hand), History()),
        "half sent before": (plain, History(1, SLOT.window.start, SLOT.window.start, sending)),
    }
    bound = seconds(lambda: [story_of(a) for a in sorted(candidates, key=attrgetter("title"))])
    made = []
    for name, (rules, history) in cases.items():
        took = seconds(lambda rules=rules, history=history: compose.issue(candidates, SLOT, history, rules))
        ratio = f"{took[1] / bound[1]:.1f}"
        made.append(
            (f"{CANDIDATES:,} candidates, {name}", told(took), f"{told(bound)} for a sorted list of stories", ratio)
        )
    return made


def story_of(found: Article) -> Story:
    """The least that composing makes of an article."""
    return Story(found, THEME, (), 1)


def parity() -> tuple[str, str, str, str]:
    """Two editions of 200 stories that all have a counterpart, against comparing each with each."""
    english, ukrainian = year.editions()
    ours = [article(f"e{n}", title=f"Case {n * 1000} of Kharkiv", tags=("UWC news",)) for n in range(STORIES)]
    theirs = [
        replace(a, native_id=f"u{a.native_id}", language="uk", title=a.title.replace("Case", "Справа")) for a in ours
    ]
    one = compose.issue(ours, SLOT, History(), english.rules)
    other = compose.issue(theirs, SLOT, History(), ukrainian.rules)
    pairs = len(compose.parity(one, other).pairs)
    took = seconds(lambda: compose.parity(one, other))
    urls = [story.article.url for story in one.stories]
    bound = seconds(lambda: sum(a == b for a in urls for b in urls))
    return f"parity, {pairs} pairs", told(took), f"{told(bound)} to compare addresses", f"{took[1] / bound[1]:.0f}"


def a_year() -> tuple[str, str, str, str]:
    """A year of weekly issues in two editions, what became of every candidate, against sorting the articles."""
    published = year.articles(ARTICLES)
    gone = year.taken_down(published)
    began = time.perf_counter()
    runs = [run for edition in year.editions() for run in year.replay(edition, published, gone, timedelta(days=14))]
    took = time.perf_counter() - began
    bound = seconds(lambda: sorted(published, key=attrgetter("title")))
    reasons = Counter(verdict.reason for run in runs for verdict in run.issue.verdicts)
    assert reasons.total() == sum(run.candidates for run in runs)
    taken = Counter(
        (run.issue.newsletter, s.article.url_key) for run in runs if not run.skipped for s in run.issue.stories
    )
    assert max(taken.values()) == 1
    counted = ", ".join(f"{count:,} {reason}" for reason, count in reasons.most_common())
    print(f"{len(runs)} issues, {reasons.total():,} verdicts: {counted}; {len(taken):,} articles sent, none twice")
    name = f"{len(runs)} issues of a year, {len(published):,} articles"
    return name, f"{took:.1f} s", f"{bound[1] * 1000:.0f} ms to sort the articles", f"{took / bound[1]:.0f}"


def told(took: tuple[float, float]) -> str:
    """In milliseconds."""
    return f"{took[0] * 1000:.1f}, {took[1] * 1000:.1f} ms"


def seconds(work: Callable[[], object]) -> tuple[float, float]:
    """The least and the median of 15 runs after one that does not count."""
    work()
    took = []
    for _ in range(15):
        began = time.perf_counter()
        work()
        took.append(time.perf_counter() - began)
    return min(took), statistics.median(took)
