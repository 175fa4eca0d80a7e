from datetime import timedelta

import pytest
from msgspec.structs import replace

from digest.compose import ranking
from digest.config import ThemeSettings
from digest.models import History, Slot, Theme, Verdict, Window
from tests.builders import END, WEEK, article
from tests.compose.weekly import HOUR, made, placed, reason, rules, why


@pytest.mark.parametrize(
    ("published", "expected"),
    [
        pytest.param(WEEK.start, "placed", id="the first second"),
        pytest.param(WEEK.start - timedelta(seconds=1), "outside-the-window", id="a second too early"),
        pytest.param(WEEK.end - timedelta(seconds=1), "placed", id="the last second"),
        pytest.param(WEEK.end, "outside-the-window", id="exactly the end"),
        pytest.param(None, "no-date", id="no date"),
    ],
)
def test_the_window_is_half_open(published, expected):
    assert reason(made([article(published=published)]), "one") == expected


def test_a_reason_names_how_far_outside_the_window_an_article_is():
    issue = made([article("late", published=END + 3 * HOUR), article("old", published=WEEK.start - 50 * HOUR)])
    assert why(issue, "late") == "out: it was published 3 hours after the close, Thu 19 Nov 18:00"
    just = made([article(published=END)])
    assert why(just, "one") == "out: it was published at the close, Thu 19 Nov 18:00, where the next window begins"
    assert why(issue, "old") == "out: it was published 2 days 2 hours before the window began"


def test_an_article_of_an_earlier_issue_is_left_out_with_that_issues_key():
    history = History(1, WEEK.start, WEEK.start + HOUR, {"news.example/one": "weekly-2026-W46"})
    issue = made([article()], history)
    assert (reason(issue, "one"), why(issue, "one")) == ("sent-before", "out: it was in issue weekly-2026-W46")


def test_the_window_begins_where_the_last_issue_ended_so_a_missed_week_is_not_lost():
    history = History(3, WEEK.start - timedelta(days=7), WEEK.start - timedelta(days=6))
    issue = made([article(published=WEEK.start - timedelta(days=2))], history)
    assert (placed(issue), issue.window.start, issue.number) == ({"#News": ["one"]}, WEEK.start - timedelta(days=7), 4)


def test_an_issue_of_the_past_keeps_its_window_though_later_ones_went_out():
    assert made([], History(3, END, END + HOUR)).window == WEEK


@pytest.mark.parametrize(
    ("first_seen", "late_arrivals", "expected"),
    [
        pytest.param(WEEK.start + 20 * HOUR, "include", "placed", id="seen after the last issue"),
        pytest.param(None, "include", "placed", id="never seen before"),
        pytest.param(WEEK.start + 20 * HOUR, "skip", "late-arrival", id="skipped by the editor"),
        pytest.param(WEEK.start + 10 * HOUR, "include", "outside-the-window", id="the last issue could have taken it"),
    ],
)
def test_what_the_last_issue_could_not_know_is_a_late_arrival(first_seen, late_arrivals, expected):
    history = History(1, WEEK.start, WEEK.start + 15 * HOUR)
    late = article(published=WEEK.start - 5 * HOUR, first_seen=first_seen)
    assert reason(made([late], history, late_arrivals=late_arrivals), "one") == expected


def test_a_late_arrival_older_than_the_look_back_is_left_out():
    history = History(1, WEEK.start, WEEK.start + 15 * HOUR)
    late = article(published=WEEK.start - timedelta(days=15))
    assert reason(made([late], history), "one") == "outside-the-window"


def test_before_the_first_issue_everything_older_counts_as_seen():
    assert reason(made([article(published=WEEK.start - HOUR)]), "one") == "outside-the-window"


def test_an_article_in_another_language_is_left_out():
    assert reason(made([article(language="uk")]), "one") == "other-language"
    assert reason(made([article(language="en-CA")]), "one") == "placed"


def test_one_address_from_two_sources_is_placed_once_and_the_other_named():
    twin = article("two", url_key="news.example/one", source="partners")
    issue = made([article(), twin])
    assert [(v.article_id, v.reason, v.why) for v in issue.verdicts] == [
        ("site:one", "placed", "in: #News, place 1, most recent first"),
        ("partners:two", "duplicate", "out: it has the same address as site:one"),
    ]


def test_an_article_that_its_source_lists_twice_is_placed_once():
    issue = made([article(), article(), article(url_key="news.example/other")])
    assert [v.reason for v in issue.verdicts] == ["placed", "duplicate", "duplicate"]


def test_what_was_taken_down_is_left_out_with_the_reason():
    issue = made([article()], gone={"site:one": "it was taken down, seen on 2026-11-18"})
    assert (reason(issue, "one"), why(issue, "one")) == ("unpublished", "out: it was taken down, seen on 2026-11-18")


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"published": WEEK.start - timedelta(days=40)}, id="long before the window"),
        pytest.param({"published": None}, id="without a date"),
        pytest.param({}, id="in the window"),
    ],
)
@pytest.mark.parametrize("known_as", ["news.example/one", "site:one"])
def test_what_a_skipped_issue_had_is_in_the_next_whatever_its_date(changes, known_as):
    history = History(1, WEEK.start, WEEK.start + HOUR, rolled_over={known_as: "weekly-2026-W46"})
    issue = made([article(**changes)], history, late_arrivals="skip")
    assert why(issue, "one") == (
        "in: #News, place 1, most recent first; held over from weekly-2026-W46, which was skipped"
    )


def test_what_was_sent_before_stays_sent_though_a_skipped_issue_had_it_too():
    history = History(
        2, WEEK.start, WEEK.start + HOUR, {"site:one": "weekly-2026-W45"}, {"site:one": "weekly-2026-W46"}
    )
    assert reason(made([article()], history), "one") == "sent-before"


def test_the_verdict_of_a_late_arrival_says_how_late():
    history = History(1, WEEK.start, WEEK.start + 15 * HOUR)
    late = article(published=WEEK.start - 5 * HOUR)
    issue = made([late, article("two"), article("three")], history, lead="recent")
    assert {v.article_id: v.late for v in issue.verdicts} == {"site:one": True, "site:two": False, "site:three": False}
    assert [v.late for v in made([late, article("two", published=None)], history).verdicts] == [True, False]
    assert why(made([late], history), "one") == (
        "in: #News, place 1, most recent first; late arrival: published 5 hours before the window began"
    )
    assert why(made([late], history, late_arrivals="skip"), "one") == (
        "out: it was published 5 hours before the window began but first seen after the last issue, "
        'and late_arrivals = "skip"'
    )


def test_over_the_cap_an_article_becomes_a_link():
    articles = [article(n, published=END - h * HOUR) for n, h in (("a", 1), ("b", 2), ("c", 3))]
    issue = made(articles, rules=rules(themes=(ThemeSettings(tag="#News", at_most=2),)))
    assert placed(issue) == {"#News": ["a", "b", "|", "c"]}
    assert (reason(issue, "c"), why(issue, "c")) == (
        "over-the-cap",
        "in: #News, place 3, most recent first; over the cap of 2, so a link",
    )


def test_five_hundred_articles_in_one_theme_are_five_stories_and_links():
    issue = made(
        [article(f"a{n:03}") for n in range(500)], rules=rules(themes=(ThemeSettings(tag="#News", at_most=5),))
    )
    assert (len(issue.sections[0].stories), len(issue.sections[0].more), len(issue.verdicts)) == (5, 495, 500)


@pytest.mark.parametrize(("order", "expected"), [("recent", ["b", "a"]), ("oldest", ["a", "b"])])
def test_stories_stand_by_date(order, expected):
    articles = [article("a", published=END - 9 * HOUR), article("b", published=END - 2 * HOUR)]
    assert placed(made(articles, order=order)) == {"#News": expected}


def test_popular_is_fair_to_age():
    """Monday's and Sunday's articles with equal views per hour rank equal, so the title decides; raw views do not."""
    old = article("old", title="B", published=END - 144 * HOUR, views=1440, views_at=END)
    new = article("new", title="A", published=END - 10 * HOUR, views=100, views_at=END)
    assert placed(made([old, new], order="popular")) == {"#News": ["new", "old"]}
    assert placed(made([old, replace(new, title="C")], order="popular")) == {"#News": ["old", "new"]}
    assert (
        why(made([old, new], order="popular"), "old") == "in: #News, place 2, most popular first (10.0 views an hour)"
    )


@pytest.mark.parametrize(
    ("times_the_median", "monday", "sunday"),
    [
        pytest.param(0.5, 0.57, 0.83, id="half"),
        pytest.param(1.0, 1.0, 1.0, id="the median"),
        pytest.param(2.0, 1.86, 1.33, id="double"),
    ],
)
def test_damping_draws_a_young_article_nearer_to_the_median(times_the_median, monday, sunday):
    """In medians: what equal rates come to on the seventh day and on the first, with 24 hours of damping."""
    median = 10.0
    scores = [ranking.popularity(int(times_the_median * median * hours), hours, median) for hours in (144, 12)]
    assert [round(score / median, 2) for score in scores] == [monday, sunday]


def test_three_views_in_the_first_minute_do_not_lead():
    steady = article("steady", published=END - 48 * HOUR, views=4800, views_at=END)
    other = article("other", published=END - 48 * HOUR, views=240, views_at=END)
    fresh = article("fresh", published=END - timedelta(minutes=1), views=30, views_at=END)
    assert placed(made([fresh, steady, other], order="popular"))["#News"][0] == "steady"


def test_the_lead_leaves_its_section_and_is_told_as_such():
    articles = [article("a", published=END - HOUR), article("b")]
    issue = made(articles, lead="recent")
    assert issue.lead is not None
    assert (issue.lead.article.native_id, placed(issue)) == ("a", {"#News": ["b"]})
    assert issue.verdicts[0] == Verdict(
        "site:a",
        "Title of a",
        "https://news.example/a",
        True,
        "lead",
        "in: the lead, the most recent of all, tagged #News",
        "#News",
        0,
    )


def test_a_theme_whose_only_story_leads_has_no_section():
    articles = [article("a", tags=("All",), published=END - HOUR), article("b")]
    issue = made(articles, rules=rules("#News", "#All", lead="recent"))
    assert (placed(issue), len(issue.stories)) == ({"#News": ["b"]}, 2)
    assert [v.reason for v in issue.verdicts] == ["lead", "placed"]


def test_a_lone_story_stands_in_its_section():
    issue = made([article("a")], lead="recent")
    assert (issue.lead, placed(issue)) == (None, {"#News": ["a"]})


def test_reading_time_is_rounded_up_and_unknown_length_gives_none():
    issue = made([article("a", words=221, published=END - HOUR), article("b", words=0)])
    assert [s.minutes for s in issue.sections[0].stories] == [2, 0]


def test_an_empty_week_makes_an_issue_without_stories():
    issue = made([])
    assert (issue.stories, issue.subject, issue.preheader) == ((), "The Week", "")


def test_a_theme_shows_its_tag_where_it_has_no_title():
    assert made([article()]).sections[0].theme == Theme("#News", "#News", "")


def test_a_slot_keeps_its_end_however_late_the_run():
    slot = Slot("2026-W47", Window(WEEK.start, WEEK.end), END + timedelta(days=30))
    assert made([article()], slot=slot).window == WEEK
