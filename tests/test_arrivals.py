from datetime import timedelta

from msgspec.structs import replace

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
    news = arrivals.compare([known], [SourceReport("site", (now,))], END)
    assert news.articles == (replace(now, first_seen=END - HOUR),)
    assert news.changes == ((known, now),)


def test_a_new_address_under_the_same_id_is_the_same_article():
    known = article(first_seen=END - HOUR)
    moved = article(url="https://news.example/moved", url_key="news.example/moved")
    news = arrivals.compare([known], [SourceReport("site", (moved,))], END)
    assert [(a.url_key, a.first_seen) for a in news.articles] == [("news.example/moved", END - HOUR)]
    assert news.gone == {}


def test_a_new_id_at_the_same_address_is_the_same_article():
    known = article(first_seen=END - HOUR)
    news = arrivals.compare([known], [SourceReport("site", (replace(known, native_id="other"),))], END)
    assert len(news.articles) == 1


def test_more_views_are_no_change_and_a_new_cover_is_one():
    known = article(views=10)
    assert arrivals.compare([known], [SourceReport("site", (replace(known, views=20),))], END).changes == ()
    changed = replace(known, cover=Cover(None, "", "A credit"))
    news = arrivals.compare([known], [SourceReport("site", (changed,))], END)
    assert list(arrivals.told(news.changes, issue(changed))) == [
        'changed since it was first seen: "Title of one" (cover)'
    ]


def test_a_change_is_told_only_of_what_stands_in_the_issue():
    known = article()
    now = replace(known, title="A better title")
    changes = arrivals.compare([known], [SourceReport("site", (now,))], END).changes
    assert list(arrivals.told(changes, issue(article("two")))) == []
    said = 'retitled since it was first seen: "Title of one" is now "A better title"'
    assert list(arrivals.told(changes, issue(now))) == [said]


def test_what_a_source_that_names_everything_does_not_name_was_taken_down():
    report = SourceReport("site", (article("two"),), complete_since=END - 80 * HOUR)
    news = arrivals.compare([article("one")], [report], END)
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
        assert arrivals.compare([one], reports, END).gone == {}
    report = SourceReport("site", complete_since=END - 80 * HOUR)
    assert arrivals.compare([article(published=None)], [report], END).gone == {}


def test_only_what_no_source_has_just_named_is_asked_for_again():
    one, two = article("one"), article("two")
    news = arrivals.compare([one, two], [SourceReport("site", (two,))], END)
    assert news.unseen(issue(one, two)) == (one,)
    assert news.without({"site:one": "its page answers 404"}).gone == {"site:one": "its page answers 404"}


def test_what_was_taken_down_before_stays_so_until_its_source_names_it_again():
    one = article("one", first_seen=END)
    assert arrivals.compare([one], [], END, {one.id: END}).gone == {"site:one": "it was taken down, seen on 2026-11-19"}
    back = arrivals.compare([one], [SourceReport("site", (article("one"),))], END, {one.id: END})
    assert (back.gone, back.articles) == ({}, (one,))


def test_after_the_close_a_source_was_not_asked():
    later = article("one", published=END + HOUR)
    assert arrivals.compare([later], [SourceReport("site", complete_since=END - 80 * HOUR)], END).gone == {}


def test_two_files_of_one_address_are_both_candidates_so_that_one_can_be_told_to_be_a_twin():
    twin = article("two", url_key="news.example/one")
    assert len(arrivals.compare([], [SourceReport("site", (article("one"), twin))], END).articles) == 2
