"""What a newsletter's clock asks for at one moment: drafts, reminders, sending, or holding back. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from msgspec import Struct, field

from digest.compose import window
from digest.config import ScheduleSettings
from digest.models import Slot

FIRST_LOOK_BACK = timedelta(minutes=2)
"""How far back a newsletter without any issue looks: longer than a tick, or its first slot
would be missed; short, or a fresh start would send last week's issue."""

TRY_AGAIN = timedelta(minutes=10)
"""A source may answer again, an editor may mend what a check found: until it is too late."""


class Step(Struct, frozen=True):
    """One thing to do now."""

    what: Literal["draft", "remind", "send", "hold"]
    """Freeze the issue and show it; ask for its approval again; make what is missing and send it, or go on with it,
    which holds it when it is too late; keep it back as too late."""
    slot: Slot
    ahead: timedelta = timedelta()
    """Of a reminder: the span of `schedule.remind` that it stands for."""


class Position(Struct, frozen=True):
    """Where one issue stands."""

    state: Literal["open", "stopped", "frozen", "approved", "held", "skipped"]
    since: datetime
    """When it came into this state."""
    unsent: bool = True
    """There is somebody left to send it to."""
    begun: bool = False
    """Its audience is fixed: what has gone out cannot be made anew."""
    edited: bool = False
    """Its overlay is not the one that it was frozen with."""


class Standing(Struct, frozen=True):
    """A newsletter's issues, as far as its clock has to know them."""

    latest: datetime | None = None
    """When the issue is due that is due last of all that there are; None before the first one."""
    positions: Mapping[str, Position] = field(default_factory=dict)
    """By period: at least those of the slot that closed last and of the one that became due last."""


def steps(
    schedule: ScheduleSettings, zone: ZoneInfo, now: datetime, standing: Standing, *, early: bool = True
) -> tuple[Step, ...]:
    """What is to be done at `now`, what is due first. Asking again after it was done gives nothing.

    `early`: an issue is drafted when its window closes, for those who are to see it; else when it is due.
    """
    due = window.latest_due(schedule, zone, now)
    closed = window.latest_closed(schedule, zone, now)
    found = list(_when_due(schedule, now, due, standing))
    if closed.period != due.period and early:
        found += _before(schedule, now, closed, standing)
    return tuple(found)


def _when_due(schedule: ScheduleSettings, now: datetime, slot: Slot, standing: Standing) -> Iterator[Step]:
    late = now - slot.due
    in_time = late <= schedule.late_by_at_most
    make: Literal["draft", "send"] = "draft" if schedule.approval == "required" and in_time else "send"
    position = standing.positions.get(slot.period)
    if position is None:
        # An older slot than the latest issue's: the clock was set back.
        missed = late <= FIRST_LOOK_BACK if standing.latest is None else standing.latest < slot.due
        if missed:
            yield Step(make, slot)
        return
    match position.state:
        case "open":
            yield Step(make, slot)
        case "stopped" if in_time and now - position.since >= TRY_AGAIN:
            yield Step(make, slot)
        case "frozen" if not (in_time and position.edited):
            yield from _frozen(schedule, slot, in_time=in_time)
        case "approved" if position.begun or not position.edited:
            # A yes that came when it was late already was said knowing it.
            yield from _approved(
                slot, position, in_time=in_time or position.since > slot.due + schedule.late_by_at_most
            )
        case "frozen" | "approved":
            yield Step("draft", slot)


def _frozen(schedule: ScheduleSettings, slot: Slot, *, in_time: bool) -> Iterator[Step]:
    if schedule.approval == "automatic":
        yield Step("send", slot)
    elif not in_time:
        yield Step("hold", slot)


def _approved(slot: Slot, position: Position, *, in_time: bool) -> Iterator[Step]:
    if not position.begun:
        yield Step("send" if in_time else "hold", slot)
    elif position.unsent:
        yield Step("send", slot)


def _before(schedule: ScheduleSettings, now: datetime, slot: Slot, standing: Standing) -> Iterator[Step]:
    """Between the close of a window and its slot."""
    position = standing.positions.get(slot.period)
    if position is None:
        if standing.latest is None or standing.latest < slot.due:
            yield Step("draft", slot)
        return
    match position.state:
        case "open":
            yield Step("draft", slot)
        case "stopped" if now - position.since >= TRY_AGAIN:
            yield Step("draft", slot)
        case "frozen" | "approved" if position.edited:
            yield Step("draft", slot)
        case "frozen" if schedule.approval == "required":
            passed = [span for span in schedule.remind if slot.due - now <= span]
            if passed:
                yield Step("remind", slot, min(passed))
