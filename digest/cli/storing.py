"""`digest store`: the database itself."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from digest.cli import context, screen

if TYPE_CHECKING:
    from digest.store.moving import Move


def move(arguments: argparse.Namespace) -> int:
    """Carries the store of config.toml over to another database, or takes it back into use."""
    from digest.store import moving

    settings = context.edition(arguments)
    url, folder = settings.store.url, settings.folder
    if arguments.take_back:
        was = moving.take_back(url, folder=folder)
        if arguments.json:
            screen.as_json({"taken_back": was})
        elif was:
            screen.say("it is paused: see that the other one sends nothing, then `digest schedule resume`")
        else:
            screen.say("it was not moved away")
        return 0
    with screen.copying() as watch:
        done = moving.move(url, arguments.to, folder=folder, at=datetime.now(UTC), watch=watch)
    if arguments.json:
        screen.as_json(done)
    else:
        _say(done)
    return 0


def _say(done: Move) -> None:
    screen.table(
        ("table", "rows", "sha256 in both"), [(each.name, f"{each.rows:,}", each.sha256[:16]) for each in done.tables]
    )
    screen.say(f"✓ everything is in {done.target}, which goes on from here: let store.url name it", "green")
    screen.say(f"  {done.source} sends nothing any more; it is kept as it was, and every command refuses it")
