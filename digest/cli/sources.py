"""`digest sources`: what each source gives now, and what kind of source a site would be."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence

from digest import pipeline
from digest.cli import context, screen
from digest.config import Settings, tag_key
from digest.models import SourceReport


def show(arguments: argparse.Namespace) -> int:
    """Every source with its articles by tag, and the tags that no theme takes; exit code 1 when one failed."""
    settings = context.edition(arguments)
    now = context.moment(arguments, settings)
    with context.existing_store(settings) as store, screen.watch() as watch:
        reports = pipeline.look(settings, store, pipeline.Job(now, watch))
    untaken = _untaken(reports, settings)
    if arguments.json:
        screen.as_json({"sources": [_plain(r) for r in reports], "tags_without_a_theme": untaken})
    else:
        screen.table(("source", "articles", "newest", "tags"), [_row(r, settings) for r in reports])
        for report in reports:
            for problem in report.problems:
                screen.say(f"! {report.source}: {problem}", "yellow")
        if untaken:
            screen.say(f"no theme takes {_counted(untaken)}")
    return 1 if any(r.failure for r in reports) else 0


def try_(arguments: argparse.Namespace) -> int:
    """Finds out what a site is and prints the config for it."""
    from digest.collect import discover

    found = discover.what(arguments.url, allow_private=arguments.allow_private)
    if arguments.json:
        screen.as_json(found)
        return 0
    screen.say(found.says)
    for title in found.titles:
        screen.say(f"  {title}", "dim")
    if found.tags:
        screen.say(f"tags: {_counted(found.tags)}")
    screen.say("\nfor config.toml:\n")
    screen.say(found.config)
    return 0


def _row(report: SourceReport, settings: Settings) -> tuple[str, str, str, str]:
    if report.failure:
        return report.source, "failed", "", report.failure
    dates = [a.published for a in report.articles if a.published]
    newest = f"{max(dates).astimezone(settings.newsletter.zone):%a %Y-%m-%d %H:%M}" if dates else ""
    return report.source, str(len(report.articles)), newest, _counted(_tags([report])) or "none"


def _plain(report: SourceReport) -> dict[str, object]:
    return {
        "source": report.source,
        "articles": len(report.articles),
        "tags": _tags([report]),
        "problems": report.problems,
        "failure": report.failure,
    }


def _tags(reports: Sequence[SourceReport]) -> dict[str, int]:
    """`#tag` -> articles, the most frequent first."""
    return dict(Counter(f"#{tag}" for r in reports for a in r.articles for tag in a.tags).most_common())


def _untaken(reports: Sequence[SourceReport], settings: Settings) -> dict[str, int]:
    taken = {key for theme in settings.themes for key in theme.keys}
    return {tag: count for tag, count in _tags(reports).items() if tag_key(tag) not in taken}


def _counted(tags: dict[str, int]) -> str:
    return ", ".join(f"{tag} {count}" for tag, count in tags.items())
