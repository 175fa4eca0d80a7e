"""Subject, preheader, intro, and links that lead where a story leads."""

import pytest
from msgspec.structs import replace

from digest import check
from digest.check import editorial
from digest.models import Link, Occasion, Panel
from tests.builders import END, article
from tests.check import test_findings
from tests.check.test_findings import issue, newsletter  # noqa: F401 - a fixture

OVERLAY = "issues/weekly-2026-W47.toml"


def proof(issue_):
    """Of an issue whose email and newsletter do not matter."""
    return check.Proof(issue_, None, None)


def said(findings):
    return [(f.check, f.severity, f.message, f.cure) for f in findings]


@pytest.mark.parametrize(("length", "warned"), [(60, False), (61, True)])
def test_a_subject_that_an_inbox_cuts_is_told_with_its_length(length, warned):
    found = said(editorial.subject(proof(replace(issue(), subject="x" * length))))
    message = "the subject has 61 characters; after 60 most inboxes cut it"
    expected = [("subject-length", "warning", message, f"set a shorter subject in {OVERLAY}")]
    assert found == (expected if warned else [])


@pytest.mark.parametrize(
    ("preheader", "severity"),
    [
        pytest.param("", ["note"], id="none"),
        pytest.param("…", ["note"], id="only signs"),
        pytest.param("Subject!", ["warning"], id="the same"),
        pytest.param("SUBJECT, and what else", ["warning"], id="begins with it"),
        pytest.param("What else is on this subject", [], id="one word of it"),
    ],
)
def test_a_preheader_adds_to_the_subject(preheader, severity):
    found = list(editorial.preheader(proof(replace(issue(), preheader=preheader))))
    assert [(f.check, f.severity, f.cure) for f in found] == [
        ("preheader", s, f"set preheader in {OVERLAY}") for s in severity
    ]


def test_an_issue_without_a_subject_has_no_preheader_that_repeats_it():
    assert list(editorial.preheader(proof(replace(issue(), subject="")))) == []


@pytest.mark.parametrize(
    ("intro", "count"),
    [
        pytest.param("x" * 1_200, None, id="as long as it may be"),
        pytest.param("x" * 1_201, "1,201", id="longer"),
        pytest.param("[x](https://x.example/" + "y" * 1_200 + ")", None, id="an address is not read"),
    ],
)
def test_an_intro_that_hides_the_stories_is_told_with_its_length(intro, count):
    found = [(f.check, f.severity, f.message) for f in editorial.intro(proof(replace(issue(), intro=intro)))]
    message = f"the intro has {count} characters; over 1,200 it hides the stories"
    assert found == ([("intro-length", "warning", message)] if count else [])


@pytest.mark.parametrize(
    ("intro", "addresses"),
    [
        pytest.param("[a](www.x.example) and [b](<ftp://x>)", ["www.x.example", "ftp://x"], id="no scheme, another"),
        pytest.param("[a](HTTPS://x.example) [b]( mailto:a@x.example )", [], id="good ones"),
        pytest.param("![a](map.png)", [], id="a picture is shown as words"),
        pytest.param("[not a link] (see below)", [], id="brackets"),
    ],
)
def test_a_link_in_the_intro_that_no_reader_can_follow_is_named(intro, addresses):
    found = [f.message for f in editorial.intro_links(proof(replace(issue(), intro=intro)))]
    assert [message.split('"')[3] for message in found] == addresses


STORY = article(url="https://www.news.example/one/?id=2&utm_source=x#top", title="One")


@pytest.mark.parametrize(
    ("url", "same"),
    [
        pytest.param("http://News.example/one?id=2", True, id="scheme, www, slash, mark and fragment"),
        pytest.param("https://news.example/one?id=3", False, id="another query"),
        pytest.param("https://news.example/One?id=2", False, id="another path"),
        pytest.param("https://[odd", False, id="no address at all"),
    ],
)
def test_a_link_panel_or_date_that_leads_where_a_story_leads_is_named(url, same):
    blocks = {"links": (Link("Look", url),), "panels": (Panel("sponsor", "Bank", "", "Go", url),)}
    blocks |= {"events": (Occasion(END.date(), "Rally", url=url), Occasion(END.date(), "March"))}
    found = said(editorial.repeated_addresses(proof(replace(issue(STORY), **blocks))))
    expected = [
        (
            "repeated-link",
            "warning",
            f'"{title}" leads to the same address as the story "One"',
            f"take one of them out in {OVERLAY}",
        )
        for title in ("Look", "Bank", "Rally")
    ]
    assert found == (expected if same else [])


def test_every_editorial_check_is_asked(newsletter):  # noqa: F811 - the fixture
    shown = replace(issue(STORY), subject="x" * 61, preheader="", intro="y" * 1_201, links=(Link("Look", STORY.url),))
    email = test_findings.showing(test_findings.email(newsletter), shown)
    found = check.findings(check.Proof(shown, email, newsletter))
    assert [f.check for f in found] == ["subject-length", "intro-length", "repeated-link", "preheader"]
