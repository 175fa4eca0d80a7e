from datetime import timedelta

import pytest

from digest import compose
from digest.config import Overlay, ThemeSettings
from digest.errors import DigestError
from digest.models import Correction
from tests.builders import END, article
from tests.compose.weekly import HOUR, made, rules

THEMES = (ThemeSettings(tag="#News", at_most=1),)
ARTICLES = [article(name, published=END - at * HOUR) for at, name in enumerate("abc", start=1)]


def sent(overlay=None):
    return made(ARTICLES, rules=rules(themes=THEMES, lead="recent", overlay=overlay))


def correction(hours=0, **what):
    return Correction(at=END + timedelta(hours=hours), by="Ada", text="It was nine, not eight.", **what)


def titles(issue):
    return [(s.article.title, s.article.lede) for s in issue.stories]


def test_a_corrected_story_shows_what_is_right_wherever_it_stands():
    lead, story, link = (correction(article_id=f"site:{n}", title=n.upper(), lede=f"{n}.") for n in "abc")
    issue = compose.corrected(sent(), (lead, story, link))
    assert titles(issue) == [("A", "a."), ("B", "b."), ("C", "c.")]
    assert (issue.subject, issue.preheader, issue.corrections) == ("A", "B", (lead, story, link))


def test_what_a_correction_leaves_empty_stays():
    issue = compose.corrected(sent(), (correction(article_id="site:b", lede="Nine."),))
    assert titles(issue)[1] == ("Title of b", "Nine.")
    assert (issue.subject, issue.sections[0].stories[0].theme) == ("Title of a", sent().sections[0].theme)


def test_a_corrected_headline_leaves_the_lede():
    issue = compose.corrected(sent(), (correction(article_id="site:b", title="B"),))
    assert titles(issue)[1] == ("B", "What happened in b.")


def test_the_oldest_comes_first_and_the_latest_wins():
    early, late = correction(1, article_id="site:a", title="Eight"), correction(2, article_id="site:a", title="Nine")
    issue = compose.corrected(sent(), (late, early))
    assert (issue.corrections, issue.lead.article.title) == ((early, late), "Nine")


def test_a_correction_of_the_issue_as_a_whole_changes_no_story():
    whole = correction()
    issue = compose.corrected(sent(), (whole,))
    assert (titles(issue), issue.corrections) == (titles(sent()), (whole,))


def test_the_editors_own_subject_stays():
    issue = compose.corrected(
        sent(Overlay(subject="Our winter", preheader="P")), (correction(article_id="site:a", title="A"),)
    )
    assert (issue.subject, issue.preheader) == ("Our winter", "P")


@pytest.mark.parametrize("reference", ["https://news.example/b/", "title of b", "site:b"])
def test_a_story_is_named_by_id_address_or_title_and_comes_out_with_its_id(reference):
    assert compose.corrected(sent(), (correction(article_id=reference),)).corrections[0].article_id == "site:b"


def test_a_story_that_is_not_in_the_issue_names_the_nearest():
    with pytest.raises(DigestError) as error:
        compose.corrected(sent(), (correction(article_id="Title of bb"),))
    assert str(error.value) == (
        "'Title of bb' names no one story of weekly-2026-W47; the nearest is site:b \"Title of b\"; write the story's id"
    )


def test_no_corrections_leave_the_issue_as_it_is():
    assert compose.corrected(sent(), ()) == sent()
