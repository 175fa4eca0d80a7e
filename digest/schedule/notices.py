"""What an issue's state, or a source's, has to tell editors and operators, in words for the night. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from digest import phrases
from digest.config import Settings
from digest.models import Counts, Finding, Link, Notice, Points

if TYPE_CHECKING:
    from digest.pipeline import Frozen
    from digest.store.articles import SourceHealth
    from digest.store.instance import Pause
    from digest.store.issues import IssueRecord

NEWS = timedelta(days=2)
"""What happened longer ago is told to nobody: a new address in `schedule.notify` hears no old stories."""
FAILURES = 3
"""So many failed fetches in a row make a source count as down."""


def of_issue(settings: Settings, record: IssueRecord, counts: Counts, now: datetime) -> Iterator[Notice]:
    """What became of the issue, and what it waits for; a draft to be approved is told by `draft`."""
    key = record.key
    if record.state == "held":
        cure = f"Look at it, then: `digest approve {key}`; or: `digest skip {key}`"
        lines: tuple[str, ...] = (
            f"{record.reason[:1].upper()}{record.reason[1:]}.",
            "Nothing goes out until a person decides.",
        )
        yield Notice(_once(key, "held", record.state_at), "held", f"{key} is held", lines, cure, key, grave=True)
    elif record.state == "skipped":
        lines = (f"{record.reason[:1].upper()}{record.reason[1:]}.", "The next issue takes its articles.")
        yield Notice(f"{key}/skipped", "skipped", f"{key} will not go out", lines, issue=key)
    elif record.state == "stopped":
        lines = tuple(record.reason.splitlines())
        cure = f"Mend it; it is tried again every ten minutes until {_until(settings, record)}"
        title = f"{key} was stopped by a check"
        yield Notice(_once(key, "stopped", record.reason), "stopped", title, lines, cure, key, grave=True)
    elif record.state == "frozen" and settings.schedule.approval == "required" and _waits(record, now):
        lines = (
            f"It was due {_at(settings, record.due)}, and nobody has approved it.",
            f"A yes before {_until(settings, record)} still sends it at once; after that it is held.",
        )
        title = f"{key} is due and waits for approval"
        cure = f"Look at it, then: `digest approve {key}`"
        yield Notice(f"{key}/{_short(record)}/waiting", "waiting", title, lines, cure, key, grave=True)
    elif record.state == "approved" and counts.audience:
        yield from _of_sending(record, counts)


def draft(settings: Settings, frozen: Frozen, links: tuple[Link, ...], now: datetime) -> Notice:
    """The issue is ready: what it is, what was found, what is otherwise than last time, and where to decide."""
    record = frozen.record
    asks = settings.schedule.approval == "required"
    key, when = record.key, _at(settings, record.due)
    lines = [f"“{record.subject}”, {record.stories} {'story' if record.stories == 1 else 'stories'}."]
    if asks and now >= record.due:
        lines.append(f"It was due {when}. A yes before {_until(settings, record)} sends it at once.")
    elif asks:
        lines.append(f"It goes out {when} if it is approved by then. Without a yes it does not go out.")
    else:
        lines.append(f"It goes out by itself {when}.")
    if asks:
        cure = f"Look at it, then approve it, or: `digest approve {key} --hash {_short(record)}`."
    else:
        cure = f"Nothing, if it is good. To keep it back: `digest hold {key}`."
    found = tuple(f"{f.severity}: {f.message}" for f in frozen.findings)
    changed = tuple(f"{c.what}: {c.title or c.after or c.before}" for c in frozen.changes)
    lists = (Points("What the checks found", found), Points("Changed since the last draft", changed))
    return Notice(
        key=f"{key}/{_short(record)}/draft",
        kind="draft",
        title=f"{key} is ready{': please approve it' if asks else ''}",
        lines=tuple(lines),
        cure=f"{cure} To change it: `digest preview`",
        issue=key,
        lists=tuple(each for each in lists if each.points),
        links=links,
    )


def reminder(settings: Settings, record: IssueRecord, ahead: timedelta, now: datetime) -> Notice:
    """It still lacks its approval; `ahead` is the span of `schedule.remind`, each of which is told once."""
    key = record.key
    lines = (
        f"It is due {_at(settings, record.due)}, in {phrases.span(record.due - now)}, and nobody has approved it.",
    )
    name = f"{key}/{_short(record)}/reminder-{int(ahead.total_seconds())}"
    return Notice(
        name, "reminder", f"{key} still waits for approval", lines, f"Look at it, then: `digest approve {key}`", key
    )


def delivery(record_key: str, found: Finding) -> Notice:
    """A day after it went out, too little of it has arrived, or the provider says nothing."""
    lines = (f"{found.message[:1].upper()}{found.message[1:]}.",)
    cure = f"{found.cure[:1].upper()}{found.cure[1:]}"
    name, title = f"{record_key}/{found.check}", f"{record_key}: what arrived needs a look"
    return Notice(name, "delivery", title, lines, cure, record_key, grave=found.severity == "error")


def failed(record_key: str, error: str) -> Notice:
    """A run or a send ended with an error."""
    lines = tuple(error.splitlines())
    cure = f"What is left goes on by itself at the next try; `digest status {record_key}` tells where it stands"
    name = _once(record_key, "failed", error)
    return Notice(name, "failed", f"{record_key}: sending stopped", lines, cure, record_key, grave=True)


def of_source(health: SourceHealth) -> Notice | None:
    """A source that has not answered several times in a row; told once for each time that it went down."""
    if health.failures_in_a_row < FAILURES:
        return None
    since = f"{health.last_ok:%Y-%m-%d %H:%M} UTC" if health.last_ok else "ever"
    lines = (
        f"It failed {health.failures_in_a_row} times in a row: {health.last_failure}",
        f"Last good fetch: {since}.",
    )
    cure = "No issue is frozen while it fails; mend it, or take it out of config.toml"
    name = _once("source", health.source, health.last_ok)
    return Notice(name, "source-down", f"source {health.source} cannot be read", lines, cure, grave=True)


def paused(pause: Pause) -> Notice:
    """Nothing happens by itself."""
    lines = (f"{pause.reason[:1].upper()}{pause.reason[1:]}.", "Nothing is made or sent by itself here.")
    cure = "If this is the one place that is to send: `digest schedule resume`; else leave it, or delete this copy"
    return Notice(
        _once("paused", pause.newsletter, pause.at), "paused", "the schedule is paused", lines, cure, grave=True
    )


def _of_sending(record: IssueRecord, counts: Counts) -> Iterator[Notice]:
    key = record.key
    if counts.finished:
        lines = [f"“{record.subject}”: {counts.accepted:,} of {counts.audience:,} accepted by the provider."]
        others = (("rejected", counts.rejected), ("left before it went out", counts.suppressed))
        lines += [f"{number:,} {what}." for what, number in others if number]
        cure = f"`digest status {key} --recipients` lists them" if counts.rejected else ""
        yield Notice(f"{key}/sent", "sent", f"{key} has gone out", tuple(lines), cure, key)
    elif counts.in_doubt and not (counts.pending or counts.in_flight):
        lines = [
            f"{counts.accepted:,} of {counts.audience:,} were accepted.",
            f"{counts.in_doubt:,} may have got it or not: the provider's answer was lost. They are not sent again.",
        ]
        cure = f"`digest resolve {key}` asks the provider, and says what each choice would do"
        name = _once(key, "in-doubt", counts.in_doubt)
        yield Notice(name, "in-doubt", f"{key}: {counts.in_doubt:,} in doubt", tuple(lines), cure, key, grave=True)


def _waits(record: IssueRecord, now: datetime) -> bool:
    """It is due, and its draft has been told before: one that is made late says so itself."""
    return now >= record.due and record.frozen_at is not None and record.frozen_at < record.due


def _once(*facts: object) -> str:
    """A key that is equal for equal facts."""
    named = "/".join(str(fact) for fact in facts[:2])
    return f"{named}/{hashlib.sha256(repr(facts).encode()).hexdigest()[:8]}"


def _short(record: IssueRecord) -> str:
    return (record.sha256 or "")[:12]


def _at(settings: Settings, moment: datetime) -> str:
    return f"{moment.astimezone(settings.newsletter.zone):%a %d %b, %H:%M %Z}"


def _until(settings: Settings, record: IssueRecord) -> str:
    return _at(settings, record.due + settings.schedule.late_by_at_most)
