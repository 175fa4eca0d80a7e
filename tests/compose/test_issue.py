from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest import compose
from digest.config import ComposeSettings, NewsletterSettings, ThemeSettings
from digest.models import History, Slot, Theme, Verdict, Window
from tests.builders import END, SLOT, WEEK, article

HOUR = timedelta(hours=1)
NEWSLETTER = NewsletterSettings(
    name="The Week",
    organisation="A congress",
    sender="desk@news.example",
    postal_address="1 Road, Town",
    contact="desk@news.example",
    timezone="America/Toronto",
    site_url="https://news.example",
    public_url="https://digest.example",
)


def rules(*tags, themes=None, **compose_settings):
    chosen = themes or tuple(ThemeSettings(tag=tag) for tag in tags or ("#News",))
    return compose.Rules(NEWSLETTER, chosen, ComposeSettings(lead="none").model_copy(update=compose_settings))


def made(articles, history=None, slot=SLOT, **options):
    return compose.issue(articles, slot, history or History(), options.pop("rules", None) or rules(**options))


def placed(issue):
    """Section tag -> native ids of its stories and, after a bar, of its links."""
    return {
        s.theme.tag: [x.article.native_id for x in s.stories]
        + (["|"] + [x.article.native_id for x in s.more] if s.more else [])
        for s in issue.sections
    }


def reason(issue, name):
    return next(v.reason for v in issue.verdicts if v.article_id == f"site:{name}")


def why(issue, name):
    return next(v.why for v in issue.verdicts if v.article_id == f"site:{name}")


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
    assert why(issue, "late") == "out: published 3 h after the close, Thu 19 Nov 18:00"
    just = made([article(published=END)])
    assert why(just, "one") == "out: published at the close, Thu 19 Nov 18:00, where the next window begins"
    assert why(issue, "old") == "out: published 2 d 2 h before the window began"


def test_an_article_of_an_earlier_issue_is_left_out_with_that_issues_key():
    history = History(1, WEEK.start, WEEK.start + HOUR, {"news.example/one": "weekly-2026-W46"})
    issue = made([article()], history)
    assert (reason(issue, "one"), why(issue, "one")) == ("sent-before", "out: it was in issue weekly-2026-W46")


def test_the_window_begins_where_the_last_issue_ended_so_a_missed_week_is_not_lost():
    history = History(3, WEEK.start - timedelta(days=7), WEEK.start - timedelta(days=6))
    issue = made([article(published=WEEK.start - timedelta(days=2))], history)
    assert (placed(issue), issue.window.start, issue.number) == ({"#News": ["one"]}, WEEK.start - timedelta(days=7), 4)


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
    assert sorted(v.reason for v in issue.verdicts) == ["duplicate", "placed"]


NEWS_AND_ALL = ("#News", "#All")


@pytest.mark.parametrize(
    ("overlap", "expected"),
    [
        pytest.param("first", {"#News": ["a", "b"], "#All": ["c"]}, id="first"),
        pytest.param("smallest", {"#News": ["a", "b"], "#All": ["c"]}, id="smallest"),
        pytest.param("all", {"#News": ["a", "b"], "#All": ["c"]}, id="all"),
    ],
)
def test_each_article_stands_once_whatever_the_rule(overlap, expected):
    articles = [article("a", tags=("News", "All")), article("b", tags=("News",)), article("c", tags=("All",))]
    assert placed(made(articles, rules=rules(*NEWS_AND_ALL, overlap=overlap))) == expected


def test_smallest_gives_an_article_to_the_theme_with_the_fewest_candidates():
    articles = [article("a", tags=("News", "All")), article("b", tags=("News",)), article("c", tags=("News",))]
    assert placed(made(articles, rules=rules(*NEWS_AND_ALL, overlap="smallest"))) == {
        "#News": ["b", "c"],
        "#All": ["a"],
    }


def test_all_marks_the_other_themes_on_the_story():
    issue = made([article("a", tags=("News", "All"))], rules=rules(*NEWS_AND_ALL, overlap="all"))
    assert issue.sections[0].stories[0].also_in == ("#All",)
    assert why(issue, "a") == "in: #News, place 1 by recent; also tagged #All"


def test_a_section_emptied_by_the_rule_is_reported():
    issue = made([article("a", tags=("News", "All"))], rules=rules(*NEWS_AND_ALL))
    assert issue.notes == ('#All has no section: all 1 of its articles stand in other sections, by overlap = "first"',)


def test_a_theme_that_nobody_uses_names_the_nearest_tag():
    issue = made([article("a", tags=("DefeatRussia",))], rules=rules("#DefeatRusia"))
    assert issue.notes == (
        "#DefeatRusia: no article of this issue carries it; did you mean #DefeatRussia?",
        "#DefeatRussia: 1 article left out, no theme takes this tag",
    )


def test_spelling_case_and_spaces_of_a_tag_do_not_matter_and_aliases_count():
    themes = (ThemeSettings(tag="#UWC news"), ThemeSettings(tag="#UAinNATO", aliases=("#UkraineInNATO",)))
    articles = [article("a", tags=("uwc-News",)), article("b", tags=("ukraine in nato",))]
    assert placed(made(articles, rules=rules(themes=themes))) == {"#UWC news": ["a"], "#UAinNATO": ["b"]}


@pytest.mark.parametrize(("untagged", "expected"), [("leave-out", {}), ("last-section", {"#All": ["a"]})])
def test_an_article_without_a_theme_goes_where_the_editor_said(untagged, expected):
    assert placed(made([article("a", tags=())], rules=rules(*NEWS_AND_ALL, untagged=untagged))) == expected


def test_over_the_cap_an_article_becomes_a_link():
    articles = [article(n, published=END - h * HOUR) for n, h in (("a", 1), ("b", 2), ("c", 3))]
    issue = made(articles, rules=rules(themes=(ThemeSettings(tag="#News", at_most=2),)))
    assert placed(issue) == {"#News": ["a", "b", "|", "c"]}
    assert reason(issue, "c") == "over-the-cap"


@pytest.mark.parametrize(("order", "expected"), [("recent", ["b", "a"]), ("oldest", ["a", "b"])])
def test_stories_stand_by_date(order, expected):
    articles = [article("a", published=END - 9 * HOUR), article("b", published=END - 2 * HOUR)]
    assert placed(made(articles, order=order)) == {"#News": expected}


def test_popular_is_fair_to_age():
    """Monday's and Sunday's articles with equal views per hour rank equal, so the title decides; raw views do not."""
    old = article("old", title="B", published=END - 144 * HOUR, views=1440, views_at=END)
    new = article("new", title="A", published=END - 10 * HOUR, views=100, views_at=END)
    assert placed(made([old, new], order="popular")) == {"#News": ["new", "old"]}
    assert placed(
        made([old, article("new", title="C", published=END - 10 * HOUR, views=100, views_at=END)], order="popular")
    ) == {"#News": ["old", "new"]}


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
        "site:a", "Title of a", "https://news.example/a", True, "lead", "in: the lead, tagged #News", "#News", 0
    )


def test_a_theme_whose_only_story_leads_has_no_section():
    articles = [article("a", tags=("All",), published=END - HOUR), article("b")]
    issue = made(articles, rules=rules(*NEWS_AND_ALL, lead="recent"))
    assert (placed(issue), len(issue.stories)) == ({"#News": ["b"]}, 2)


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


names = st.integers(0, 40).map(str)
articles_of_a_week = st.lists(
    st.builds(
        article,
        names,
        tags=st.lists(st.sampled_from(["News", "All", "Other"]), max_size=3).map(tuple),
        published=st.one_of(st.none(), st.integers(-400, 30).map(lambda h: END + h * HOUR)),
        views=st.one_of(st.none(), st.integers(0, 5000)),
        views_at=st.just(END + 40 * HOUR),
        language=st.sampled_from(["en", "uk"]),
    ),
    max_size=30,
    unique_by=lambda a: a.native_id,
)
any_rules = st.builds(
    lambda **k: rules(themes=(ThemeSettings(tag="#News", at_most=2), ThemeSettings(tag="#All")), **k),
    overlap=st.sampled_from(["first", "smallest", "all"]),
    order=st.sampled_from(["recent", "popular", "oldest"]),
    lead=st.sampled_from(["recent", "popular", "none"]),
    untagged=st.sampled_from(["leave-out", "last-section"]),
)


@given(articles_of_a_week, any_rules, st.randoms(use_true_random=False))
def test_no_article_is_lost_or_shown_twice_caps_hold_and_input_order_does_not_matter(articles, chosen, shuffle):
    issue = made(articles, rules=chosen)
    assert sorted(v.article_id for v in issue.verdicts) == sorted(a.id for a in articles)
    shown = [s.article.id for s in issue.stories]
    assert sorted(shown) == sorted(v.article_id for v in issue.verdicts if v.placed)
    assert len(set(shown)) == len(shown)
    assert all(len(s.stories) <= 2 for s in issue.sections if s.theme.tag == "#News")
    again = list(articles)
    shuffle.shuffle(again)
    assert made(again, rules=chosen) == issue


def test_a_slot_keeps_its_end_however_late_the_run():
    slot = Slot("2026-W47", Window(WEEK.start, WEEK.end), END + timedelta(days=30))
    assert made([article()], slot=slot).window == WEEK
