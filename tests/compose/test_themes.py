import pytest

from digest.config import Overlay, ThemeSettings
from digest.models import Verdict
from tests.builders import END, article
from tests.compose.weekly import HOUR, made, placed, reason, rules, verdict, why

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
    assert why(issue, "a") == "in: #News, place 1, most recent first; also tagged #All"


def test_a_section_emptied_by_the_rule_is_reported():
    issue = made([article("a", tags=("News", "All"))], rules=rules(*NEWS_AND_ALL))
    assert issue.notes == ('#All has no section: its one article stands in another section, by overlap = "first"',)


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


def test_an_alias_in_another_alphabet_counts():
    themes = (ThemeSettings(tag="#DefeatRussia", aliases=("#ПереможемоРосію",)), ThemeSettings(tag="#All"))
    articles = [
        article("a", tags=("переможемо росію",)),
        article("b", tags=("ПЕРЕМОЖЕМО-РОСІЮ",)),
        article("c", tags=("All",)),
    ]
    assert placed(made(articles, rules=rules(themes=themes))) == {"#DefeatRussia": ["a", "b"], "#All": ["c"]}


@pytest.mark.parametrize(("untagged", "expected"), [("leave-out", {}), ("last-section", {"#All": ["a"]})])
def test_an_article_without_a_theme_goes_where_the_editor_said(untagged, expected):
    assert placed(made([article("a", tags=())], rules=rules(*NEWS_AND_ALL, untagged=untagged))) == expected


THREE = ("#Rally", "#Youth", "#News")
WEEK_OF_OVERLAPS = {
    "a": ("Rally", "News"),
    "b": ("Rally", "Youth", "News"),
    "c": ("Youth", "News"),
    "d": ("News",),
    "e": ("Rally",),
    "f": ("News", "Rally"),
}


@pytest.mark.parametrize(
    ("overlap", "expected", "also_in"),
    [
        pytest.param("first", {"#Rally": ["a", "b", "e", "f"], "#Youth": ["c"], "#News": ["d"]}, {}, id="first"),
        pytest.param("smallest", {"#Rally": ["a", "e", "f"], "#Youth": ["b", "c"], "#News": ["d"]}, {}, id="smallest"),
        pytest.param(
            "all",
            {"#Rally": ["a", "b", "e", "f"], "#Youth": ["c"], "#News": ["d"]},
            {"a": ("#News",), "b": ("#Youth", "#News"), "c": ("#News",), "f": ("#News",)},
            id="all",
        ),
    ],
)
def test_the_three_overlaps_on_one_week(overlap, expected, also_in):
    articles = [article(name, tags=tags) for name, tags in WEEK_OF_OVERLAPS.items()]
    issue = made(articles, rules=rules(*THREE, overlap=overlap))
    assert placed(issue) == expected
    assert {s.article.native_id: s.also_in for s in issue.stories if s.also_in} == also_in


def minimum(*articles, themes, **options):
    return made(articles, rules=rules(themes=themes, **options))


RALLY_OF_TWO = (ThemeSettings(tag="#Rally", at_least=2), ThemeSettings(tag="#Youth"), ThemeSettings(tag="#News"))


def test_a_section_below_its_minimum_gives_its_stories_to_their_next_themes():
    issue = minimum(
        article("a", tags=("Rally", "News")),
        article("b", tags=("News",)),
        article("c", tags=("Youth",)),
        themes=RALLY_OF_TWO,
    )
    assert placed(issue) == {"#Youth": ["c"], "#News": ["a", "b"]}
    assert why(issue, "a") == "in: #News, place 1, most recent first; #Rally has only 1, with at_least = 2"
    assert issue.notes == ("#Rally has no section: 1 article, fewer than at_least = 2; now 1 in #News",)


def test_a_section_at_its_minimum_stands_though_one_of_its_stories_leads():
    issue = minimum(
        article("a", tags=("Rally",), published=END - HOUR),
        article("b", tags=("Rally",)),
        themes=RALLY_OF_TWO,
        lead="recent",
    )
    assert (issue.lead.article.native_id, placed(issue)) == ("a", {"#Rally": ["b"]})


def test_the_stories_of_a_dissolved_section_count_for_the_next():
    themes = (ThemeSettings(tag="#Rally", at_least=2), ThemeSettings(tag="#News", at_least=2))
    issue = minimum(article("a", tags=("Rally", "News")), article("b", tags=("News",)), themes=themes)
    assert placed(issue) == {"#News": ["a", "b"]}


def test_without_another_theme_the_stories_go_to_the_last_one_if_it_takes_the_untagged():
    lonely = article("a", tags=("Rally",))
    last = minimum(lonely, themes=RALLY_OF_TWO, untagged="last-section")
    assert placed(last) == {"#News": ["a"]}
    out = minimum(lonely, themes=RALLY_OF_TWO)
    assert (placed(out), reason(out, "a")) == ({}, "below-the-minimum")
    assert why(out, "a") == "out: #Rally has only 1, with at_least = 2, and no other section can take it"
    assert out.notes == (
        "#Rally has no section: 1 article, fewer than at_least = 2; now 1 left out",
        "#Youth: no article of this issue carries it",
        "#News: no article of this issue carries it",
    )


def test_a_catch_all_below_its_minimum_leaves_its_stories_out():
    themes = (ThemeSettings(tag="#Rally"), ThemeSettings(tag="#News", at_least=2))
    issue = minimum(article("a", tags=()), article("b", tags=("News", "Rally")), themes=themes, untagged="last-section")
    assert (placed(issue), reason(issue, "a")) == ({"#Rally": ["b"]}, "below-the-minimum")


def test_smallest_chooses_the_next_theme_too():
    themes = (ThemeSettings(tag="#Youth"), ThemeSettings(tag="#Rally", at_least=2), ThemeSettings(tag="#News"))
    articles = [
        article("a", tags=("Rally", "Youth", "News")),
        *(article(n, tags=("Youth",)) for n in "bcd"),
        article("e", tags=("News",)),
    ]
    issue = minimum(*articles, themes=themes, overlap="smallest")
    assert placed(issue) == {"#Youth": ["b", "c", "d"], "#News": ["a", "e"]}


KEYWORDS = (
    ThemeSettings(tag="#UAinNATO", keywords=("NATO", "alliance")),
    ThemeSettings(tag="#Culture", keywords=("choir", "п'єс")),
    ThemeSettings(tag="#News"),
)


def test_keywords_only_suggest_a_theme_and_name_the_command():
    issue = made(
        [article("a", tags=(), title="The alliance meets", lede="Ministers of Nato talk.")],
        rules=rules(themes=KEYWORDS),
    )
    assert verdict(issue, "a") == Verdict(
        "site:a",
        "The alliance meets",
        "https://news.example/a",
        False,
        "no-theme",
        'out: it has no tag; "alliance" suggests #UAinNATO: digest edit move site:a "#UAinNATO"',
        suggested="#UAinNATO",
    )
    assert issue.notes[-1] == "1 article without a theme's tag, but with its words: see `digest explain`"


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        pytest.param("Choirs of the Alliance sing in a choir", "#Culture", id="most hits"),
        pytest.param("A choir for NATO", "#UAinNATO", id="of equal ones the first theme"),
        pytest.param("Прем’єра П’ЄСИ", "#Culture", id="another alphabet, another apostrophe"),
        pytest.param("Nothing at all", None, id="nothing"),
        pytest.param("Senators dine with signatories", None, id="not in the middle of a word"),
    ],
)
def test_most_hits_at_the_beginning_of_words_win(title, expected):
    issue = made([article("a", tags=("Else",), title=title, lede="")], rules=rules(themes=KEYWORDS))
    assert verdict(issue, "a").suggested == expected


def test_of_two_keywords_in_one_place_the_longer_is_named():
    themes = (ThemeSettings(tag="#UAinNATO", keywords=("NATO", "NATO summit")), ThemeSettings(tag="#News"))
    issue = made([article("a", tags=(), title="A NATO summit")], rules=rules(themes=themes))
    assert '"NATO summit" suggests' in why(issue, "a")


def test_the_lede_has_its_say():
    issue = made([article("a", tags=(), title="A choir", lede="NATO and the alliance")], rules=rules(themes=KEYWORDS))
    assert verdict(issue, "a").suggested == "#UAinNATO"


def test_a_story_in_the_catch_all_for_want_of_a_tag_gets_a_suggestion_too():
    issue = made([article("a", tags=(), title="NATO")], rules=rules(themes=KEYWORDS, untagged="last-section"))
    assert (verdict(issue, "a").placed, verdict(issue, "a").suggested) == (True, "#UAinNATO")
    assert why(issue, "a").endswith('; "NATO" suggests #UAinNATO: digest edit move site:a "#UAinNATO"')


def test_a_story_that_stands_where_its_words_point_gets_no_suggestion():
    themes = (ThemeSettings(tag="#News"), ThemeSettings(tag="#UAinNATO", keywords=("NATO",)))
    issue = made([article("a", tags=(), title="NATO")], rules=rules(themes=themes, untagged="last-section"))
    assert (verdict(issue, "a").placed, verdict(issue, "a").suggested) == (True, None)


def test_a_story_that_the_editor_moved_gets_no_suggestion():
    overlay = Overlay(stories=[{"article": "site:a", "section": "#News"}])
    issue = made([article("a", tags=(), title="NATO")], rules=rules(themes=KEYWORDS, overlay=overlay))
    assert (placed(issue), verdict(issue, "a").suggested) == ({"#News": ["a"]}, None)


def test_an_article_with_a_tag_of_a_theme_gets_no_suggestion():
    issue = made([article("a", tags=("News",), title="NATO")], rules=rules(themes=KEYWORDS))
    assert verdict(issue, "a").suggested is None


def test_a_command_quotes_an_id_that_a_shell_would_take_apart():
    issue = made([article("a b", tags=(), title="NATO")], rules=rules(themes=KEYWORDS))
    assert why(issue, "a b").endswith("""digest edit move 'site:a b' "#UAinNATO\"""")


def test_of_many_tags_that_no_theme_takes_the_ten_most_used_are_told():
    articles = [article(f"a{n}", tags=("News", "Many") if n < 2 else ("Many", f"t{n:02}")) for n in range(20)]
    notes = made(articles).notes
    assert notes[0] == "#Many: 18 articles left out, no theme takes this tag"
    assert (len(notes), notes[-1]) == (11, "9 more tags that no theme takes, none on more than 1 article")
