"""When issues are due and which window each covers: wall clock in, UTC out.

A local moment that the spring gap skips happens at the end of the gap; one that the autumn
repeats happens the first time. So every period has exactly one slot, whatever daylight saving
does. Weeks last 167 to 169 hours.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
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
    closes = _closes(schedule, day, _DAY)
    return tuple(islice((s for c in closes if (s := _slot(schedule, zone, c)).due > now), count))


def of_period(schedule: ScheduleSettings, zone: ZoneInfo, period: str) -> Slot:
    """The slot of this period, past or to come. Raises DigestError for a text that is none of this schedule's."""
    try:
        day = date.fromisoformat(f"{period}-01" if schedule.every == "month" else period)
        slots = _back(schedule, zone, datetime.combine(day + 40 * _DAY, time(), UTC))
        return next(slot for slot in islice(slots, 50) if slot.period == period)
    except (ValueError, OverflowError, StopIteration) as error:
        form = {"day": "2026-11-20", "week": "2026-W47", "month": "2026-11"}[schedule.every]
        raise DigestError(
            f'there is no period "{period}": with every = "{schedule.every}" it is written like "{form}"'
        ) from error


def _back(schedule: ScheduleSettings, zone: ZoneInfo, now: datetime) -> Iterator[Slot]:
    for close in _closes(schedule, now.astimezone(zone).date() + _DAY, -_DAY):
        yield _slot(schedule, zone, close)


def _slot(schedule: ScheduleSettings, zone: ZoneInfo, close: date) -> Slot:
    end = _instant(close, schedule.closes, zone)
    before = next(_closes(schedule, close - _DAY, -_DAY))
    sends = (d for d in _days(close, _DAY) if _fits(d, schedule.send, schedule.every))
    day, due = next((d, at) for d in sends if (at := _instant(d, schedule.send, zone)) >= end)
    return Slot(day.strftime(_PERIODS[schedule.every]), Window(_instant(before, schedule.closes, zone), end), due)


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
