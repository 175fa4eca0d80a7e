"""The commands that make an issue and send nothing: init, collect, build, explain, check."""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from digest import check as checks
from digest import config, pipeline
from digest.cli import context, files, screen
from digest.errors import DigestError
from digest.models import Verdict


def init(arguments: argparse.Namespace) -> int:
    """Writes config.toml and templates/, and never over what is there."""
    folder: Path = arguments.folder
    targets = [(config.starter() / name, folder / name) for name in ("config.toml", "templates")]
    there = [str(target) for _, target in targets if target.exists()]
    if there:
        raise DigestError(f"{' and '.join(there)} exist already; nothing was written")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(*targets[0])
        shutil.copytree(*targets[1])
    except OSError as error:
        raise DigestError(f"{error.filename or folder}: cannot be written: {error.strerror}") from error
    screen.say(f"✓ {folder / 'config.toml'} and {folder / 'templates'} written")
    screen.say("  edit config.toml, then: digest build")
    return 0


def collect(arguments: argparse.Namespace) -> int:
    """Fetches every source into the archive; exit code 1 when one failed."""
    settings = context.settings(arguments)
    now = context.moment(arguments, settings)
    with context.store(settings) as store, screen.watch() as watch:
        reports = pipeline.gather(settings, store, now, watch)
    for report in reports:
        for problem in report.problems:
            screen.say(f"! {report.source}: {problem}", "yellow")
    failed = [r for r in reports if r.failure]
    if arguments.json:
        screen.as_json(
            [
                {"source": r.source, "articles": len(r.articles), "problems": r.problems, "failure": r.failure}
                for r in reports
            ]
        )
    else:
        total = sum(len(r.articles) for r in reports)
        read = f"{len(reports) - len(failed)} of {screen.amount(len(reports), 'source')}"
        screen.say(f"{screen.amount(total, 'article')} from {read}")
    return 1 if failed else 0


def build(arguments: argparse.Namespace) -> int:
    """Writes html, text, eml and a report; exit code 3 when a check would stop the issue."""
    draft, settings = _draft(arguments)
    folder = arguments.out or settings.folder / "preview" / draft.issue.key
    written = files.write(draft, settings, folder)
    if arguments.json:
        screen.as_json({**files.report(draft), "files": [str(file) for file in written]})
    else:
        screen.findings(draft.findings)
        size = len(draft.email.html.encode())
        stories = screen.amount(len(draft.issue.stories), "story", "stories")
        sections = screen.amount(len(draft.issue.sections), "section")
        screen.say(f"{draft.issue.key}: {stories} in {sections}, {size:,} bytes of html")
        screen.say(f"subject: {draft.issue.subject}")
        for file in written:
            screen.say(f"  {file}")
    return _exit_code(draft)


def explain(arguments: argparse.Namespace) -> int:
    """A verdict and a reason for every candidate, those that are in first."""
    draft, settings = _draft(arguments)
    wanted = (arguments.article or "").casefold()
    verdicts = [v for v in draft.issue.verdicts if wanted in f"{v.title}\n{v.url}\n{v.article_id}".casefold()]
    if arguments.json:
        screen.as_json({"issue": draft.issue.key, "window": draft.issue.window, "verdicts": verdicts})
    else:
        window = draft.issue.window
        zone = settings.newsletter.zone
        start, end = window.start.astimezone(zone), window.end.astimezone(zone)
        screen.say(f"{draft.issue.key}: from {start:%a %Y-%m-%d %H:%M} to {end:%a %Y-%m-%d %H:%M} {end:%Z}")
        screen.table(("", "article", "why"), [_row(v) for v in verdicts])
        placed = sum(v.placed for v in verdicts)
        screen.say(f"{placed} in, {len(verdicts) - placed} out")
    if wanted and not verdicts:
        raise DigestError(f"no candidate of {draft.issue.key} matches {arguments.article!r}")
    return 0


def check(arguments: argparse.Namespace) -> int:
    """The findings alone; exit code 3 when one of them stops the issue."""
    draft, _ = _draft(arguments)
    if arguments.json:
        screen.as_json({"issue": draft.issue.key, "findings": draft.findings})
    else:
        screen.findings(draft.findings)
        errors = sum(f.severity == "error" for f in draft.findings)
        screen.say(
            f"✗ {draft.issue.key} would be stopped by {errors}" if errors else f"✓ nothing stops {draft.issue.key}"
        )
    return _exit_code(draft)


def _draft(arguments: argparse.Namespace) -> tuple[pipeline.Draft, config.Settings]:
    settings = context.settings(arguments)
    now = context.moment(arguments, settings)
    with context.existing_store(settings) as store, screen.watch() as watch:
        return pipeline.build(settings, store, now, watch, context.accepted(arguments)), settings


def _exit_code(draft: pipeline.Draft) -> int:
    return 3 if checks.stops(draft.findings) else 0


def _row(verdict: Verdict) -> tuple[str, str, str]:
    return "✓" if verdict.placed else "–", verdict.title, verdict.why
