"""The editors' decisions: freeze, approve, hold, skip, issues, diff, correct."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from digest import config, desk, pipeline
from digest.cli import context, resolving, screen
from digest.config import Settings
from digest.errors import DigestError
from digest.models import Correction, Slot

if TYPE_CHECKING:
    from digest.store import Store
    from digest.store.issues import IssueRecord

_Decide = Callable[[Settings, "Store", Slot, str, pipeline.Job], "IssueRecord"]


def freeze(arguments: argparse.Namespace) -> int:
    """Fixes the bytes of the coming issue, or of the one that is named."""
    accept = context.accepted(arguments)
    first = context.edition(arguments)
    with context.store(first) as store, screen.watch() as watch:
        for settings, slot, now in context.targets(arguments, store):
            if slot.window.end > now:
                end = screen.local(slot.window.end, settings.newsletter.zone)
                raise DigestError(f"{pipeline.key_of(settings, slot)} closes {end}; it can be frozen after that")
            job = pipeline.Job(now, watch, accept, by=context.person(arguments))
            _decided(desk.freeze(settings, store, slot, job), as_json=arguments.json)
    return 0


def approve(arguments: argparse.Namespace) -> int:
    """A person's yes to the frozen bytes, and to their warnings: said with --yes, or when asked."""
    by = context.person(arguments)
    settings, _ = context.of_issue(arguments, arguments.issue)
    with context.store(settings) as store, screen.trying("links") as progress:
        record = pipeline.found(store, arguments.issue)
        if record.sha256 and record.state in ("frozen", "held"):
            pipeline.ask(settings, store, record, progress)
        accepts = arguments.yes or _asked(store, record, settings)
        now = datetime.now(UTC)
        record = desk.approve(store, arguments.issue, by, now, arguments.hash, accepts_warnings=accepts)
        _decided(record, as_json=arguments.json)
    return 0


def _asked(store: Store, record: IssueRecord, settings: Settings) -> bool:
    """Shows what is open, and what is lowered and why; a person at a terminal is asked."""
    for key, rule in settings.check.lower.items():
        print(f"check.lower: {key} counts as {rule.to}: {rule.reason}", file=sys.stderr)
    noted = store.issues.findings(record.id)
    asks = [n.finding for n in noted if n.finding.severity == "warning" and not n.accepted_by]
    if not asks or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    screen.findings(asks)
    return input(f"Let {screen.amount(len(asks), 'warning')} pass? [y/N] ").strip().lower() in ("y", "yes")


def hold(arguments: argparse.Namespace) -> int:
    """Keeps an issue from going out until a person approves it."""
    return _stop(arguments, desk.hold)


def skip(arguments: argparse.Namespace) -> int:
    """An issue that will not go out; the next one takes its articles."""
    return _stop(arguments, desk.skip)


def issues(arguments: argparse.Namespace) -> int:
    """Every issue with its state, or one with every decision about it."""
    settings = context.edition(arguments)
    with context.existing_store(settings) as store:
        if store is None or not store.issues.all():
            raise DigestError("there is no issue yet; `digest run` makes one")
        if arguments.issue:
            _one(store, pipeline.found(store, arguments.issue), arguments)
        elif arguments.json:
            screen.as_json(store.issues.all())
        else:
            rows = [_row(store, record) for record in store.issues.all()]
            screen.table(("issue", "no.", "state", "stories", "sha256", "subject"), rows)
    return 0


def diff(arguments: argparse.Namespace) -> int:
    """What would be otherwise if a frozen issue were made now."""
    settings, _ = context.of_issue(arguments, arguments.issue)
    with context.store(settings) as store, screen.watch() as watch:
        found = desk.difference(settings, store, arguments.issue, pipeline.Job(datetime.now(UTC), watch))
    if arguments.json:
        screen.as_json(found)
        return 0
    record = found.record
    frozen_at = screen.local(record.frozen_at, settings.newsletter.zone)
    screen.say(f"{record.key}, frozen {frozen_at}, sha256 {str(record.sha256)[:12]}")
    for change in found.changes:
        about = f"{change.what}: {change.title}" if change.title else change.what
        screen.say(f"  {about}")
        screen.say(f"    frozen: {change.before or '–'}", "dim")
        screen.say(f"    now:    {change.after or '–'}", "dim")
    if not found.changes:
        design = (
            "the templates, their words or the brand have changed" if found.email_differs else "nothing would differ"
        )
        screen.say(f"  the same articles in the same order; {design}")
    if arguments.text:
        for line in found.text:
            screen.say(line, {"+": "green", "-": "red"}.get(line[:1], "dim"))
    if found.email_differs:
        screen.say(f"the frozen bytes stay as they are; `digest freeze --issue {record.key}` makes the issue anew")
    return 0


def correct(arguments: argparse.Namespace) -> int:
    """Adds a correction to an issue that went out and writes its web page anew; sends nothing."""
    from digest.cli import files  # brings httpx: the other decisions need none

    settings, _ = context.of_issue(arguments, arguments.issue)
    correction = Correction(
        datetime.now(UTC),
        context.person(arguments),
        arguments.text,
        arguments.article or "",
        arguments.title or "",
        arguments.lede or "",
    )
    with context.store(settings) as store:
        page = desk.correct(settings, store, arguments.issue, correction)
        file = files.web(page, store, arguments.out or settings.folder / "preview" / arguments.issue)
    if arguments.json:
        screen.as_json({"issue": arguments.issue, "correction": correction, "file": str(file)})
    else:
        screen.say(f"✓ {arguments.issue} corrected; no email was sent. The page: {file}")
    return 0


def _stop(arguments: argparse.Namespace, decide: _Decide) -> int:
    settings, slot = context.of_issue(arguments, arguments.issue)
    job = pipeline.Job(datetime.now(UTC), screen.Plain(), by=context.person(arguments))
    with context.store(settings) as store:
        _decided(decide(settings, store, slot, arguments.reason, job), as_json=arguments.json)
    return 0


def _decided(record: IssueRecord, *, as_json: bool) -> None:
    if as_json:
        screen.as_json(record)
        return
    sha256 = str(record.sha256)[:12]
    says = {
        "frozen": f"frozen, sha256 {sha256}: {record.subject}\n  next: digest approve {record.key}",
        "approved": f"approved by {record.approved_by}, sha256 {sha256}\n  next: digest send {record.key}",
        "held": f"held: {record.reason}\n  it goes out after: digest approve {record.key}",
        "skipped": f"skipped: {record.reason}\n  its articles stand in the next issue",
    }
    screen.say(f"✓ {record.key} {says.get(record.state, record.state)}")


def _row(store: Store, record: IssueRecord) -> tuple[str, ...]:
    corrections = len(store.issues.corrections(record.id))
    state = resolving.state(record, store) if record.state == "approved" else record.state
    state += ", corrected" if corrections else ""
    number = "" if record.number is None or record.state == "skipped" else str(record.number)
    return (
        record.key,
        number,
        state,
        str(record.stories or ""),
        str(record.sha256 or "")[:12],
        record.subject or record.reason,
    )


def _one(store: Store, record: IssueRecord, arguments: argparse.Namespace) -> None:
    decisions, corrections = store.issues.decisions(record.id), store.issues.corrections(record.id)
    note = store.issues.composed(record.id).desk_note if record.sha256 else ""
    found, served = store.issues.findings(record.id), store.issues.served(record.id)
    if arguments.json:
        choices = [{"themes": themes, "variant": number} for themes, number in served.items()]
        listed = {"decisions": decisions, "corrections": corrections, "findings": found, "choices": choices}
        screen.as_json({"issue": record, **listed, "note": note})
        return
    settings, _ = context.of_issue(arguments, record.key)
    zone = settings.newsletter.zone
    screen.say(f"{record.key}: {resolving.state(record, store)}; {record.subject or 'nothing frozen'}", "bold")
    rows = [(screen.local(d.at, zone), d.what, d.by, (d.sha256 or "")[:12], d.reason) for d in decisions]
    screen.table(("when", "what", "by", "sha256", "why"), rows)
    for themes, number in served.items():
        gets = "too little this time, no email" if number is None else store.issues.variant(record.id, number).subject
        screen.say(f"who chose {', '.join(themes)}: {gets}")
    for each in found:
        if each.finding.severity == "warning":
            seen = f"accepted by {each.accepted_by}" if each.accepted_by else "accepted by nobody"
            screen.say(f"! {each.finding.message} ({seen})", "yellow")
    for correction in corrections:
        screen.say(f"corrected {screen.local(correction.at, zone)} by {correction.by}: {correction.text}")
    if note:
        screen.say(f"note: {note}")
    file = config.overlay_file(settings.folder, record.key)
    if file.exists():
        screen.say(f"overlay: {file}")
