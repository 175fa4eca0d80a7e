"""`digest subscribers`: who gets the newsletter."""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from digest.audience import addresses, exports, imports
from digest.cli import context, screen
from digest.errors import DigestError, UsageError

if TYPE_CHECKING:
    from digest.models import Subscriber
    from digest.store.lists import Listing
    from digest.store.people import Person

_VERDICTS = {
    "new": "would be added",
    "known": "is on the list already, or stands twice",
    "gone": "would be kept as one who left",
    "unsubscribed": "has left and stays out",
    "bounced": "cannot be reached and stays out",
    "complained": "has complained and stays out",
    "erased": "was erased and stays out",
}


def import_(arguments: argparse.Namespace) -> int:
    """Adds the people of a file; nobody who left comes back by it."""
    settings = context.edition(arguments)
    file = imports.read(arguments.file, settings.themes)
    if arguments.dry_run:
        return _try(arguments, file)
    basis = _basis(arguments)
    with context.store(settings) as store, screen.counting("reading") as on_rows:
        people = (line.person for line in file.lines)
        now = datetime.now(UTC)
        added = store.people.add(people, settings.newsletter.key, now, basis=basis, on_rows=on_rows)
    result = {
        "new": added.new,
        "known": added.known,
        "left_before": added.refused,
        "left_elsewhere": added.gone,
        "encoding": file.encoding,
        "problems": file.problems,
        "unknown_themes": file.strange,
    }
    if arguments.json:
        screen.as_json(result)
        return 1 if file.problems else 0
    for problem in file.problems:
        screen.say(f"✗ {problem}", "red")
    said = ", ".join(f"{count:,} {word.replace('_', ' ')}" for word, count in result.items() if isinstance(count, int))
    screen.say(f"{arguments.file}: {said}, {screen.amount(len(file.problems), 'line')} left out{_read_as(file)}")
    _say_unused(file)
    return 1 if file.problems else 0


def add(arguments: argparse.Namespace) -> int:
    """Adds one person."""
    person = addresses.subscriber(arguments.address, arguments.name, origin="added by hand")
    settings, basis = context.edition(arguments), _basis(arguments)
    with context.store(settings) as store:
        added = store.people.add([person], settings.newsletter.key, datetime.now(UTC), basis=basis)
    if arguments.json:
        screen.as_json(added)
    elif added.refused:
        screen.say(f"{person.address} has left {settings.newsletter.name} and stays out")
        screen.say("    only they themselves can come back, by the subscribe page", "dim")
    else:
        screen.say(f"{person.address} {'added' if added.new else 'was there already'}")
    return 3 if added.refused else 0


def remove(arguments: argparse.Namespace) -> int:
    """Takes one person off, for good: no import brings them back. With `--edition`, off that one alone."""
    address = addresses.checked(arguments.address)
    settings = context.edition(arguments)
    only = settings.newsletter.key if arguments.edition else None
    with context.store(settings) as store:
        was_there = store.people.remove(address, datetime.now(UTC), only)
    if arguments.json:
        screen.as_json({"address": address, "was_there": was_there})
    else:
        was = "" if was_there else ", who was not on the list,"
        what = f" by {settings.newsletter.name}" if only else ""
        screen.say(f"{address}{was} will not be written to again{what}")
    return 0


def show(arguments: argparse.Namespace) -> int:
    """All that is kept of one person: with `--json` what they may ask for (GDPR article 15)."""
    address = addresses.checked(arguments.address)
    with context.existing_store(context.edition(arguments)) as store:
        person = store.people.by_address(address) if store else None
        pending = store.signups.pending(address) if store else None
    if person is None and pending is None:
        raise DigestError(f"nothing is kept of {address}")
    if arguments.json:
        screen.as_json({"asked_and_not_confirmed": pending, "person": person})
        return 0
    if pending:
        screen.say(f"{address}: asked on {pending:%Y-%m-%d %H:%M} UTC, not confirmed yet")
    if person:
        _show(person)
    return 0


def _show(person: Person) -> None:
    named = f" ({person.name})" if person.name else ""
    screen.say(f"{person.address}{named}: {person.state}")
    rows = [(each.newsletter, _gets(each), f"{each.since:%Y-%m-%d}", _day(each.left_at)) for each in person.listings]
    screen.table(("newsletter", "gets", "since", "left"), rows)
    screen.say()
    said = [
        (f"{c.at:%Y-%m-%d %H:%M}", c.what, c.newsletter or "all", c.source, _day(c.confirmed_at), c.wording)
        for c in person.consents
    ]
    screen.table(("when (UTC)", "what", "newsletter", "from", "confirmed", "agreed to"), said)


def _gets(each: Listing) -> str:
    themes = f": {', '.join(each.choice.themes)}" if each.choice.themes else ""
    return "left" if each.left_at else f"{each.choice.frequency}{themes}"


def export(arguments: argparse.Namespace) -> int:
    """Everybody as CSV, into a file or to a pipe; a cell that a spreadsheet would calculate is made harmless."""
    settings = context.edition(arguments)
    only = settings.newsletter.key if arguments.edition else None
    with context.existing_store(settings) as store:
        rows = store.people.rows(only) if store else iter(())
        with _new_file(arguments.file) if arguments.file else nullcontext(sys.stdout) as target:
            number = exports.write(rows, target)
    if arguments.file:
        screen.say(f"{arguments.file}: {screen.amount(number, 'line')}")
    return 0


def _new_file(file: Path) -> TextIO:
    """For its owner alone; Excel takes it for UTF-8 by its first mark."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise DigestError(f"{file}: is there already; name another file") from error
    except OSError as error:
        raise DigestError(f"{file}: cannot be written: {error.strerror}") from error
    return os.fdopen(descriptor, "w", encoding="utf-8-sig", newline="")


def erase(arguments: argparse.Namespace) -> int:
    """Forgets one person; only a hash stays, so that no import brings them back."""
    address = addresses.checked(arguments.address)
    with context.store(context.edition(arguments)) as store:
        there = store.people.erase(address, datetime.now(UTC))
    if arguments.json:
        screen.as_json({"was_there": there})
    else:
        screen.say("erased; no import brings this address back" if there else "nothing was kept of this address")
    return 0


def new_key(arguments: argparse.Namespace) -> int:
    """Signs links with a new key from now on; those that were sent stay good."""
    with context.store(context.edition(arguments)) as store:
        older = store.keys.rotate(datetime.now(UTC))
    screen.say(
        f"links are signed with a new key; {screen.amount(older, 'older key')} still good for those that were sent"
    )
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


def _try(arguments: argparse.Namespace, file: imports.File) -> int:
    """Line by line what an import would do; changes nothing."""
    settings = context.edition(arguments)
    lines = list(file.lines)
    people = [line.person for line in lines]
    with context.existing_store(settings) as store:
        found = store.people.verdicts(people, settings.newsletter.key) if store else tuple(_in_an_empty_store(people))
    if arguments.json:
        each = [
            {"line": line.number, "address": line.person.address, "verdict": verdict}
            for line, verdict in zip(lines, found, strict=True)
        ]
        screen.as_json(
            {
                "lines": each,
                "counts": Counter(found),
                "encoding": file.encoding,
                "problems": file.problems,
                "unknown_themes": file.strange,
            }
        )
        return 1 if file.problems else 0
    for line, verdict in zip(lines, found, strict=True):
        print(f"  {arguments.file}:{line.number}: {line.person.address} {_VERDICTS[verdict]}")
    for problem in file.problems:
        screen.say(f"✗ {problem}", "red")
    counts = ", ".join(f"{number:,} {_VERDICTS[verdict]}" for verdict, number in Counter(found).most_common())
    screen.say(
        f"{arguments.file}: {counts or 'nobody'}; {screen.amount(len(file.problems), 'line')} left out{_read_as(file)}"
    )
    _say_unused(file)
    return 1 if file.problems else 0


def _in_an_empty_store(people: list[Subscriber]) -> Iterator[str]:
    seen: set[str] = set()
    for person in people:
        key = person.address.casefold()
        yield "known" if key in seen else "new" if person.state == "active" else "gone"
        seen.add(key)


def _basis(arguments: argparse.Namespace) -> str:
    basis = str(arguments.consent or "").strip()
    if not basis:
        example = '--consent "signed up at our congress in June 2026"'
        raise UsageError(f"say what they agreed to, and where, for the record: {example}")
    return basis


def _read_as(file: imports.File) -> str:
    return "" if file.encoding == "utf-8" else f"; read as {file.encoding}"


def _say_unused(file: imports.File) -> None:
    if file.unused:
        screen.say(f"! not used: the columns {', '.join(file.unused)}", "yellow")
    for tag, lines in file.strange.items():
        said = "config.toml has no such theme; add it there, or an alias, and import again"
        screen.say(f"! {tag}: left out of {screen.amount(lines, 'line')}: {said}", "yellow")


def _day(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d}" if at else ""
