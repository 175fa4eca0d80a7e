"""The clock's rule alone: one issue for each slot, whatever the wall clock and the process do."""

import os
from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest

from digest.compose import window
from digest.config import ScheduleSettings
from digest.schedule import FIRST_LOOK_BACK, Position, Standing, Step, due

TORONTO = ZoneInfo("America/Toronto")
DUE = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)  # Friday 09:00 in Toronto
CLOSE = datetime(2026, 11, 19, 23, 0, tzinfo=UTC)
SECOND, MINUTE, HOUR, WEEK = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(weeks=1)
ASKED = ScheduleSettings(approval="required", remind=["12h", "2h"])
BY_ITSELF = ScheduleSettings(approval="automatic")
SLOT = window.latest_due(ASKED, TORONTO, DUE)
LATE = DUE + 3 * HOUR + SECOND


def steps(schedule, now, position=None, latest=DUE - WEEK, **options):
    """What the clock asks of the issue of `SLOT`, which stands at `position`."""
    standing = Standing(DUE if position else latest, {SLOT.period: position} if position else {})
    return [(step.what, step.slot.period) for step in due.steps(schedule, TORONTO, now, standing, **options)]


def at(state, since=CLOSE, **values):
    return Position(state, since, **values)


DRAFT, SEND, HOLD, REMIND = ([(what, SLOT.period)] for what in ("draft", "send", "hold", "remind"))


@pytest.mark.parametrize(
    ("schedule", "now", "position", "asked"),
    [
        pytest.param(ASKED, CLOSE - SECOND, None, [], id="the window is still open"),
        pytest.param(ASKED, CLOSE, None, DRAFT, id="the window closes"),
        pytest.param(BY_ITSELF, CLOSE, None, DRAFT, id="the window closes, no approval asked"),
        pytest.param(ASKED, DUE, None, DRAFT, id="due and not made, approval asked"),
        pytest.param(BY_ITSELF, DUE, None, SEND, id="due and not made"),
        pytest.param(ASKED, LATE, None, SEND, id="too late and not made: the run holds it"),
        pytest.param(ASKED, CLOSE + HOUR, at("open"), DRAFT, id="a run died while it was made"),
        pytest.param(BY_ITSELF, DUE, at("open"), SEND, id="a run died, and now it is due"),
        pytest.param(ASKED, CLOSE + HOUR, at("frozen"), [], id="a draft waits"),
        pytest.param(ASKED, DUE - 12 * HOUR, at("frozen"), REMIND, id="the first reminder"),
        pytest.param(ASKED, DUE - HOUR, at("frozen"), REMIND, id="the second reminder"),
        pytest.param(BY_ITSELF, DUE - HOUR, at("frozen"), [], id="nobody is reminded of what goes out by itself"),
        pytest.param(ASKED, DUE - HOUR, at("approved"), [], id="approved before it is due"),
        pytest.param(ASKED, DUE, at("frozen"), [], id="due without approval"),
        pytest.param(BY_ITSELF, DUE, at("frozen"), SEND, id="due"),
        pytest.param(ASKED, DUE, at("approved"), SEND, id="due and approved"),
        pytest.param(ASKED, DUE + HOUR, at("approved", DUE + HOUR), SEND, id="approved late, within the limit"),
        pytest.param(ASKED, LATE, at("frozen"), HOLD, id="never approved"),
        pytest.param(ASKED, LATE, at("approved"), HOLD, id="approved in time, and nobody was there to send it"),
        pytest.param(ASKED, LATE, at("approved", LATE), SEND, id="approved knowing that it is late"),
        pytest.param(ASKED, LATE, at("held"), [], id="held"),
        pytest.param(ASKED, LATE, at("skipped"), [], id="skipped"),
        pytest.param(ASKED, DUE, at("approved", begun=True), SEND, id="sent in part"),
        pytest.param(ASKED, LATE, at("approved", begun=True), SEND, id="sent in part, however late"),
        pytest.param(ASKED, LATE, at("approved", begun=True, unsent=False), [], id="sent"),
        pytest.param(ASKED, CLOSE + HOUR, at("approved", edited=True), DRAFT, id="edited after the approval"),
        pytest.param(ASKED, DUE, at("approved", edited=True), DRAFT, id="edited after the approval, and due"),
        pytest.param(ASKED, DUE, at("frozen", edited=True), DRAFT, id="edited while it waits"),
        pytest.param(BY_ITSELF, DUE, at("frozen", edited=True), DRAFT, id="edited before it goes out by itself"),
        pytest.param(ASKED, LATE, at("frozen", edited=True), HOLD, id="edited, and too late all the same"),
        pytest.param(ASKED, DUE, at("approved", begun=True, edited=True), SEND, id="edited after the first was sent"),
        pytest.param(ASKED, CLOSE + 9 * MINUTE, at("stopped", CLOSE), [], id="stopped a moment ago"),
        pytest.param(ASKED, CLOSE + 10 * MINUTE, at("stopped", CLOSE), DRAFT, id="stopped ten minutes ago"),
        pytest.param(BY_ITSELF, DUE + HOUR, at("stopped", DUE), SEND, id="stopped, and due"),
        pytest.param(ASKED, LATE, at("stopped", DUE), [], id="stopped until it was too late"),
    ],
)
def test_the_clock_asks(schedule, now, position, asked):
    assert steps(schedule, now, position) == asked


def test_what_nobody_would_look_at_is_made_when_it_is_due():
    assert steps(BY_ITSELF, CLOSE, early=False) == []
    assert steps(BY_ITSELF, DUE, early=False) == SEND


@pytest.mark.parametrize(
    ("now", "asked"),
    [(DUE - SECOND, DRAFT), (DUE, SEND), (DUE + FIRST_LOOK_BACK, SEND), (DUE + FIRST_LOOK_BACK + SECOND, [])],
)
def test_a_new_newsletter_does_not_send_the_past(now, asked):
    assert steps(BY_ITSELF, now, latest=None) == asked


def test_a_clock_that_was_set_back_asks_for_nothing_old():
    assert steps(BY_ITSELF, DUE, latest=DUE + WEEK) == []


def test_a_reminder_names_the_smallest_span_that_has_begun():
    (reminder,) = due.steps(ASKED, TORONTO, DUE - HOUR, Standing(DUE, {SLOT.period: at("frozen")}))
    assert reminder == Step("remind", SLOT, 2 * HOUR)


def lived_through(schedule, zone, start, end, moments):
    """Period -> how often it was drafted and sent, by a newsletter that looks at each of `moments`."""
    latest, positions, done = start, {}, Counter()
    for now in moments:
        if not start < now < end:
            continue
        for step in due.steps(schedule, zone, now, Standing(latest, positions)):
            done[step.what, step.slot.period] += 1
            latest = max(latest, step.slot.due)
            sent = step.what == "send"
            state = "approved" if sent else "frozen"
            positions[step.slot.period] = Position(state, now, unsent=not sent, begun=sent)
    return done


SCHEDULES = {
    "week": [ScheduleSettings(approval="automatic", closes="Sat 23:30", send="Sun 02:30")],
    "day": [ScheduleSettings(approval="automatic", every="day", closes="01:30", send="02:30")],
    "month": [ScheduleSettings(approval="automatic", every="month", closes="28 12:00", send="1 02:30")],
}
EVERY_ZONE = bool(os.environ.get("DIGEST_TEST_EVERY_ZONE"))
ZONES = sorted(available_timezones() - {"localtime", "Factory"})
ODD = [
    "Africa/Casablanca",
    "America/Nuuk",
    "America/Toronto",
    "Australia/Lord_Howe",
    "Europe/Dublin",
    "Europe/Kyiv",
    "Pacific/Chatham",
]
YEARS = 10 if EVERY_ZONE else 2


@pytest.mark.parametrize("every", SCHEDULES)
@pytest.mark.parametrize("name", ZONES if EVERY_ZONE else ODD)
def test_every_slot_is_one_issue_over_gaps_folds_and_jumps_of_the_clock(name, every):
    """All zones over ten years with DIGEST_TEST_EVERY_ZONE=1; else the odd ones over two."""
    zone, start = ZoneInfo(name), datetime(2026, 1, 1, tzinfo=UTC)
    end = start + timedelta(days=365 * YEARS)
    for schedule in SCHEDULES[every]:
        count = {"week": 53, "day": 366, "month": 12}[every] * YEARS
        slots = [s for s in window.upcoming(schedule, zone, start, count) if s.due < end - HOUR]
        # at each slot: just before, at it, an hour back, an hour on, and again
        jumps = (-SECOND, timedelta(), -HOUR, 30 * SECOND, HOUR, 30 * SECOND)
        moments = [slot.due + jump for slot in slots for jump in jumps]
        done = lived_through(schedule, zone, start, end, moments)
        sent = {period: n for (what, period), n in done.items() if what == "send"}
        assert sent == {slot.period: 1 for slot in slots}
