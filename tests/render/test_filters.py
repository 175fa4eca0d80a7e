"""What templates may call."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from digest.models import Bar, Chart
from digest.render import filters, words
from tests.render import sample


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("#UWC news", "uwc-news"),
        ("#DefeatRussia", "defeatrussia"),
        ("#Грінченко_2024", "грінченко-2024"),
        ("#!", "theme"),
    ],
)
def test_an_anchor_keeps_letters_and_figures(tag: str, expected: str) -> None:
    assert filters.slug(tag) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Short text.", "Short text.", id="fits"),
        pytest.param("One two. Three four. Five six.", "One two. Three four.", id="whole-sentences"),
        pytest.param("He said “go.” Nobody at all went.", "He said “go.”", id="quotation"),
        pytest.param(
            "Yes. No full stop for a long while here", "Yes. No full stop for a…", id="first-sentence-too-short"
        ),
        pytest.param("No full stop, for a very long while", "No full stop, for a…", id="words"),
        pytest.param("x" * 40, "x" * 23 + "…", id="one-word"),
    ],
)
def test_an_excerpt_ends_where_a_reader_can_stop(text: str, expected: str) -> None:
    assert filters.excerpt(text, 24) == expected


@pytest.mark.parametrize("quote", ["« C’est ici.\u00a0»", "„Er ist da.“", "“It is here.”"])
def test_an_excerpt_keeps_the_end_of_a_quote(quote: str) -> None:
    assert filters.excerpt(f"{quote} Another sentence follows.", 30) == quote


@pytest.mark.parametrize(
    ("credit", "expected"),
    [
        ("Photo: A. Name", True),
        ("Фото: А. Ім’я", True),
        ("Photo\u00a0: AFP", True),
        ("A. Name / Agency", False),
        ("A. Name: all rights", False),
    ],
)
def test_a_credit_that_names_itself_needs_no_label(credit: str, *, expected: bool) -> None:
    assert filters.labelled(credit) is expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://www.example.org/a/b?c#d", "example.org"),
        ("http://maps.example.org?x=/", "maps.example.org"),
        ("https://someone@example.org:8443/", "example.org:8443"),
        ("https://[odd/", "[odd"),
    ],
)
def test_a_reader_is_told_the_site_behind_a_link(url: str, expected: str) -> None:
    assert filters.host(url) == expected


@pytest.mark.parametrize(("language", "other", "expected"), [("uk", "en", True), ("en-CA", "en", False)])
def test_regions_of_one_language_do_not_differ(language: str, other: str, *, expected: bool) -> None:
    assert filters.differs(language, other) is expected


@pytest.mark.parametrize(
    ("value", "largest", "percent"),
    [(0, 0, 0), (0, 9, 0), (0.001, 1e12, 1), (1, 3, 33), (9, 9, 100)],
)
def test_a_share_is_seen_where_there_is_one_and_not_where_there_is_none(
    value: float, largest: float, percent: int
) -> None:
    assert filters.share(value, largest) == percent


def test_the_rows_of_a_chart_stand_in_columns_that_fit_the_text_part() -> None:
    say = words.load(sample.TEMPLATES, "uk", ZoneInfo("Europe/Kyiv"))
    rows = [Bar("й" * 40, 1234.5), Bar("日本", 0), Bar("e\u0301", 617.25)]
    assert filters.bars(rows, say) == [
        f"{'й' * 40}  1\u00a0234,5  {'█' * 21}",
        f"日本{' ' * 36}        0  ",
        f"e\u0301{' ' * 39}   617,25  {'█' * 11}",
    ]
    longest = filters.bars([Bar("x" * 40, 1e12), Bar("x", 999_999_999_999.999)], say)
    assert max(map(len, longest)) <= 72
    assert "█" in longest[0]


@pytest.mark.parametrize(
    ("language", "values", "told"),
    [
        ("en", (12, 31), "Line chart: up from 12 (a) to 31 (b)."),
        ("uk", (1200, 31), "Лінійний графік: спад від 1\u00a0200 (a) до 31 (b)."),
        ("en", (5, 5), "Line chart: 5 at the start (a) and at the end (b)."),
        ("en", (12, 40, 31), "Line chart: up from 12 (a) to 31 (c). Highest: 40 (b), lowest: 12 (a)."),
        ("uk", (12, 4, 31), "Лінійний графік: зростання від 12 (a) до 31 (c). Найбільше: 31 (c), найменше: 4 (b)."),
        ("de", (12, 0.5, 12), "Liniendiagramm: 12 am Anfang (a) und am Ende (c). Höchstwert: 12 (a), Tiefstwert: 0,5 (b)."),
        ("fr", (1, 9, 2), "Courbe\u00a0: hausse de 1 (a) à 2 (c). Maximum\u00a0: 9 (b), minimum\u00a0: 1 (a)."),
        ("es", (3, 9, 2), "Gráfico de líneas: baja de 3 (a) a 2 (c). Máximo: 9 (b), mínimo: 2 (c)."),
        ("pt", (3, 1, 5), "Gráfico de linha: sobe de 3 (a) para 5 (c). Máximo: 5 (c), mínimo: 1 (b)."),
    ],
)  # fmt: skip
def test_a_line_is_described_by_its_ends_and_by_what_stands_out_between(language, values, told) -> None:
    say = words.load(sample.TEMPLATES, language, ZoneInfo("Europe/Kyiv"))
    points = tuple(Bar(label, value) for label, value in zip("abc", values, strict=False))
    assert filters.described(Chart("T", "", points, kind="line"), say) == told


@pytest.mark.parametrize("language", ["en", "uk", "de", "fr", "es", "pt"])
def test_a_description_is_never_longer_than_is_heard_with_patience(language) -> None:
    say = words.load(sample.TEMPLATES, language, ZoneInfo("Europe/Kyiv"))
    points = tuple(
        Bar(letter * 40, value) for letter, value in zip("abcd", (1e12, 2e12 / 3, 1e12 - 1, 9e11), strict=True)
    )
    assert 120 < len(filters.described(Chart("T", "", points, kind="line"), say)) <= 200
