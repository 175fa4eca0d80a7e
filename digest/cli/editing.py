"""`digest edit`: the editor's changes to one issue, written into its overlay file."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from digest import config, desk, pipeline
from digest.cli import context, screen
from digest.config import editing
from digest.config.values import Table
from digest.errors import DigestError, UsageError
from digest.models import Issue

_Change = Callable[[Path, desk.Find], str]
"""Edits the file and says which article is concerned: its id, or nothing."""


def show(arguments: argparse.Namespace) -> int:
    """The overlay of the issue, and where it lies."""
    with context.existing_store(context.edition(arguments)) as store:
        settings, slot, _ = context.targets(arguments, store)[0]
    key = pipeline.key_of(settings, slot)
    file = config.overlay_file(settings.folder, key)
    if arguments.json:
        screen.as_json({"issue": key, "file": str(file), "overlay": config.overlay(settings.folder, key).model_dump()})
    elif file.exists():
        screen.say(f"{file}:", "dim")
        screen.say(file.read_text(encoding="utf-8").rstrip())
    else:
        screen.say(f"{file} is not there yet: nothing was changed by hand")
        screen.say("  `digest edit pin ARTICLE`, `digest edit title ARTICLE TEXT` … write it; `digest edit --help`")
    return 0


def value(arguments: argparse.Namespace) -> int:
    """Subject, preheader, intro, note: one text each."""
    text = _text(arguments)

    def change(file: Path, _: desk.Find) -> str:
        editing.set_value(file, arguments.key, text)
        return ""

    return _edit(arguments, change)


def lead(arguments: argparse.Namespace) -> int:
    """The story that leads."""

    def change(file: Path, find: desk.Find) -> str:
        article = find(arguments.article)
        editing.set_value(file, "lead", article.id, says=article.title)
        return article.id

    return _edit(arguments, change)


def hide(arguments: argparse.Namespace) -> int:
    """Leaves a story out."""

    def change(file: Path, find: desk.Find) -> str:
        article = find(arguments.article)
        editing.hide(file, article.id, says=article.title)
        return article.id

    return _edit(arguments, change)


def unhide(arguments: argparse.Namespace) -> int:
    """Lets a story in again; its other changes stay."""

    def change(file: Path, find: desk.Find) -> str:
        article = find(arguments.article)
        editing.show(file, article.id)
        return article.id

    return _edit(arguments, change)


def story(arguments: argparse.Namespace) -> int:
    """Title, lede, place or section of one story."""
    wanted = _text(arguments) if arguments.key in ("title", "lede") else getattr(arguments, arguments.key)

    def change(file: Path, find: desk.Find) -> str:
        article = find(arguments.article)
        editing.edit_story(file, article.id, says=article.title, **{arguments.key: wanted})
        return article.id

    return _edit(arguments, change)


def cover(arguments: argparse.Namespace) -> int:
    """Another picture, or another credit or alternative text for the one that is there."""
    parts = {name: getattr(arguments, name) for name in ("url", "alt", "credit")}
    given = {name: text for name, text in parts.items() if text is not None}
    if not given:
        raise UsageError("digest edit cover: give --url with --credit, or --credit or --alt alone")

    def change(file: Path, find: desk.Find) -> str:
        article = find(arguments.article)
        editing.edit_story(file, article.id, says=article.title, cover=given)
        return article.id

    return _edit(arguments, change)


def reset(arguments: argparse.Namespace) -> int:
    """Takes back everything about one story."""

    def change(file: Path, find: desk.Find) -> str:
        article = find(arguments.article)
        editing.reset(file, article.id)
        return article.id

    return _edit(arguments, change)


def order(arguments: argparse.Namespace) -> int:
    """Which stories come first in their sections."""

    def change(file: Path, find: desk.Find) -> str:
        editing.set_order(file, [find(each).id for each in arguments.articles])
        return ""

    return _edit(arguments, change)


def link(arguments: argparse.Namespace) -> int:
    """A link beside the stories."""
    added = config.checked(config.LinkEdit, {"title": arguments.title, "url": arguments.url, "text": arguments.text})

    def change(file: Path, _: desk.Find) -> str:
        editing.add_link(file, added)
        return ""

    return _edit(arguments, change)


def unlink(arguments: argparse.Namespace) -> int:
    """Takes a link out again."""

    def change(file: Path, _: desk.Find) -> str:
        editing.remove_link(file, arguments.url)
        return ""

    return _edit(arguments, change)


def panel(arguments: argparse.Namespace) -> int:
    """One thing to do, a sponsor's word, the figure, a quote, a chart."""
    model = _BLOCKS[arguments.block]
    made = None if arguments.remove else config.checked(model, _given(arguments, model))

    def change(file: Path, _: desk.Find) -> str:
        editing.set_panel(file, arguments.block, made)
        return ""

    return _edit(arguments, change)


def event(arguments: argparse.Namespace) -> int:
    """A date to keep."""
    given = _given(arguments, config.EventEdit)
    made = None if arguments.remove else config.checked(config.EventEdit, given)

    def change(file: Path, _: desk.Find) -> str:
        if made is None:
            editing.remove_event(file, arguments.title)
        else:
            editing.add_event(file, made)
        return ""

    return _edit(arguments, change)


_BLOCKS: Mapping[editing.Block, type[Table]] = {
    "action": config.PanelEdit,
    "sponsor": config.PanelEdit,
    "figure": config.FigureEdit,
    "chart": config.ChartEdit,
    "quote": config.QuoteEdit,
}


def _given(arguments: argparse.Namespace, model: type[Table]) -> dict[str, Any]:
    """What the command line says of the keys of `model`."""
    values = {name: getattr(arguments, name) for name in model.model_fields}
    return {name: value for name, value in values.items() if value}


def _edit(arguments: argparse.Namespace, change: _Change) -> int:
    with context.existing_store(context.edition(arguments)) as store, screen.watch() as watch:
        settings, slot, now = context.targets(arguments, store)[0]
        key = pipeline.key_of(settings, slot)
        file = config.overlay_file(settings.folder, key)
        concerned: list[str] = []
        job = pipeline.Job(now, watch)
        issue = desk.edit(settings, store, slot, job, lambda find: concerned.append(change(file, find)))
        record = store.issues.get(key) if store else None
    if arguments.json:
        verdicts = [v for v in issue.verdicts if v.article_id in concerned]
        screen.as_json({"issue": key, "file": str(file), "subject": issue.subject, "verdicts": verdicts})
        return 0
    screen.say(f"✓ {file}")
    _tell(issue, concerned)
    if record and record.sha256:
        screen.say(f"! {key} is {record.state}: `digest diff {key}` shows what this changes,", "yellow")
        screen.say(f"  `digest freeze --issue {key}` makes it anew", "yellow")
    else:
        screen.say(f"  see it: digest build --issue {key}")
    return 0


def _tell(issue: Issue, concerned: list[str]) -> None:
    for verdict in issue.verdicts:
        if verdict.article_id in concerned:
            screen.say(f"  {verdict.title}")
            screen.say(f"  {verdict.why}", "dim")
    if not any(concerned):
        screen.say(f"  subject: {issue.subject}", "dim")


def _text(arguments: argparse.Namespace) -> str | None:
    """What the command line says; `-` reads it from the standard input, nothing at all takes the value out."""
    given: str = arguments.text
    if given == "-":
        given = sys.stdin.read()
    if not given.strip() and given:
        raise DigestError('the text is empty; give "" to take the value out')
    return given.strip() or None
