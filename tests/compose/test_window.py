from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from digest.compose import window
from digest.config.tables import ScheduleSettings
from digest.errors import DigestError
from digest.models import Slot, Window

TORONTO, KYIV = ZoneInfo("America/Toronto"), ZoneInfo("Europe/Kyiv")
WEEKLY = ScheduleSettings(closes="Thu 18:00", send="Fri 09:00")


def at(text, zone=UTC):
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def test_the_week_that_closed_last_is_the_one_to_look_at():
    slot = window.latest_closed(WEEKLY, TORONTO, at("2024-06-30T18:00", TORONTO))
    assert slot == Slot(
        "2024-W26",
        Window(at("2024-06-20T18:00", TORONTO), at("2024-06-27T18:00", TORONTO)),
        at("2024-06-28T09:00", TORONTO),
    )


@pytest.mark.parametrize(
    ("now", "closed", "due"),
    [
        pytest.param("2026-11-19T17:59:59", "2026-W46", "2026-W46", id="a second before the close"),
        pytest.param("2026-11-19T18:00:00", "2026-W47", "2026-W46", id="at the close"),
        pytest.param("2026-11-20T08:59:59", "2026-W47", "2026-W46", id="a second before it is due"),
        pytest.param("2026-11-20T09:00:00", "2026-W47", "2026-W47", id="due"),
    ],
)
def test_a_slot_counts_from_its_very_second(now, closed, due):
    moment = at(now, TORONTO)
    assert window.latest_closed(WEEKLY, TORONTO, moment).period == closed
    assert window.latest_due(WEEKLY, TORONTO, moment).period == due


@pytest.mark.parametrize(
    ("zone", "now", "hours"),
    [
        pytest.param(KYIV, "2024-04-06T00:00", 167, id="spring in Kyiv"),
        pytest.param(KYIV, "2024-11-02T00:00", 169, id="autumn in Kyiv"),
        pytest.param(TORONTO, "2026-03-14T00:00", 167, id="spring in Toronto"),
        pytest.param(TORONTO, "2026-11-07T00:00", 169, id="autumn in Toronto"),
        pytest.param(TORONTO, "2026-07-04T00:00", 168, id="summer"),
    ],
)
def test_a_week_has_as_many_hours_as_the_wall_clock_says(zone, now, hours):
    slot = window.latest_closed(WEEKLY, zone, at(now, zone))
    assert slot.window.end - slot.window.start == timedelta(hours=hours)


def test_a_close_in_the_spring_gap_happens_at_its_end_and_in_the_fold_the_first_time():
    schedule = ScheduleSettings(closes="Sun 02:30", send="Sun 02:30")
    spring = window.latest_due(schedule, TORONTO, at("2026-03-10T00:00"))
    assert (spring.due, spring.period) == (at("2026-03-08T07:30"), "2026-W10")
    schedule = ScheduleSettings(closes="Sun 01:30", send="Sun 01:30")
    autumn = window.latest_due(schedule, TORONTO, at("2026-11-03T00:00"))
    assert (autumn.due, autumn.period) == (at("2026-11-01T05:30"), "2026-W44")


@pytest.mark.parametrize(
    ("schedule", "period", "days"),
    [
        pytest.param(ScheduleSettings(every="day", closes="18:00", send="19:00"), "2026-11-22", 1, id="day"),
        pytest.param(
            ScheduleSettings(every="day", closes="18:00", send="07:00"), "2026-11-22", 1, id="day, sent next morning"
        ),
        pytest.param(
            ScheduleSettings(every="month", closes="28 12:00", send="1 09:00"),
            "2026-11",
            30,
            id="month, sent in the next",
        ),
    ],
)
def test_days_and_months_have_their_own_periods(schedule, period, days):
    slot = window.latest_due(schedule, KYIV, at("2026-11-22T20:00", KYIV))
    assert slot.period == period
    assert round((slot.window.end - slot.window.start) / timedelta(days=1)) == days


@pytest.mark.parametrize("zone", [TORONTO, KYIV, ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Pacific/Apia")])
def test_windows_join_end_to_end_and_periods_never_repeat(zone):
    slots = window.upcoming(WEEKLY, zone, at("2010-12-01T00:00"), 300)
    assert all(a.window.end == b.window.start for a, b in pairwise(slots))
    assert len({s.period for s in slots}) == 300
    assert all(s.due >= s.window.end for s in slots)


def test_upcoming_begins_with_the_next_one_due():
    now = at("2026-11-20T09:00", TORONTO)
    assert [s.period for s in window.upcoming(WEEKLY, TORONTO, now, 2)] == ["2026-W48", "2026-W49"]


DAILY = ScheduleSettings(every="day", closes="18:00", send="07:00")
MONTHLY = ScheduleSettings(every="month", closes="28 12:00", send="1 09:00")


@pytest.mark.parametrize("zone", [TORONTO, KYIV, ZoneInfo("Australia/Lord_Howe")])
@pytest.mark.parametrize("schedule", [WEEKLY, DAILY, MONTHLY, ScheduleSettings(closes="Sun 23:59", send="Mon 00:00")])
def test_every_period_finds_its_slot(schedule, zone):
    slots = window.upcoming(schedule, zone, at("2025-12-01T00:00"), 70)
    assert tuple(window.of_period(schedule, zone, slot.period) for slot in slots) == slots


@pytest.mark.parametrize(
    ("schedule", "period", "form"),
    [
        pytest.param(WEEKLY, "2026-W54", "week", id="no such week"),
        pytest.param(WEEKLY, "2025-W53", "week", id="a year of 52 weeks"),
        pytest.param(WEEKLY, "2026-W7", "week", id="one digit"),
        pytest.param(WEEKLY, "2026W47", "week", id="no hyphen"),
        pytest.param(WEEKLY, "2026-W47-5", "week", id="a day of the week"),
        pytest.param(WEEKLY, "2026-11-20", "week", id="a day"),
        pytest.param(WEEKLY, "9999-W52", "week", id="beyond the calendar"),
        pytest.param(WEEKLY, "", "week", id="nothing"),
        pytest.param(DAILY, "2026-02-30", "day", id="no such day"),
        pytest.param(MONTHLY, "2026-13", "month", id="no such month"),
        pytest.param(MONTHLY, "2026-11-20", "month", id="a day of a monthly"),
    ],
)
def test_a_text_that_is_no_period_is_told_how_one_is_written(schedule, period, form):
    example = {"week": "2026-W47", "day": "2026-11-20", "month": "2026-11"}[form]
    with pytest.raises(DigestError) as error:
        window.of_period(schedule, TORONTO, period)
    assert str(error.value) == f'there is no period "{period}": with every = "{form}" it is written like "{example}"'


CHRISTMAS = ScheduleSettings(closes="Thu 18:00", send="Fri 09:00", skip=[date(2026, 12, 25), date(2027, 1, 1)])


def test_a_day_without_an_issue_leaves_its_time_to_the_next_one():
    now = at("2026-12-14T00:00", TORONTO)
    slots = window.upcoming(CHRISTMAS, TORONTO, now, 2)
    assert [(s.period, s.window) for s in slots] == [
        ("2026-W51", Window(at("2026-12-10T18:00", TORONTO), at("2026-12-17T18:00", TORONTO))),
        ("2027-W01", Window(at("2026-12-17T18:00", TORONTO), at("2027-01-07T18:00", TORONTO))),
    ]


def test_on_a_day_without_an_issue_none_is_due_and_none_closes():
    friday = at("2026-12-25T12:00", TORONTO)
    assert window.latest_due(CHRISTMAS, TORONTO, friday).period == "2026-W51"
    assert window.latest_closed(CHRISTMAS, TORONTO, friday).period == "2026-W51"


def test_a_period_that_is_left_out_has_no_slot():
    with pytest.raises(DigestError, match=r"2026-W52 has no issue: its day, 2026-12-25, stands in schedule\.skip"):
        window.of_period(CHRISTMAS, TORONTO, "2026-W52")
