import html
import re
from datetime import date

import pytest
from msgspec.structs import replace

from digest import check
from digest.models import (
    Bar,
    Chart,
    Cover,
    Email,
    Figure,
    Finding,
    Issue,
    Link,
    Occasion,
    Panel,
    Quote,
    Section,
    SourceReport,
    Story,
    Theme,
    Verdict,
)
from tests.builders import SLOT, article, settings

TOKENS = {"name": "ZQNAMEQZ", "address": "ZQADDRQZ", "unsubscribe_url": "ZQUNSUBQZ"}
THEME = Theme("#News", "News")


@pytest.fixture
def newsletter(tmp_path):
    return settings(tmp_path).newsletter


def issue(*articles):
    stories = tuple(Story(a, THEME) for a in articles)
    sections = (Section(THEME, stories),) if stories else ()
    heads = ("Subject", "What else is in it")
    return Issue("weekly-2026-W47", "weekly", "2026-W47", 1, SLOT.window, "en", *heads, None, sections, ())


def email(newsletter, **changes):
    footer = f"{newsletter.organisation}<br>{newsletter.postal_address}"
    good = Email(
        subject="Subject",
        preheader="",
        html=f'<html><style>a{{b}}</style><body>Story {footer} <a href="ZQUNSUBQZ">Unsubscribe</a></body></html>',
        text=f"Story\n{newsletter.organisation}\n{newsletter.postal_address.replace(', ', chr(10))}\nZQUNSUBQZ",
        web="<html><body>Story</body></html>",
        tokens=TOKENS,
    )
    return replace(good, **changes)


def showing(email_, issue_):
    """With every story, link and panel in all three parts, as a whole template would have them."""
    blocks = [s.article.title for s in issue_.stories] + [b.title for b in (*issue_.links, *issue_.panels)]
    shown = html.escape("\n".join([*blocks, re.sub(r"[*_]", "", issue_.intro)]))
    return replace(email_, html=email_.html + shown, text=email_.text + html.unescape(shown), web=email_.web + shown)


def found(newsletter, email_, issue_=None, reports=()):
    issue_ = issue_ or issue(article())
    proof = check.Proof(issue_, showing(email_, issue_), newsletter, reports=reports)
    return [(f.check, f.severity, f.message) for f in check.findings(proof)]


@pytest.mark.parametrize("part", ["html", "text", "web"])
def test_what_a_template_drops_is_an_error(newsletter, part):
    whole = replace(
        issue(article("bridge"), article("convoy")),
        intro="**Dear** readers, [welcome](https://news.example/hello).",
        links=(Link("The report", "https://news.example/report"),),
    )
    lacking = replace(showing(email(newsletter), whole), **{part: getattr(email(newsletter), part)})
    errors = [f.message for f in check.findings(check.Proof(whole, lacking, newsletter)) if f.check == "not-shown"]
    name = {"web": "web issue"}.get(part, part)
    assert errors == [f"the {name} does not show Title of bridge; Title of convoy; The report; …"]
    intro_only = replace(showing(email(newsletter), replace(whole, intro="")))
    errors = [f.message for f in check.findings(check.Proof(whole, intro_only, newsletter)) if f.check == "not-shown"]
    assert errors == [f"the {each} does not show the intro" for each in ("html", "text", "web issue")]


BLOCKS = {
    "figure": Figure("1,400", "letters in a day", "The post office"),
    "chart": Chart("By month", "thousands", (Bar("May", 1), Bar("June", 2)), "The ministry"),
    "quote": Quote("One table was enough for it.", "H. Example"),
    "events": (Occasion(date(2026, 11, 28), "A reading", "Ottawa"),),
}
WORDS = [
    *("1,400", "letters in a day", "The post office", "By month", "thousands", "The ministry", "May", "June"),
    *("One table was enough for it.", "H. Example", "A reading", "Ottawa"),
]


@pytest.mark.parametrize("word", WORDS)
def test_every_word_of_the_editors_blocks_must_be_shown(newsletter, word):
    """Upper case, line breaks and tags within them do not matter."""
    issue_ = replace(issue(article()), **BLOCKS)
    upper = " ".join(WORDS).upper().replace(" ", " \n")
    shown = showing(email(newsletter), issue_)
    whole = replace(
        shown, html=shown.html + upper, text=shown.text + upper, web=shown.web + upper.replace("TABLE", "<b>TABLE</b>")
    )
    assert [f for f in check.findings(check.Proof(issue_, whole, newsletter)) if f.check == "not-shown"] == []
    lacking = replace(whole, text=whole.text.replace(word.upper().replace(" ", " \n"), ""))
    (finding,) = [f for f in check.findings(check.Proof(issue_, lacking, newsletter)) if f.check == "not-shown"]
    assert finding.message == f"the text does not show {word}"


def test_the_labels_of_a_drawn_chart_stand_in_its_picture_and_must_stand_in_the_text(newsletter):
    cover = Cover("https://digest.example.org/pictures/x.png", "", "", 536, 240)
    issue_ = replace(issue(article()), chart=replace(BLOCKS["chart"], kind="line", picture=cover))
    shown = showing(email(newsletter), issue_)
    words = "By month thousands The ministry "
    whole = replace(shown, html=shown.html + words, text=shown.text + words + "May June", web=shown.web + words)

    def lacking(email_):
        return [f.message for f in check.findings(check.Proof(issue_, email_, newsletter)) if f.check == "not-shown"]

    assert lacking(whole) == []
    assert lacking(replace(whole, text=whole.text.replace("June", ""))) == ["the text does not show June"]
    assert lacking(replace(whole, html=whole.html.replace("thousands", ""))) == ["the html does not show thousands"]


def test_a_good_issue_has_no_finding(newsletter):
    assert found(newsletter, email(newsletter)) == []


def test_an_empty_issue_is_stopped_and_says_what_was_seen(newsletter):
    empty = issue()
    assert found(newsletter, email(newsletter), empty) == [
        ("no-stories", "error", "the issue has no story: the sources gave no article")
    ]
    seen = replace(empty, verdicts=(Verdict("a", "t", "u", False, "no-date", "out"),))
    assert (
        found(newsletter, email(newsletter), seen)[0][2] == "the issue has no story: 1 articles were seen and none fits"
    )


@pytest.mark.parametrize(
    "mark",
    ["{{ issue.title }}", "{% if x %}", "*|FNAME|*", "%%name%%", "[[name]]", "${name}", "%recipient.name%", "<mj-text"],
)
def test_template_syntax_that_a_reader_would_see_stops_the_issue(newsletter, mark):
    bad = email(newsletter)
    bad = replace(bad, text=bad.text + mark)
    assert [f[:2] for f in found(newsletter, bad)] == [("left-over-mark", "error")]


@pytest.mark.parametrize("word", ["None", "undefined", "NaN"])
def test_a_value_that_was_not_there_stops_the_issue(newsletter, word):
    bad = email(newsletter)
    bad = replace(bad, html=bad.html.replace("Story", f"<p> {word} </p>"))
    assert [f[:2] for f in found(newsletter, bad)] == [("left-over-mark", "error")]
    assert found(newsletter, replace(bad, html=bad.html.replace(f" {word} ", f"{word} of them"))) == []


def test_template_syntax_in_an_articles_own_title_is_only_a_warning(newsletter):
    shown = email(newsletter)
    shown = replace(shown, html=shown.html.replace("Story", "How {{ x }} &lt;works"))
    own = issue(article(title="How {{ x }} <works"))
    assert [f[:2] for f in found(newsletter, shown, own)] == [("left-over-mark", "warning")]


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"intro": "Dear *|FNAME|*"}, id="intro"),
        pytest.param({"links": (Link("Look, *|FNAME|*", "https://x.example"),)}, id="link"),
        pytest.param({"quote": Quote("Dear *|FNAME|*", "A.")}, id="quote"),
        pytest.param({"panels": (Panel("action", "Sign", "*|FNAME|*", "Go", "https://x.example"),)}, id="panel"),
    ],
)
def test_a_placeholder_in_the_editors_words_stops_the_issue_and_names_the_file(newsletter, changes):
    """Markdown takes the stars of `*|FNAME|*` for emphasis, so the intro is read as it was written."""
    shown = email(newsletter)
    shown = shown if "intro" in changes else replace(shown, text=shown.text + "*|FNAME|*")
    found = check.findings(check.Proof(replace(issue(article()), **changes), shown, newsletter))
    cure = "take it out of issues/weekly-2026-W47.toml: nothing is filled in there"
    assert [(f.check, f.severity, f.cure) for f in found if f.check != "not-shown"] == [
        ("left-over-mark", "error", cure)
    ]


def test_a_mark_in_a_style_or_comment_is_not_seen_by_a_reader(newsletter):
    shown = email(newsletter)
    shown = replace(shown, html=shown.html.replace("Story", "<style>{{x}}</style><!-- {{ y }} -->Story"))
    assert found(newsletter, shown) == []


def test_a_missing_unsubscribe_link_stops_the_issue_in_either_part(newsletter):
    good = email(newsletter)
    assert found(newsletter, replace(good, html=good.html.replace("ZQUNSUBQZ", "https://x.example"))) == [
        ("unsubscribe", "error", "the html part has no unsubscribe link")
    ]
    assert found(newsletter, replace(good, text=good.text.replace("ZQUNSUBQZ", ""))) == [
        ("unsubscribe", "error", "the text part has no unsubscribe link")
    ]


@pytest.mark.parametrize("key", ["organisation", "postal_address"])
def test_a_missing_sender_stops_the_issue(newsletter, key):
    good = email(newsletter)
    bad = replace(good, html=good.html.replace(getattr(newsletter, key), ""))
    assert found(newsletter, bad) == [("sender-identity", "error", f"the html part does not show newsletter.{key}")]


@pytest.mark.parametrize(
    ("size", "links", "expected"),
    [
        pytest.param(80_000, 1, [], id="under the budget"),
        pytest.param(83_000, 1, ["warning"], id="over the budget"),
        pytest.param(95_000, 80, ["warning"], id="over the cut when links are rewritten"),
        pytest.param(102_400, 1, ["error"], id="over the cut"),
    ],
)
def test_html_that_a_mail_client_would_cut_stops_the_issue(newsletter, size, links, expected):
    good = email(newsletter)
    filler = "<a href='https://x.example'>x</a>" * (links - 1)
    padded = good.html.replace("Story", "Story " + filler)
    padded = padded.replace("Story", "Story" + "x" * (size - len(padded) - 200))
    assert [f[1] for f in found(newsletter, replace(good, html=padded))] == expected


def test_a_failing_source_stops_the_issue_and_a_left_out_item_warns(newsletter):
    reports = (SourceReport("site", failure="no answer in 30 s"), SourceReport("desk", problems=("a.md:3: no date",)))
    assert found(newsletter, email(newsletter), reports=reports) == [
        ("source-failed", "error", 'source "site": no answer in 30 s'),
        ("item-left-out", "warning", 'source "desk": a.md:3: no date'),
    ]


def test_what_compose_noticed_comes_last(newsletter):
    noted = replace(issue(), notes=("#A has no section",))
    assert [f[1] for f in found(newsletter, email(newsletter), noted)] == ["error", "note"]


def test_only_an_error_stops():
    assert check.stops(()) is False
    assert check.stops((Finding("x", "warning", "m", "c"),)) is False
    assert check.stops((Finding("x", "warning", "m", "c"), Finding("y", "error", "m", "c"))) is True
