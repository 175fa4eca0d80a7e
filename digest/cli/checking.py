"""`digest check`: the findings about the coming issue, the list of checks, and the trial of config and templates."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from time import perf_counter
from typing import TYPE_CHECKING

from msgspec.structs import asdict, replace

from digest import check as checks
from digest import pipeline
from digest.cli import context, making, screen
from digest.config import Settings
from digest.pipeline import trying

if TYPE_CHECKING:
    from digest.probe import Prober
    from digest.store import Store

_FAMILIES = {
    "A": "Articles and their sources",
    "E": "The issue and the editor's words",
    "J": "Journalism",
    "H": "Headers",
    "M": "The message",
    "S": "The html",
    "D": "Readers",
    "N": "By asking others (--links, --dns, --one-click, --spam)",
}


def check(arguments: argparse.Namespace) -> int:
    """The findings alone; exit code 3 when one of them stops the issue."""
    if arguments.list:
        return _list(as_json=arguments.json)
    if arguments.templates:
        return _templates(arguments)
    codes, asking = [], pipeline.Ask(arguments.links, arguments.dns, arguments.one_click, arguments.spam)
    with (
        making.drafts_of(arguments) as (drafts, store),
        screen.trying("links") as progress,
        screen.one_document(as_json=arguments.json) as tell,
    ):
        through = pipeline.prober(drafts[0][0], progress)
        for settings, draft in drafts:
            codes.append(_one(arguments, settings, store, (draft, asking, through), tell))
    return context.worst(codes)


def _one(
    arguments: argparse.Namespace,
    settings: Settings,
    store: Store | None,
    task: tuple[pipeline.Draft, pipeline.Ask, Prober],
    tell: Callable[[object], None],
) -> int:
    draft, asking, through = task
    began = perf_counter()
    checks.findings(replace(draft.proof))
    took_ms = (perf_counter() - began) * 1000
    job = pipeline.Job(datetime.now(UTC), screen.Plain(), context.accepted(arguments))
    draft = pipeline.examine(settings, store, draft, asking, job, through)
    key, found = draft.issue.key, draft.findings
    if arguments.json:
        listed = [{"id": _id(finding.check), **asdict(finding)} for finding in found]
        tell({"issue": key, "findings": listed, "ms": round(took_ms)})
    else:
        how = f"{len(checks.every())} checks, {took_ms:.0f} ms"
        screen.verdict(key, found, {finding.check: _id(finding.check) for finding in found}, how)
    return 3 if checks.stops(found) else 0


def _id(name: str) -> str:
    known = checks.named(name)
    return known.id if known else ""


def _list(*, as_json: bool) -> int:
    if as_json:
        keys = ("id", "name", "severity", "looks_at", "reads", "firm")
        screen.as_json([{key: getattr(each, key) for key in keys} for each in checks.every()])
        return 0
    width = max(len(each.name) for each in checks.every())
    for family, title in _FAMILIES.items():
        screen.say(title, "bold")
        ours = sorted((c for c in checks.every() if c.id[0] == family), key=lambda c: c.id)
        screen.rows([(c.id, c.severity, c.name.ljust(width), c.looks_at) for c in ours])
        screen.say()
    counted = Counter(c.severity for c in checks.every())
    stop, ask = counted["error"], counted["warning"]
    screen.say(f"{counted.total()} checks: {stop} can stop an issue, {ask} ask for a yes")
    return 0


def _templates(arguments: argparse.Namespace) -> int:
    codes = []
    with screen.one_document(as_json=arguments.json) as tell:
        for settings in context.editions(arguments):
            trials = tuple(trying.trials(settings, context.moment(arguments, settings)))
            codes.append(3 if any(checks.stops(trial.findings) for trial in trials) else 0)
            if arguments.json:
                tell({"newsletter": settings.newsletter.key, "trials": trials})
                continue
            screen.say(f"{settings.newsletter.name}, in {settings.newsletter.language}", "bold")
            for trial in trials:
                worst = trial.findings[0].severity if trial.findings else ""
                screen.say(f"{screen.MARKS.get(worst, '✓')} {trial.what}", screen.STYLES.get(worst))
                for finding in trial.findings:
                    screen.say(f"    {finding.message}\n      {finding.cure}", "dim")
    return context.worst(codes)
