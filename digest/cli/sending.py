"""The commands that decide and send: run, approve, send, schedule, status."""

from __future__ import annotations

import argparse
import getpass
import logging
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from digest import pipeline
from digest.cli import context, screen
from digest.compose import window
from digest.config import Settings
from digest.errors import AttentionNeeded, DigestError
from digest.models import Slot

if TYPE_CHECKING:
    from digest.store import Store
    from digest.store.issues import IssueRecord


def run(arguments: argparse.Namespace) -> int:
    """The main job for the slot that became due last."""
    settings = context.settings(arguments)
    now = context.moment(arguments, settings)
    with context.store(settings) as store, screen.watch() as watch:
        done = pipeline.run(settings, store, pipeline.Job(now, watch, context.accepted(arguments)))
        return _report(done, settings, now, as_json=arguments.json)


def send(arguments: argparse.Namespace) -> int:
    """Sends an approved issue, or the rest of it."""
    settings = context.settings(arguments)
    with context.store(settings) as store, screen.watch() as watch:
        done = pipeline.send(settings, store, arguments.issue, pipeline.Job(datetime.now(UTC), watch))
        return _report(done, settings, datetime.now(UTC), as_json=arguments.json)


def approve(arguments: argparse.Namespace) -> int:
    """A person's yes to the frozen bytes."""
    settings = context.settings(arguments)
    by = arguments.by or getpass.getuser()
    with context.store(settings) as store:
        record = pipeline.approve(store, arguments.issue, by, datetime.now(UTC))
    if arguments.json:
        screen.as_json(record)
    else:
        screen.say(f"✓ {record.key} approved by {by}, sha256 {str(record.sha256)[:12]}; next: digest send {record.key}")
    return 0


def schedule(arguments: argparse.Namespace) -> int:
    """Runs until SIGTERM or Ctrl-C."""
    from digest import schedule as clock  # brings APScheduler: only this command pays for it

    logging.basicConfig(
        level=logging.INFO,
        format="%(asctime)s %(levelname)s %(message)s",
        datefmt="%Y-%m-%dT%H:%M:%S%z",
        stream=sys.stderr,
        force=True,
    )
    for library in ("apscheduler", "alembic"):
        logging.getLogger(library).setLevel(logging.WARNING)
    with context.store(context.settings(arguments)) as store:
        clock.serve(lambda: context.settings(arguments), store, lambda: datetime.now(UTC), screen.Plain())
    return 0


def status(arguments: argparse.Namespace) -> int:
    """Issues with their outcomes, the next slots, the sources' health."""
    settings = context.settings(arguments)
    slots = window.upcoming(settings.schedule, settings.newsletter.zone, datetime.now(UTC), 5)
    with context.existing_store(settings) as store:
        if arguments.issue or arguments.recipients:
            return _one(arguments, store)
        if arguments.json:
            screen.as_json(_status(store, slots))
        else:
            _print_status(store, slots, settings)
    return 0


def _report(done: pipeline.Run, settings: Settings, now: datetime, *, as_json: bool) -> int:
    record, counts = done.record, done.counts
    if as_json:
        screen.as_json({"issue": record.key, "fresh": done.fresh, "subject": record.subject, "counts": counts})
    elif not done.fresh:
        slot = window.upcoming(settings.schedule, settings.newsletter.zone, now, 1)[0]
        screen.say(f"{record.key} went out already: {screen.counts(counts)}. Nothing was sent.")
        screen.say(f"  the next issue is due {_local(slot.due, settings)}")
    else:
        screen.say(f"✓ {record.key}: {record.subject}" if counts.finished else f"! {record.key} is not finished")
        screen.say(f"  {screen.counts(counts)}, through {settings.send.provider}{_where(settings, record)}")
    if counts.in_doubt:
        listed = f"`digest status {record.key} --recipients` lists them"
        what = f"{record.key}: {counts.in_doubt:,} in doubt: the provider may have taken them or not"
        raise AttentionNeeded(f"{what}\n  they are not sent again by themselves; {listed}")
    return 0 if counts.finished else 1


def _where(settings: Settings, record: IssueRecord) -> str:
    if settings.send.provider != "outbox":
        return ""
    return f": {settings.folder / settings.send.outbox.folder / record.key}"


def _one(arguments: argparse.Namespace, store: Store | None) -> int:
    if store is None or not store.issues.all():
        raise DigestError("there is no issue yet; `digest run` makes one")
    record = pipeline.found(store, arguments.issue) if arguments.issue else store.issues.all()[0]
    counts = store.ledger.counts(record.id)
    recipients = tuple(store.ledger.recipients(record.id)) if arguments.recipients else ()
    if arguments.json:
        people = [{"address": a, "outcome": state, "reason": reason} for a, state, reason in recipients]
        screen.as_json({"issue": record, "counts": counts, **({"recipients": people} if arguments.recipients else {})})
        return 0
    screen.say(f"{record.key}: {_state(record, store)}; {screen.counts(counts)}")
    if recipients:
        screen.table(("address", "outcome", "reason"), recipients)
    return 0


def _state(record: IssueRecord, store: Store) -> str:
    if record.state != "approved":
        return f"{record.state}: {record.reason}" if record.reason else record.state
    counts = store.ledger.counts(record.id)
    if counts.finished:
        return "sent"
    return "approved" if not counts.audience else "in doubt" if not counts.pending else "being sent"


def _status(store: Store | None, slots: tuple[Slot, ...]) -> dict[str, object]:
    issues = store.issues.all() if store else ()
    return {
        "issues": [
            {"issue": r, "state": _state(r, store), "counts": store.ledger.counts(r.id)} for r in issues if store
        ],
        "next_slots": slots,
        "sources": store.articles.health() if store else (),
    }


def _print_status(store: Store | None, slots: tuple[Slot, ...], settings: Settings) -> None:
    if store is None:
        screen.say("No issue yet: nothing has been collected.")
    else:
        issues = [
            (r.key, _state(r, store), screen.counts(store.ledger.counts(r.id)), r.subject) for r in store.issues.all()
        ]
        screen.table(("issue", "state", "people", "subject"), issues)
        screen.say()
        screen.table(
            ("source", "last good fetch", "articles", "trouble"),
            [
                (
                    h.source,
                    _local(h.last_ok, settings) if h.last_ok else "never",
                    str(h.last_count),
                    f"{h.failures_in_a_row} times in a row: {h.last_failure}" if h.failures_in_a_row else "",
                )
                for h in store.articles.health()
            ],
        )
    screen.say()
    screen.table(
        ("next slots", "due", "UTC"),
        [(f"{settings.newsletter.key}-{s.period}", _local(s.due, settings), f"{s.due:%Y-%m-%d %H:%M}") for s in slots],
    )


def _local(at: datetime, settings: Settings) -> str:
    return f"{at.astimezone(settings.newsletter.zone):%a %Y-%m-%d %H:%M %Z}"
