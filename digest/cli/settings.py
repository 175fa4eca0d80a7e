"""`digest config`: what config.toml says, and what is wrong with it."""

from __future__ import annotations

import argparse
from itertools import chain

from digest import config
from digest.cli import screen
from digest.errors import ConfigError
from digest.pipeline import delivery, proving


def check(arguments: argparse.Namespace) -> int:
    """Every mistake in every edition, or that there is none."""
    try:
        found = config.editions(arguments.config)
        for each in found:
            delivery.refuse_misfits(each)
            proving.refuse_mistakes(each)
    except ConfigError as error:
        if arguments.json:
            screen.as_json({"problems": error.problems})
            return error.exit_code
        raise
    if arguments.json:
        screen.as_json({"problems": []})
        return 0
    screen.say(f"✓ {arguments.config} is good: {_summary(found[0])}")
    for edition in found[1:]:
        key, language = edition.newsletter.key, edition.newsletter.language
        screen.say(f"✓ edition {edition.edition} ({key}, in {language}): {_summary(edition)}")
    return 0


def show(arguments: argparse.Namespace) -> int:
    """Every setting as it is in force, and of each edition what differs."""
    found = config.editions(arguments.config)
    settings = chain(config.shown(found[0]), *(config.shown(edition, found[0]) for edition in found[1:]))
    rows = [(key, value, f"line {line}" if line else "default") for key, value, line in settings]
    if arguments.json:
        screen.as_json({key: {"value": value, "from": origin} for key, value, origin in rows})
    else:
        screen.table(("setting", "from", "value"), [(key, origin, value) for key, value, origin in rows])
    return 0


def schema(arguments: argparse.Namespace) -> int:
    """The schema that an editor's TOML plug-in reads."""
    screen.as_json(config.overlay_schema() if arguments.overlay else config.schema())
    return 0


def _summary(settings: config.Settings) -> str:
    sources = ", ".join(f"{s.name} ({s.kind})" for s in settings.sources)
    return f"{settings.newsletter.name}, {screen.amount(len(settings.themes), 'theme')}, from {sources}"
