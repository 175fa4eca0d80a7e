"""What an operator does about a sending: resolve, pause, resume, cancel; and what `status` says of it."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from digest import phrases, pipeline
from digest.cli import context, screen
from digest.config import Settings
from digest.errors import DigestError
from digest.models import Counts
from digest.pipeline import Job, resolving

if TYPE_CHECKING:
    from digest.store import Store
    from digest.store.issues import IssueRecord
    from digest.store.ledger import Doubt


def resolve(arguments: argparse.Namespace) -> int:
    """Asks the provider, settles what it knows, and what is left as the operator chooses; 3 when some is left."""
    settings, _ = context.of_issue(arguments, arguments.issue)
    with context.store(settings) as store, store.lock(), screen.watch() as watch:
        record = pipeline.found(store, arguments.issue)
        job = Job(datetime.now(UTC), watch, by=context.person(arguments))
        done = resolving.resolve(settings, store, record, arguments.choice, job, arguments.batch)
    if arguments.json:
        screen.as_json({"issue": record.key, "resolved": done})
        return 3 if done.left else 0
    for each in done.asked:
        screen.say(f"batch {each.seq}: {settings.send.provider} was asked: {each.said}")
    if done.settled:
        screen.say(f"✓ {screen.amount(done.settled, 'person', 'people')} settled")
    if done.pending:
        screen.say(f"  {done.pending:,} of them are sent again: digest send {record.key}")
    for line in doubts(settings, record.key, done.left):
        screen.say(line)
    if not done.left and not done.settled:
        screen.say(f"✓ nothing of {record.key} is in doubt")
    return 3 if done.left else 0


def pause(arguments: argparse.Namespace) -> int:
    """Stops a sending after the calls that are under way."""
    with _decided(arguments) as (store, record, by, now):
        _refuse_finished(store, record)
        store.ledger.pause(record.id, by, arguments.reason or "", now)
    return 0


def resume(arguments: argparse.Namespace) -> int:
    """Lifts a pause."""
    with _decided(arguments) as (store, record, by, now):
        store.ledger.resume(record.id, by, now)
    return 0


def cancel(arguments: argparse.Namespace) -> int:
    """What has not gone out never will."""
    with _decided(arguments) as (store, record, by, now):
        _refuse_finished(store, record)
        store.ledger.cancel(record.id, by, arguments.reason, now)
    return 0


def _refuse_finished(store: Store, record: IssueRecord) -> None:
    if store.ledger.counts(record.id).finished:
        raise DigestError(f"it went out already, nothing is left to stop; `digest report {record.key}` tells the rest")


def doubts(settings: Settings, key: str, found: Sequence[Doubt]) -> Iterator[str]:
    """What is known, what is not, and what each choice would do."""
    if not found:
        return
    people = screen.amount(sum(doubt.size for doubt in found), "person", "people")
    batches = screen.amount(len(found), "batch", "batches")
    yield f"in doubt: {people} in {batches}; nobody of them gets it again by itself"
    for doubt in found:
        yield from _doubt(settings, key, doubt)
    yield "  what you can do:"
    if any(doubt.ask_at for doubt in found):
        yield f"    digest resolve {key} --ask           who the provider has not taken gets it with the next send"
    yield f"    digest resolve {key} --assume-sent   they count as sent; who did not get it never will"
    yield f"    digest resolve {key} --resend        they get it with the next send; who has it already gets it twice"
    if len(found) > 1:
        yield f"    with --batch N for one batch alone, as --batch {found[0].seq}"


def _doubt(settings: Settings, key: str, doubt: Doubt) -> Iterator[str]:
    zone = settings.newsletter.zone
    yield f"  batch {doubt.seq}: {doubt.size:,}, handed over {screen.local(doubt.started, zone)}"
    yield f"    known:   {doubt.reason or 'nothing'}"
    if doubt.asked_at:
        yield f"    asked:   {screen.local(doubt.asked_at, zone)}: {doubt.told}"
    yield f"    unknown: whether {screen.amount(doubt.size, 'person has', 'people have')} it"
    yield f"    the provider's own log shows it under the tag {doubt.key}" if doubt.key else "    it has no tag"
    yield f"    {_when(settings, key, doubt)}"


def _when(settings: Settings, key: str, doubt: Doubt) -> str:
    from digest.send import ladder, providers

    now = datetime.now(UTC)
    if doubt.key and ladder.remembered(providers.capabilities(settings.send.provider), doubt.started, now):
        return f"`digest send {key}` makes the same call again: the provider knows it by its key, and takes it once"
    if doubt.ask_at is None:
        return "the provider cannot be asked about it"
    if doubt.ask_at > now:
        return f"the provider can be believed about it from {screen.local(doubt.ask_at, settings.newsletter.zone)}"
    return "the provider can be asked about it now"


def state(record: IssueRecord, store: Store) -> str:
    """Where an issue is, in a word: what was decided, and once it goes out what becomes of that."""
    if record.state != "approved":
        return f"{record.state}: {record.reason}" if record.reason else record.state
    if handed := store.campaigns.get(record.id):
        return handed.campaign.state
    counts, halt = store.ledger.counts(record.id), store.ledger.halt(record.id)
    if halt:
        return halt.what
    if counts.finished:
        return "sent"
    return "approved" if not counts.audience else "in doubt" if not counts.pending else "being sent"


def standing(settings: Settings, store: Store, record: IssueRecord, counts: Counts) -> Iterator[str]:
    """How far a sending is, how fast it goes, what it waits for, and what is in doubt."""
    now, zone = datetime.now(UTC), settings.newsletter.zone
    done = counts.audience - counts.pending - counts.in_flight - counts.in_doubt
    if counts.audience and done < counts.audience:
        yield f"  {done:,} of {counts.audience:,} are settled, {done / counts.audience:.0%}"
    movement, halt = store.ledger.movement(record.id, now), store.ledger.halt(record.id)
    if halt:
        why = f": {halt.reason}" if halt.reason else ""
        yield f"  {halt.what} by {halt.by or 'nobody known'} since {screen.local(halt.at, zone)}{why}"
    if movement.per_s and counts.pending:
        left = timedelta(seconds=counts.pending / movement.per_s)
        pace = f"{movement.per_s:,.0f}" if movement.per_s >= 10 else f"{movement.per_s:.1f}"
        yield f"  {pace} people a second in the last minute; {phrases.span(left)} to go"
    if movement.waits_until:
        yield f"  waits until {screen.local(movement.waits_until, zone)}: {movement.waits_for}"
    if movement.ended and movement.ended_at:
        yield f"  the last run stopped {screen.local(movement.ended_at, zone)}: {movement.ended}"
    if (counts.pending or counts.in_flight) and not halt and settings.send.engine != "workers":
        yield f"  `digest send {record.key}` goes on with it, unless one is at it"
    yield from (f"  {line}" for line in doubts(settings, record.key, store.ledger.in_doubt(record.id)))


@contextmanager
def _decided(arguments: argparse.Namespace) -> Iterator[tuple[Store, IssueRecord, str, datetime]]:
    """The issue that a decision is about; a running sender needs not be waited for."""
    settings, _ = context.of_issue(arguments, arguments.issue)
    with context.store(settings) as store:
        record = pipeline.found(store, arguments.issue)
        try:
            yield store, record, context.person(arguments), datetime.now(UTC)
        except DigestError as error:
            raise DigestError(f"{record.key}: {error}") from error
        if arguments.json:
            counts = store.ledger.counts(record.id)
            screen.as_json({"issue": record.key, "halt": store.ledger.halt(record.id), "counts": counts})
        else:
            screen.say(f"✓ {record.key}: {_SAYS[arguments.decision].format(key=record.key)}")
            counts = store.ledger.counts(record.id)
            if counts.audience:
                screen.say(f"  {screen.counts(counts)}")


_SAYS = {
    "pause": "paused; calls that are under way are finished, then nothing goes out"
    "\n  to go on: digest resume {key} && digest send {key}",
    "resume": "not paused any more; `digest send {key}` goes on, the schedule does by itself",
    "cancel": "cancelled; what has not gone out never will, and who has it keeps it",
}
