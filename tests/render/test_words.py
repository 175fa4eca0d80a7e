"""Dates and numbers, and a catalogue with a fault. What each language says: test_languages.py."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from digest.errors import RenderError
from digest.models import Window
from digest.render import words
from tests.render.sample import TEMPLATES

TORONTO = ZoneInfo("America/Toronto")


def shipped(language: str) -> words.Words:
    return words.load(TEMPLATES, language, TORONTO)


def catalogue(folder: Path, text: str, language: str = "en") -> words.Words:
    (folder / "text").mkdir(exist_ok=True)
    (folder / "text" / f"{language}.ftl").write_text(text, "utf-8")
    return words.load(folder, language, TORONTO)


@pytest.mark.parametrize(
    ("language", "views", "date"),
    [("en", "1,717 views", "27 June 2024"), ("uk", "1\u00a0717 переглядів", "27 червня 2024\u00a0р.")],
)
def test_numbers_and_dates_are_written_as_the_language_does(language: str, views: str, date: str) -> None:
    say = shipped(language)
    late = datetime(2024, 6, 28, 3, 59, tzinfo=UTC)
    assert say("views", count=1717) == views
    assert say.day(late) == date


@pytest.mark.parametrize(
    ("start", "end", "english", "ukrainian"),
    [
        pytest.param((2024, 6, 20, 22), (2024, 6, 27, 22), "20 to 27 June 2024", "20–27 червня 2024 р.", id="days"),
        pytest.param(
            (2024, 6, 27, 22), (2024, 7, 4, 22), "27 June to 4 July 2024", "27 червня – 4 липня 2024 р.", id="months"
        ),
        pytest.param(
            (2024, 12, 28, 23),
            (2025, 1, 3, 23),
            "28 December 2024 to 3 January 2025",
            "28 грудня 2024 р. – 3 січня 2025 р.",
            id="years",
        ),
        pytest.param((2024, 6, 20, 4), (2024, 6, 21, 4), "20 June 2024", "20 червня 2024 р.", id="one-day"),
    ],
)
def test_a_window_is_shown_by_the_days_it_touches(
    start: tuple[int, int, int, int], end: tuple[int, int, int, int], english: str, ukrainian: str
) -> None:
    window = Window(datetime(*start, tzinfo=UTC), datetime(*end, tzinfo=UTC))
    spans = [shipped(language).span(window).replace("\u00a0", " ") for language in ("en", "uk")]
    assert spans == [english, ukrainian]


def test_a_missing_message_names_the_file_and_the_line_to_add(tmp_path: Path) -> None:
    say = catalogue(tmp_path, "views = many")
    with pytest.raises(RenderError, match=r'en\.ftl: the message "photo" is missing; add a line "photo = …"'):
        say("photo", credit="x")


def test_a_message_with_an_unknown_value_is_named(tmp_path: Path) -> None:
    say = catalogue(tmp_path, "views = { $cuont } views")
    with pytest.raises(RenderError, match=r'en\.ftl: the message "views" cannot be filled in: .*cuont'):
        say("views", count=1)


def test_a_line_that_is_no_message_is_named(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match=r'en\.ftl:3: not a message; write "name = text"'):
        catalogue(tmp_path, "# words\nviews = many\nphoto: x\n")


def test_a_catalogue_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / "uk.ftl").write_bytes("views = перегляди".encode("cp1251"))
    with pytest.raises(RenderError, match=r"uk\.ftl: cannot be read as UTF-8"):
        words.load(tmp_path, "uk", TORONTO)


def test_a_missing_catalogue_names_the_file_to_write() -> None:
    with pytest.raises(RenderError, match=r'it\.ftl: not found; copy en\.ftl to it and translate .* "it"'):
        shipped("it")


def test_a_region_falls_back_to_its_language() -> None:
    assert shipped("uk-UA")("unsubscribe") == "Відписатися"


def test_a_language_without_known_dates_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match='no way to write dates in "tlh" is known'):
        catalogue(tmp_path, "views = x", "tlh")


def test_values_carry_no_invisible_marks() -> None:
    assert shipped("en")("also-in", themes="#UWC news") == "Also in #UWC news"
