"""What of an issue a reader gets who wants some of its themes only."""

from hypothesis import given
from hypothesis import strategies as st

from digest.compose import chosen
from digest.config import Overlay, ThemeSettings
from digest.models import Cover
from tests.builders import END, article
from tests.compose.weekly import HOUR, made, placed, rules

NEWS, RALLY, FRONT = ThemeSettings(tag="#News"), ThemeSettings(tag="#Rally"), ThemeSettings(tag="#Front", at_most=1)
THREE = rules(themes=(NEWS, FRONT, RALLY), lead="recent")
ARTICLES = [
    article("a", tags=("Front",), published=END - HOUR),
    article("b", tags=("News", "Rally"), published=END - 2 * HOUR),
    article("c", tags=("News",), published=END - 3 * HOUR),
    article("d", tags=("Rally",), published=END - 4 * HOUR),
    article("e", tags=("Front",), published=END - 5 * HOUR, cover=Cover("https://news.example/e.jpg", "", "")),
    article("f", tags=("Front", "Rally"), published=END - 6 * HOUR),
]


def whole(of=THREE):
    return made(ARTICLES, rules=of)


def ids(issue):
    return [story.article.native_id for story in issue.stories]


def test_the_sections_of_other_themes_are_left_out():
    issue = chosen(whole(), ["#News"], THREE)
    assert placed(whole()) == {"#News": ["b", "c"], "#Front": ["e", "|", "f"], "#Rally": ["d"]}
    assert (placed(issue), issue.lead) == ({"#News": ["b", "c"]}, None)


def test_a_story_goes_with_the_wanted_theme_that_it_carries():
    issue = chosen(whole(), ["#Rally"], THREE)
    assert placed(issue) == {"#Rally": ["d", "b", "|", "f"]}
    assert {story.theme.tag for story in issue.stories} == {"#Rally"}


def test_the_lead_stays_where_its_theme_is_wanted():
    issue = chosen(whole(), ["#Front", "#Rally"], THREE)
    assert issue.lead
    assert issue.lead.article.native_id == "a"
    assert placed(issue) == {"#Rally": ["d", "b"], "#Front": ["e", "|", "f"]}


def test_all_themes_and_unknown_ones_are_the_whole_issue():
    assert chosen(whole(), ["#News", "#Rally", "#Front"], THREE) is not None
    assert chosen(whole(), ["#news", "RALLY", "#Front"], THREE) == whole()
    assert chosen(whole(), ["#Gone"], THREE) == whole()
    assert chosen(whole(), ["#Gone", "#News"], THREE) == chosen(whole(), ["#News"], THREE)


def test_an_alias_is_the_theme():
    of = rules(themes=(ThemeSettings(tag="#Present", aliases=("#News",)), RALLY), lead="none")
    assert placed(chosen(made(ARTICLES, rules=of), ["#News"], of)) == {"#Present": ["b", "c"]}


def test_the_editors_subject_stays_with_the_story_that_it_is_about():
    of = rules(themes=(NEWS, FRONT, RALLY), lead="recent", overlay=Overlay(subject="Our own", preheader="In short"))
    with_lead, without = chosen(whole(of), ["#Front"], of), chosen(whole(of), ["#Rally"], of)
    assert (with_lead.subject, with_lead.preheader) == ("Our own", "In short")
    assert (without.subject, without.preheader) == ("Title of d", "Title of b")


def test_a_section_of_nothing_but_links_shows_them_as_stories():
    of = rules(themes=(NEWS, FRONT, RALLY), lead="recent")
    articles = [each for each in ARTICLES if each.native_id not in ("b", "d")]
    issue = chosen(made(articles, rules=of), ["#Rally"], of)
    assert placed(issue) == {"#Rally": ["f"]}
    assert issue.sections[0].stories[0].article.cover is None


def test_who_wants_what_is_not_there_gets_nothing():
    of = rules(themes=(NEWS, ThemeSettings(tag="#Rare")), lead="none")
    assert chosen(made([article("c")], rules=of), ["#Rare"], of).stories == ()


TAGS = ("News", "Rally", "Front", "Other")


@given(
    st.lists(st.lists(st.sampled_from(TAGS), max_size=3, unique=True), max_size=12),
    st.sets(st.sampled_from(TAGS[:3]), min_size=1),
    st.sampled_from(["first", "smallest", "all"]),
    st.sampled_from(["recent", "none"]),
)
def test_every_story_of_a_wanted_theme_is_there_once_and_no_other(tags, wanted, overlap, lead):
    of = rules(themes=(NEWS, FRONT, RALLY), overlap=overlap, lead=lead)
    articles = [article(f"n{n}", tags=tuple(its), published=END - (n + 1) * HOUR) for n, its in enumerate(tags)]
    issue = made(articles, rules=of)
    found = chosen(issue, [f"#{tag}" for tag in wanted], of)
    assert sorted(ids(found)) == sorted(s.article.native_id for s in issue.stories if wanted & set(s.article.tags))
    assert all(story.theme.tag.lstrip("#") in wanted for story in found.stories)
    assert all(section.stories for section in found.sections)
