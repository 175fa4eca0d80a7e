"""What a site is found to be, and that the configuration which is written for it is accepted."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from digest.collect import discover
from digest.collect.discover import Discovered
from digest.config import SourceSettings
from digest.errors import SourceError
from tests import real as parts
from tests.collect.loopback import Answer, Site, reply, site

NOW = datetime(2024, 7, 1, tzinfo=UTC)
TAG, HASHTAG = {"taxonomy": "post_tag", "name": "UWC news"}, {"taxonomy": "hashtag", "name": "#Peace"}
POST = {
    "id": 7,
    "date_gmt": "2024-06-27T07:00:00",
    "link": "https://news.example/a/",
    "title": {"rendered": "A title"},
    "_embedded": {"wp:term": [[TAG, HASHTAG]]},
}
RSS = b"""<rss version="2.0"><channel><title>x</title><item><title>B title</title><link>/b</link><category>UWC news</category>
<pubDate>Thu, 27 Jun 2024 10:00:00 GMT</pubDate></item></channel></rss>"""
GHOST_POST = {"id": "1", "url": "https://news.example/c", "title": "C title", "published_at": "2024-06-27T10:00:00Z"}
PAGE = b"<article><h1>D title</h1><time datetime='2024-06-27'></time></article>"


def found(answers: Mapping[str, Answer], path: str = "") -> tuple[Discovered, Site]:
    """By path, without the query."""
    with site(lambda path: answers.get(path.partition("?")[0], reply(status=404))) as here:
        return discover.what(here.url + path, allow_private=True, now=NOW), here


def as_json(value: object) -> Answer:
    return reply(json.dumps(value).encode())


def config(here: Site, kind: str, path: str = "", more: str = "") -> str:
    host = here.url.removeprefix("http://").replace(":", "-")
    return (
        f'[[sources]]\nname = "{host}"\nkind = "{kind}"\nurl = "{here.url}{path}"\n{more}'
        "allow_private_addresses = true\n"
    )


def wordpress(post: object = POST) -> dict[str, Answer]:
    taxonomies = {
        "category": {"rest_base": "categories", "types": ["post"]},
        "post_tag": {"rest_base": "tags", "types": ["post"]},
        "nav_menu": {"rest_base": "menus", "types": ["nav_menu_item"]},
        "hashtag": {"rest_base": "hashtags", "types": ["post"]},
    }
    page = reply(b"<link href='/wp-content/x.css'>")
    return {
        **dict.fromkeys(("/", "/a-post", "/a-post/"), page),
        "/wp-json/": as_json({"namespaces": ["wp/v2"]}),
        "/wp-json/wp/v2/posts": as_json([post]),
        "/wp-json/wp/v2/taxonomies": as_json(taxonomies),
    }


@pytest.mark.parametrize("path", ["", "/", "/a-post/", "/a-post"])
def test_a_wordpress_is_found_from_any_of_its_pages(path: str):
    what, here = found(wordpress(), path)
    assert what == Discovered(
        kind="wordpress",
        config=config(here, "wordpress"),
        says=f"{here.url} is a WordPress site with an open REST interface; articles read: 1, the newest of 27 June 2024",
        titles=("A title",),
        tags={"#UWC news": 1},
    )


def test_hashtags_in_a_grouping_of_the_sites_own_are_found():
    what, here = found(wordpress(POST | {"_embedded": {"wp:term": [[HASHTAG]]}}))
    assert what.config == config(here, "wordpress", more='taxonomy = "hashtag"\n')
    assert (what.tags, what.says.endswith('. Its hashtags are in "hashtag"')) == ({"#Peace": 1}, True)


def test_a_wordpress_without_any_hashtags_is_one():
    what, here = found(wordpress(POST | {"_embedded": None}))
    assert (what.config, what.tags) == (config(here, "wordpress"), {})


def test_a_ghost_is_looked_into_with_the_key_of_its_pages():
    home = b'<meta name="generator" content="Ghost 6.65"><script data-key="22444f78447824223cefc48062"></script>'
    what, here = found({"/": reply(home), "/ghost/api/content/posts/": as_json({"posts": [GHOST_POST]})})
    assert (what.kind, what.titles) == ("ghost", ("C title",))
    assert what.config == config(here, "ghost", more='key = { env = "GHOST_KEY" }\n')
    assert "Set GHOST_KEY" in what.says


def test_a_closed_interface_leads_to_the_feed_that_the_page_names():
    links = b"""<meta name="generator" content="Ghost 6.65"><script src="/wp-content/x.js"></script>
    <link rel="alternate" type="application/rss+xml" title="Comments" href="/comments">
    <link rel="alternate" type="application/json" href="/wp-json/x">
    <link rel="alternate" type="application/rss+xml" href="/rss">"""
    what, here = found(
        {"/": reply(links), "/rss": reply(RSS), "/comments": reply(RSS.replace(b"B title", b"A comment"))}
    )
    assert (what.config, what.titles, what.tags) == (config(here, "feed", "/rss"), ("B title",), {"#UWC news": 1})


def test_a_feed_that_the_page_does_not_name_is_found_at_the_usual_places():
    what, here = found({"/": reply(b"<p>Hello</p>"), "/feed.xml": reply(RSS)})
    assert what.config == config(here, "feed", "/feed.xml")


@pytest.mark.parametrize(
    "body", [RSS, b'{"version": "https://jsonfeed.org/version/1.1", "items": []}'], ids=["rss", "json"]
)
def test_a_feed_is_a_feed(body: bytes):
    what, here = found({"/news": reply(body)}, "/news")
    assert what.config == config(here, "feed", "/news")


def test_a_page_that_lists_articles_is_the_last_resort():
    listed = b'<a href="/one-of-all">x</a>'
    what, here = found({"/news": reply(listed), "/one-of-all": reply(PAGE)}, "/news")
    assert (what.config, what.titles) == (config(here, "webpage", "/news"), ("D title",))


def test_a_quiet_site_is_looked_at_for_a_year():
    old = RSS.replace(b"27 Jun 2024", b"27 Jul 2023")
    assert found({"/": reply(old)})[0].titles == ("B title",)


def test_what_is_no_source_says_what_was_tried():
    with pytest.raises(SourceError, match=r"no source found\. as feed: .*; as webpage: .*no links to articles found"):
        found({"/": reply(b"<p>Hello</p>")})


def test_an_address_that_does_not_answer_says_so():
    with pytest.raises(SourceError, match="the site answered 404"):
        found({})


def test_an_address_inside_the_own_network_is_refused_unless_allowed():
    with site(lambda _: reply(RSS)) as here, pytest.raises(SourceError, match="not a public address"):
        discover.what(here.url)
    assert here.asked == []


def test_the_name_and_address_of_any_site_make_good_toml():
    url = 'https://www.приклад.example:8443/"новини"\\'
    written = discover._config(discover._Search(url, allow_private=False, now=NOW)._source("feed", url))
    (table,) = tomllib.loads(written)["sources"]
    assert table == {"name": "приклад.example-8443", "kind": "feed", "url": url}
    assert SourceSettings.model_validate(table).url == url


def test_a_real_wordpress_is_found():
    url, _ = parts.wordpress()
    what = discover.what(f"{url}/boundary-first-second-of-the-window/", allow_private=True, now=NOW)
    assert (what.kind, what.tags["#UWC news"] > 20, len(what.titles)) == ("wordpress", True, 3)
    assert f'url = "{url}"' in what.config
