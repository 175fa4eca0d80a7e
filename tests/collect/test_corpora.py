"""Hostile and odd inputs from elsewhere: nothing crashes, nothing hangs, nothing unsafe comes out."""

from __future__ import annotations

import html
import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from msgspec.structs import replace

from digest import collect, net
from digest.collect import clean, feed, ghost, page, webpage, wordpress
from digest.collect.request import Visit
from digest.config import SourceSettings
from digest.errors import SourceError
from digest.models import Article, SourceReport
from tests import real as parts
from tests.collect.loopback import request

URL = "https://news.example/feed"
LONGEST_S = 3.0


class CannedVisit(Visit, frozen=True):
    """A visit on which every question gets one answer, but for what makes a site a WordPress."""

    body: bytes = b""
    content_type: str = "application/xml"

    def get(self, url: str, cap_bytes: int = 0, headers: Mapping[str, str] | None = None) -> net.Response:
        body = b'{"namespaces": ["wp/v2"]}' if url.endswith("/wp-json/") else self.body
        return net.Response(200, url, {"content-type": self.content_type}, body)


def visit(kind: str, body: bytes, content_type: str = "application/xml") -> CannedVisit:
    settings = {"name": "odd", "kind": kind, "url": URL} | ({"key": {"env": "KEY"}} if kind == "ghost" else {})
    source = SourceSettings.model_validate(settings)
    return CannedVisit(source, replace(request(), reveal=lambda _: "key"), time.monotonic() + 30, body, content_type)


def judge(articles: Iterable[Article]) -> None:
    """What comes out may be shown anywhere: plain lines, web addresses, limits."""
    for article in articles:
        cover = article.cover
        shown = [article.title, article.lede, *article.tags, *((cover.alt, cover.credit) if cover else ())]
        assert [each for each in shown if each != clean.plain(each)] == []
        assert 0 < len(article.title) <= 300
        assert len(article.lede) <= 1000
        addresses = [article.url, *([cover.url] if cover and cover.url else [])]
        assert {urlsplit(each).scheme for each in addresses} <= {"http", "https"}
        assert article.native_id == clean.plain(article.native_id)


def outcome(read: Callable[[CannedVisit], SourceReport], asked: CannedVisit) -> str:
    """A refusal in words is as good as a report; anything else that is raised is a crash."""
    began = time.process_time()
    try:
        report = read(asked)
    except SourceError:
        return "refused"
    finally:
        assert time.process_time() - began < LONGEST_S
    judge(report.articles)
    return "read"


def files(*folders: str) -> list[Path]:
    root = parts.bad_inputs()
    return sorted(each for name in folders for each in (root / name).rglob("*") if each.is_file())


def strings() -> list[str]:
    """Naughty strings, script injections, template injections: one each."""
    root = parts.bad_inputs()
    lists = [*(root / "PayloadsAllTheThings").rglob("*.txt"), root / "naughty-strings" / "blns.txt"]
    naughty = json.loads((root / "naughty-strings" / "blns.json").read_bytes())
    written = (line for each in lists for line in each.read_bytes().decode("utf-8", "replace").splitlines())
    return list(dict.fromkeys(each for each in [*naughty, *written] if each))


READERS: dict[str, Callable[[CannedVisit], SourceReport]] = {
    "feed": feed.read,
    "ghost": ghost.read,
    "webpage": webpage.read,
    "wordpress": wordpress.read,
}


@pytest.mark.parametrize("kind", READERS)
def test_no_file_of_the_collections_crashes_or_holds_up_a_source(kind: str):
    """Feeds, pages and JSON that parsers must refuse: each to every reader, whatever it expected."""
    found = files("miniflux", "newsboat", "reader", "JSONTestSuite/test_parsing", "naughty-strings")
    content_type = "text/html" if kind == "webpage" else "application/xml"
    outcomes = Counter(outcome(READERS[kind], visit(kind, each.read_bytes(), content_type)) for each in found)
    assert outcomes.total() == len(found) > 300
    assert kind != "feed" or outcomes["read"] > 25


@pytest.mark.parametrize(
    "wrap",
    [
        lambda value: {"version": "https://jsonfeed.org/version/1.1", "items": [{"url": "/a", "title": "a", "id": value, "tags": value}]},
        lambda value: {"version": "https://jsonfeed.org/version/1.1", "items": value},
        lambda value: {"posts": [{"id": "1", "url": "/a", "title": "a", "tags": value, "html": value}]},
        lambda value: {"posts": value, "meta": value},
        lambda value: [{"id": 1, "link": "https://a.example", "title": value, "meta": value, "_embedded": {"wp:term": value}}],
        lambda value: value,
    ],
    ids=["json-feed", "items", "ghost", "ghost-list", "wordpress", "bare"],
)  # fmt: skip
def test_no_json_in_any_place_crashes_a_source(wrap: Callable[[object], object]):
    for file in files("JSONTestSuite/test_parsing"):
        try:
            body = json.dumps(wrap(json.loads(file.read_bytes()))).encode()
        except (ValueError, RecursionError):
            continue
        for kind, read in READERS.items():
            outcome(read, visit(kind, body, "text/html"))


def test_no_string_leaves_a_feed_other_than_plain():
    found = strings()
    assert len(found) > 2500
    for start in range(0, len(found), 250):
        items = [
            {"id": f"{start}-{n}", "url": f"/{n}", "title": each, "content_html": each, "tags": [each], "image": each}
            for n, each in enumerate(found[start : start + 250])
        ]
        body = json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": items}).encode()
        assert outcome(feed.read, visit("feed", body)) == "read"


def test_no_string_leaves_an_rss_feed_other_than_plain():
    found = strings()
    for start in range(0, len(found), 250):
        batch = [html.escape(clean.plain(each)) for each in found[start : start + 250]]
        items = [
            f"<item><title>{e}</title><link>/{n}</link><description>{e}</description><category>{e}</category></item>"
            for n, e in enumerate(batch)
        ]
        body = f'<rss version="2.0"><channel><title>x</title>{"".join(items)}</channel></rss>'.encode()
        assert outcome(feed.read, visit("feed", body)) == "read"


def test_no_string_leaves_a_wordpress_or_a_ghost_other_than_plain():
    for number, each in enumerate(strings()):
        rendered = {"rendered": each}
        terms = {"wp:term": [[{"taxonomy": "post_tag", "name": each}]]}
        post = {"id": number, "link": "https://a.example", "title": rendered, "content": rendered, "_embedded": terms}
        article = wordpress._article(post, visit("wordpress", b""))
        judge([article] if article else [])
        post = {"id": each, "url": "/a", "title": each, "html": each, "tags": [{"name": each}], "feature_image": each}
        article = ghost._article(post, visit("ghost", b""))
        judge([article] if article else [])


def test_no_string_leaves_a_web_page_other_than_plain():
    for each in strings():
        head = f"<html><head><title>{each}</title><meta property='og:title' content='{each}'><meta property=og:type content=article>"
        body = f"<body><article><h1>{each}</h1><time datetime='{each}'></time><p>{each}</p><img src='{each}'><a rel=tag>{each}</a>"
        article = page.article(
            net.Response(200, URL, {}, (head + body).encode("utf-8", "replace")), visit("webpage", b"")
        )
        judge([article] if article else [])


def test_no_string_in_a_folder_crashes_it(tmp_path: Path):
    for number, each in enumerate(strings()):
        text = (
            f"---\ntitle: {each}\ntags: [{each}]\nurl: {each}\n---\n{each}"
            if number % 2
            else f"{each}\nJune 27,2024 5\n{each}"
        )
        (tmp_path / f"{number}.{'md' if number % 2 else 'txt'}").write_bytes(text.encode("utf-8", "replace"))
    report = collect.fetch(SourceSettings(name="drop", kind="folder", path="."), request(tmp_path))
    assert report.failure is None
    assert len(report.articles) + len(report.problems) == number + 1
    judge(report.articles)
