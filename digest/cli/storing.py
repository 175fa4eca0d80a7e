"""`digest store`: the database itself."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from digest.cli import context, screen
from digest.errors import ConfigError

if TYPE_CHECKING:
    from digest.store import Store
    from digest.store.moving import Move, Watch


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


def prune(arguments: argparse.Namespace) -> int:
    """Removes the deliveries of issues that began longer ago than store.keep_deliveries; their figures stay."""
    settings, now = context.edition(arguments), datetime.now(UTC)
    before = settings.store.prunes_before(now)
    if before is None:
        where, cure = settings.place("store"), 'set keep_deliveries = "400d" and run again'
        raise ConfigError([f"{where}: keep_deliveries is not set, so everything is kept; {cure}"])
    with context.existing_store(settings) as store:
        old, strays = (store.pruning.due(before), store.pruning.strays(before)) if store else ((), 0)
        if store and not arguments.dry_run:
            with screen.copying() as watch:
                _prune(store, before, now, {each.key: each.rows for each in old} | {"": strays}, watch)
    if arguments.json:
        screen.as_json({"before": before, "dry_run": arguments.dry_run, "issues": old, "strays": strays})
    elif old or strays:
        zone = settings.newsletter.zone
        rows = [(each.key, screen.local(each.began_at, zone), f"{each.emails:,}", f"{each.rows:,}") for each in old]
        rows += [("late reports", "", "", f"{strays:,}")] if strays else []
        screen.table(("issue", "began", "emails", "rows to go" if arguments.dry_run else "rows removed"), rows)
        screen.say("their figures stay; nothing was changed" if arguments.dry_run else "✓ their figures stay")
    else:
        screen.say(f"nothing to remove: no issue that is finished began before {before:%Y-%m-%d}")
    return 0


def _prune(store: Store, before: datetime, now: datetime, sizes: Mapping[str, int], watch: Watch) -> None:
    done = Counter[str]()
    while step := store.pruning.step(before, now):
        done[step.key] += step.rows
        watch("removed", step.key or "late reports", done[step.key], sizes.get(step.key, done[step.key]))


def _say(done: Move) -> None:
    screen.table(
        ("table", "rows", "sha256 in both"), [(each.name, f"{each.rows:,}", each.sha256[:16]) for each in done.tables]
    )
    screen.say(f"✓ everything is in {done.target}, which goes on from here: let store.url name it", "green")
    screen.say(f"  {done.source} sends nothing any more; it is kept as it was, and every command refuses it")
