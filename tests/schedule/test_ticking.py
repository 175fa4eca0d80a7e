"""The clock on a real store: drafts, approvals, sending, and who is told what, once."""

import json
import os
import sqlite3
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from threading import Event
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from digest import config, desk, pipeline, schedule, store
from digest.compose import window
from digest.errors import AttentionNeeded, ConfigError
from digest.models import Notice, Subscriber
from digest.pipeline import Job, figures
from digest.schedule import telling, ticking
from tests import tables
from tests.builders import settings as build_settings
from tests.collect.loopback import reply, site
from tests.fakes import DOMAIN, TOKEN, MailgunFake
from tests.test_pipeline import WATCH

DUE = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)  # Friday 09:00 in Toronto
CLOSE = datetime(2026, 11, 19, 23, 0, tzinfo=UTC)
SECOND, MINUTE, HOUR, WEEK = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(weeks=1)
DAY = timedelta(days=1)
KEY = "weekly-2026-W47"
EDITOR = "olena@desk.example.org"
ASKED = {"approval": "required", "late_by_at_most": "3h", "notify": [EDITOR], "remind": ["2h"]}


@pytest.fixture
def settings(tmp_path):
    return build_settings(tmp_path)


@pytest.fixture
def asking(tmp_path):
    """A desk that wants to approve, and is told by email."""
    return build_settings(tmp_path, schedule=ASKED)


@pytest.fixture
def opened(tmp_path):
    with tables.opened(tmp_path) as made:
        yield made


def tick(settings, opened, *moments):
    for at in moments:
        schedule.tick(lambda: [settings], opened, at, WATCH)


def asked(settings, opened, *moments):
    """What the clock asks for at each moment, nothing being done in between."""
    return [[(step.what, step.slot.period) for step in schedule.steps(settings, opened, at)] for at in moments]


def notices(tmp_path):
    """Subject of every notice in the outbox, by the time it was written."""
    files = sorted(tmp_path.glob("outbox/notice-*/*.eml"), key=lambda f: f.stat().st_mtime_ns)
    return [str(message_from_bytes(f.read_bytes(), policy=policy.default)["Subject"]) for f in files]


def told(opened):
    """Kind of every notice, oldest first."""
    return [each.kind for each in reversed(opened.notices.latest())]


def states(opened):
    return {record.key: record.state for record in opened.issues.all()}


def edit(settings, text, at):
    """Writes the overlay of the issue, as if it had been saved at `at`."""
    file = config.overlay_file(settings.folder, KEY)
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8")
    os.utime(file, (at.timestamp(), at.timestamp()))


def test_a_slot_missed_while_asleep_is_due_at_once_and_only_the_latest(settings, opened):
    tick(settings, opened, DUE)
    assert asked(settings, opened, DUE + WEEK - SECOND, DUE + 3 * WEEK + timedelta(days=2)) == [
        [],
        [("send", "2026-W50")],
    ]


def test_one_slot_is_one_issue_however_often_the_clock_ticks_or_jumps(settings, opened):
    tick(settings, opened, DUE, DUE + 30 * SECOND, DUE - HOUR, DUE + HOUR, DUE - 10 * WEEK)
    assert [r.key for r in opened.issues.all()] == [KEY]
    assert opened.ledger.counts(opened.issues.all()[0].id).accepted == 3


def test_a_stopped_issue_is_tried_again_after_ten_minutes_until_it_is_too_late(tmp_path, opened):
    sources = [{"name": "desk", "kind": "folder", "path": "none"}]
    settings = build_settings(tmp_path, sources=sources, schedule={"late_by_at_most": "3h"})
    tick(settings, opened, DUE)
    assert states(opened) == {KEY: "stopped"}
    moments = (DUE + timedelta(minutes=m) for m in (1, 10, 180, 181))
    again = [("send", "2026-W47")]
    assert asked(settings, opened, *moments) == [[], again, again, []]


def test_an_issue_whose_run_died_is_due_again(settings, opened):
    slot = window.latest_due(settings.schedule, settings.newsletter.zone, DUE)
    opened.issues.begin("weekly", slot, KEY, DUE)
    assert asked(settings, opened, DUE + HOUR) == [[("send", "2026-W47")]]


def test_an_issue_sent_in_part_is_due_again_until_nothing_is_pending(tmp_path, opened):
    settings = build_settings(tmp_path, send={"batch": 1})
    stop = Event()
    stop.set()
    pipeline.run(settings, opened, Job(DUE, WATCH, stop=stop))
    assert asked(settings, opened, DUE + HOUR) == [[("send", "2026-W47")]]
    pipeline.run(settings, opened, Job(DUE, WATCH))
    assert asked(settings, opened, DUE + HOUR) == [[]]


def test_a_week_at_a_desk_that_approves(asking, opened, tmp_path):
    tick(asking, opened, CLOSE, CLOSE + MINUTE)
    assert (states(opened), notices(tmp_path)) == (
        {KEY: "frozen"},
        [f"[The Week in Short] {KEY} is ready: please approve it"],
    )
    tick(asking, opened, DUE - 2 * HOUR, DUE - HOUR)
    assert notices(tmp_path)[1:] == [f"[The Week in Short] {KEY} still waits for approval"]
    desk.approve(opened, KEY, "Olena", DUE - HOUR)
    tick(asking, opened, DUE - SECOND)
    assert len(list(tmp_path.glob(f"outbox/{KEY}/*.eml"))) == 0
    tick(asking, opened, DUE, DUE + MINUTE)
    assert len(list(tmp_path.glob(f"outbox/{KEY}/*.eml"))) == 3
    assert notices(tmp_path)[2:] == [f"[The Week in Short] {KEY} has gone out"]
    assert told(opened) == ["draft", "reminder", "sent"]


def test_silence_is_no_consent_and_a_late_yes_sends_at_once(asking, opened):
    tick(asking, opened, CLOSE, DUE, DUE + HOUR)
    assert (states(opened), told(opened)) == ({KEY: "frozen"}, ["draft", "waiting"])
    desk.approve(opened, KEY, "Olena", DUE + HOUR)
    tick(asking, opened, DUE + HOUR)
    assert opened.ledger.counts(opened.issues.get(KEY).id).accepted == 3


def test_without_a_yes_until_the_limit_it_is_held_and_a_later_yes_sends_it(asking, opened):
    late = DUE + 3 * HOUR + SECOND
    tick(asking, opened, CLOSE, late, late + MINUTE)
    record = opened.issues.get(KEY)
    assert (record.state, record.reason) == ("held", "late by 3 hours, more than schedule.late_by_at_most allows")
    assert told(opened) == ["draft", "held"]
    desk.approve(opened, KEY, "Olena", late + HOUR)
    tick(asking, opened, late + HOUR)
    assert opened.ledger.counts(record.id).accepted == 3


def test_a_machine_that_slept_over_the_limit_holds_what_was_approved(asking, opened):
    tick(asking, opened, CLOSE)
    desk.approve(opened, KEY, "Olena", CLOSE + HOUR)
    tick(asking, opened, DUE + timedelta(days=1))
    assert states(opened) == {KEY: "held"}
    assert opened.ledger.counts(opened.issues.get(KEY).id).audience == 0


def test_an_edit_after_the_approval_needs_approval_again(asking, opened, tmp_path):
    tick(asking, opened, CLOSE)
    first = opened.issues.get(KEY).sha256
    desk.approve(opened, KEY, "Olena", CLOSE + HOUR)
    edit(asking, 'subject = "Another subject"\n', CLOSE + 2 * HOUR)
    tick(asking, opened, CLOSE + 2 * HOUR + MINUTE)
    assert opened.issues.get(KEY).sha256 == first  # somebody may still be writing
    tick(asking, opened, CLOSE + 3 * HOUR)
    record = opened.issues.get(KEY)
    assert (record.state, record.subject, record.sha256 != first) == ("frozen", "Another subject", True)
    mail = message_from_bytes(
        max(tmp_path.glob("outbox/notice-*/*.eml"), key=os.path.getmtime).read_bytes(), policy=policy.default
    )
    assert "subject: Another subject" in mail.get_body(("plain",)).get_content()


def test_an_edit_that_changes_nothing_keeps_the_approval(asking, opened):
    tick(asking, opened, CLOSE)
    desk.approve(opened, KEY, "Olena", CLOSE + HOUR)
    edit(asking, "# only a comment\n", CLOSE + 2 * HOUR)
    tick(asking, opened, CLOSE + 3 * HOUR)
    assert states(opened) == {KEY: "approved"}
    assert asked(asking, opened, CLOSE + 4 * HOUR) == [[]]


def test_an_edit_that_nobody_has_seen_is_never_sent_over(asking, opened):
    tick(asking, opened, CLOSE)
    desk.approve(opened, KEY, "Olena", CLOSE + HOUR)
    edit(asking, 'subject = "Another subject"\n', CLOSE + 2 * HOUR)
    with pytest.raises(AttentionNeeded, match="was edited after the issue was frozen"):
        pipeline.send(asking, opened, KEY, Job(DUE, WATCH))


def test_the_draft_is_the_issue_itself_below_a_word_to_the_editor(asking, opened, tmp_path):
    tick(asking, opened, CLOSE)
    (file,) = tmp_path.glob("outbox/notice-*/*.eml")
    mail = message_from_bytes(file.read_bytes(), policy=policy.default)
    email = opened.issues.email(opened.issues.get(KEY).id)
    html, text = mail.get_body(("html",)).get_content(), mail.get_body(("plain",)).get_content()
    for name, value in {"name": "", "address": EDITOR, "unsubscribe_url": "https://digest.example.org/u/test"}.items():
        email_html = email.html.replace(email.tokens[name], value)
        email = replace(email, html=email_html)
    head, body, rest = email.html.partition(
        email.html[email.html.index("<body") : email.html.index(">", email.html.index("<body")) + 1]
    )
    assert html.replace("\r\n", "\n").startswith(head + body)
    assert html.replace("\r\n", "\n").rstrip().endswith(rest.rstrip())
    assert "please approve it" in text
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Unsubscribe"] is None


def test_a_notice_that_cannot_be_told_is_tried_again_later(tmp_path, opened):
    (tmp_path / "outbox").write_text("no folder", encoding="utf-8")
    settings = build_settings(tmp_path, schedule=ASKED)
    tick(settings, opened, CLOSE)
    (notice,) = opened.notices.latest()
    assert (notice.told_at, "the outbox cannot be written" in notice.failure) == (None, True)
    (tmp_path / "outbox").unlink()
    tick(settings, opened, CLOSE + MINUTE)
    assert notices(tmp_path) == []


def test_a_day_after_it_went_out_silence_of_the_provider_is_told_once(tmp_path, opened, monkeypatch):
    """By the real clock, which the sending itself goes by."""
    monkeypatch.setenv("MAILGUN_TOKEN", TOKEN)
    now = datetime.now(UTC)
    at = f"{(now - MINUTE).astimezone(ZoneInfo('America/Toronto')):%a %H:%M}"
    with MailgunFake() as fake:
        send = {
            "provider": "mailgun",
            "mailgun": {"token": {"env": "MAILGUN_TOKEN"}, "domain": DOMAIN, "base_url": fake.url},
        }
        schedule_ = {"closes": at, "send": at, "webhook": {"kind": "json", "url": {"env": "HOOK"}}}
        settings = build_settings(tmp_path, send=send, schedule=schedule_)
        opened.people.add([Subscriber("ann@readers.org", origin="a test")], "weekly", now)
        with site(lambda _: reply(b"ok")) as service:
            monkeypatch.setenv("HOOK", service.url)
            tick(settings, opened, now, now + 24 * HOUR, now + 26 * HOUR, now + 27 * HOUR)
    assert fake.addresses == ["ann@readers.org"]
    assert sorted(told(opened)) == ["delivery", "draft", "sent"]
    assert "mailgun has reported nothing" in service.posted[-1][1].decode()


def test_a_tick_without_settings_or_without_a_database_says_so_and_the_next_one_goes_on(
    settings, opened, tmp_path, caplog
):
    def broken():
        raise ConfigError(["config.toml:3: unknown key"])

    assert not schedule.tick(broken, opened, DUE, WATCH)
    (tmp_path / "digest.db").rename(tmp_path / "away")
    with sqlite3.connect(tmp_path / "digest.db") as other, store.open("sqlite:///digest.db", folder=tmp_path) as empty:
        other.execute("drop table pause")
        other.commit()
        assert not schedule.tick(lambda: [settings], empty, DUE, WATCH)
    other.close()
    problems = [record.problem for record in caplog.records if record.message == "nothing was looked at"]
    assert problems[0] == "config.toml:3: unknown key"
    assert "no such table: pause" in problems[1]


def test_a_source_that_fails_is_told_once_while_it_is_down(tmp_path, opened):
    sources = [{"name": "desk", "kind": "folder", "path": "none"}]
    settings = build_settings(tmp_path, sources=sources, schedule={"notify": [EDITOR]})
    tick(settings, opened, *(CLOSE - (30 - n) * HOUR for n in range(6)))
    assert told(opened) == ["source-down"]
    assert notices(tmp_path) == ["[The Week in Short] source desk cannot be read"]


def test_sources_are_read_by_their_own_rhythm(tmp_path, opened):
    sources = [
        {"name": "often", "kind": "folder", "path": "a", "every": "15m"},
        {"name": "seldom", "kind": "folder", "path": "b"},
    ]
    settings = build_settings(tmp_path, sources=sources)
    tick(settings, opened, *(CLOSE - 30 * HOUR + n * 5 * MINUTE for n in range(13)))
    assert {h.source: h.failures_in_a_row for h in opened.articles.health()} == {"often": 5, "seldom": 2}


def test_a_paused_newsletter_does_nothing_until_it_is_resumed(settings, opened):
    opened.instance.pause("weekly", DUE, "Olena", "the office moves")
    tick(settings, opened, DUE)
    assert states(opened) == {}
    with pytest.raises(AttentionNeeded, match=r"the schedule is paused \(the office moves\)"):
        schedule.run(settings, opened, Job(DUE, WATCH))
    assert opened.instance.resume("weekly", DUE)
    tick(settings, opened, DUE)
    assert opened.ledger.counts(opened.issues.get(KEY).id).accepted == 3


@pytest.mark.parametrize("once", [True, False])
def test_a_look_that_nothing_follows_says_what_a_pause_kept_it_from(settings, opened, caplog, once):
    """The daemon would say it every half minute."""
    opened.instance.pause("weekly", DUE, "Olena", "the office moves")
    assert schedule.tick(lambda: [settings], opened, DUE, WATCH, once=once)
    assert [(r.levelname, r.message, r.newsletter, r.reason) for r in caplog.records] == [
        ("WARNING", "paused: nothing was made or sent; to go on: digest schedule resume", "weekly", "the office moves")
    ] * once


def test_a_copied_database_sends_nothing_before_a_person_says_go(tmp_path):
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
    here = build_settings(tmp_path / "here", schedule={"notify": [EDITOR]})
    there = build_settings(tmp_path / "there", schedule={"notify": [EDITOR]})
    with store.open("sqlite:///digest.db", folder=here.folder) as first:
        tick(here, first, DUE - WEEK)
    (there.folder / "digest.db").write_bytes((here.folder / "digest.db").read_bytes())
    with store.open("sqlite:///digest.db", folder=there.folder) as copy:
        tick(there, copy, DUE, DUE + MINUTE)
        assert KEY not in states(copy)
        assert notices(there.folder) == ["[The Week in Short] the schedule is paused"]
        copy.instance.resume("", DUE)
        tick(there, copy, DUE + MINUTE)
        assert states(copy)[KEY] == "approved"


def test_the_webhook_gets_every_notice_and_the_ping_only_that_all_is_well(tmp_path, opened, monkeypatch):
    with site(lambda _: reply(b"ok")) as service:
        monkeypatch.setenv("HOOK", f"{service.url}/hook")
        monkeypatch.setenv("PING", f"{service.url}/ping")
        hook = {"kind": "json", "url": {"env": "HOOK"}}
        changes = ASKED | {"notify": [], "webhook": hook, "ping": {"env": "PING"}}
        settings = build_settings(tmp_path, schedule=changes)
        tick(settings, opened, CLOSE)
        desk.approve(opened, KEY, "Olena", CLOSE + HOUR)
        tick(settings, opened, DUE, DUE + HOUR)
    posted = [json.loads(body) for _, body in service.posted]
    assert [(each["kind"], each["issue"]) for each in posted] == [("draft", KEY), ("sent", KEY)]
    assert posted[0]["what_to_do"].startswith("Look at it, then approve it")
    assert service.asked == ["/ping"]


def test_slack_gets_one_text_in_which_nothing_is_markup_by_chance(tmp_path, opened, monkeypatch):
    with site(lambda _: reply(b"ok")) as service:
        monkeypatch.setenv("HOOK", f"{service.url}/hook")
        settings = build_settings(tmp_path, schedule={"webhook": {"kind": "slack", "url": {"env": "HOOK"}}})
        notice = Notice("a/b", "held", "1 < 2 & <!channel>", ("Held.",), "digest approve x")
        telling.tell(settings, opened, notice, DUE)
        telling.tell(settings, opened, notice, DUE + HOUR)
    assert [json.loads(body) for _, body in service.posted] == [
        {"text": "*1 &lt; 2 &amp; &lt;!channel&gt;*\nHeld.\nWhat to do: digest approve x"}
    ]


def test_what_is_not_to_be_kept_goes_tick_by_tick_while_the_newsletter_goes_on(tmp_path, opened):
    tick(build_settings(tmp_path), opened, DUE)
    record, later = opened.issues.get(KEY), datetime.now(UTC) + 100 * DAY
    before = figures.of(opened, record)
    tick(build_settings(tmp_path), opened, later)
    tick(build_settings(tmp_path, store={"keep_deliveries": "200d"}), opened, later + MINUTE)
    assert opened.ledger.pruned_at(record.id) is None
    keeping = build_settings(tmp_path, store={"keep_deliveries": "90d"})
    tick(keeping, opened, later + 2 * MINUTE)
    assert opened.ledger.pruned_at(record.id) == later + 2 * MINUTE
    assert opened.pruning.due(later) == ()
    assert figures.of(opened, record) == before
    assert len(states(opened)) == 2  # that of the later week was begun meanwhile


def test_a_tick_gives_old_deliveries_little_time_and_none_once_it_is_to_stop(tmp_path, opened):
    settings = build_settings(tmp_path, store={"keep_deliveries": "90d"})
    tick(settings, opened, DUE)
    later, stopped = datetime.now(UTC) + 100 * DAY, Event()
    stopped.set()
    ticking.prune(settings, opened, Job(later, WATCH), at_most_s=0)
    ticking.prune(settings, opened, Job(later, WATCH, stop=stopped))
    assert [old.key for old in opened.pruning.due(later)] == [KEY]
    ticking.prune(settings, opened, Job(later, WATCH))
    assert opened.pruning.due(later) == ()
