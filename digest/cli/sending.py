"""The commands that decide and send: run, send, status."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from msgspec import Struct

from digest import pipeline, schedule
from digest.cli import context, reporting, resolving, scheduling, screen, working
from digest.compose import window
from digest.config import Settings
from digest.errors import AttentionNeeded, DigestError
from digest.models import Campaign, Counts, Picture
from digest.pipeline import figures, testing

if TYPE_CHECKING:
    from digest.models import Finding
    from digest.store import Store
    from digest.store.issues import IssueRecord


Tell = Callable[[object], None]
"""Takes what is to be printed as JSON."""
_WATCHED = 5
"""Issues, the newest of all newsletters, of which `status` says when too few were delivered."""


def run(arguments: argparse.Namespace) -> int:
    """The main job for the slot that became due last, of every edition; one that fails does not stop the others."""
    editions = context.editions(arguments)
    accept, codes = context.accepted(arguments), []
    with (
        screen.one_document(as_json=arguments.json) as tell,
        context.store(editions[0]) as store,
        screen.watch() as watch,
        context.stopped() as stop,
    ):
        for settings in editions:
            if stop.is_set():
                break
            now = context.moment(arguments, settings)
            try:
                done = _run(settings, store, pipeline.Job(now, watch, accept, stop=stop), tell)
                codes.append(_report(done, settings, now, tell if arguments.json else None))
            except DigestError as error:
                if len(editions) == 1:
                    raise
                print(f"digest: {error}", file=sys.stderr)
                codes.append(error.exit_code)
    return context.worst(codes)


def _run(settings: Settings, store: Store, job: pipeline.Job, tell: Tell) -> pipeline.Run:
    """One edition; of what stops it before it sends, `tell` is given the issue that was due, as far as it came."""
    try:
        return schedule.run(settings, store, job)
    except DigestError as error:
        key = pipeline.key_of(settings, window.latest_due(settings.schedule, settings.newsletter.zone, job.now))
        record = store.issues.get(key)
        state, sha256 = (record.state, record.sha256) if record else (None, None)
        tell({"issue": key, "state": state, "sha256": sha256, "error": str(error), "exit_code": error.exit_code})
        raise


def send(arguments: argparse.Namespace) -> int:
    """Sends an approved issue, or the rest of it; with `--test` its email to a few addresses, and to nobody else."""
    if arguments.test is not None:
        return _test(arguments)
    settings, _ = context.of_issue(arguments, arguments.issue)
    accept = context.accepted(arguments)
    with context.store(settings) as store, screen.watch() as watch, context.stopped() as stop:
        job = pipeline.Job(datetime.now(UTC), watch, accept, stop=stop)
        done = pipeline.send(settings, store, arguments.issue, job)
        return _report(done, settings, datetime.now(UTC), screen.as_json if arguments.json else None)


def _test(arguments: argparse.Namespace) -> int:
    """The frozen email; while the issue has none, the one that it would have now."""
    settings, slot = context.of_issue(arguments, arguments.issue)
    now = datetime.now(UTC)
    with context.existing_store(settings) as store, screen.watch() as watch:
        record = store.issues.get(arguments.issue) if store else None
        if store and record and record.sha256:
            email = store.issues.email(record.id)
            pictures: Mapping[str, Picture] = store.pictures.shown(email.html)
        else:
            slot = pipeline.slot_of(record) if record else slot
            draft = pipeline.build(settings, store, slot, pipeline.Job(now, watch))
            email, pictures = draft.email, draft.pictures
    tested = testing.send_test(settings, email, arguments.test, now, pictures)
    if arguments.json:
        screen.as_json({"issue": arguments.issue, "test": tested})
    else:
        for each in tested:
            screen.say(f"{'✓' if each.accepted else '✗'} {each.address}: {each.said or 'accepted'}")
        screen.say(f"through {settings.send.provider}; a test counts nowhere as sent")
    return 0 if all(each.accepted for each in tested) else 1


def status(arguments: argparse.Namespace) -> int:
    """Issues with their outcomes, the next slots, the sources' health."""
    editions = context.editions(arguments)
    slots = _next_slots(editions)
    with context.existing_store(editions[0]) as store:
        if arguments.issue or arguments.recipients:
            return _one(arguments, store)
        if arguments.json:
            screen.as_json(_status(store, slots))
        else:
            _print_status(store, slots, editions[0])
    return 0


class _Next(Struct, frozen=True):
    """A slot to come, and the zone of its newsletter."""

    issue: str
    due: datetime
    zone: ZoneInfo


def _next_slots(editions: Sequence[Settings]) -> list[_Next]:
    """The next five of every edition, soonest first."""
    now = datetime.now(UTC)
    slots = [
        _Next(pipeline.key_of(s, slot), slot.due, s.newsletter.zone)
        for s in editions
        for slot in window.upcoming(s.schedule, s.newsletter.zone, now, 5)
    ]
    return sorted(slots, key=lambda slot: slot.due)


def _report(done: pipeline.Run, settings: Settings, now: datetime, tell: Tell | None) -> int:
    record, counts = done.record, done.counts
    if done.campaign:
        return _report_campaign(record, done.campaign, settings, tell)
    if tell:
        tell({"issue": record.key, "fresh": done.fresh, "subject": record.subject, "counts": counts})
    elif record.state == "skipped":
        screen.say(f"{record.key} was skipped: {record.reason}. Nothing was sent; the next issue takes its articles.")
        return 0
    elif not done.fresh:
        slot = window.upcoming(settings.schedule, settings.newsletter.zone, now, 1)[0]
        screen.say(f"{record.key} went out already: {screen.counts(counts)}. Nothing was sent.")
        screen.say(f"  the next issue is due {screen.local(slot.due, settings.newsletter.zone)}")
    else:
        screen.say(f"✓ {record.key}: {record.subject}" if counts.finished else f"! {record.key} is not finished")
        screen.say(f"  {screen.counts(counts)}, through {settings.send.provider}{_where(settings, record)}")
    if counts.in_flight:
        screen.say(f"  {counts.in_flight:,} had no answer yet when it stopped: the next run finds out about them")
    if counts.pending and settings.send.engine == "workers":
        screen.say(f"  the workers go on with the other {counts.pending:,}, whoever watches")
    elif counts.pending:
        screen.say(f"  `digest send {record.key}` goes on with the other {counts.pending:,}; nobody gets it twice")
    if counts.in_doubt:
        what = f"{record.key}: {counts.in_doubt:,} in doubt: the provider may have taken them or not"
        cure = f"`digest status {record.key}` says more, `digest resolve {record.key}` settles it"
        raise AttentionNeeded(f"{what}\n  they are not sent again by themselves; {cure}")
    return 0 if counts.finished or record.state == "skipped" else 1


def _report_campaign(record: IssueRecord, campaign: Campaign, settings: Settings, tell: Tell | None) -> int:
    if tell:
        tell({"issue": record.key, "subject": record.subject, "campaign": campaign})
    else:
        screen.say(f"{record.key}: {record.subject}")
        screen.say(f"  {_campaign(campaign)}, at {settings.send.provider}")
    if campaign.state == "in doubt":
        cure = f"wait ten minutes, then: digest send {record.key}; it asks first, and the campaign goes out once"
        raise AttentionNeeded(f"{record.key}: it is not known what became of the last call: {campaign.said}\n  {cure}")
    if campaign.state == "stopped":
        where = f"look at it at {settings.send.provider}, and send it there or delete it"
        raise AttentionNeeded(f"{record.key}: the campaign is {campaign.said}, and will not go on by itself\n  {where}")
    return 0


def _campaign(campaign: Campaign) -> str:
    """`the campaign is sent, 12,345 emails`"""
    said = f" ({campaign.said})" if campaign.said and campaign.state != campaign.said else ""
    number = "" if campaign.sent is None else f", {campaign.sent:,} emails"
    return f"the campaign is {campaign.state}{said}{number}"


def _where(settings: Settings, record: IssueRecord) -> str:
    if settings.send.provider != "outbox":
        return ""
    return f": {settings.folder / settings.send.outbox.folder / record.key}"


def _one(arguments: argparse.Namespace, store: Store | None) -> int:
    if store is None or not store.issues.all():
        raise DigestError("there is no issue yet; `digest run` makes one")
    record = pipeline.found(store, arguments.issue) if arguments.issue else store.issues.all()[0]
    counts, handed = store.ledger.counts(record.id), store.campaigns.get(record.id)
    recipients = tuple(store.ledger.recipients(record.id)) if arguments.recipients else ()
    pruned_at = store.ledger.pruned_at(record.id)
    if arguments.json:
        people = [{"address": a, "outcome": state, "reason": reason} for a, state, reason in recipients]
        told = {"issue": record, "counts": counts, "in_doubt": store.ledger.in_doubt(record.id)}
        told |= {"halt": store.ledger.halt(record.id), "movement": store.ledger.movement(record.id, datetime.now(UTC))}
        told |= {"pruned_at": pruned_at}
        told |= {"campaign": handed} if handed else {"unserved": store.ledger.unserved(record.id)}
        screen.as_json(told | ({"recipients": people} if arguments.recipients else {}))
        return 0
    what = f"{_campaign(handed.campaign)}, at {handed.provider}" if handed else _people(counts)
    screen.say("; ".join(part for part in (f"{record.key}: {resolving.state(record, store)}", what) if part))
    settings, _ = context.of_issue(arguments, record.key)
    for line in () if handed else resolving.standing(settings, store, record, counts):
        screen.say(line)
    if unserved := store.ledger.unserved(record.id):
        said = "chose themes that it has too little of, and get no email this time"
        screen.say(f"  {screen.amount(unserved, 'reader')} more {said}")
    if arguments.recipients and pruned_at:
        screen.say(f"  who got it is not kept any longer, since {screen.local(pruned_at, settings.newsletter.zone)}")
    if recipients:
        screen.table(("address", "outcome", "reason"), recipients)
    return 0


def _status(store: Store | None, slots: Sequence[_Next]) -> dict[str, object]:
    issues = store.issues.all() if store else ()
    return {
        "issues": [
            {"issue": r, "state": resolving.state(r, store), "counts": store.ledger.counts(r.id)}
            for r in issues
            if store
        ],
        "findings": _alarms(store),
        "next_slots": [{"issue": slot.issue, "due": slot.due} for slot in slots],
        "sources": store.articles.health() if store else (),
        "pauses": store.instance.pauses() if store else (),
        "notices": store.notices.latest() if store else (),
        "workers": store.fleet.workers() if store else (),
        "jobs": store.fleet.jobs() if store else None,
    }


def _alarms(store: Store | None) -> list[Finding]:
    """What became of the last issues that needs a look."""
    issues = store.issues.all()[:_WATCHED] if store else ()
    return [found for record in issues if store for found in reporting.findings(figures.of(store, record))]


def _print_status(store: Store | None, slots: Sequence[_Next], settings: Settings) -> None:
    if store is None:
        screen.say("No issue yet: nothing has been collected.")
    else:
        issues = [
            (r.key, resolving.state(r, store), _people(store.ledger.counts(r.id)), r.subject)
            for r in store.issues.all()
        ]
        screen.table(("issue", "state", "people", "subject"), issues)
        screen.findings(_alarms(store))
        screen.say()
        screen.table(
            ("source", "last good fetch", "articles", "trouble"),
            [
                (
                    h.source,
                    screen.local(h.last_ok, settings.newsletter.zone) if h.last_ok else "never",
                    str(h.last_count),
                    f"{h.failures_in_a_row} times in a row: {h.last_failure}" if h.failures_in_a_row else "",
                )
                for h in store.articles.health()
            ],
        )
        scheduling.told(store, settings.newsletter.zone)
        working.standing(store, settings)
    screen.say()
    screen.table(
        ("next slots", "due", "UTC", ""),
        [(s.issue, screen.local(s.due, s.zone), f"{s.due:%Y-%m-%d %H:%M}", _decided(s.issue, store)) for s in slots],
    )


def _people(counts: Counts) -> str:
    """Nothing as long as it is not fixed who gets the issue."""
    return screen.counts(counts) if counts.audience else ""


def _decided(key: str, store: Store | None) -> str:
    """`skipped: holidays`, for an issue to come about which something is decided already."""
    record = store.issues.get(key) if store else None
    return resolving.state(record, store) if record and store else ""
