"""`digest subscribers`: who gets the newsletter."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime

from digest.audience import subscribers
from digest.cli import context, screen


def import_(arguments: argparse.Namespace) -> int:
    """Adds the people of a file; those who were removed stay removed."""
    rows = subscribers.read(arguments.file)
    if arguments.dry_run:
        result = {"would_add_at_most": len(rows.people), "problems": rows.problems}
    else:
        settings = context.edition(arguments)
        with context.store(settings) as store:
            added = store.people.add(rows.people, settings.newsletter.key, datetime.now(UTC))
        result = {"new": added.new, "known": added.known, "removed_before": added.refused, "problems": rows.problems}
    if arguments.json:
        screen.as_json(result)
        return 1 if rows.problems else 0
    for problem in rows.problems:
        screen.say(f"✗ {problem}", "red")
    said = ", ".join(f"{count:,} {word.replace('_', ' ')}" for word, count in result.items() if isinstance(count, int))
    screen.say(f"{arguments.file}: {said}, {screen.amount(len(rows.problems), 'line')} left out")
    if rows.unused:
        screen.say(f"! not used: the columns {', '.join(rows.unused)}", "yellow")
    return 1 if rows.problems else 0


def add(arguments: argparse.Namespace) -> int:
    """Adds one person."""
    person = subscribers.subscriber(arguments.address, arguments.name, origin="added by hand")
    settings = context.edition(arguments)
    with context.store(settings) as store:
        added = store.people.add([person], settings.newsletter.key, datetime.now(UTC))
    if arguments.json:
        screen.as_json(added)
    elif added.refused:
        screen.say(f"{person.address} has left {settings.newsletter.name} and stays out")
    else:
        screen.say(f"{person.address} {'added' if added.new else 'was there already'}")
    return 3 if added.refused else 0


def remove(arguments: argparse.Namespace) -> int:
    """Takes one person off, for good: no import brings them back. With `--edition`, off that one alone."""
    person = subscribers.subscriber(arguments.address, origin="removed by hand")
    settings = context.edition(arguments)
    only = settings.newsletter.key if arguments.edition else None
    with context.store(settings) as store:
        was_there = store.people.remove(person.address, datetime.now(UTC), only)
    if arguments.json:
        screen.as_json({"address": person.address, "was_there": was_there})
    else:
        was = "" if was_there else ", who was not on the list,"
        what = f" by {settings.newsletter.name}" if only else ""
        screen.say(f"{person.address}{was} will not be written to again{what}")
    return 0


def list_(arguments: argparse.Namespace) -> int:
    """Every person, by address; with `--edition`, of that one."""
    settings = context.edition(arguments)
    with context.existing_store(settings) as store:
        people = store.people.all(settings.newsletter.key if arguments.edition else None) if store else ()
    if arguments.json:
        screen.as_json(people)
    else:
        rows = [
            (p.address, p.name, p.state, "sample: outbox only" if p.origin == "sample" else p.origin) for p in people
        ]
        screen.table(("address", "name", "state", "came from"), rows)
        screen.say(f"{sum(p.state == 'active' for p in people):,} active of {len(people):,}")
    return 0
