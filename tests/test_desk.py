"""The editors' decisions on a real store: what is frozen stays, what is skipped comes back, what is wrong is put right."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from shutil import copytree

import pytest
from msgspec.structs import replace

from digest import config, desk, pipeline, schedule
from digest.compose import window
from digest.config import editing
from digest.errors import AttentionNeeded, ConfigError, DigestError
from digest.models import Correction, Subscriber
from digest.pipeline import Job
from tests import builders, tables
from tests.builders import settings as build_settings
from tests.test_pipeline import WATCH

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)  # Friday 10:00 in Toronto, an hour after the slot
WEEK = timedelta(weeks=1)
KEY = "weekly-2026-W47"
DESK = [{"name": "desk", "kind": "folder", "path": "desk"}]
JOB = Job(NOW, WATCH, by="Olena")


def write(folder, name, day, **front):
    given = {"title": f"Title of {name}", "date": day, "tags": '["UWC news"]', "url": f"https://news.example/{name}"}
    lines = "\n".join(f"{key}: {value}" for key, value in (given | front).items())
    builders.written(folder / "desk" / f"{name}.md", f"---\n{lines}\n---\n\nText of {name}.\n")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "desk").mkdir()
    for name in ("bridge", "convoy", "hall"):
        write(tmp_path, name, "2026-11-18T12:00Z")
    return tmp_path


@pytest.fixture
def opened(tmp_path):
    with tables.opened(tmp_path) as made:
        made.people.add([Subscriber("ann@news.example")], "weekly", NOW)
        yield made


def desk_settings(folder, **tables):
    schedule_ = {"approval": "required"} | tables.pop("schedule", {})
    return build_settings(folder, sources=DESK, schedule=schedule_, **tables)


def closed(settings, now=NOW):
    return window.latest_closed(settings.schedule, settings.newsletter.zone, now)


def freeze(settings, opened, job=JOB):
    return desk.freeze(settings, opened, closed(settings, job.now), job)


def titles(issue):
    return [story.article.title for story in issue.stories]


def test_a_frozen_issue_stays_whatever_changes_and_the_difference_is_told(folder, opened):
    settings = desk_settings(folder)
    record = freeze(settings, opened)
    before = opened.issues.email(record.id)
    write(folder, "convoy", "2026-11-18T12:00Z", title="Another headline")
    write(folder, "fresh", "2026-11-18T13:00Z")
    (folder / "desk" / "hall.md").unlink()
    copytree(settings.templates, folder / "templates")
    words = folder / "templates" / "text" / "en.ftl"
    words.write_text(words.read_text(encoding="utf-8").replace("also-this-week = Also", "also-this-week = And also"))
    editing.set_value(config.overlay_file(folder, KEY), "subject", "Another subject")
    changed = desk_settings(folder, newsletter={"name": "Another name"}, brand={"colour": "#000000"})
    pipeline.gather([changed], opened, JOB)
    found = desk.difference(changed, opened, KEY, JOB)
    assert opened.issues.email(record.id) == before
    assert opened.issues.get(KEY).sha256 == before.sha256
    assert found.email_differs
    told = {(c.title, c.before, c.after) for c in found.changes}
    everything = "\n".join(" ".join((c.what, c.title, c.before, c.after)) for c in found.changes)
    for said in ("Another subject", "Another headline", "Title of fresh", "Title of hall"):
        assert said in everything, told
    assert any("Another name" in line for line in found.text)


def test_nothing_differs_when_nothing_has_changed(folder, opened):
    settings = desk_settings(folder)
    freeze(settings, opened)
    found = desk.difference(settings, opened, KEY, replace(JOB, now=NOW + timedelta(hours=5)))
    assert (found.changes, found.email_differs, found.text) == ((), False, ())


def test_a_change_of_the_templates_alone_is_told_as_such(folder, opened):
    settings = desk_settings(folder)
    freeze(settings, opened)
    found = desk.difference(desk_settings(folder, brand={"accent": "#00FF00"}), opened, KEY, JOB)
    assert (found.changes, found.email_differs, found.text) == ((), True, ())


def test_making_an_issue_anew_takes_the_approval_back(folder, opened):
    settings = desk_settings(folder)
    first = freeze(settings, opened)
    desk.approve(opened, KEY, "Olena", NOW)
    write(folder, "convoy", "2026-11-18T12:00Z", title="Another headline")
    again = freeze(settings, opened)
    assert (again.state, again.approved_by, again.sha256 != first.sha256) == ("frozen", "", True)
    with pytest.raises(AttentionNeeded, match="waits for approval"):
        pipeline.send(settings, opened, KEY, JOB)
    with pytest.raises(AttentionNeeded, match="made anew since"):
        desk.approve(opened, KEY, "Olena", NOW, first.sha256)
    desk.approve(opened, KEY, "Olena", NOW, again.sha256[:10])
    assert pipeline.send(settings, opened, KEY, JOB).counts.accepted == 1
    assert [(d.what, d.by) for d in opened.issues.decisions(again.id)] == [
        ("frozen", "Olena"), ("approved", "Olena"), ("frozen", "Olena"), ("approved", "Olena"),
    ]  # fmt: skip


def test_an_issue_that_has_begun_to_go_out_is_neither_made_anew_nor_skipped(folder, opened):
    settings = desk_settings(folder)
    freeze(settings, opened)
    desk.approve(opened, KEY, "Olena", NOW)
    pipeline.send(settings, opened, KEY, JOB)
    before = opened.issues.get(KEY)
    with pytest.raises(DigestError):
        freeze(settings, opened)
    with pytest.raises(DigestError):
        desk.skip(settings, opened, closed(settings), "too late", JOB)
    assert opened.issues.get(KEY) == before


def test_a_failed_attempt_to_make_it_anew_leaves_the_frozen_issue_as_it_is(folder, opened):
    settings = desk_settings(folder)
    before = freeze(settings, opened)
    config.overlay_file(folder, KEY).parent.mkdir()
    config.overlay_file(folder, KEY).write_text('lead = "no such article"\n')
    with pytest.raises(ConfigError, match=r"2026-W47\.toml:1: lead"):
        freeze(settings, opened)
    assert opened.issues.get(KEY) == before


def test_a_skipped_issue_gives_its_articles_to_the_next(folder, opened):
    settings = desk_settings(folder, schedule={"approval": "automatic", "late_by_at_most": "3h"})
    freeze(settings, opened)
    record = desk.skip(settings, opened, closed(settings), "holidays", JOB)
    assert (record.state, record.reason) == ("skipped", "holidays")
    assert pipeline.run(settings, opened, Job(NOW, WATCH)).fresh is False
    write(folder, "fresh", "2026-11-24T12:00Z")
    run = pipeline.run(settings, opened, Job(NOW + WEEK, WATCH))
    assert (run.record.number, run.counts.accepted) == (1, 1)
    assert sorted(titles(opened.issues.composed(run.record.id))) == [
        "Title of bridge", "Title of convoy", "Title of fresh", "Title of hall",
    ]  # fmt: skip


def test_an_issue_skipped_after_the_next_was_frozen_is_in_the_one_after(folder, opened):
    settings = desk_settings(folder)
    freeze(settings, opened)
    write(folder, "fresh", "2026-11-24T12:00Z")
    second = freeze(settings, opened, replace(JOB, now=NOW + WEEK))
    assert titles(opened.issues.composed(second.id)) == ["Title of fresh"]
    desk.skip(settings, opened, closed(settings), "nobody approved it", JOB)
    third = freeze(settings, opened, replace(JOB, now=NOW + 2 * WEEK))
    assert sorted(titles(opened.issues.composed(third.id))) == ["Title of bridge", "Title of convoy", "Title of hall"]


def test_a_coming_issue_can_be_skipped_before_it_is_made(folder, opened):
    settings = desk_settings(folder, schedule={"approval": "automatic"})
    slot = closed(settings, NOW)
    desk.skip(settings, opened, slot, "holidays", JOB)
    assert schedule.steps(settings, opened, slot.due) == ()
    assert pipeline.run(settings, opened, Job(NOW, WATCH)).record.state == "skipped"
    with pytest.raises(AttentionNeeded, match="was skipped: holidays"):
        freeze(settings, opened)


def test_a_held_issue_waits_and_goes_out_when_it_is_approved(folder, opened):
    settings = desk_settings(folder, schedule={"approval": "automatic"})
    freeze(settings, opened)
    desk.hold(settings, opened, closed(settings), "wait for the vote", JOB)
    with pytest.raises(AttentionNeeded, match="held: wait for the vote"):
        pipeline.run(settings, opened, Job(NOW, WATCH))
    desk.approve(opened, KEY, "Olena", NOW)
    assert pipeline.run(settings, opened, Job(NOW, WATCH)).counts.accepted == 1


def test_what_a_person_froze_early_goes_out_by_itself_when_it_is_due(folder, opened):
    settings = desk_settings(folder, schedule={"approval": "automatic"})
    early = closed(settings).window.end + timedelta(hours=1)
    record = freeze(settings, opened, replace(JOB, now=early))
    due = closed(settings).due
    schedule.tick(lambda: [settings], opened, due, WATCH)
    sent = opened.issues.get(KEY)
    assert (sent.state, sent.sha256, opened.ledger.counts(sent.id).accepted) == ("approved", record.sha256, 1)


@pytest.mark.parametrize(
    ("when_quiet", "state", "accepted"), [("hold", "held", 0), ("skip", "skipped", 0), ("send", "approved", 1)]
)
def test_a_quiet_week(folder, opened, when_quiet, state, accepted):
    quiet = {"approval": "automatic", "min_stories": 4, "when_quiet": when_quiet}
    settings = desk_settings(folder, schedule=quiet)
    with suppress(AttentionNeeded):
        pipeline.run(settings, opened, Job(NOW, WATCH))
    record = opened.issues.get(KEY)
    assert (record.state, opened.ledger.counts(record.id).accepted) == (state, accepted)
    assert record.reason == ("" if when_quiet == "send" else "3 stories, fewer than schedule.min_stories = 4")


@pytest.mark.parametrize(("when_quiet", "state"), [("hold", "stopped"), ("skip", "skipped"), ("send", "stopped")])
def test_an_issue_without_a_story_never_goes_out(tmp_path, opened, when_quiet, state):
    (tmp_path / "desk").mkdir()
    settings = desk_settings(tmp_path, schedule={"approval": "automatic", "when_quiet": when_quiet})
    with suppress(AttentionNeeded):
        pipeline.run(settings, opened, Job(NOW, WATCH))
    record = opened.issues.get(KEY)
    assert ("0 stories" if when_quiet == "skip" else "has no story") in record.reason
    assert (record.state, record.sha256, opened.ledger.counts(record.id).audience) == (state, None, 0)


def test_a_failing_source_is_no_quiet_week(folder, opened):
    settings = desk_settings(folder, schedule={"approval": "automatic", "min_stories": 9, "when_quiet": "skip"})
    (folder / "desk").rename(folder / "away")
    with pytest.raises(AttentionNeeded, match="desk"):
        pipeline.run(settings, opened, Job(NOW, WATCH))
    assert opened.issues.get(KEY).state == "stopped"


def test_an_edit_is_in_the_issue_at_once(folder, opened):
    settings = desk_settings(folder)
    file = config.overlay_file(folder, KEY)

    def change(find):
        editing.edit_story(file, find("bridge").id, title="A retitled bridge", place=1)
        editing.hide(file, find("https://news.example/hall").id)

    issue = desk.edit(settings, opened, closed(settings), JOB, change)
    assert titles(issue) == titles(pipeline.build(settings, opened, closed(settings), JOB).issue)
    assert "A retitled bridge" in titles(issue)
    assert "Title of hall" not in titles(issue)


def test_an_edit_that_does_not_fit_leaves_the_file_as_it_was(folder, opened):
    settings = desk_settings(folder)
    file = config.overlay_file(folder, KEY)

    def pin_twice(find):
        editing.edit_story(file, find("bridge").id, place=1)
        editing.edit_story(file, find("hall").id, place=1)

    with pytest.raises(ConfigError, match="place"):
        desk.edit(settings, opened, closed(settings), JOB, pin_twice)
    assert not file.exists()
    desk.edit(settings, opened, closed(settings), JOB, lambda find: editing.set_value(file, "subject", "Kept"))
    before = file.read_bytes()
    with pytest.raises(ConfigError):
        desk.edit(settings, opened, closed(settings), JOB, pin_twice)
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    ("reference", "said"),
    [("Title of", "3 candidates of weekly-2026-W47 match"), ("Titel of brigde", "the nearest is"), ("zzz", "explain")],
)
def test_an_article_that_is_not_one_is_told_with_the_nearest(folder, opened, reference, said):
    settings = desk_settings(folder)
    with pytest.raises(DigestError, match=said):
        desk.edit(settings, opened, closed(settings), JOB, lambda find: find(reference))


def test_a_correction_changes_the_web_page_and_sends_nothing(folder, opened):
    settings = desk_settings(folder, schedule={"approval": "automatic"})
    record = pipeline.run(settings, opened, Job(NOW, WATCH)).record
    before, mails = opened.issues.email(record.id), sorted(folder.glob("outbox/*/*.eml"))
    first = Correction(NOW, "Olena", "The bridge is in the north.", "desk:bridge", title="The northern bridge")
    page = desk.correct(settings, opened, KEY, first)
    second = desk.correct(settings, opened, KEY, Correction(NOW + timedelta(days=1), "Olena", "Ten lorries, not nine."))
    assert "The bridge is in the north." in page
    assert "The northern bridge" in page
    assert all(said in second for said in (first.text, "The northern bridge", "Ten lorries, not nine."))
    assert opened.issues.web(record.id) == second
    assert opened.issues.email(record.id) == before
    assert (len(mails), sorted(folder.glob("outbox/*/*.eml"))) == (1, mails)


def test_an_issue_that_nobody_has_got_is_not_corrected_whatever_the_story(folder, opened):
    settings = build_settings(folder)
    record = opened.issues.begin("weekly", pipeline.coming(settings, opened, NOW), KEY, NOW)
    pipeline.freeze(settings, opened, record, JOB)
    with pytest.raises(DigestError, match="nobody has got it yet; freeze it again"):
        desk.correct(settings, opened, KEY, Correction(NOW, "Olena", "Wrong.", "no such story"))


def test_a_correction_of_a_story_that_is_not_there_names_the_nearest(folder, opened):
    settings = desk_settings(folder, schedule={"approval": "automatic"})
    pipeline.run(settings, opened, Job(NOW, WATCH))
    with pytest.raises(DigestError, match="Title of bridge"):
        desk.correct(settings, opened, KEY, Correction(NOW, "Olena", "Wrong.", "Title of brigde"))
    assert opened.issues.corrections(opened.issues.get(KEY).id) == ()


def test_the_whole_story_of_one_article(folder, opened):
    settings = desk_settings(folder, schedule={"approval": "automatic"})
    pipeline.gather([settings], opened, Job(NOW - timedelta(days=1), WATCH))
    write(folder, "convoy", "2026-11-18T12:00Z", title="Another headline")
    pipeline.run(settings, opened, Job(NOW, WATCH))
    draft = pipeline.build(settings, opened, closed(settings, NOW + WEEK), Job(NOW + WEEK, WATCH))
    article = next(a for a in opened.articles.search("another headline"))
    told = desk.story(article, [settings], [draft], opened)
    assert (told.origin, told.gone_since, told.took) == ("folder desk", None, ((KEY, "approved"),))
    assert [(c.at, c.field, c.before, c.after) for c in told.changes] == [
        (NOW, "title", "Title of convoy", "Another headline")
    ]
    assert article.first_seen == NOW - timedelta(days=1)
    assert [(key, v.reason) for key, v in told.verdicts] == [(KEY, "lead"), ("weekly-2026-W48", "sent-before")]


EDITIONS = """
[editions.uk.newsletter]
language = "uk"
name = "Тиждень"

[editions.uk.schedule]
send = "Fri 09:30"
"""


@pytest.fixture
def editions(folder):
    """The newsletter in English, and an edition in Ukrainian half an hour later."""
    text = (build_settings(folder).folder / "config.toml").read_text(encoding="utf-8")
    text = text.replace('name = "sample"\nkind = "sample"', 'name = "desk"\nkind = "folder"\npath = "desk"')
    (folder / "config.toml").write_text(text + EDITIONS, encoding="utf-8")
    write(folder, "mist", "2026-11-18T12:00Z", title='"Міст відкрито"', language="uk")
    return config.editions(folder / "config.toml")


def test_each_edition_has_its_own_language_people_and_slot(editions, opened, folder):
    opened.people.add([Subscriber("olha@news.example")], "weekly-uk", NOW)
    for minutes in range(-70, 10, 10):
        schedule.tick(lambda: editions, opened, NOW + timedelta(minutes=minutes), WATCH)
    sent = {}
    for record in opened.issues.all():
        people = [address for address, _, _ in opened.ledger.recipients(record.id)]
        sent[record.key] = (record.due, people, titles(opened.issues.composed(record.id)))
    assert {key: value[:2] for key, value in sent.items()} == {
        KEY: (datetime(2026, 11, 20, 14, 0, tzinfo=UTC), ["ann@news.example"]),
        "weekly-uk-2026-W47": (datetime(2026, 11, 20, 14, 30, tzinfo=UTC), ["olha@news.example"]),
    }
    assert sent["weekly-uk-2026-W47"][2] == ["Міст відкрито"]
    assert "Міст відкрито" not in sent[KEY][2]


def test_an_article_without_a_language_is_in_the_main_one(editions, opened):
    """A source that both editions read must not change its articles' language with the edition that reads it."""
    pipeline.gather(editions[1:], opened, Job(NOW, WATCH))
    assert {a.language for a in opened.articles.search("Title of")} == {"en"}


def test_an_edition_with_sources_of_its_own_takes_no_others(folder, opened):
    (folder / "own").mkdir()
    pipeline.gather([desk_settings(folder)], opened, JOB)
    own = build_settings(folder, sources=[{"name": "own", "kind": "folder", "path": "own"}])
    assert pipeline.build(own, opened, closed(own), JOB).issue.verdicts == ()


def test_one_edition_that_fails_does_not_stop_the_others(editions, opened, folder, caplog):
    opened.people.add([Subscriber("olha@news.example")], "weekly-uk", NOW)
    config.overlay_file(folder, KEY).parent.mkdir()
    config.overlay_file(folder, KEY).write_text("nonsense = 1\n")
    schedule.tick(lambda: editions, opened, NOW - timedelta(hours=1), WATCH)
    schedule.tick(lambda: editions, opened, NOW - timedelta(minutes=29), WATCH)
    assert {r.key: r.state for r in opened.issues.all()} == {KEY: "stopped", "weekly-uk-2026-W47": "approved"}
    assert any("2026-W47.toml:1" in record.problem for record in caplog.records)
