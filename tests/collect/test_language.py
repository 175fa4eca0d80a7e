from __future__ import annotations

import pytest

from digest.collect import language


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("https://news.example/ua/slug", "uk"),
        ("https://news.example/uk/slug/", "uk"),
        ("https://news.example/ES/slug", "es"),
        ("https://news.example/pt-br/slug", "pt"),
        ("https://news.example/en", "en"),
        ("https://news.example/slug", ""),
        ("https://news.example/it/new-laptops", ""),
        ("https://news.example/news/ua/slug", ""),
        ("https://news.example/uklon", ""),
        ("https://news.example", ""),
    ],
)
def test_an_address_may_begin_with_its_language(url: str, code: str):
    assert language.of_address(url) == code


@pytest.mark.parametrize(
    ("written", "code"),
    [("en-US", "en"), ("uk_UA", "uk"), (" FR ", "fr"), ("ukr", "ukr"), ("english", ""), ("", ""), ("1", "")],
)
def test_a_code_is_its_language_without_the_country(written: str, code: str):
    assert language.of_code(written) == code
