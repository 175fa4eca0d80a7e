from __future__ import annotations

import pytest

from digest.collect.identity import url_key

KEY = "news.example/chomu-ukra%D1%97nczyami"


@pytest.mark.parametrize(
    "url",
    [
        "https://www.news.example/chomu-ukra%D1%97nczyami/",
        "https://www.news.example/chomu-ukra%D1%97nczyami",
        "https://news.example/chomu-ukra%D1%97nczyami/",
        "http://www.news.example/chomu-ukra%D1%97nczyami/",
        "HTTPS://WWW.News.Example/chomu-ukra%D1%97nczyami/",
        "https://www.news.example:443/chomu-ukra%D1%97nczyami/",
        "https://www.news.example/chomu-ukra%d1%97nczyami/",
        "https://www.news.example/chomu-ukraїnczyami/",
        "https://www.news.example/%63homu%2Dukra%D1%97nczyami/",
        "https://www.news.example//chomu-ukra%D1%97nczyami/#comments",
        "https://www.news.example/chomu-ukra%D1%97nczyami/?utm_source=x&UTM_Medium=y",
        "https://www.news.example/chomu-ukra%D1%97nczyami/?fbclid=abc&gclid=def&mc_eid=1",
        "https://www.news.example/chomu-ukra%D1%97nczyami/amp/",
        "https://news.example./chomu-ukra%D1%97nczyami?amp=1",
        " https://editor@www.news.example/chomu-ukra%D1%97nczyami/\n",
    ],
)
def test_all_spellings_of_one_address_have_one_key(url: str):
    assert url_key(url) == KEY


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://news.example/?p=12", "news.example?p=12"),
        ("https://news.example/?p=13", "news.example?p=13"),
        ("https://news.example/a?b=2&a=1", "news.example/a?a=1&b=2"),
        ("https://news.example/a?b=", "news.example/a?b="),
        ("https://news.example/a-2", "news.example/a-2"),
        ("https://news.example/A", "news.example/A"),
        ("https://uk.news.example/a", "uk.news.example/a"),
        ("https://news.example:8443/a", "news.example:8443/a"),
        ("https://news.example/a%2Fb", "news.example/a%2Fb"),
        ("https://news.example/amp", "news.example/amp"),
        ("https://" + "n" * 70 + ".example/a", "n" * 70 + ".example/a"),
        ("https://news.example/\ud800", "news.example/%3F"),
        ("https://приклад.укр/a b", "xn--80aikifvh.xn--j1amh/a%20b"),
    ],
)
def test_what_names_another_page_stays_in_the_key(url: str, key: str):
    assert url_key(url) == key


@pytest.mark.parametrize(
    "text", ["", "a title", "http://[::1", "https://news.example:99999/", "mailto:desk@news.example"]
)
def test_text_that_is_no_address_is_its_own_key(text: str):
    assert url_key(text) == text
