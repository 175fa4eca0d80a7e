"""What the views show, from the bytes alone: links, headers, reading order, odd shapes, places, addresses."""

from email.utils import parseaddr

import pytest
from msgspec.structs import replace

from digest import compose, render
from digest.collect import sample
from digest.config import Overlay
from digest.models import Delivery, Finding, History
from digest.send import Letter, message
from digest.splice import Page, for_html, for_text
from digest.web.preview import cases, headers, links, places, reading, screen
from digest.web.preview.links import Row
from digest.web.preview.reading import Spoken
from digest.web.preview.session import Choice
from tests import builders

AWAY = "https://digest.example.org/u/preview"


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    return builders.settings(tmp_path_factory.mktemp("settings"))


@pytest.fixture(scope="module")
def issue(settings):
    rules = compose.Rules(settings.newsletter, settings.themes, settings.compose, Overlay())
    return compose.issue(sample.articles(builders.END, "sample"), builders.SLOT, History(), rules)


@pytest.fixture(scope="module")
def filled(issue, settings):
    """Html and text as one reader gets them."""
    email = render.email(issue, settings.newsletter, settings.brand, settings.templates)
    fields = cases.fields(cases.RECIPIENTS[0], settings)
    html = Page(email.html, email.tokens).splice({k: for_html(v) for k, v in fields.items()}).decode()
    return html, Page(email.text, email.tokens).splice({k: for_text(v) for k, v in fields.items()}).decode()


def test_html_and_text_of_the_shipped_templates_hold_the_same_addresses(filled, issue):
    rows = links.table(*filled, {"unsubscribe_url": AWAY})
    assert [row.address for row in rows if row.note in ("html only", "text only")] == []
    assert [row.address for row in rows if row.note == "unsubscribe"] == [AWAY]
    assert {story.article.url for story in issue.stories} <= {row.address for row in rows}


def test_an_address_in_one_part_alone_is_noted():
    html = '<a href="https://a.example/1">One</a> <a href="https://a.example/1"><img alt="A hall"></a> <a href="mailto:x@a.example?subject=y">Mail</a>'
    text = "See https://b.example/2. Write to x@a.example."
    assert links.table(html, text, {"unsubscribe_url": AWAY}) == (
        Row("https://a.example/1", ("One", "picture: A hall"), 2, 0, "html only"),
        Row("mailto:x@a.example?subject=y", ("Mail",), 1, 1, "mail"),
        Row("https://b.example/2", (), 0, 1, "text only"),
    )


def test_the_reading_order_is_that_of_a_screen_reader():
    html = """<html lang="en"><head><title>No</title><style>p{}</style></head><body>
    <div style="display:none">Preheader</div><table role="presentation"><tr><td><h2 lang="uk"><a href="/x">Заголовок <b>дня</b></a></h2>
    <p>One<br>two</p><p aria-hidden="true">No</p><a href="/y"><img src="p.jpg" alt="A hall"></a><img src="q.jpg" alt=""></td></tr></table>
    <table><tr><th scope="row">Theme</th><td>4</td></tr></table><ul><li>Item</li></ul></body></html>"""
    assert reading.order(html) == (
        Spoken("heading 2, link", "Заголовок дня", "uk"),
        Spoken("", "One two"),
        Spoken("link, picture", "A hall"),
        Spoken("table", ""),
        Spoken("row header", "Theme"),
        Spoken("", "4"),
        Spoken("list item", "Item"),
    )


def test_every_headline_is_read_once_in_the_order_of_the_issue(filled, issue):
    read = [stop.words for stop in reading.order(filled[0]) if stop.role.startswith("heading") and "link" in stop.role]
    shown = [s.article.title for section in issue.sections for s in section.stories]
    assert read == [issue.lead.article.title, *shown]


def test_headers_are_noted_and_what_breaks_one_click_is_a_problem(issue, settings):
    email = render.email(issue, settings.newsletter, settings.brand, settings.templates)
    letter = Letter(email, settings.newsletter.from_, builders.SLOT.due, {})
    fields = cases.fields(cases.RECIPIENTS[0], settings)
    raw = message.Frame(letter).build(issue.key, Delivery(1, "ada@readers.example", fields))
    found = {each.name: each for each in headers.noted(raw)}
    assert parseaddr(found["From"].raw)[1] == settings.newsletter.from_.address
    assert (found["Subject"].says, [each.problem for each in found.values() if each.problem]) == (issue.subject, [])
    assert headers.body(raw).startswith("--")
    broken = headers.noted(b"List-Unsubscribe: =?utf-8?q?=3Chttps?=\r\nX-Long: " + b"x" * 1000 + b"\r\n\r\nText")
    assert [each.problem for each in broken] == [
        "an encoded word: one-click unsubscribe does not read it",
        "a line of 1008 bytes; receivers cut at 998",
    ]


@pytest.mark.parametrize("case", cases.CASES)
def test_an_odd_shape_is_made_of_the_real_issue_and_can_be_rendered(case, issue, settings):
    articles, rules = cases.articles(case, issue.stories), cases.rules(case, settings)
    made = compose.issue(
        articles, builders.SLOT, History(), compose.Rules(rules.newsletter, rules.themes, rules.compose, Overlay())
    )
    told = {
        "longest-headline": lambda: max(len(s.article.title) for s in made.stories) > 200,
        "empty-theme": lambda: len(made.sections) == len(issue.sections) - 1,
        "one-story": lambda: len(made.stories) == 1,
        "no-pictures": lambda: not any(s.article.cover for s in made.stories),
        "sixty-stories": lambda: len(made.stories) == 60 and not any(section.more for section in made.sections),
    }
    assert told[case]()
    assert render.email(made, rules.newsletter, rules.brand, rules.templates).html


def test_no_odd_shape_can_be_made_of_nothing():
    assert {case: cases.articles(case, ()) for case in cases.CASES} == dict.fromkeys(cases.CASES, ())


def test_a_finding_leads_to_its_story_its_field_or_its_view(issue):
    story = issue.stories[3].article
    found = {
        "left-over-mark": Finding("left-over-mark", "warning", f'html: "{{{{", from "{story.title}"', "…"),
        "subject": Finding("subject-length", "warning", "too long", "…"),
        "size": Finding("html-size", "error", "too large", "…"),
        "none": Finding("source-failed", "error", "it failed", "…"),
    }
    assert {name: places.of(each, issue) for name, each in found.items()} == {
        "left-over-mark": places.Place(story=story.id),
        "subject": places.Place(field="field-subject"),
        "size": places.Place(view="size"),
        "none": places.Place(),
    }


def test_an_address_says_what_is_chosen_and_nonsense_is_as_usual():
    choice, shown = Choice(edition="uk", case="one-story"), screen.Screen(show="size", to="quotes", phone=320)
    address = screen.address(choice, shown)
    query = dict(pair.split("=") for pair in address.removeprefix("/?").split("&"))
    assert screen.parse(query) == (choice, shown)
    odd = {"show": "../x", "look": "red", "to": "nobody", "form": "x", "desktop": "1e9", "phone": "-1", "case": "x"}
    assert screen.parse(odd) == (Choice(), screen.Screen())
    assert screen.address(Choice(), screen.Screen()) == "/"


def test_a_recipients_values_stand_in_the_html_as_text(issue, settings):
    email = render.email(issue, settings.newsletter, settings.brand, settings.templates)
    odd = replace(cases.recipient("quotes"), address='"><script>@x')
    fields = {name: for_html(value) for name, value in cases.fields(odd, settings).items()}
    assert "<script" not in Page(email.html, email.tokens).splice(fields).decode()
