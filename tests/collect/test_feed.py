from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from digest import collect, net
from digest.collect import feed
from digest.collect.request import Visit
from digest.config import SourceSettings
from digest.errors import SourceError
from digest.models import Article, Cover, SourceMemory, SourceReport
from tests.collect.loopback import NOW, Site, reply, request, site

RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/" xmlns:content="http://purl.org/rss/1.0/modules/content/">
<channel><title>Example News</title><link>https://news.example/</link><language>en-US</language>
<item>
<title>A 5 &lt; 7 &amp;amp; 9 &gt; 3</title><link>/a/?utm_source=rss</link><guid isPermaLink="false">post-1</guid>
<category>#UAinNATO#UWC news</category><category>DefeatRussia</category>
<pubDate>Thu, 27 Jun 2024 10:00:00 EEST</pubDate>
<description><![CDATA[<p>The first one. Then [&hellip;]</p>]]></description>
<content:encoded><![CDATA[<p>The first one.</p><p>Then more. <img src="https://news.example/pic.jpg" alt="A &quot;view&quot;"></p>]]></content:encoded>
<media:content url="/pic.jpg" medium="image"><media:credit>Photo: Ann Example</media:credit></media:content>
</item>
</channel></rss>"""

ARTICLE = Article(
    source="wire",
    native_id="post-1",
    url="https://news.example/a/?utm_source=rss",
    url_key="news.example/a",
    title="A 5 < 7 & 9 > 3",
    lede="The first one.",
    tags=("UAinNATO", "UWC news", "DefeatRussia"),
    published=datetime(2024, 6, 27, 7, tzinfo=UTC),
    cover=Cover("https://news.example/pic.jpg", 'A "view"', "Ann Example"),
    language="en",
    words=5,
)

ATOM = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="uk" xml:base="https://news.example/">
<title>Приклад</title><id>tag:news.example,2024:/</id><updated>2024-06-30T00:00:00Z</updated>
<entry>
<id>tag:news.example,2024:1</id><title>Use &lt;b&gt; &amp; more</title><link href="/a"/>
<published>2024-06-27T10:00:00</published><updated>2024-06-28T10:00:00Z</updated>
<category term="uwc-news" label="UWC news"/>
<content type="html">&lt;p&gt;Перший абзац.&lt;/p&gt;&lt;p&gt;Другий.&lt;/p&gt;</content>
</entry></feed>"""

ATOM_ARTICLE = Article(
    source="wire",
    native_id="tag:news.example,2024:1",
    url="https://news.example/a",
    url_key="news.example/a",
    title="Use <b> & more",
    lede="Перший абзац.",
    tags=("uwc-news",),
    published=datetime(2024, 6, 27, 7, tzinfo=UTC),
    modified=datetime(2024, 6, 28, 10, tzinfo=UTC),
    language="uk",
    words=3,
)

ITEM = {
    "id": 7,
    "url": "https://news.example/a",
    "title": "Use <b> & more",
    "summary": "Short & plain.",
    "content_html": "<p>First <i>one</i>.</p>",
    "image": "https://news.example/pic.jpg",
    "date_published": "2024-06-27T10:00:00+03:00",
    "date_modified": "2024-06-28T10:00:00Z",
    "tags": ["#UWC news", "DefeatRussia"],
}

JSON_ARTICLE = replace(
    ATOM_ARTICLE,
    native_id="7",
    lede="Short & plain.",
    tags=("UWC news", "DefeatRussia"),
    cover=Cover("https://news.example/pic.jpg", "", ""),
    language="fr",
    words=2,
)


def json_feed(*items: object, **changes: object) -> str:
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "language": "fr-CA", "items": items} | changes)


class CannedVisit(Visit, frozen=True):
    """A visit to https://news.example/feed, whose answer is `body`."""

    body: bytes = b""

    def get(self, url: str, cap_bytes: int = 0, headers: Mapping[str, str] | None = None) -> net.Response:
        assert url == "https://news.example/feed"
        return net.Response(200, url, {"content-type": "application/xml"}, self.body)


def read(body: str | bytes, **settings: object) -> SourceReport:
    source = SourceSettings(name="wire", kind="feed", url="https://news.example/feed", **settings)
    return feed.read(CannedVisit(source, request(), 0.0, body if isinstance(body, bytes) else body.encode()))


def gives(article: Article, *problems: str) -> SourceReport:
    """A feed of one article tells nothing of others of its very moment, and nothing when it has problems."""
    since = article.published + datetime.resolution if article.published and not problems else None
    return SourceReport("wire", (article,), problems, complete_since=since)


def rss(*items: str) -> str:
    return f'<rss version="2.0"><channel><title>x</title>{"".join(f"<item>{each}</item>" for each in items)}</channel></rss>'


# --- each format -----------------------------------------------------------------------------


def test_an_rss_item_gives_the_whole_article():
    assert read(RSS) == gives(ARTICLE)


def test_an_atom_entry_gives_the_whole_article():
    assert read(ATOM) == gives(ATOM_ARTICLE)


def test_a_json_feed_item_gives_the_whole_article():
    assert read(json_feed(ITEM)) == gives(JSON_ARTICLE)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"id": "a"}, {"native_id": "a"}),
        ({"id": None}, {"native_id": "news.example/a"}),
        ({"url": "", "external_url": "/b"}, {"url": "https://news.example/b", "url_key": "news.example/b"}),
        ({"title": ""}, {"title": "Short & plain."}),
        ({"summary": None}, {"lede": "First one."}),
        ({"content_html": None, "content_text": "Three < four & five"}, {"words": 5}),
        ({"image": True, "banner_image": "/b.jpg"}, {"cover": Cover("https://news.example/b.jpg", "", "")}),
        ({"language": "uk"}, {"language": "uk"}),
        ({"tags": "no list"}, {"tags": ()}),
        ({"date_published": 5, "date_modified": []}, {"published": None, "modified": None}),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_json_feed_item_may_lack_or_misuse_a_key(changes: dict[str, object], expected: dict[str, object]):
    assert read(json_feed(ITEM | changes)) == gives(replace(JSON_ARTICLE, **expected))


def test_a_feed_in_another_encoding_is_read():
    cyrillic = RSS.replace("UTF-8", "windows-1251").replace("A 5", "Їжак").encode("windows-1251")
    assert read(cyrillic) == gives(replace(ARTICLE, title="Їжак < 7 & 9 > 3"))


def test_an_empty_feed_has_no_articles_and_no_problems():
    assert read(rss()) == SourceReport("wire")


# --- dates, language, identity ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("date", "published"),
    [
        ("<pubDate>Thu, 27 Jun 2024 10:00:00 EEST</pubDate>", datetime(2024, 6, 27, 7, tzinfo=UTC)),
        ("<pubDate>Thu, 27 Jun 2024 10:00:00</pubDate>", datetime(2024, 6, 27, 14, tzinfo=UTC)),
        ("<pubDate>2024/6/27 10:00:00</pubDate>", None),
        (
            '<date xmlns="http://purl.org/dc/elements/1.1/">2024-06-27T10:00:00Z</date>',
            datetime(2024, 6, 27, 10, tzinfo=UTC),
        ),
        ("", None),
    ],
    ids=["named-zone", "no-zone", "unreadable", "dublin-core", "none"],
)
def test_a_date_is_what_the_feed_wrote_or_none(date: str, published: datetime | None):
    report = read(rss(f"<title>a</title><link>https://news.example/a</link>{date}"), timezone="America/Toronto")
    assert [(article.published, article.day_only) for article in report.articles] == [(published, False)]


def test_the_sources_own_language_comes_first():
    assert [article.language for article in read(RSS, language="uk").articles] == ["uk"]


def test_a_guid_that_is_used_twice_names_nothing():
    items = [
        f"<title>{n}</title><guid isPermaLink='false'>same</guid><link>https://news.example/{n}</link>" for n in "ab"
    ]
    assert [article.native_id for article in read(rss(*items)).articles] == ["news.example/a", "news.example/b"]


def test_an_item_that_stands_twice_is_one_article():
    item = "<title>a</title><link>https://news.example/a</link>"
    assert [article.native_id for article in read(rss(item, item)).articles] == ["news.example/a"]


def test_ids_hold_nothing_that_a_store_refuses():
    report = read(json_feed(ITEM | {"id": "a\ud800\x00b"}).encode())
    assert [article.native_id for article in report.articles] == ["ab"]


# --- covers ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("markup", "url"),
    [
        ('<enclosure url="/pic.jpg" type="image/jpeg" length="1"/>', "https://news.example/pic.jpg"),
        ('<enclosure url="/talk.mp3" type="audio/mpeg" length="1"/>', None),
        ('<m:thumbnail url="/thumb.jpg"/>', "https://news.example/thumb.jpg"),
        ('<m:thumbnail url="/thumb.jpg"/><m:content url="/pic.jpg"/>', "https://news.example/pic.jpg"),
        ('<m:content url="/film.mp4" type="video/mp4"/>', None),
        ('<m:content url="/film.mp4"/>', None),
        ("<description>&lt;img src='/pic.jpg'&gt;</description>", "https://news.example/pic.jpg"),
        ("<description>&lt;img src='data:x' data-src='/lazy.jpg'&gt;</description>", "https://news.example/lazy.jpg"),
        (
            "<description>&lt;img src=/dot.gif width=1 height=1&gt;&lt;img src=/pic.jpg&gt;</description>",
            "https://news.example/pic.jpg",
        ),
        ("<description>&lt;img src='javascript:x'&gt;</description>", None),
    ],
    ids=[
        "enclosure",
        "audio",
        "thumbnail",
        "content-first",
        "video",
        "video-by-name",
        "in-text",
        "lazy",
        "pixel",
        "script",
    ],
)
def test_the_cover_is_the_feeds_own_picture_or_the_first_of_the_text(markup: str, url: str | None):
    item = f"<item xmlns:m='http://search.yahoo.com/mrss/'><title>a</title><link>/a</link>{markup}</item>"
    report = read(f'<rss version="2.0"><channel>{item}</channel></rss>')
    assert [article.cover for article in report.articles] == [Cover(url, "", "") if url else None]


# --- what goes wrong -------------------------------------------------------------------------


def test_a_protected_post_is_left_out():
    form = '<form class="post-password-form" method="post"></form>'
    assert read(RSS.replace("<p>The first one.</p>", form)) == SourceReport("wire")


def test_an_item_without_link_or_words_is_a_problem_of_its_own():
    report = read(
        rss("<title>no link</title>", "<link>https://news.example/a</link>", "<title>b</title><link>/b</link>")
    )
    assert [article.title for article in report.articles] == ["b"]
    assert report.problems == (
        "entry 1 has no link to a web page or no words; its author must add them",
        "entry 2 has no link to a web page or no words; its author must add them",
    )


def test_a_malformed_feed_that_can_be_read_is_read_and_said():
    report = read(RSS.replace("</item>", "<oops></item>"))
    assert [article.title for article in report.articles] == ["A 5 < 7 & 9 > 3"]
    assert len(report.problems) == 1
    assert report.problems[0].startswith("the feed is not well-formed (")


def test_only_the_first_500_entries_are_read():
    report = read(rss(*(f"<title>{n}</title><link>https://news.example/{n}</link>" for n in range(501))))
    assert len(report.articles) == 500
    assert report.problems == ("the feed has 501 entries; only the first 500 were read",)


def test_odd_json_items_are_counted():
    said = "2 items are no objects and were left out; the feed's owner must correct them"
    assert read(json_feed(ITEM, None, "x")) == gives(JSON_ARTICLE, said)


BOMB = '<!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>' + rss(
    "<title>&b;</title><link>https://news.example/a</link>"
)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("<!doctype html><html><body>Hello</body></html>", "https://news.example/feed: this is a web page; look for"),
        ("hello", "https://news.example/feed: this is neither RSS, Atom nor JSON Feed; look for"),
        ("", "https://news.example/feed: this is neither RSS, Atom nor JSON Feed; look for"),
        ('{"items": []}', "https://news.example/feed: this is JSON, but no JSON Feed; look for"),
        (
            json_feed(version="https://jsonfeed.org/version/1234"),
            "https://news.example/feed: this is JSON, but no JSON Feed; look for",
        ),
        (json_feed(items={}), "https://news.example/feed: this is JSON, but no JSON Feed; look for"),
        ("{broken", "https://news.example/feed: expected JSON, got '{broken'; check the address"),
        (BOMB, "the feed defines XML entities, which is how feeds attack; ask"),
        (BOMB.encode("utf-16"), "the feed defines XML entities, which is how feeds attack; ask"),
    ],
    ids=["html", "text", "empty", "json", "version", "items", "broken-json", "entities", "utf-16-entities"],
)
def test_what_is_no_feed_is_a_failure_that_says_what_it_is(body: str | bytes, said: str):
    with pytest.raises(SourceError) as caught:
        read(body)
    assert str(caught.value).startswith(said)


def test_a_body_that_names_a_local_feed_does_not_open_it(tmp_path: Path):
    (tmp_path / "feed.xml").write_text(RSS)
    with pytest.raises(SourceError, match="neither RSS, Atom nor JSON Feed"):
        read(str(tmp_path / "feed.xml"))


def test_a_doctype_without_entities_is_read():
    doctype = (
        '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://my.netscape.com/rss-0.91.dtd">'
    )
    assert len(read(doctype + rss("<title>a</title><link>/a</link>")).articles) == 1


# --- over HTTP -------------------------------------------------------------------------------


def test_a_feed_is_fetched_whole_and_what_is_outside_the_time_is_left_out():
    late, undated = "<pubDate>Sun, 07 Jul 2024 21:00:00 GMT</pubDate>", ""
    body = rss(*(f"<title>{n}</title><link>/{n}</link>{date}" for n, date in enumerate((late, undated))))
    with site(lambda _: reply(body.encode())) as here:
        source = SourceSettings(name="wire", kind="feed", url=f"{here.url}/feed", allow_private_addresses=True)
        report = collect.fetch(source, request())
    assert [article.url for article in report.articles] == [f"{here.url}/1"]
    assert here.asked == ["/feed"]
    assert not {"if-none-match", "if-modified-since"} & set(here.headers[0])


def source_at(here: Site) -> SourceSettings:
    return SourceSettings(name="wire", kind="feed", url=f"{here.url}/feed", allow_private_addresses=True)


def test_a_feed_that_is_gone_is_a_failure_and_its_address_is_not_asked_again():
    with site(lambda _: reply(status=410)) as here:
        first = collect.fetch(source_at(here), request())
        assert first.memory is not None
        again = collect.fetch(source_at(here), replace(request(), memories={"wire": first.memory}))
    cure = "it is gone for good; remove the source or give its new address"
    assert first.failure == f"{here.url}/feed: the site answered 410: {cure}"
    assert again.failure == "its address is gone since 2024-07-01 (410); set its new url or take it out"
    assert here.asked == ["/feed"]


def test_a_new_address_is_asked_whatever_is_remembered_of_the_old_one():
    gone = SourceMemory("https://news.example/old", gone_at=NOW)
    with site(lambda _: reply(RSS.encode())) as here:
        report = collect.fetch(source_at(here), replace(request(), memories={"wire": gone}))
    assert report.failure is None


def test_between_issues_a_feed_that_has_not_changed_is_not_read_again():
    with site(lambda _: reply(RSS.encode(), ETag='"abc"')) as here:
        first = collect.fetch(source_at(here), request())
    assert first.memory is not None
    assert (first.memory.etag, first.memory.fetched_at) == ('"abc"', NOW)
    with site(lambda _: reply(status=304)) as here:
        memory = replace(first.memory, url=f"{here.url}/feed")
        later = replace(request(), memories={"wire": memory}, between_issues=True)
        assert collect.fetch(source_at(here), later) == SourceReport("wire", memory=memory, unmodified=True)
        collect.fetch(source_at(here), replace(later, between_issues=False))
        collect.fetch(source_at(here), replace(later, now=NOW + timedelta(hours=6)))
    sent = [headers.get("if-none-match") for headers in here.headers]
    assert sent == ['"abc"', None, None]


def test_a_feed_of_ten_megabytes_gives_its_newest_entries_and_a_larger_one_is_refused():
    filler = "words " * 600
    entries = [f"<title>T {n}</title><link>/{n}</link><description>{filler}</description>" for n in range(2_800)]
    body = rss(*entries).encode()
    assert 10_000_000 < len(body) < 10_485_760
    with site(lambda _: reply(body)) as here:
        report = collect.fetch(source_at(here), request())
    assert (len(report.articles), report.problems) == (
        500,
        ("the feed has 2800 entries; only the first 500 were read",),
    )
    with site(lambda _: reply(body + body)) as here:
        assert "is larger than 10.4858 MB" in (collect.fetch(source_at(here), request()).failure or "")
