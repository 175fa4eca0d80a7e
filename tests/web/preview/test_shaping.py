"""Edits as they are written: comments kept, names as the file has them, nothing half written, undo."""

import time
from datetime import UTC, datetime

import pytest

from digest import config
from digest.compose import window
from digest.errors import ConfigError, DigestError
from digest.web.preview import shaping
from digest.web.preview.session import Choice, Session
from digest.web.preview.shaping import Steps
from tests import builders

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)


@pytest.fixture
def session(tmp_path):
    settings = builders.settings(tmp_path)
    slot = window.latest_closed(settings.schedule, settings.newsletter.zone, NOW)
    return Session(tmp_path / "config.toml", lambda *_: (settings, slot, NOW), lambda: None, pytest.fail)


def looked(session):
    """The whole view: its pictures come in a thread."""
    while True:
        view, problems = session.view(Choice())
        assert problems == ()
        if not view.draft.lacks:
            return view
        time.sleep(0.01)


def edit(session, **wish):
    issue, step = shaping.shaped(looked(session), shaping.wish(wish))
    session.changed()
    return issue, step


def section(issue, tag):
    found = next(s for s in issue.sections if s.theme.tag == tag)
    return [story.article.id for story in (*found.stories, *found.more)]


TAG = "#DefeatRussia"


def test_any_story_can_be_put_at_any_place_of_its_section(session):
    before = section(looked(session).draft.issue, TAG)
    for name in before:
        for at in range(len(before)):
            issue, _ = edit(session, do="move", article=name, section=TAG, at=at)
            assert section(issue, TAG).index(name) == at
    for name in before:
        edit(session, do="reset", article=name)
    assert section(looked(session).draft.issue, TAG) == before
    assert not config.overlay(session.config_file.parent, looked(session).key).order


def test_the_order_of_other_sections_stays(session):
    view = looked(session)
    other = section(view.draft.issue, "#UAinNATO")
    issue, _ = edit(session, do="move", article=other[-1], section="#UAinNATO", at=0)
    arranged = section(issue, "#UAinNATO")
    mine = section(issue, TAG)
    issue, _ = edit(session, do="move", article=mine[-1], section=TAG, at=1)
    assert section(issue, "#UAinNATO") == arranged


def test_a_story_that_the_file_names_by_its_title_goes_on_being_named_so(session):
    view = looked(session)
    article = next(s.article for s in view.draft.issue.sections[0].stories)
    file = shaping.file_of(view)
    file.parent.mkdir()
    by_hand = f'# Ours\n[[stories]]\narticle = "{article.title}"  # by its title\ntitle = "Short"\n'
    file.write_text(f"hide = [] # none yet\n{by_hand}", encoding="utf-8")
    session.changed()
    edit(session, do="story", key="title", article=article.id, text="Shorter")
    assert file.read_text(encoding="utf-8") == f"hide = [] # none yet\n{by_hand}".replace('"Short"', '"Shorter"')
    file.write_text(f'hide = ["{article.title}"] # not now\n', encoding="utf-8")
    session.changed()
    issue, _ = edit(session, do="show", article=article.id)
    assert article.id in {s.article.id for s in issue.stories}
    assert config.overlay(session.config_file.parent, view.key).hide == ()


def test_of_a_change_in_several_steps_nothing_stays_when_one_cannot_be(session):
    view = looked(session)
    name = section(view.draft.issue, TAG)[1]
    with pytest.raises(ConfigError, match="#Nowhere"):
        edit(session, do="move", article=name, section="#Nowhere", at=0)
    assert not shaping.file_of(view).exists()
    assert looked(session).draft.issue == view.draft.issue


def test_undo_and_redo_are_byte_for_byte_and_refuse_what_others_changed(session):
    view = looked(session)
    file, steps = shaping.file_of(view), Steps()
    for subject in ("One", "Two"):
        steps.add(edit(session, do="value", key="subject", text=subject)[1])
    two = file.read_bytes()
    assert (steps.undo(file), steps.undo(file), steps.undo(file)) == (True, True, False)
    assert not file.exists()
    assert (steps.redo(file), steps.redo(file), steps.redo(file)) == (True, True, False)
    assert file.read_bytes() == two
    file.write_bytes(two + b"# Somebody else was here\n")
    with pytest.raises(DigestError, match="outside of the preview"):
        steps.undo(file)
    assert file.read_bytes() == two + b"# Somebody else was here\n"


def test_the_lead_is_chosen_and_moved_out_again(session):
    view = looked(session)
    led, other = view.draft.issue.lead.article.id, section(view.draft.issue, TAG)[2]
    issue, _ = edit(session, do="lead", article=other)
    assert issue.lead.article.id == other
    issue, _ = edit(session, do="move", article=other, section="#UAinNATO", at=1)
    assert (issue.lead.article.id, section(issue, "#UAinNATO")[1]) == (led, other)
    issue, _ = edit(session, do="move", article=led, section="#UAtoEU", at=0)
    assert section(issue, "#UAtoEU")[0] == led
    assert issue.lead.article.id != led
    issue, _ = edit(session, do="hide", article=issue.lead.article.id)
    assert issue.lead.article.id != led


def test_sources_are_read_once_until_they_are_asked_again(session):
    first = looked(session).made_of
    edit(session, do="value", key="note", text="Look at the second story")
    assert looked(session).made_of is first
    session.read_again()
    assert looked(session).made_of is not first
