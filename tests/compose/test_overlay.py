from datetime import date, timedelta

import pytest

from digest.config import ThemeSettings
from digest.models import Bar, Chart, Cover, Figure, History, Link, Occasion, Panel, Quote
from tests.builders import END, WEEK, article
from tests.compose.weekly import HOUR, KEY, THEMES, abc, made, placed, reason, rules, verdict, why


@pytest.mark.parametrize(
    "reference",
    [
        pytest.param("site:b", id="id"),
        pytest.param("https://news.example/b", id="address"),
        pytest.param("http://www.news.example/b/?utm_source=letter#top", id="another spelling of the address"),
        pytest.param("news.example/b", id="address without a scheme"),
        pytest.param("title  OF b", id="whole title"),
    ],
)
def test_an_article_is_named_by_id_address_or_title(edited, reference):
    assert placed(edited(f'hide = ["{reference}"]', abc())) == {"#News": ["a", "c"]}


def test_addresses_that_differ_in_their_query_alone_are_two_articles(edited, mistakes):
    articles = [article(n, url=f"https://news.example/?p={n}", url_key=f"news.example/?p={n}") for n in "ab"]
    front = article("front", url="https://news.example/", url_key="news.example/")
    hidden = edited('hide = ["https://news.example/?p=a&utm_source=x"]', [*articles, front])
    assert placed(hidden) == {"#News": ["b", "front"]}
    assert mistakes('hide = ["https://news.example/"]', articles) == [
        f"{KEY}.toml:1: hide[0]: is 'https://news.example/'; 2 articles have this title or address; "
        "write the id of one: site:a (16 Nov), site:b (16 Nov)"
    ]


def test_a_hidden_article_is_out(edited):
    issue = edited('hide = ["site:b"]', abc())
    assert (reason(issue, "b"), why(issue, "b")) == ("hidden", "out: hidden by the editor")
    assert not [note for note in issue.notes if KEY in note]


def test_an_address_that_two_sources_have_names_the_one_that_is_taken(edited):
    twin = article("other", url="https://news.example/a", url_key="news.example/a", source="zz", title="Zz")
    issue = edited('[[stories]]\narticle = "https://news.example/a"\ntitle = "Better"', [*abc(), twin])
    assert (placed(issue), issue.subject) == ({"#News": ["a", "b", "c"]}, "Better")


def test_hiding_an_article_changes_no_other_ones_popularity(edited):
    articles = [
        article(n, views=100 * at**3, views_at=END, published=END - at * 9 * HOUR)
        for at, n in enumerate("abcd", start=1)
    ]
    before = made(articles, rules=rules(themes=THEMES, order="popular"))
    after = edited('hide = ["site:d"]', articles, order="popular")
    assert [why(after, n).split("(")[1] for n in "abc"] == [why(before, n).split("(")[1] for n in "abc"]


def test_a_hidden_article_does_not_come_back_from_another_source(edited):
    twin = article("other", url_key="news.example/a", source="zz")
    issue = edited('hide = ["site:a"]', [*abc(), twin])
    assert placed(issue) == {"#News": ["b", "c"]}
    assert [v.reason for v in issue.verdicts if v.article_id == "zz:other"] == ["duplicate"]


def test_hiding_what_is_out_anyway_is_only_a_note(edited):
    issue = edited(
        'hide = ["site:old", "site:none"]', [article("old", published=WEEK.start - HOUR), article("none", tags=())]
    )
    assert [note[note.index(KEY) :] for note in issue.notes if KEY in note] == [
        f'{KEY}.toml:1: hide[0]: site:old "Title of old" is out: it was published 1 hour before the window began; hiding it changes nothing',
        f'{KEY}.toml:1: hide[1]: site:none "Title of none" is out: it has no tag; hiding it changes nothing',
    ]
    assert (reason(issue, "old"), reason(issue, "none")) == ("outside-the-window", "no-theme")


@pytest.mark.parametrize("lead", ["recent", "none"])
def test_the_editors_lead_leads_whatever_the_rule(edited, lead):
    issue = edited('lead = "site:c"', abc(), lead=lead)
    assert (issue.lead.article.native_id, placed(issue)) == ("c", {"#News": ["a", "b"]})
    assert why(issue, "c") == "in: the lead, chosen by the editor, tagged #News"


def test_the_editor_may_make_a_lone_story_the_lead(edited):
    issue = edited('lead = "site:a"', [article("a")])
    assert (issue.lead.article.native_id, issue.sections, issue.subject) == ("a", (), "Title of a")


def test_these_come_first_in_their_sections_in_this_order(edited):
    articles = [*abc(), article("r", tags=("Rally",)), article("s", tags=("Rally",))]
    issue = edited('order = ["site:s", "site:c", "site:b"]', articles)
    assert placed(issue) == {"#News": ["c", "b", "a"], "#Rally": ["s", "r"]}
    assert [why(issue, n) for n in "cba"] == [
        "in: #News, place 1, placed first by the editor",
        "in: #News, place 2, placed there by the editor",
        "in: #News, place 3, most recent first",
    ]


def test_a_place_is_kept_whatever_the_order_says(edited):
    text = 'order = ["site:b"]\n[[stories]]\narticle = "site:a"\nplace = 3\n[[stories]]\narticle = "site:c"\nplace = 1'
    assert placed(edited(text, abc())) == {"#News": ["c", "b", "a"]}


def test_several_places_are_all_kept(edited):
    text = '[[stories]]\narticle = "site:a"\nplace = 2\n[[stories]]\narticle = "site:c"\nplace = 1'
    assert placed(edited(text, abc())) == {"#News": ["c", "a", "b"]}


def test_a_place_beyond_the_last_is_the_last(edited):
    issue = edited('[[stories]]\narticle = "site:a"\nplace = 9', abc())
    assert placed(issue) == {"#News": ["b", "c", "a"]}
    assert why(issue, "a") == "in: #News, place 3, the last, put at 9 by the editor"


def test_a_place_over_the_cap_is_a_link(edited):
    issue = edited('[[stories]]\narticle = "site:a"\nplace = 3', abc(), themes=(ThemeSettings(tag="#News", at_most=2),))
    assert placed(issue) == {"#News": ["b", "c", "|", "a"]}


def test_a_story_with_a_place_of_its_own_does_not_become_the_lead_by_the_rule(edited):
    issue = edited('[[stories]]\narticle = "site:a"\nplace = 1', abc(), lead="recent")
    assert (issue.lead.article.native_id, placed(issue)) == ("b", {"#News": ["a", "c"]})


def test_a_story_is_moved_to_the_section_that_the_editor_names_by_tag_or_alias(edited):
    issue = edited(
        '[[stories]]\narticle = "site:r"\nsection = "#новини"', [*abc(), article("r", tags=("Rally",))], overlap="all"
    )
    assert placed(issue) == {"#News": ["a", "b", "c", "r"]}
    assert why(issue, "r") == "in: #News, place 4, most recent first; also tagged #Rally; moved here by the editor"
    assert issue.notes == (
        "#Rally has no section: its one article stands in another section, where the editor moved it",
    )


def test_a_moved_story_is_also_in_the_theme_that_it_left(edited):
    articles = [article(name, tags=("News", "Rally")) for name in "ab"]
    issue = edited('[[stories]]\narticle = "site:b"\nsection = "#Rally"', articles, overlap="all")
    assert {s.article.native_id: s.also_in for s in issue.stories} == {"a": ("#Rally",), "b": ("#News",)}


LATE = History(1, WEEK.start, WEEK.start + HOUR)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        pytest.param({"tags": ()}, "", id="no theme"),
        pytest.param({"published": END}, " (it was published at the close, Thu 19 Nov 18:00, where the next window begins)", id="too new"),
        pytest.param({"published": WEEK.start - timedelta(days=60)}, " (it was published 60 days before the window began)", id="too old"),
        pytest.param({"published": None}, " (its source gives no date that can be read)", id="no date"),
        pytest.param({"language": "uk"}, ' (it is written in "uk", the newsletter in "en")', id="another language"),
        pytest.param(
            {"published": WEEK.start - HOUR},
            ' (it was published 1 hour before the window began but first seen after the last issue, and late_arrivals = "skip")',
            id="late",
        ),
    ],
)  # fmt: skip
def test_moving_brings_in_what_the_rules_leave_out(edited, changes, told):
    issue = edited(
        '[[stories]]\narticle = "site:x"\nsection = "#Rally"', [article("x", **changes)], LATE, late_arrivals="skip"
    )
    assert placed(issue) == {"#Rally": ["x"]}
    brought = f"; brought in by the editor{told}" if told else ""
    assert why(issue, "x") == f"in: #Rally, place 1, most recent first; moved here by the editor{brought}"


def test_a_duplicate_that_the_editor_brings_in_takes_the_others_place(edited):
    twin = article("other", url_key="news.example/a", source="zz")
    issue = edited('[[stories]]\narticle = "zz:other"\nsection = "#Rally"', [article("a"), twin])
    assert placed(issue) == {"#Rally": ["other"]}
    assert why(issue, "a") == "out: it has the same address as zz:other"


def test_a_section_into_which_the_editor_moved_a_story_is_never_dissolved(edited):
    themes = (ThemeSettings(tag="#News"), ThemeSettings(tag="#Rally", at_least=2))
    articles = [article("a"), article("r", tags=("Rally",))]
    assert placed(edited("", articles, themes=themes)) == {"#News": ["a"]}
    text = '[[stories]]\narticle = "site:a"\nsection = "#Rally"'
    assert placed(edited(text, [article("a")], themes=themes)) == {"#Rally": ["a"]}


def test_the_reader_sees_the_editors_words_and_the_verdict_the_sources(edited):
    text = '[[stories]]\narticle = "site:a"\ntitle = "A better title"\nlede = ""'
    issue = edited(text, abc())
    story = issue.sections[0].stories[0].article
    assert (story.title, story.lede, story.id, issue.subject) == ("A better title", "", "site:a", "A better title")
    assert verdict(issue, "a").title == "Title of a"
    assert (
        why(issue, "a") == "in: #News, place 1, most recent first; retitled by the editor; lede rewritten by the editor"
    )


SOURCE = Cover("https://news.example/a.jpg", "A crowd", "A. Photographer")


@pytest.mark.parametrize(
    ("cover", "expected"),
    [
        pytest.param('credit = "B."', Cover(SOURCE.url, "A crowd", "B."), id="the same picture, another credit"),
        pytest.param('alt = ""', Cover(SOURCE.url, "", "A. Photographer"), id="the same picture, no description"),
        pytest.param('url = "https://x.example/b.jpg"\ncredit = "B."', Cover("https://x.example/b.jpg", "", "B."), id="another picture"),
        pytest.param(
            'url = "https://x.example/b.jpg"\nalt = "A hall"\ncredit = "B."', Cover("https://x.example/b.jpg", "A hall", "B."), id="all new"
        ),
    ],
)  # fmt: skip
def test_another_picture_brings_its_own_words_and_the_sources_keeps_the_rest(edited, cover, expected):
    issue = edited(f'[[stories]]\narticle = "site:a"\n[stories.cover]\n{cover}', [article("a", cover=SOURCE)])
    assert issue.sections[0].stories[0].article.cover == expected
    assert why(issue, "a").endswith("; picture changed by the editor")


def test_the_issue_has_the_editors_own_words_links_and_blocks(edited):
    text = """
        subject = "Our winter"
        preheader = "Read on"
        intro = "Dear **reader**"
        note = "Check the picture"
        [[links]]
        title = "A map"
        url = "https://maps.example/one"
        text = "By region."
        [sponsor]
        title = "A bank"
        button = "Look"
        url = "https://bank.example"
        [action]
        title = "Write to them"
        text = "It takes a minute."
        button = "Write"
        url = "https://act.example"
    """
    issue = edited(text, abc())
    assert (issue.subject, issue.preheader, issue.intro, issue.desk_note) == (
        "Our winter",
        "Read on",
        "Dear **reader**",
        "Check the picture",
    )
    assert issue.links == (Link("A map", "https://maps.example/one", "By region."),)
    assert issue.panels == (
        Panel("action", "Write to them", "It takes a minute.", "Write", "https://act.example"),
        Panel("sponsor", "A bank", "", "Look", "https://bank.example"),
    )


BLOCKS = """
    [figure]
    number = "1,400"
    counts = "letters in a day"
    [chart]
    title = "Letters"
    rows = [{ label = "May", value = 12 }, { label = "June", value = 20.5 }]
    source = "The post office"
    url = "https://post.example"
    [quote]
    words = "«One table was enough.»"
    who = "H. Example"
    [[events]]
    date = 2026-11-28
    title = "A reading"
    place = "Ottawa"
    [[events]]
    date = 2026-11-26
    title = "A rally"
    url = "https://rally.example"
"""


def test_the_editors_figure_chart_quote_and_dates_stand_in_the_issue_the_soonest_date_first(edited):
    issue = edited(BLOCKS, abc())
    assert issue.figure == Figure("1,400", "letters in a day")
    bars = (Bar("May", 12), Bar("June", 20.5))
    assert issue.chart == Chart("Letters", "", bars, "The post office", "https://post.example")
    assert issue.quote == Quote("One table was enough.", "H. Example")
    assert issue.events == (
        Occasion(date(2026, 11, 26), "A rally", url="https://rally.example"),
        Occasion(date(2026, 11, 28), "A reading", "Ottawa"),
    )


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("“One table.”", "One table."),
        ("'One' table", "'One' table"),
        ("«One» and «two»", "«One» and «two»"),
        ("„Ein Tisch.“", "Ein Tisch."),
        ("“", "“"),
        ("««", "««"),
    ],
)
def test_a_quotes_own_marks_are_taken_off_where_they_stand_around_the_whole(edited, written, words):
    assert edited(f'quote = {{ words = "{written}", who = "H." }}', abc()).quote == Quote(words, "H.")


def test_an_empty_overlay_changes_nothing(edited):
    assert edited("", abc()) == made(abc(), rules=rules(themes=THEMES))
