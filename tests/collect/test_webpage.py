"""A list page and its articles: which links are followed, and what each kind of page says."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from digest import collect, net
from digest.collect import page, webpage
from digest.collect.request import Visit
from digest.config import SourceSettings
from digest.models import Article, Cover, SourceReport
from tests.collect.loopback import NEWSLETTER, NOW, Answer, Site, reply, request, site

URL = "https://news.example/a-call-to-all/"
SOURCE = SourceSettings(name="page", kind="webpage", url="https://news.example/news")

LINKED = {
    "@type": "NewsArticle",
    "headline": "A call &amp; more",
    "datePublished": "2024-06-27T10:00:00+03:00",
    "dateModified": "2024-06-28T10:00:00Z",
    "description": "The lede.",
    "image": {"url": "/pic.jpg"},
    "keywords": ["UWC news", "#DefeatRussia"],
    "inLanguage": "uk-UA",
    "wordCount": 250,
}
ARTICLE = Article(
    source="page",
    native_id="news.example/a-call-to-all",
    url=URL,
    url_key="news.example/a-call-to-all",
    title="A call & more",
    lede="The lede.",
    tags=("UWC news", "DefeatRussia"),
    published=datetime(2024, 6, 27, 7, tzinfo=UTC),
    modified=datetime(2024, 6, 28, 10, tzinfo=UTC),
    cover=Cover("https://news.example/pic.jpg", "", ""),
    language="uk",
    words=250,
)

OPEN_GRAPH = """<html lang="uk"><head><meta property="og:type" content="article">
<meta property="og:title" content="A call &amp; more | News"><meta property="og:description" content="The lede.">
<meta property="og:image" content="/pic.jpg"><meta property="og:image:alt" content="A view">
<meta property="article:published_time" content="2024-06-27T07:00:00Z">
<meta property="article:modified_time" content="2024-06-28T10:00:00Z">
<meta property="article:tag" content="UWC news"><meta property="article:tag" content="DefeatRussia"></head>
<body><h1>A call &amp; more</h1><p>One two three.</p></body></html>"""

VISIBLE = """<html><body><nav><a rel="tag">Not this</a><time datetime="2020-01-01">x</time></nav><main>
<article><header><h1>A call &amp; <b>more</b></h1><time datetime="2024-06-27 10:00">27 June</time></header>
<figure><img src="data:x" data-src="/pic.jpg" alt="A view"><figcaption>Photo: Ann Example</figcaption></figure>
<p>The lede.</p><p>And more words.</p><a rel="tag">UWC news</a> <a rel="category tag">DefeatRussia</a></article>
<article><h2>Another</h2><time datetime="2024-06-30">x</time><a rel="tag">Nor this</a></article></main></body></html>"""

UNION = """<html><body><div><a href="/">Home</a><p>July 1,2024</p></div><img src="/logo.png" width="1" height="1">
<h1>A call &amp; more</h1><div><a href="/t/1">#UAinNATO</a><a href="/t/2">#UWC news</a></div>
<div><span>June 27,2024</span> <span>1717</span></div><div>A call &amp; more</div>
<p>The lede of the article.</p><p>Cover: Ann B Example Ann B Example / Agency</p>
<div>Donate Subscribe to our news</div><div>Latest news<h3>Another</h3>June 30,2024</div></body></html>"""


def linked(*found: object) -> str:
    return "".join(f'<script type="application/ld+json">{json.dumps(each)}</script>' for each in found)


def read(html: str, url: str = URL, source: SourceSettings = SOURCE) -> Article | None:
    return page.article(net.Response(200, url, {}, html.encode()), Visit(source, request(), 0.0))


# --- the page of an article ------------------------------------------------------------------


@pytest.mark.parametrize(
    "html",
    [
        linked(LINKED),
        linked({"@type": "WebSite"}, {"@graph": [{"@type": "Person"}, LINKED]}),
        linked([LINKED | {"@type": ["Thing", "BlogPosting"]}]),
        linked(LINKED | {"image": ["/pic.jpg", "/other.jpg"], "keywords": "UWC news, #DefeatRussia"}),
        linked(LINKED | {"image": [{"url": "https://news.example/pic.jpg"}]}) + "<h1>Shown otherwise</h1>",
        '<script type="application/ld+json">{broken</script>' + linked(LINKED),
    ],
    ids=["alone", "graph", "list", "lists", "objects", "after-a-broken-one"],
)
def test_json_ld_gives_the_whole_article(html: str):
    assert read(html) == ARTICLE


def test_meta_tags_give_the_whole_article():
    assert read(OPEN_GRAPH) == replace(ARTICLE, cover=Cover("https://news.example/pic.jpg", "A view", ""), words=3)


def test_what_readers_see_gives_the_whole_article_and_nothing_of_others():
    assert read(VISIBLE) == replace(
        ARTICLE, modified=None, language="en", words=5,
        cover=Cover("https://news.example/pic.jpg", "A view", "Ann Example"),
    )  # fmt: skip


def test_on_a_page_that_marks_no_article_what_stands_around_it_does_not_count():
    nav = '<nav><time datetime="2020-01-01"></time><a rel="tag">No</a></nav>'
    article = read(f'{nav}<h1>A title</h1><time datetime="2024-06-27T07:00Z"></time><a rel="tag">Yes</a>')
    assert article is not None
    assert (article.published, article.tags) == (ARTICLE.published, ("Yes",))


def test_the_header_of_the_uwc_site_is_read():
    assert read(UNION) == replace(
        ARTICLE, lede="The lede of the article.", tags=("UAinNATO", "UWC news"), modified=None, language="en", words=5,
        published=datetime(2024, 6, 26, 21, tzinfo=UTC), day_only=True, views=1717, views_at=NOW,
        cover=Cover(None, "", "Ann B Example / Agency"),
    )  # fmt: skip


def test_an_instant_in_the_meta_tags_is_better_than_the_day_of_the_header():
    head = '<meta property="article:published_time" content="2024-06-27T07:00:00Z">'
    article = read(head + UNION)
    assert article is not None
    assert (article.published, article.day_only, article.views) == (ARTICLE.published, False, 1717)


@pytest.mark.parametrize(
    ("html", "url", "expected"),
    [
        (linked(LINKED), "https://news.example/ua/a", {"language": "uk"}),
        (linked(LINKED | {"inLanguage": None}) + "", "https://news.example/es/a", {"language": "es"}),
        (linked(LINKED) + "<link rel=shortlink href='/?p=12'>", URL, {"native_id": "news.example?p=12"}),
        (linked(LINKED) + "<link rel=shortlink href='/'>", URL, {"native_id": "news.example/a-call-to-all"}),
        (linked(LINKED | {"datePublished": "soon"}), URL, {"published": None}),
        (linked(LINKED | {"headline": None}) + "<h1>Shown</h1>", URL, {"title": "Shown"}),
        (linked(LINKED | {"wordCount": None, "articleBody": "Four words of it."}), URL, {"words": 4}),
        (linked(LINKED | {"image": "javascript:x"}), URL, {"cover": None}),
        (linked(LINKED | {"keywords": {"a": 1}}), URL, {"tags": ()}),
    ],
    ids=["prefix", "es", "short-link", "no-short-link", "odd-date", "no-headline", "body", "odd-image", "odd-keywords"],
)
def test_a_page_may_say_more_or_less(html: str, url: str, expected: Mapping[str, object]):
    article = read(html, url)
    assert {name: getattr(article, name) for name in expected} == expected


@pytest.mark.parametrize(
    "html",
    [
        "",
        "<h1>About us</h1><p>Text.</p>",
        "<time datetime='2024-06-27'></time>",
        linked({"@type": "JobPosting", "headline": "x"}),
    ],
    ids=["empty", "about", "no-title", "web-page"],
)
def test_a_page_that_does_not_say_that_it_is_an_article_is_none(html: str):
    assert read(html) is None


# --- the list --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("link", "followed"),
    [
        ('<a href="/a-call-to-all">x</a>', True),
        ('<a href="/slug">A title of four words</a>', True),
        ('<a href="/27189/">x</a>', True),
        ('<a href="/2024/06/slug">x</a>', True),
        ('<a href="/?p=12">x</a>', True),
        ('<a href="https://www.news.example/a-call-to-all.html">x</a>', True),
        ('<article><header><a href="/a-call-to-all">x</a></header></article>', True),
        ('<a href="/slug">x</a><a href="/slug"><h3>A title of four words</h3></a>', True),
        ('<a href="/slug">Read more</a>', False),
        ('<a href="/2024/06/">June 2024 in our archive</a>', True),
        ('<a href="/2024/06/">June</a>', False),
        ('<a href="https://other.example/a-call-to-all">x</a>', False),
        ('<a href="/tag/a-call-to-all">A title of four words</a>', False),
        ('<a href="/news/page/2">A title of four words</a>', False),
        ('<a href="/news#a-call-to-all">A title of four words</a>', False),
        ('<a href="/">A title of four words</a>', False),
        ('<a href="/a-call-to-all.pdf">A title of four words</a>', False),
        ('<a href="mailto:a-call-to-all@news.example">A title of four words</a>', False),
        ('<nav><a href="/a-call-to-all">x</a></nav>', False),
        ('<footer><div><a href="/a-call-to-all">x</a></div></footer>', False),
    ],
)
def test_a_link_is_followed_by_the_stated_rule(link: str, followed: bool):
    response = net.Response(200, "https://news.example/news", {}, link.encode())
    assert bool(webpage._links(response)) is followed


def test_links_stand_once_in_the_order_of_the_page():
    html = '<a href="/b-b-b/">x</a><a href="/a-a-a#top">x</a><a href="http://www.news.example/b-b-b?utm_source=x">x</a>'
    response = net.Response(200, "https://news.example/news", {}, html.encode())
    assert webpage._links(response) == ["https://news.example/b-b-b/", "https://news.example/a-a-a"]


# --- a visit ---------------------------------------------------------------------------------


def newspaper(articles: Mapping[str, Answer | str], robots: Answer | None = None):
    """A site whose list names every article, in order."""
    listed = "".join(f'<a href="{path}">x</a>' for path in articles)

    def answer_to(path: str) -> Answer:
        if path == "/robots.txt":
            return robots or reply(status=404)
        found = articles.get(path, f"<html>{listed}</html>" if path == "/news" else reply(status=404))
        return reply(found.encode(), Content_Type="text/html") if isinstance(found, str) else found

    return site(answer_to)


def fetch(here: Site, site_url: str = "https://elsewhere.example", **settings: object) -> SourceReport:
    source = SourceSettings(
        name="page", kind="webpage", url=f"{here.url}/news", allow_private_addresses=True, **settings
    )
    newsletter = NEWSLETTER.model_copy(update={"site_url": site_url})
    return collect.fetch(source, replace(request(), newsletter=newsletter))


def dated(number: int, day: str = "2024-06-27") -> str:
    return f"<article><h1>Title {number}</h1><time datetime='{day}'></time><p>Text.</p></article>"


def test_the_articles_of_a_list_are_read_and_a_broken_one_is_named():
    pages = {
        "/one-of-all": dated(1),
        "/two-of-all": reply(status=500),
        "/three-of-all": dated(3),
        "/about-all-of-us": "<h1>Us</h1>",
    }
    with newspaper(pages) as here:
        report = fetch(here)
    assert [article.title for article in report.articles] == ["Title 1", "Title 3"]
    assert [problem.replace(here.url, "SITE") for problem in report.problems] == [
        "SITE/two-of-all: the site answered 500: it is busy or broken; run again later",
        "1 linked pages neither name a date nor say that they are articles, as SITE/about-all-of-us; they were left out",
    ]
    assert (report.failure, report.complete_since) == (None, None)


def test_only_articles_with_a_wanted_tag_are_given():
    with newspaper({"/one-of-all": VISIBLE, "/two-of-all": dated(2)}) as here:
        assert [article.title for article in fetch(here, tags=["#uwc-news"]).articles] == ["A call & more"]


def test_at_most_sixty_pages_are_read_and_four_at_once():
    lock, now, most = threading.Lock(), 0, 0

    def slow(handler) -> None:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.02)
        with lock:  # before the answer: the next page may be asked for as soon as it is there
            now -= 1
        reply(dated(1).encode())(handler)

    with newspaper({f"/a-b-{number}": slow for number in range(70)}) as here:
        report = fetch(here)
    assert (len(report.articles), len(here.asked), most) == (60, 62, 4)


def test_what_lies_behind_twenty_old_articles_is_not_read():
    with newspaper(
        {f"/a-b-{number}": dated(number, "2024-06-20" if number > 2 else "2024-06-27") for number in range(50)}
    ) as here:
        assert len(fetch(here).articles) == 3
    assert len(here.asked) == 42


@pytest.mark.parametrize(
    ("robots", "said"),
    [
        (reply(b"User-agent: *\nDisallow: /news"), "the site's robots.txt does not allow programs here"),
        (reply(b"User-agent: digest\nDisallow: /*all$"), "no links to articles found"),
        (reply(status=503, Retry_After="60"), "robots.txt: the site answered 503"),
        (reply(b"User-agent: *\nDisallow: /", status=404), None),
        (reply(b"User-agent: *\nDisallow: /", status=403), None),
        (reply(b"User-agent: other\nDisallow: /"), None),
        (reply(b"\xff\x00<html>" * 1000), None),
    ],
    ids=["list", "articles", "busy", "none", "closed", "others", "noise"],
)
def test_robots_txt_of_another_site_is_respected(robots: Answer, said: str | None):
    with newspaper({"/one-of-all": dated(1)}, robots) as here:
        report = fetch(here)
    assert (report.failure is None) is (said is None)
    assert said is None or said in (report.failure or "")


def test_the_organisations_own_site_need_not_be_asked():
    with newspaper({"/one-of-all": dated(1)}, reply(b"User-agent: *\nDisallow: /")) as here:
        assert len(fetch(here, site_url=here.url).articles) == 1
    assert "/robots.txt" not in here.asked


@pytest.mark.parametrize(
    ("pages", "said"),
    [
        ({}, "/news: no links to articles found; give the page that lists the articles, or a feed"),
        ({"/one-of-all": reply(status=404)}, "/news: none of the 1 articles that it links to could be read: "),
    ],
    ids=["nothing", "all-broken"],
)
def test_a_list_that_gives_nothing_is_a_failure(pages: Mapping[str, Answer], said: str):
    with newspaper(pages) as here:
        assert (fetch(here).failure or "").removeprefix(here.url).startswith(said)


def test_many_broken_pages_are_counted():
    pages = {f"/a-b-{number}": reply(status=404) for number in range(9)}
    with newspaper({"/one-of-all": dated(1), **pages}) as here:
        problems = fetch(here).problems
    assert (len(problems), problems[-1]) == (6, "4 more articles could not be read")
