"""`digest config`: what config.toml says, and what is wrong with it."""

from __future__ import annotations

import argparse

from digest.cli import context, screen
from digest.config import Settings, shown
from digest.errors import ConfigError


def check(arguments: argparse.Namespace) -> int:
    """Every mistake, or that there is none."""
    try:
        found = context.settings(arguments)
    except ConfigError as error:
        if arguments.json:
            screen.as_json({"problems": error.problems})
            return error.exit_code
        raise
    if arguments.json:
        screen.as_json({"problems": []})
    else:
        sources = ", ".join(f"{s.name} ({s.kind})" for s in found.sources)
        themes = screen.amount(len(found.themes), "theme")
        screen.say(f"✓ {arguments.config} is good: {found.newsletter.name}, {themes}, from {sources}")
    return 0


def show(arguments: argparse.Namespace) -> int:
    """Every setting as it is in force."""
    found = context.settings(arguments)
    rows = [(key, value, f"line {line}" if line else "default") for key, value, line in shown(found)]
    if arguments.json:
        screen.as_json({key: {"value": value, "from": origin} for key, value, origin in rows})
    else:
        screen.table(("setting", "from", "value"), [(key, origin, value) for key, value, origin in rows])
    return 0


def schema(_: argparse.Namespace) -> int:
    """The schema that an editor's TOML plug-in reads."""
    screen.as_json({"$schema": "https://json-schema.org/draft/2020-12/schema", **Settings.model_json_schema()})
    return 0
