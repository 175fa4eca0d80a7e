"""Hostile strings in every field that somebody outside can write: they stay text, and nothing breaks."""

from __future__ import annotations

import json
import os
import random
import re
from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path

import pytest
from msgspec.structs import replace
from selectolax.lexbor import LexborHTMLParser

from digest import cli
from digest.collect import clean
from digest.models import (
    Bar,
    Chart,
    Correction,
    Cover,
    Email,
    Figure,
    Issue,
    Link,
    Occasion,
    Quote,
    Section,
    Story,
)
from digest.send.message import Frame
from digest.splice import Page, for_html
from tests import real
from tests.render import sample
from tests.send.scene import LETTER, delivery

STRINGS = 5_000
TRIALS = int(os.environ.get("DIGEST_TEST_HOSTILE", "150"))
"""How many trials are drawn for the two templates, by the seed that pytest-randomly prints.

All: DIGEST_TEST_HOSTILE=10000.
"""
PARTS = 10
SEAMS = (
    "\" '", "-->", "<![endif]-->", "<!--[if mso]>", "]]>", "</mj-raw></mj-column>", "</td></tr></table>", "\r\nBcc: a@b.example\r\n",
    "=?utf-8?q?a?=", "\u202e", "\u2028", "\x00", "&#0;&#x27;", "`}{{", "\ufffe", "\\", "é>",
)  # fmt: skip
ACTIVE = {"applet", "base", "embed", "form", "frame", "iframe", "input", "link", "math", "object", "script", "svg"}
INERT = ("canonical", "alternate")
OF_PROSE = {"p", "ul", "ol", "li", "strong", "em", "a", "br"}
SAFE = re.compile(r"https?://[^/]|mailto:|#|$")


@cache
def strings() -> tuple[str, ...]:
    """The corpora, and then two of their strings at a time with a seam between them."""
    folder = real.bad_inputs()
    found = set(json.loads(next(folder.rglob("blns.json")).read_text("utf-8")))
    for file in (folder / "PayloadsAllTheThings").rglob("*"):
        if file.is_file() and file.name != "LICENSE":
            found.update(file.read_bytes().decode("utf-8", "replace").split("\n"))
    plain = sorted(found)
    dice = random.Random(5)
    while len(found) < STRINGS:
        found.add(dice.choice(plain)[:300] + dice.choice(SEAMS) + dice.choice(plain)[:300])
    return (*plain, *sorted(found.difference(plain)))


def issue(text: Callable[[], str], url: Callable[[], str]) -> Issue:
    """An issue with every block, and in every field what `text` and `url` give."""

    def story(number: int) -> Story:
        cover = Cover(url(), text(), text())
        article = sample.article(text(), number=number, lede=text(), url=url(), cover=cover, views=7)
        return Story(article, sample.DEFEAT, also_in=(text(),), minutes=2)

    panels = tuple(
        replace(panel, title=text(), text=text(), button=text(), url=url()) for panel in (sample.ACTION, sample.SPONSOR)
    )
    first = sample.CORRECTED.corrections[0]
    corrections = (Correction(first.at, text(), text(), "site:1"), Correction(first.at, text(), text()))
    return sample.issue(
        Section(sample.DEFEAT, (story(2),), more=(story(3),)),
        Section(sample.NEWS, (story(4),)),
        lead=story(1),
        subject=clean.plain(text()) or "x",
        preheader=text(),
        intro=f"from-here\n\n{text()}\n\nto-here",
        links=(Link(text(), url(), text()),),
        panels=panels,
        figure=Figure(text(), text(), text(), url()),
        chart=Chart(text(), text(), (Bar(text(), 3), Bar(text(), 0)), text(), url()),
        quote=Quote(text(), text(), url()),
        events=(Occasion(date(2024, 7, 2), text(), text(), url()),),
        corrections=corrections,
    )


def address(text: str) -> str:
    """As a source's address enters an article."""
    return clean.url(text) or clean.url(f"https://www.example.org/?q={text[:500]}") or "https://www.example.org/"


def built(number: int, templates: Path = sample.TEMPLATES) -> Email:
    """The email of trial `number`: over all trials each string, at an article's greatest length, stands once in each field."""
    found = strings()
    places = iter(range(number, number + 97 * STRINGS, 97))

    def text() -> str:
        return found[next(places) % STRINGS][: clean.LEDE_LENGTH] or "x"

    return sample.email(issue(text, lambda: address(text())), templates=templates)


@cache
def calm(templates: Path = sample.TEMPLATES) -> Email:
    return sample.email(issue(lambda: "x", lambda: "https://www.example.org/"), templates=templates)


def delivered(email: Email) -> str:
    """The html as one reader gets it."""
    values = {name: for_html(value) for name, value in delivery().fields.items()}
    return Page(email.html, email.tokens).splice(values).decode()


def structure(page: str) -> list[tuple[str, ...]]:
    """Each tag with the names of its attributes, as a browser finds them; what the editor's Markdown made left out."""
    found, in_prose = [], False
    for node in LexborHTMLParser(page).root.traverse(include_text=True):  # type: ignore[union-attr]
        if node.tag == "-text":
            in_prose = "from-here" in node.text_content or (in_prose and "to-here" not in node.text_content)
        elif in_prose:
            assert node.tag in OF_PROSE
            assert set(node.attributes) <= {"style", "class", "href", "start"}
        else:
            found.append((node.tag, *sorted(node.attributes)))
    return [*found, ("conditions", str(page.count("<!--[if")), str(page.count("<![endif]-->")))]


def active(page: str) -> list[str]:
    """What a mail client would run or load: tags, handlers, addresses that are no web page."""
    found = []
    for node in LexborHTMLParser(page).root.traverse():  # type: ignore[union-attr]
        found += [node.tag] if node.tag in ACTIVE and node.attributes.get("rel") not in INERT else []
        for name, value in node.attributes.items():
            if name.startswith("on") or (name in ("href", "src", "action") and not SAFE.match(value or "")):
                found.append(f"{name}={value}")
    return found


def header_names(email: Email) -> list[bytes]:
    raw = Frame(replace(LETTER, email=email)).build("weekly-2026-W47", delivery())
    return re.findall(rb"^([^\s:]+):", raw.partition(b"\r\n\r\n")[0], re.MULTILINE)


@pytest.fixture(scope="module", params=["default", "briefing"])
def templates(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A template as `digest init` writes it."""
    folder = tmp_path_factory.mktemp(request.param)
    assert cli.main(["init", str(folder / "letter"), "--template", request.param]) == 0
    return folder / "letter" / "templates"


@pytest.mark.parametrize("part", range(PARTS))
def test_hostile_strings_in_every_field_change_no_structure_and_start_nothing(part: int, templates: Path) -> None:
    numbers = range(part, STRINGS, PARTS)
    plain = calm(templates)
    for number in random.sample(numbers, min(len(numbers), TRIALS // PARTS // 2)):
        email = built(number, templates)
        for page, other in ((delivered(email), delivered(plain)), (email.web, plain.web)):
            assert structure(page) == structure(other), number
            assert active(page) == [], number
        assert header_names(email) == header_names(plain), number
        assert not re.search(r"[\x00-\x08\x0b-\x1f]", email.text), number
