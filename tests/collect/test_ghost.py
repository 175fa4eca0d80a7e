"""The Ghost adapter, against answers in the form that Ghost 6 gives."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from msgspec.structs import replace

from digest import collect
from digest.config import SourceSettings
from digest.errors import ConfigError
from digest.models import Article, Cover, SourceReport
from tests.collect.loopback import START, Answer, Site, reply, request, site

KEY = "22444f78447824223cefc48062"
POST = {
    "id": "6673",
    "url": "https://news.example/a/",
    "title": "Use <b> & more",
    "html": "<p>First one.</p><p>Second one.</p>",
    "excerpt": "First one. Second one.",
    "custom_excerpt": None,
    "published_at": "2024-06-27T10:00:00.000+03:00",
    "updated_at": "2024-06-28T13:00:00.000+03:00",
    "feature_image": "https://news.example/pic.jpg",
    "feature_image_alt": "A view",
    "feature_image_caption": "<span>Photo: Ann Example</span>",
    "tags": [
        {"name": "UWC news", "slug": "uwc-news", "visibility": "public"},
        {"name": "#DefeatRussia", "slug": "hash-defeatrussia", "visibility": "internal"},
    ],
}
ARTICLE = Article(
    source="mag",
    native_id="6673",
    url="https://news.example/a/",
    url_key="news.example/a",
    title="Use <b> & more",
    lede="First one.",
    tags=("UWC news", "DefeatRussia"),
    published=datetime(2024, 6, 27, 7, tzinfo=UTC),
    modified=datetime(2024, 6, 28, 10, tzinfo=UTC),
    cover=Cover("https://news.example/pic.jpg", "A view", "Ann Example"),
    language="en",
    words=4,
)


def listed(what: str, *rows: object, page: int = 1, pages: int = 1, total: int | None = None) -> Answer:
    count = len(rows) if total is None else total
    body = {what: rows, "meta": {"pagination": {"page": page, "pages": pages, "total": count}}}
    return reply(json.dumps(body).encode())


def refusal(status: int, message: str) -> Answer:
    return reply(json.dumps({"errors": [{"message": message}]}).encode(), status)


@contextmanager
def ghost(*posts: Answer, tags: Answer | None = None) -> Iterator[Site]:
    answers = iter(posts)

    def answer_to(path: str) -> Answer:
        if path.startswith("/ghost/api/content/tags/"):
            return tags or listed("tags")
        return next(answers) if path.startswith("/ghost/api/content/posts/") else reply(status=404)

    with site(answer_to) as here:
        yield here


def fetch(here: Site, **settings: object) -> SourceReport:
    source = SourceSettings(
        name="mag", kind="ghost", url=here.url, key={"env": "GHOST_KEY"}, allow_private_addresses=True, **settings
    )
    return collect.fetch(source, replace(request(), reveal=lambda place: KEY if place.env == "GHOST_KEY" else ""))


def whole(*articles: Article) -> SourceReport:
    return SourceReport("mag", articles, complete_since=START)


def queries(here: Site) -> list[dict[str, str]]:
    return [{name: each[0] for name, each in parse_qs(urlsplit(path).query).items()} for path in here.asked]


def test_a_post_gives_the_whole_article():
    with ghost(listed("posts", POST)) as here:
        assert fetch(here) == whole(ARTICLE)
    assert here.headers[0]["accept-version"] == "v5.0"


def test_posts_are_asked_for_in_utc_without_the_letter_that_sqlite_compares():
    with ghost(listed("posts")) as here:
        assert fetch(here) == whole()
    assert queries(here) == [
        {
            "key": KEY,
            "limit": "100",
            "page": "1",
            "filter": "published_at:>='2024-06-23 21:00:00'+published_at:<'2024-06-30 21:00:01'",
            "include": "tags",
            "order": "published_at asc",
        }
    ]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"custom_excerpt": "Own <words>."}, {"lede": "Own <words>."}),
        ({"html": None}, {"lede": "First one. Second one.", "words": 0}),
        ({"html": None, "excerpt": "5 < 7 & more"}, {"lede": "5 < 7 & more", "words": 0}),
        ({"title": ""}, {"title": "First one."}),
        ({"tags": None}, {"tags": ()}),
        ({"tags": [{"name": "Q&A"}, "odd"]}, {"tags": ("Q&A",)}),
        ({"feature_image": None}, {"cover": None}),
        ({"feature_image_alt": None, "feature_image_caption": None}, {"cover": Cover("https://news.example/pic.jpg", "", "")}),
        ({"published_at": None, "updated_at": "soon"}, {"published": None, "modified": None}),
        ({"url": "https://news.example/ua/a/"}, {"url": "https://news.example/ua/a/", "url_key": "news.example/ua/a", "language": "uk"}),
    ],
)  # fmt: skip
def test_a_post_may_lack_or_misuse_a_field(changes: Mapping[str, object], expected: Mapping[str, Any]):
    with ghost(listed("posts", POST | changes)) as here:
        assert fetch(here) == whole(replace(ARTICLE, **expected))


def test_a_tag_is_asked_for_by_every_slug_that_spells_it():
    tags = listed("tags", {"id": "1", "name": "UWC news", "slug": "x"}, {"id": "2", "name": "Y", "slug": "uwc-news"})
    with ghost(listed("posts", POST), tags=tags) as here:
        fetch(here, tags=["#UWCNews"])
    assert queries(here)[1]["filter"].endswith("+tag:[x,uwc-news]")


def test_an_internal_tag_is_a_hashtag():
    tags = listed("tags", *({"id": "1", **tag} for tag in POST["tags"]))
    with ghost(listed("posts", POST), tags=tags) as here:
        fetch(here, tags=["#DefeatRussia"])
    assert queries(here)[1]["filter"].endswith("+tag:[hash-defeatrussia]")


def test_a_tag_that_the_site_does_not_know_is_a_failure():
    with ghost(tags=listed("tags", {"id": "1", "name": "A", "slug": "a"})) as here:
        assert fetch(here, tags=["#Nope"]).failure == (
            'the site has no tag "#Nope"; correct it in `tags`, or take it out'
        )


def page(first: int, count: int, number: int, total: int) -> Answer:
    rows = (POST | {"id": str(each)} for each in range(first, first + count))
    return listed("posts", *rows, page=number, pages=-(-total // 100), total=total)


@pytest.mark.parametrize(
    ("answers", "ids", "problems"),
    [
        ([page(0, 100, 1, 150), page(100, 50, 2, 150)], range(150), 0),
        ([page(0, 100, 1, 150), page(101, 49, 2, 149), page(1, 100, 1, 149), page(101, 49, 2, 149)], range(1, 150), 0),
        ([page(0, 100, 1, 101), page(0, 0, 2, 101), page(0, 100, 1, 100)], range(100), 0),
        ([page(0, 100, 1, 150), page(101, 49, 2, 149)] * 3, [*range(100), *range(101, 150)], 1),
    ],
    ids=["two-pages", "one-taken-back", "page-taken-back", "never-steady"],
)
def test_every_post_is_read_once_even_when_the_list_moves(answers: list[Answer], ids: range, problems: int):
    with ghost(*answers) as here:
        report = fetch(here)
    assert [int(article.native_id) for article in report.articles] == list(ids)
    assert (len(report.problems), report.complete_since) == (problems, None if problems else START)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (refusal(401, "Unknown Content API Key"), "SITE/ghost/api/content/posts/: the site answered 401: it does not know this key; copy the Content API key from Ghost"),
        (refusal(404, "Not found"), "SITE/ghost/api/content/posts/: the site answered 404: nothing is there; check the address"),
        (reply(b"<html>"), "SITE/ghost/api/content/posts/: expected JSON, got '<html>'; check the address"),
        (reply(b'{"posts": {}}'), "SITE: this is not Ghost's Content API; check `url`"),
        (reply(b'{"posts": [{"id": 7}]}'), "SITE: this is not Ghost's Content API; check `url`"),
        (reply(b"[]"), "SITE: this is not Ghost's Content API; check `url`"),
    ],
    ids=["key", "no-ghost", "html", "object", "odd-id", "list"],
)  # fmt: skip
def test_a_list_that_is_not_given_is_a_failure_that_does_not_show_the_key(answer: Answer, said: str):
    with ghost(answer) as here:
        assert (fetch(here).failure or "").replace(here.url, "SITE") == said


def test_a_key_that_is_not_set_fails_this_source_only():
    def nothing(place: object) -> str:
        raise ConfigError(["config.toml: the environment variable GHOST_KEY is not set; set it and run again"])

    source = SourceSettings(name="mag", kind="ghost", url="https://news.example", key={"env": "GHOST_KEY"})
    assert collect.fetch(source, replace(request(), reveal=nothing)) == SourceReport(
        "mag", failure="config.toml: the environment variable GHOST_KEY is not set; set it and run again"
    )


def test_a_post_without_address_is_a_problem_of_its_own():
    with ghost(listed("posts", POST | {"id": "8", "url": ""}, POST)) as here:
        report = fetch(here)
    assert report == SourceReport(
        "mag", (ARTICLE,), ("post 8 has no address or no words; open it in Ghost and correct it",)
    )
