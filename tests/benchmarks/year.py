"""A newsroom's year: articles, and the issues of two editions made from them, without a database.

The newsroom posts late, lists some articles twice, takes some down and is quiet at times; the
runs of some weeks are missed. `replay` does what the pipeline and the store do between issues.
"""

from __future__ import annotations

import random
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from digest import compose
from digest.compose import window
from digest.config import ComposeSettings, NewsletterSettings, ScheduleSettings, ThemeSettings
from digest.models import Article, History, Issue, Slot
from tests.builders import article

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SCHEDULE = ScheduleSettings(closes="Thu 18:00", send="Fri 09:00", min_stories=3, when_quiet="skip")
THEMES = (
    ThemeSettings(tag="#DefeatRussia", aliases=("#ПереможемоРосію",), at_most=5),
    ThemeSettings(tag="#UAtoEU", at_least=4),
    ThemeSettings(tag="#Culture", keywords=("choir",)),
    ThemeSettings(tag="#UWC news"),
)
TAGS = (
    ("DefeatRussia", "UWC news"),
    ("переможемо росію",),
    ("UAtoEU", "UWC news"),
    ("UWC news",),
    ("Culture", "UAtoEU", "UWC news"),
    ("UAtoEU",),
    ("Sport",),
    (),
)
QUIET = tuple((BEGIN + timedelta(days=first), BEGIN + timedelta(days=last)) for first, last in ((63, 78), (204, 212)))
"""Two weeks in March and one in July in which hardly anything is published."""
MISSED = {"en": ("2026-W08", "2026-W20", "2026-W21"), "uk": ("2026-W45",)}
"""Periods whose run did not happen."""
FAR_BACK = timedelta(days=40)
"""Farther than the rules look back, so that what comes too late gets its verdict too."""


@dataclass(frozen=True, slots=True)
class Edition:
    """One newsletter and its rules."""

    rules: compose.Rules
    missed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Run:
    """One issue that was made."""

    slot: Slot
    at: datetime
    issue: Issue
    skipped: bool
    candidates: int


@dataclass(slots=True)
class Ledger:
    """What the store keeps of issues, and the history that it tells."""

    runs: list[Run] = field(default_factory=list)
    placed: dict[str, str] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)

    def history(self, candidates: Iterable[Article]) -> History:
        """As `models.History` says."""
        stood = [run for run in self.runs if not run.skipped]
        if not self.runs:
            return History()
        names = [name for a in candidates for name in (a.url_key, a.id)]
        placed = {name: self.placed[name] for name in names if name in self.placed}
        rolled = {name: self.skipped[name] for name in names if name in self.skipped and name not in placed}
        if not stood:
            return History(0, self.runs[0].issue.window.start, None, placed, rolled)
        return History(stood[-1].issue.number, stood[-1].slot.window.end, stood[-1].at, placed, rolled)

    def keep(self, run: Run) -> None:
        """The issue, and what it took."""
        self.runs.append(run)
        names = self.skipped if run.skipped else self.placed
        for story in run.issue.stories:
            for name in (story.article.url_key, story.article.id):
                names.setdefault(name, run.issue.key)


def editions() -> tuple[Edition, Edition]:
    """English from Toronto and Ukrainian from Kyiv, each with its own key."""
    english = NewsletterSettings(
        key="weekly",
        name="The Week",
        organisation="A congress",
        sender="desk@news.example",
        postal_address="1 Road, Town",
        contact="desk@news.example",
        language="en",
        timezone="America/Toronto",
        site_url="https://news.example",
        public_url="https://digest.example",
    )
    changes = {"key": "weekly-uk", "language": "uk", "timezone": "Europe/Kyiv"}
    ukrainian = english.model_copy(update=changes)
    settings = ComposeSettings(overlap="first", order="popular", lead="popular")
    return (
        Edition(compose.Rules(english, THEMES, settings), MISSED["en"]),
        Edition(compose.Rules(ukrainian, THEMES, settings.model_copy(update={"overlap": "smallest"})), MISSED["uk"]),
    )


def articles(count: int, seed: int = 4) -> list[Article]:
    """About `count` of them, by date; those without one come first."""
    chance = random.Random(seed)
    found = []
    for n in range(count):
        published = BEGIN + timedelta(minutes=chance.randrange(365 * 1440))
        if any(first <= published < last for first, last in QUIET) and chance.random() < 0.97:
            continue
        late = chance.choices((5 * timedelta(minutes=1), chance.randrange(1, 240) * HOUR, 25 * DAY), (94, 5, 1))[0]
        found.append(
            article(
                f"{n}",
                title=f"What happened in case {n}",
                tags=chance.choice(TAGS),
                language=chance.choice(("en", "uk")),
                published=published if chance.random() < 0.99 else None,
                first_seen=published + late,
                views=chance.randrange(5000),
                views_at=published + 8 * DAY,
            )
        )
        if chance.random() < 0.02:
            found.append(replace(found[-1], source="partners", native_id=f"p{n}"))
    return sorted(found, key=lambda a: a.published or BEGIN - DAY)


def taken_down(published: Sequence[Article], seed: int = 5) -> Mapping[str, datetime]:
    """Article id -> when a few of them vanish."""
    chance = random.Random(seed)
    return {
        a.id: a.first_seen + chance.randrange(72) * HOUR for a in published if a.first_seen and chance.random() < 0.01
    }


def replay(
    edition: Edition, published: Sequence[Article], gone: Mapping[str, datetime], back: timedelta = FAR_BACK
) -> tuple[Run, ...]:
    """Every issue of the year in turn, quiet ones skipped, missed ones not made at all.

    The candidates are what was published since `back` before the window, as far as it was seen.
    """
    ledger = Ledger()
    dates = [a.published or BEGIN - DAY for a in published]
    undated = bisect_left(dates, BEGIN)
    for slot in window.upcoming(SCHEDULE, edition.rules.newsletter.zone, BEGIN + 6 * DAY, 52):
        if slot.period in edition.missed:
            continue
        now = slot.due + timedelta(minutes=3)
        since = compose.joined(slot.window, ledger.history(())).start - back
        lists = [a for a in published[:undated] if a.first_seen and a.first_seen >= since]
        lists += published[max(bisect_left(dates, since), undated) : bisect_left(dates, slot.window.end + 2 * DAY)]
        candidates = [a for a in lists if a.first_seen and a.first_seen <= now]
        away = {
            a.id: f"it was taken down, seen on {gone[a.id]:%Y-%m-%d}" for a in candidates if gone.get(a.id, now) < now
        }
        issue = compose.issue(candidates, slot, ledger.history(candidates), edition.rules, away)
        quiet = len(issue.stories) < SCHEDULE.min_stories
        ledger.keep(Run(slot, now, issue, quiet, len(candidates)))
    return tuple(ledger.runs)
