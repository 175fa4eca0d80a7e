"""When issues are due and which window each covers: wall clock in, UTC out.

A local moment that the spring gap skips happens at the end of the gap; one that the autumn
repeats happens the first time. So every period has exactly one slot, whatever daylight saving
does. Weeks last 167 to 169 hours.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

from digest.config import Moment, ScheduleSettings
from digest.errors import DigestError
from digest.models import Slot, Window

_DAY = timedelta(days=1)
_PERIODS = {"day": "%Y-%m-%d", "week": "%G-W%V", "month": "%Y-%m"}


def latest_closed(schedule: ScheduleSettings, zone: ZoneInfo, now: datetime) -> Slot:
    """The slot whose window closed last, at `now` or before: what an editor looks at."""
    return next(slot for slot in _back(schedule, zone, now) if slot.window.end <= now)


def latest_due(schedule: ScheduleSettings, zone: ZoneInfo, now: datetime) -> Slot:
    """The slot that became due last, at `now` or before: what a run sends."""
    return next(slot for slot in _back(schedule, zone, now) if slot.due <= now)


def upcoming(schedule: ScheduleSettings, zone: ZoneInfo, now: datetime, count: int) -> tuple[Slot, ...]:
    """The next `count` slots that are due after `now`, soonest first."""
    day = now.astimezone(zone).date() - timedelta(days=40)
    slots = (_slot(schedule, zone, close) for close in _kept(schedule, zone, day, _DAY))
    return tuple(islice((slot for slot in slots if slot.due > now), count))


def of_period(schedule: ScheduleSettings, zone: ZoneInfo, period: str) -> Slot:
    """The slot of this period, past or to come.

    Raises DigestError for a text that is none of this schedule's, and for a period that it leaves out.
    """
    if slot := _of_period(schedule, zone, period):
        return slot
    if left_out := schedule.skip and _of_period(schedule.model_copy(update={"skip": ()}), zone, period):
        day = left_out.due.astimezone(zone).date()
        raise DigestError(f"{period} has no issue: its day, {day}, stands in schedule.skip")
    form = {"day": "2026-11-20", "week": "2026-W47", "month": "2026-11"}[schedule.every]
    raise DigestError(f'there is no period "{period}": with every = "{schedule.every}" it is written like "{form}"')


def _of_period(schedule: ScheduleSettings, zone: ZoneInfo, period: str) -> Slot | None:
    try:
        day = date.fromisoformat(f"{period}-01" if schedule.every == "month" else period)
        slots = _back(schedule, zone, datetime.combine(day + 40 * _DAY, time(), UTC))
        near = takewhile(lambda slot: slot.due.date() > day - 40 * _DAY, slots)
        return next((slot for slot in near if slot.period == period), None)
    except (ValueError, OverflowError):
        return None


def _back(schedule: ScheduleSettings, zone: ZoneInfo, now: datetime) -> Iterator[Slot]:
    for close in _kept(schedule, zone, now.astimezone(zone).date() + _DAY, -_DAY):
        yield _slot(schedule, zone, close)


def _slot(schedule: ScheduleSettings, zone: ZoneInfo, close: date) -> Slot:
    end = _instant(close, schedule.closes, zone)
    before = next(_kept(schedule, zone, close - _DAY, -_DAY))
    day, due = _sends(schedule, zone, close)
    return Slot(day.strftime(_PERIODS[schedule.every]), Window(_instant(before, schedule.closes, zone), end), due)


def _kept(schedule: ScheduleSettings, zone: ZoneInfo, start: date, step: timedelta) -> Iterator[date]:
    """Days on which a window closes, but for those whose issue would go out on a day of `schedule.skip`."""
    for close in _closes(schedule, start, step):
        if not schedule.skip or _sends(schedule, zone, close)[0] not in schedule.skip:
            yield close


def _sends(schedule: ScheduleSettings, zone: ZoneInfo, close: date) -> tuple[date, datetime]:
    """Day and instant at which the issue goes out whose window closes on the day `close`."""
    end = _instant(close, schedule.closes, zone)
    days = (d for d in _days(close, _DAY) if _fits(d, schedule.send, schedule.every))
    return next((d, at) for d in days if (at := _instant(d, schedule.send, zone)) >= end)


def _closes(schedule: ScheduleSettings, start: date, step: timedelta) -> Iterator[date]:
    return (day for day in _days(start, step) if _fits(day, schedule.closes, schedule.every))


def _days(start: date, step: timedelta) -> Iterator[date]:
    while True:
        yield start
        start += step


def _fits(day: date, moment: Moment, every: str) -> bool:
    return every == "day" or moment.day == (day.weekday() if every == "week" else day.day)


def _instant(day: date, moment: Moment, zone: ZoneInfo) -> datetime:
    """fold=0 reads a skipped local time by the old offset, so it comes out after the gap."""
    return datetime.combine(day, moment.at, zone).astimezone(UTC)
