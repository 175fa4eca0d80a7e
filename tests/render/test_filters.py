"""What templates may call."""

from __future__ import annotations

import pytest

from digest.render import filters


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
    ("ground", "expected"), [("#0A2A52", "#FFFFFF"), ("#FFD500", "#14202E"), ("#0057B7", "#FFFFFF")]
)
def test_the_clearer_colour_is_taken(ground: str, expected: str) -> None:
    assert filters.clearest_on(["#FFFFFF", "#14202E"], ground) == expected
