from dataclasses import replace
from datetime import timedelta

from digest import arrivals
from digest.models import Cover, Issue, Section, SourceReport, Story, Theme
from tests.builders import END, SLOT, article

HOUR = timedelta(hours=1)
THEME = Theme("#News", "News")


def issue(*articles):
    section = Section(THEME, tuple(Story(a, THEME) for a in articles))
    return Issue("weekly-2026-W47", "weekly", "2026-W47", 1, SLOT.window, "en", "", "", None, (section,), ())


def test_the_latest_form_of_an_article_keeps_when_it_was_first_seen():
    known = article(first_seen=END - HOUR)
    now = replace(known, title="A better title", first_seen=None)
    news = arrivals.compare([known], [SourceReport("site", (now,))])
    assert news.articles == (replace(now, first_seen=END - HOUR),)
    assert news.changes == ((known, now),)


def test_a_new_address_under_the_same_id_is_the_same_article():
    known = article(first_seen=END - HOUR)
    moved = article(url="https://news.example/moved", url_key="news.example/moved")
    news = arrivals.compare([known], [SourceReport("site", (moved,))])
    assert [(a.url_key, a.first_seen) for a in news.articles] == [("news.example/moved", END - HOUR)]
    assert news.gone == {}


def test_a_new_id_at_the_same_address_is_the_same_article():
    known = article(first_seen=END - HOUR)
    news = arrivals.compare([known], [SourceReport("site", (replace(known, native_id="other"),))])
    assert len(news.articles) == 1


def test_more_views_are_no_change_and_a_new_cover_is_one():
    known = article(views=10)
    assert arrivals.compare([known], [SourceReport("site", (replace(known, views=20),))]).changes == ()
    changed = replace(known, cover=Cover(None, "", "A credit"))
    news = arrivals.compare([known], [SourceReport("site", (changed,))])
    assert list(arrivals.told(news.changes, issue(changed))) == [
        'changed since it was first seen: "Title of one" (cover)'
    ]


def test_a_change_is_told_only_of_what_stands_in_the_issue():
    known = article()
    now = replace(known, title="A better title")
    changes = arrivals.compare([known], [SourceReport("site", (now,))]).changes
    assert list(arrivals.told(changes, issue(article("two")))) == []
    said = 'retitled since it was first seen: "Title of one" is now "A better title"'
    assert list(arrivals.told(changes, issue(now))) == [said]


def test_what_a_source_that_names_everything_does_not_name_was_taken_down():
    report = SourceReport("site", (article("two"),), complete_since=END - 80 * HOUR)
    news = arrivals.compare([article("one")], [report])
    assert news.gone == {"site:one": 'its source "site" does not list it any more'}


def test_silence_is_no_proof():
    """Of a source that names its newest only, that failed, that is another, or of an article without a date."""
    one, late = article("one"), END - 10 * HOUR
    for reports in (
        [SourceReport("site")],
        [SourceReport("site", complete_since=late)],
        [SourceReport("site", failure="no answer", complete_since=END - 80 * HOUR)],
        [SourceReport("other", complete_since=END - 80 * HOUR)],
        [],
    ):
        assert arrivals.compare([one], reports).gone == {}
    report = SourceReport("site", complete_since=END - 80 * HOUR)
    assert arrivals.compare([article(published=None)], [report]).gone == {}


def test_only_what_no_source_has_just_named_is_asked_for_again():
    one, two = article("one"), article("two")
    news = arrivals.compare([one, two], [SourceReport("site", (two,))])
    assert news.unseen(issue(one, two)) == (one,)
    assert news.without({"site:one": "its page answers 404"}).gone == {"site:one": "its page answers 404"}
