"""The pages' words: every language says everything, and nothing that no page says."""

import re

import pytest
from fluent.syntax import FluentParser, ast

from tests.builders import REPOSITORY

PAGES = REPOSITORY / "templates" / "pages"
LANGUAGES = sorted(file.stem for file in (PAGES / "text").glob("*.ftl"))


def messages(language):
    """Name -> the values that the message needs."""
    body = FluentParser().parse((PAGES / "text" / f"{language}.ftl").read_text(encoding="utf-8")).body
    assert not [entry for entry in body if isinstance(entry, ast.Junk)]
    found = [entry for entry in body if isinstance(entry, ast.Message)]
    return {
        entry.id.name: set(re.findall(r"\$(\w+)", str(entry.value.to_json()).replace("'name': '", "$")))
        for entry in found
    }


def test_the_pages_speak_every_language_of_the_email():
    assert sorted(file.stem for file in (REPOSITORY / "templates" / "text").glob("*.ftl")) == LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_messages(language):
    assert set(messages(language)) == set(messages("en"))


def test_every_message_is_said_somewhere():
    places = [*PAGES.glob("*.j2"), *(REPOSITORY / "digest" / "web" / "public").glob("*.py")]
    said = "\n".join(file.read_text(encoding="utf-8") for file in places)
    made = {
        f"{kind}-{part}" for kind in ("mail", "known") for part in ("subject", "heading", "text", "button", "ignore")
    }
    made |= {
        f"{name}-{part}" for name in ("sent", "welcome", "expired", "left", "missing") for part in ("title", "text")
    }
    made |= {"frequency-every", "frequency-monthly"}
    assert {name for name in messages("en") if f'"{name}"' not in said} == made
