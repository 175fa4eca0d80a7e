"""What is open: at once, whole a moment later, and made anew for news alone."""

import time
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from digest.compose import window
from digest.errors import StoreError
from digest.web.preview.session import Choice, Session
from tests import builders

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)


@pytest.fixture
def session(tmp_path):
    settings = builders.settings(tmp_path)
    slot = window.latest_closed(settings.schedule, settings.newsletter.zone, NOW)
    return Session(tmp_path / "config.toml", lambda *_: (settings, slot, NOW), lambda: None, pytest.fail)


def draft(session, *, at_once=False, case=""):
    view, problems = session.view(Choice(case=case), at_once=at_once)
    assert problems == ()
    return view.draft


def whole(session, case=""):
    until = time.monotonic() + 50
    while (found := draft(session, case=case)).lacks:
        assert time.monotonic() < until
        time.sleep(0.01)
    return found


def test_an_issue_is_seen_with_plates_before_its_pictures_are_asked_for_and_is_checked_with_them(session):
    first = draft(session, at_once=True)
    assert (first.lacks, first.findings, session.version) == ("15 pictures and the checks", (), 0)
    assert {picture.type for picture in first.pictures.values()} == {"image/png"}
    last = whole(session)
    assert session.version > 0
    assert {picture.type for picture in last.pictures.values()} == {"image/jpeg"}
    stories = [[s.article.id for s in form.issue.stories] for form in (first, last)]
    assert stories[0] == stories[1]


def test_after_a_change_there_is_a_view_at_once_and_its_checks_make_no_other_email(session):
    whole(session)
    session.changed()
    first = draft(session, at_once=True)
    assert first.lacks == "the checks"
    version = session.version
    assert replace(whole(session), findings=(), lacks=first.lacks) == first
    assert session.version == version


def test_an_odd_shape_shows_the_pictures_of_the_issue_that_it_is_made_of(session):
    found = whole(session, case="sixty-stories")
    covers = [s.article.cover.url for s in found.issue.stories if s.article.cover and s.article.cover.url]
    assert len(found.issue.stories) == 60
    assert set(covers) <= found.pictures.keys()
    assert not [finding for finding in found.findings if finding.check == "picture-missing"]


def test_our_own_writing_is_not_noticed_a_second_time_and_that_of_others_is(session, tmp_path):
    file = tmp_path / "issues.toml"
    file.write_text("subject = 'ours'")
    session.wrote(file)
    version = session.version
    session.noticed({file})
    assert session.version == version
    file.write_text("subject = 'not ours'")
    session.noticed({file})
    assert session.version == version + 1
    file.unlink()
    session.wrote(file)
    session.noticed({file})
    assert session.version == version + 2


def test_who_waits_is_told_of_every_version(session):
    heard = []
    with session.hearing(lambda: heard.append(session.version)):
        session.changed()
        session.read_again()
    session.changed()
    assert heard == [1, 2]


def test_pictures_that_cannot_be_kept_are_told_and_not_asked_for_without_end(session, monkeypatch):
    def full(_):
        raise StoreError("the disk is full")

    monkeypatch.setattr(session._remembered, "remember", full)
    session.view(Choice())
    until = time.monotonic() + 50
    while not session.version and time.monotonic() < until:
        time.sleep(0.01)
    view, problems = session.view(Choice())
    assert problems == ("the pictures cannot be kept: the disk is full",)
    assert view.draft.lacks
    assert session.version == 1
    time.sleep(0.2)
    session.view(Choice())
    assert session.version == 1


def test_the_issue_is_seen_as_a_reader_gets_it_who_chose_one_theme(session):
    found = draft(session, at_once=True, case="only #UAtoEU")
    assert [section.theme.tag for section in found.issue.sections] == ["#UAtoEU"]
    assert found.issue.lead is None
    assert found.email.subject == found.issue.subject
    assert "Defeat Russia</h2>" not in found.email.html
