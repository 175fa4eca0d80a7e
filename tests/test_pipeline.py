"""The stages together, on a real store: what a run promises."""

from datetime import UTC, datetime, timedelta
from shutil import copytree
from threading import Event

import pytest

from digest import desk, pipeline, store
from digest.compose import window
from digest.errors import AttentionNeeded, DigestError, SenderBusy
from digest.models import Counts, Subscriber
from digest.pipeline import Job
from tests import builders, tables
from tests.builders import settings as build_settings

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)  # Friday 10:00 in Toronto, an hour after the slot
KEY = "weekly-2026-W47"


class Silent:
    """Watches nothing."""

    def fetched(self, report):
        pass

    def pictured(self, done, of):
        pass

    def varied(self, done, of):
        pass

    def sent(self, counts):
        pass


WATCH = Silent()


@pytest.fixture
def settings(tmp_path):
    return build_settings(tmp_path)


@pytest.fixture
def opened(tmp_path):
    with tables.opened(tmp_path) as made:
        yield made


def build(settings, store, now=NOW):
    slot = window.latest_closed(settings.schedule, settings.newsletter.zone, now)
    return pipeline.build(settings, store, slot, Job(now, WATCH))


def placements(opened):
    """Issue key and article id of every story that was ever frozen, and not skipped."""
    records = [r for r in opened.issues.all() if r.sha256 and r.state != "skipped"]
    return [(r.key, story.article.id) for r in records for story in opened.issues.composed(r.id).stories]


def mails(tmp_path):
    return sorted(f.name for f in tmp_path.glob("outbox/*/*.eml"))


def folder_source(path):
    path.mkdir(exist_ok=True)
    return [{"name": "desk", "kind": "folder", "path": str(path)}]


def write(folder, name, day, tag="UWC news"):
    text = f'---\ntitle: "{name}"\ndate: {day}\ntags: ["{tag}"]\nurl: https://news.example/{name}\n---\n\nText of {name}.\n'
    builders.written(folder / f"{name}.md", text)


def test_a_run_sends_once_and_the_next_finds_it_done(settings, opened, tmp_path):
    first = pipeline.run(settings, opened, Job(NOW, WATCH))
    again = pipeline.run(settings, opened, Job(NOW + timedelta(hours=1), WATCH))
    assert (first.fresh, again.fresh) == (True, False)
    assert first.counts == again.counts == Counts(audience=3, accepted=3)
    assert len(mails(tmp_path)) == 3


def test_what_build_shows_is_what_run_sends(settings, opened):
    draft = build(settings, None)
    run = pipeline.run(settings, opened, Job(NOW, WATCH))
    sent = opened.issues.email(run.record.id)

    def neutral(email):
        text = "\n".join((email.subject, email.preheader, email.html, email.text, email.web))
        for token in email.tokens.values():
            text = text.replace(token, "FIELD")
        return text

    assert neutral(draft.email) == neutral(sent)


def test_building_after_the_send_shows_the_same_issue_again(settings, opened):
    before = build(settings, None).issue
    pipeline.run(settings, opened, Job(NOW, WATCH))
    after = build(settings, opened).issue
    assert (after.verdicts, after.subject, after.number) == (before.verdicts, before.subject, before.number)


def test_collecting_before_the_run_changes_no_story(settings, opened):
    alone = build(settings, None).issue
    pipeline.gather([settings], opened, Job(NOW - timedelta(days=2), WATCH))
    pipeline.gather([settings], opened, Job(NOW + timedelta(days=1), WATCH))
    run = pipeline.run(settings, opened, Job(NOW, WATCH))
    assert (run.record.subject, run.record.stories) == (alone.subject, len(alone.stories))


def test_weeks_of_runs_place_no_article_twice(settings, opened):
    placed = []
    for week in range(4):
        run = pipeline.run(settings, opened, Job(NOW + timedelta(weeks=week), WATCH))
        assert run.record.number == week + 1
        placed.append(run.record.stories)
    assert min(placed) >= 12
    assert len({article for _, article in placements(opened)}) == sum(placed)


def test_a_failing_source_stops_the_issue_and_the_next_run_makes_it(tmp_path, opened):
    broken = [{"name": "sample", "kind": "sample"}, {"name": "desk", "kind": "folder", "path": "none"}]
    with pytest.raises(AttentionNeeded, match="desk"):
        pipeline.run(build_settings(tmp_path, sources=broken), opened, Job(NOW, WATCH))
    record = opened.issues.get(KEY)
    assert record is not None
    assert (record.state, "desk" in record.reason, mails(tmp_path)) == ("stopped", True, [])
    (tmp_path / "none").mkdir()
    assert pipeline.run(build_settings(tmp_path, sources=broken), opened, Job(NOW, WATCH)).counts.accepted == 3


def test_a_broken_template_stops_the_issue_with_its_reason(settings, opened, tmp_path):
    copytree(settings.templates, tmp_path / "templates")
    (tmp_path / "templates" / "issue.txt.j2").write_text("{{ nothing_like_this }}", encoding="utf-8")
    with pytest.raises(DigestError, match=r"issue\.txt\.j2"):
        pipeline.run(settings, opened, Job(NOW, WATCH))
    record = opened.issues.get(KEY)
    assert record is not None
    assert record.state == "stopped"


def test_a_late_article_is_in_the_next_issue_once(tmp_path, opened):
    desk = tmp_path / "desk"
    settings = build_settings(tmp_path, sources=folder_source(desk))
    opened.people.add([Subscriber("ann@news.example")], "weekly", NOW)
    write(desk, "early", "2026-11-18T12:00")
    pipeline.run(settings, opened, Job(NOW, WATCH))
    write(desk, "late", "2026-11-17T12:00")
    write(desk, "fresh", "2026-11-24T12:00")
    run = pipeline.run(settings, opened, Job(NOW + timedelta(weeks=1), WATCH))
    assert run.record.stories == 2
    assert sorted(article for _, article in placements(opened)) == ["desk:early.md", "desk:fresh.md", "desk:late.md"]


def test_a_missed_week_is_in_the_next_issue(tmp_path, opened):
    desk = tmp_path / "desk"
    settings = build_settings(tmp_path, sources=folder_source(desk))
    opened.people.add([Subscriber("ann@news.example")], "weekly", NOW)
    write(desk, "first", "2026-11-18T12:00")
    pipeline.run(settings, opened, Job(NOW, WATCH))
    write(desk, "second", "2026-11-25T12:00")
    write(desk, "third", "2026-12-02T12:00")
    run = pipeline.run(settings, opened, Job(NOW + timedelta(weeks=2), WATCH))
    assert (run.record.number, run.record.stories, run.record.window.end) == (
        2,
        2,
        datetime(2026, 12, 3, 23, tzinfo=UTC),
    )


def test_required_approval_is_of_the_frozen_bytes_and_survives_every_change(tmp_path, opened):
    settings = build_settings(tmp_path, schedule={"approval": "required"})
    with pytest.raises(AttentionNeeded, match="waits for approval"):
        pipeline.run(settings, opened, Job(NOW, WATCH))
    with pytest.raises(AttentionNeeded, match="waits for approval"):
        pipeline.send(settings, opened, KEY, Job(NOW, WATCH))
    record = desk.approve(opened, KEY, "Olena", NOW)
    frozen = opened.issues.email(record.id)
    changed = build_settings(tmp_path, newsletter={"name": "Another name"}, compose={"lead": "none"})
    assert pipeline.send(changed, opened, KEY, Job(NOW, WATCH)).counts.accepted == 3
    assert (opened.issues.email(record.id), record.approved_by) == (frozen, "Olena")
    index = next(tmp_path.glob("outbox/*/index.html")).read_text(encoding="utf-8")
    assert "Another name" not in index


def test_an_issue_that_is_too_late_is_held_until_a_person_approves_it(tmp_path, opened):
    settings = build_settings(tmp_path, schedule={"late_by_at_most": "3h"})
    with pytest.raises(AttentionNeeded, match="held: late by 4 hours"):
        pipeline.run(settings, opened, Job(NOW + timedelta(hours=3, minutes=30), WATCH))
    assert mails(tmp_path) == []
    with pytest.raises(AttentionNeeded, match="held"):
        pipeline.run(settings, opened, Job(NOW + timedelta(hours=5), WATCH))
    desk.approve(opened, KEY, "Olena", NOW)
    assert pipeline.run(settings, opened, Job(NOW + timedelta(hours=6), WATCH)).counts.accepted == 3


def test_an_issue_frozen_by_a_run_that_died_is_approved_and_sent_by_the_next(settings, opened):
    draft = build(settings, None)
    record = opened.issues.begin("weekly", draft.slot, KEY, NOW)
    opened.issues.freeze(record.id, draft.issue, draft.email, by="", at=NOW)
    assert pipeline.run(settings, opened, Job(NOW, WATCH)).counts.accepted == 3
    assert opened.issues.email(record.id) == draft.email


def test_approving_what_is_not_frozen_says_what_to_do(settings, opened):
    with pytest.raises(DigestError, match="there is no issue weekly-2026-W47; the latest: none yet"):
        desk.approve(opened, KEY, "Olena", NOW)
    opened.issues.begin("weekly", build(settings, None).slot, KEY, NOW)
    with pytest.raises(AttentionNeeded, match="not frozen yet"):
        desk.approve(opened, KEY, "Olena", NOW)


def test_without_subscribers_nothing_is_sent_and_people_can_still_be_added(tmp_path, opened):
    desk = tmp_path / "desk"
    settings = build_settings(tmp_path, sources=folder_source(desk))
    write(desk, "first", "2026-11-18T12:00")
    with pytest.raises(AttentionNeeded, match="nobody is subscribed"):
        pipeline.run(settings, opened, Job(NOW, WATCH))
    opened.people.add([Subscriber("ann@news.example", "Ann")], "weekly", NOW)
    assert pipeline.run(settings, opened, Job(NOW, WATCH)).counts == Counts(audience=1, accepted=1)
    assert mails(tmp_path) == ["0001-ann@news.example.eml"]


def test_who_leaves_between_freeze_and_send_gets_nothing(tmp_path, opened):
    settings = build_settings(tmp_path, schedule={"approval": "required"})
    opened.people.add([Subscriber("ann@news.example"), Subscriber("bob@news.example")], "weekly", NOW)
    with pytest.raises(AttentionNeeded):
        pipeline.run(settings, opened, Job(NOW, WATCH))
    desk.approve(opened, KEY, "Olena", NOW)
    opened.people.remove("ann@news.example", NOW)
    pipeline.send(settings, opened, KEY, Job(NOW, WATCH))
    assert not any("ann" in name for name in mails(tmp_path))


def test_a_second_sender_is_refused(settings, opened, tmp_path):
    with (
        opened.lock(),
        store.open("sqlite:///digest.db", folder=tmp_path) as other,
        pytest.raises(SenderBusy),
    ):
        pipeline.run(settings, other, Job(NOW, WATCH))


def test_a_run_that_is_told_to_stop_leaves_the_rest_for_the_next(tmp_path, opened):
    settings = build_settings(tmp_path, send={"batch": 1})
    stop = Event()
    stop.set()
    stopped = pipeline.run(settings, opened, Job(NOW, WATCH, stop=stop))
    assert (stopped.counts.finished, stopped.counts.pending) == (False, 3)
    assert pipeline.run(settings, opened, Job(NOW, WATCH)).counts == Counts(audience=3, accepted=3)
