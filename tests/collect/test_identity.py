from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from digest import collect, store
from digest.collect.identity import url_key
from digest.config import SourceSettings
from digest.models import Article
from digest.store.articles import Saved
from digest.store.opened import Store
from tests.collect.loopback import END, NOW, START, reply, request, site

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


# --- what the archive makes of a feed that changes -------------------------------------------


def item(title: str, link: str = "/a", guid: str = "", date: str = "27 Jun 2024 10:00:00 GMT") -> str:
    guid = f'<guid isPermaLink="false">{guid}</guid>' if guid else ""
    return f"<item><title>{title}</title><link>{link}</link>{guid}<pubDate>Thu, {date}</pubDate></item>"


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Store]:
    opened = store.open("sqlite:///archive.db", folder=tmp_path)
    yield opened
    opened.close()


def kept(archive: Store, *versions: list[str]) -> tuple[list[Saved], list[Article]]:
    """What each version of a feed came to in the archive, and what stands there in the end."""
    feeds = iter(versions)

    def answer_to(path: str):
        return reply(f'<rss version="2.0"><channel><title>x</title>{"".join(next(feeds))}</channel></rss>'.encode())

    with site(answer_to) as here:
        source = SourceSettings(name="wire", kind="feed", url=f"{here.url}/feed", allow_private_addresses=True)
        saved = [archive.articles.save(collect.fetch(source, request()).articles, NOW) for _ in versions]
    return saved, list(archive.articles.between(START, END))


@pytest.mark.parametrize(
    "second",
    [
        item("One", guid="second"),
        item("One"),
        item("One", link="/a/?utm_source=rss", guid="second"),
        item("One, edited", guid="first"),
        item("One, edited", link="/a-new-slug", guid="first"),
        item("One", guid="first", date="27 Jun 2024 11:00:00 GMT"),
    ],
    ids=["rotated-id", "no-id-any-more", "new-id-and-tracking", "retitled", "moved", "re-dated"],
)
def test_an_article_that_changes_stays_one_and_keeps_its_id(archive: Store, second: str):
    saved, articles = kept(archive, [item("One", guid="first")], [second])
    assert [each.new for each in saved] == [1, 0]
    assert [article.id for article in articles] == ["wire:first"]


def test_a_feed_that_changes_all_its_ids_at_each_fetch_does_not_double(archive: Store):
    versions = [[item(f"T {n}", f"/{n}", f"{fetch}-{n}") for n in range(20)] for fetch in range(3)]
    saved, articles = kept(archive, *versions)
    assert [each.new for each in saved] == [20, 0, 0]
    assert len(articles) == 20


def test_an_id_that_two_articles_share_does_not_hide_one(archive: Store):
    first = [item("One", "/a", "same"), item("Two", "/b", "same")]
    saved, articles = kept(archive, first, first, [item("One", "/a", "same")])
    assert [each.new for each in saved] == [2, 0, 0]
    assert sorted(article.title for article in articles) == ["One", "Two"]
