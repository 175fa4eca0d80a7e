from datetime import UTC, datetime, timedelta
from threading import Event

import pytest

from digest import desk, pipeline, schedule, store
from digest.compose import window
from digest.pipeline import Job
from tests.builders import settings as build_settings
from tests.test_pipeline import WATCH

DUE = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)  # Friday 09:00 in Toronto
SECOND, WEEK = timedelta(seconds=1), timedelta(weeks=1)


@pytest.fixture
def settings(tmp_path):
    return build_settings(tmp_path)


@pytest.fixture
def opened(tmp_path):
    with store.open("sqlite:///digest.db", folder=tmp_path) as made:
        yield made


def periods(settings, opened, *moments):
    """The slot that is due at each moment, nothing being run in between."""
    return [slot.period if (slot := schedule.due(settings, opened, at)) else None for at in moments]


def test_a_new_newsletter_waits_for_its_first_slot_and_does_not_send_the_past(settings, opened):
    moments = DUE - SECOND, DUE, DUE + 30 * SECOND, DUE + 3 * timedelta(minutes=1)
    assert periods(settings, opened, *moments) == [None, "2026-W47", "2026-W47", None]


def test_a_slot_missed_while_asleep_is_due_at_once_and_only_the_latest(settings, opened):
    schedule.tick(lambda: [settings], opened, DUE, WATCH)
    assert periods(settings, opened, DUE + WEEK - SECOND, DUE + 3 * WEEK + timedelta(days=2)) == [None, "2026-W50"]


def test_one_slot_is_one_issue_however_often_the_clock_ticks_or_jumps(settings, opened):
    for at in (DUE, DUE + 30 * SECOND, DUE - timedelta(hours=1), DUE + timedelta(hours=1), DUE - 10 * WEEK):
        schedule.tick(lambda: [settings], opened, at, WATCH)
    assert [r.key for r in opened.issues.all()] == ["weekly-2026-W47"]
    assert opened.ledger.counts(opened.issues.all()[0].id).accepted == 3


def test_a_stopped_issue_is_tried_again_after_ten_minutes_until_it_is_too_late(tmp_path, opened, caplog):
    sources = [{"name": "desk", "kind": "folder", "path": "none"}]
    settings = build_settings(tmp_path, sources=sources, schedule={"late_by_at_most": "3h"})
    schedule.tick(lambda: [settings], opened, DUE, WATCH)
    assert "was stopped by a check" in caplog.text
    moments = (DUE + timedelta(minutes=m) for m in (1, 10, 180, 181))
    assert periods(settings, opened, *moments) == [None, "2026-W47", "2026-W47", None]


def test_an_issue_whose_run_died_is_due_again(settings, opened):
    slot = window.latest_due(settings.schedule, settings.newsletter.zone, DUE)
    opened.issues.begin("weekly", slot, "weekly-2026-W47", DUE)
    assert periods(settings, opened, DUE + timedelta(hours=1)) == ["2026-W47"]


def test_an_issue_sent_in_part_is_due_again_until_nothing_is_pending(tmp_path, opened):
    settings = build_settings(tmp_path, send={"batch": 1})
    stop = Event()
    stop.set()
    pipeline.run(settings, opened, Job(DUE, WATCH, stop=stop))
    assert periods(settings, opened, DUE + timedelta(hours=1)) == ["2026-W47"]
    pipeline.run(settings, opened, Job(DUE, WATCH))
    assert periods(settings, opened, DUE + timedelta(hours=1)) == [None]


def test_an_issue_that_waits_for_approval_is_left_alone_and_sent_when_it_has_it(tmp_path, opened):
    settings = build_settings(tmp_path, schedule={"approval": "required"})
    schedule.tick(lambda: [settings], opened, DUE, WATCH)
    assert periods(settings, opened, DUE + 60 * SECOND) == [None]
    desk.approve(opened, "weekly-2026-W47", "Olena", DUE)
    assert periods(settings, opened, DUE + 60 * SECOND) == ["2026-W47"]
