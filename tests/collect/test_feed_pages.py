"""Feeds of several pages, and what a feed can tell of articles that it does not name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from digest import collect
from digest.config import SourceSettings
from digest.models import SourceReport
from tests.collect.loopback import START, Answer, reply, request, site

NOON = datetime(2024, 6, 30, 12, tzinfo=UTC)


def item(day: int, date: str | None = None) -> str:
    written = f"{NOON - timedelta(days=day):%a, %d %b %Y %H:%M:%S} GMT" if date is None else date
    return f"<item><title>{day}</title><link>/{day}</link><guid>{day}</guid><pubDate>{written}</pubDate></item>"


def rss(*items: str, head: str = "") -> Answer:
    return reply(f'<rss version="2.0"><channel><title>x</title>{head}{"".join(items)}</channel></rss>'.encode())


def next_page(path: str) -> str:
    return f'<link xmlns="http://www.w3.org/2005/Atom" rel="next" href="{path}"/>'


WORDPRESS = "<generator>https://wordpress.org/?v=6.5</generator>"


def read(answers: Mapping[str, Answer]) -> tuple[SourceReport, list[str]]:
    with site(lambda path: answers.get(path, reply(status=404))) as here:
        source = SourceSettings(name="wire", kind="feed", url=f"{here.url}/feed", allow_private_addresses=True)
        return collect.fetch(source, request()), here.asked


def titles(report: SourceReport) -> list[str]:
    assert report.failure is None
    return [article.title for article in report.articles]


def test_a_wordpress_feed_is_read_until_it_is_old_enough():
    pages = {
        "/feed": rss(item(0), item(1), head=WORDPRESS),
        "/feed?paged=2": rss(item(2), item(3), head=WORDPRESS),
        "/feed?paged=3": rss(item(5), item(9), head=WORDPRESS),
    }
    report, asked = read(pages)
    assert (titles(report), report.problems, report.complete_since) == (["0", "1", "2", "3", "5"], (), START)
    assert asked == ["/feed", "/feed?paged=2", "/feed?paged=3"]


def test_a_wordpress_feed_that_ends_is_whole():
    report, asked = read({"/feed": rss(item(0), item(1), head=WORDPRESS)})
    assert (titles(report), report.problems, report.complete_since) == (["0", "1"], (), START)
    assert asked == ["/feed", "/feed?paged=2"]


def test_the_next_page_is_where_the_feed_says():
    pages = {
        "/feed": rss(item(0), head=next_page("/older?q=1")),
        "/older?q=1": rss(item(1), head=next_page("/oldest")),
        "/oldest": rss(item(2)),
    }
    report, _ = read(pages)
    assert (titles(report), report.complete_since) == (["0", "1", "2"], START)


def test_the_next_page_of_a_json_feed_is_read():
    def page(day: int, **more: object) -> Answer:
        entry = {"id": str(day), "url": f"https://news.example/{day}", "title": str(day)}
        entry["date_published"] = (NOON - timedelta(days=day)).isoformat()
        return reply(json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": [entry], **more}).encode())

    report, _ = read({"/feed": page(0, next_url="/2"), "/2": page(1)})
    assert (titles(report), report.complete_since) == (["0", "1"], START)


def test_an_entry_that_moved_to_the_next_page_meanwhile_is_one_article():
    report, _ = read({"/feed": rss(item(0), item(1), head=next_page("/2")), "/2": rss(item(1), item(2))})
    assert [article.native_id.rpartition("/")[2] for article in report.articles] == ["0", "1", "2"]


@pytest.mark.parametrize(
    ("pages", "count", "asked"),
    [
        ({"/feed": rss(item(0), head=next_page("/feed"))}, 1, 1),
        ({"/feed": rss(item(0), head=next_page("/2")), "/2": rss(item(1), head=next_page("/feed"))}, 2, 2),
        ({"/feed": rss(item(0), head=next_page("/p0")), **{f"/p{n}": rss(item(0), head=next_page(f"/p{n + 1}")) for n in range(50)}}, 1, 10),
        ({"/feed": rss(item(0, "once"), head=next_page("/2"))}, 1, 1),
    ],
    ids=["itself", "circle", "endless", "no-dates"],
)  # fmt: skip
def test_paging_ends(pages: Mapping[str, Answer], count: int, asked: int):
    report, paths = read(pages)
    assert (len(titles(report)), len(paths)) == (count, asked)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (reply(status=403), "the site answered 403"),
        (reply(b"<html>"), "this is a web page"),
        (rss(item(1), head="<oops>"), "not well-formed"),
    ],
    ids=["refused", "html", "broken"],
)
def test_a_later_page_that_cannot_be_read_well_is_said_and_the_first_stays(answer: Answer, said: str):
    report, _ = read({"/feed": rss(item(0), head=next_page("/2")), "/2": answer})
    assert (titles(report)[0], report.complete_since) == ("0", None)
    assert said in " ".join(report.problems)


@pytest.mark.parametrize(
    ("items", "since"),
    [
        ([item(0), item(1), item(3)], NOON - timedelta(days=3) + datetime.resolution),
        ([item(0), item(9)], START),
        ([item(1), item(0)], None),
        ([item(0), item(1, "once")], None),
        ([item(0), "<item><title>no link</title></item>"], None),
        ([], None),
    ],
    ids=["sorted", "far-back", "unsorted", "undated", "broken-item", "empty"],
)
def test_a_feed_tells_of_the_time_that_it_covers(items: list[str], since: datetime | None):
    assert read({"/feed": rss(*items)})[0].complete_since == since


def test_of_a_feed_of_all_articles_the_rest_is_older_than_what_is_wanted():
    report, _ = read({"/feed": rss(*(item(day) for day in range(501)))})
    assert (len(report.articles), report.problems, report.complete_since) == (7, (), START)


def test_a_full_text_in_place_of_the_excerpt_is_counted():
    def words(text: str) -> int:
        entry = f"<item><title>a</title><link>/a</link><description>{text}</description></item>"
        return read({"/feed": rss(entry)})[0].articles[0].words

    assert (words("word " * 300), words("word " * 30)) == (300, 0)


def test_the_address_behind_a_counting_service_is_the_articles_own():
    own = '<f:origLink xmlns:f="http://rssnamespace.org/feedburner/ext/1.0">https://news.example/a</f:origLink>'
    report, _ = read({"/feed": rss(f"<item><title>a</title><link>https://count.example/1</link>{own}</item>")})
    assert [article.url for article in report.articles] == ["https://news.example/a"]
