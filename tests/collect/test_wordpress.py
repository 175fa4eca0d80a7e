"""The WordPress adapter: its odd answers from a server of our own, and a real WordPress when there is one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from msgspec.structs import replace

from digest import collect
from digest.config import SourceSettings
from digest.models import Article, Cover, SourceReport
from tests import real as parts
from tests.collect.loopback import END, NOW, START, Answer, Site, reply, request, site

POST = {
    "id": 7,
    "date_gmt": "2024-06-27T07:00:00",
    "modified_gmt": "2024-06-28T10:00:00",
    "link": "https://news.example/a/",
    "title": {"rendered": "A 5 < 7 &#038; 9 > 3"},
    "excerpt": {"rendered": "<p>Hand written &amp; short.</p>", "protected": False},
    "content": {"rendered": "<p>First one.</p><p>Second one.</p>", "protected": False},
    "featured_media": 3,
    "meta": {"views": 12},
    "_embedded": {
        "wp:term": [
            [{"taxonomy": "category", "name": "Advocacy"}],
            [{"taxonomy": "post_tag", "name": "UWC news"}, {"taxonomy": "post_tag", "name": "#UAinNATO &amp; co"}],
        ]
    },
}
MEDIUM = {
    "id": 3,
    "source_url": "https://news.example/pic.jpg",
    "alt_text": "A view",
    "caption": {"rendered": "<p>Cover: Ann Example</p>"},
    "media_details": {"sizes": {"large": {"source_url": "/pic-1024.jpg"}}},
}
TAG = {"id": 4, "name": "UWC news", "slug": "uwc-news"}
ARTICLE = Article(
    source="site",
    native_id="7",
    url="https://news.example/a/",
    url_key="news.example/a",
    title="A 5 < 7 & 9 > 3",
    lede="Hand written & short.",
    tags=("UWC news", "UAinNATO & co"),
    published=datetime(2024, 6, 27, 7, tzinfo=UTC),
    modified=datetime(2024, 6, 28, 10, tzinfo=UTC),
    views=12,
    views_at=NOW,
    cover=Cover("https://news.example/pic-1024.jpg", "A view", "Ann Example"),
    language="en",
    words=4,
)


def rows(*found: Mapping[str, Any] | object, status: int = 200, **headers: str) -> Answer:
    return reply(json.dumps(found).encode(), status, Content_Type="application/json", **headers)


def refusal(code: str, message: str, status: int) -> Answer:
    return reply(json.dumps({"code": code, "message": message}).encode(), status)


INDEX = reply(b'{"namespaces": ["oembed/1.0", "wp/v2"]}')
NOTHING = refusal("rest_no_route", "No route was found.", 404)


@contextmanager
def wordpress(**answers: Answer | list[Answer]) -> Iterator[Site]:
    """A site that answers each route of its REST interface; from a list, one answer after the other."""
    given = {"index": INDEX, "posts": rows(POST), "media": rows(MEDIUM), "tags": rows(TAG), **answers}
    queues = {route: iter(answer) for route, answer in given.items() if isinstance(answer, list)}

    def answer_to(path: str) -> Answer:
        route = path.partition("?")[0].removeprefix("/wp-json/").removeprefix("wp/v2/") or "index"
        return next(queues[route]) if route in queues else given.get(route, NOTHING)

    with site(answer_to) as here:
        yield here


def fetch(here: Site, **settings: object) -> SourceReport:
    source = SourceSettings(name="site", kind="wordpress", url=here.url, allow_private_addresses=True, **settings)
    return collect.fetch(source, request())


def whole(*articles: Article) -> SourceReport:
    return SourceReport("site", articles, complete_since=START)


def failure(here: Site, **settings: object) -> str:
    report = fetch(here, **settings)
    assert report.articles == ()
    return (report.failure or "").replace(here.url, "SITE")


def asked(here: Site, route: str) -> list[dict[str, str]]:
    """The queries that came to a route."""
    parts = (urlsplit(path) for path in here.asked)
    return [{name: values[0] for name, values in parse_qs(part.query).items()} for part in parts if part.path == route]


# --- what is asked and what is read ----------------------------------------------------------


def test_a_post_gives_the_whole_article():
    with wordpress(
        media=rows(
            MEDIUM | {"media_details": {"sizes": {"large": {"source_url": "https://news.example/pic-1024.jpg"}}}}
        )
    ) as here:
        assert fetch(here) == whole(ARTICLE)


def test_posts_are_asked_for_in_utc_with_room_for_exclusive_ends():
    with wordpress() as here:
        fetch(here)
    assert asked(here, "/wp-json/wp/v2/posts") == [
        {
            "page": "1",
            "after": "2024-06-23T20:59:59Z",
            "before": "2024-06-30T21:00:00Z",
            "orderby": "date",
            "order": "asc",
            "per_page": "100",
            "_embed": "wp:term",
            "_fields": "id,date_gmt,modified_gmt,link,title,excerpt,content,featured_media,_links.wp:term,_embedded,"
            "lang,wpml_current_locale,views,post_views_count,views_count,meta.views,meta.post_views_count,meta.views_count",
        }
    ]
    assert asked(here, "/wp-json/wp/v2/media") == [
        {"include": "3", "per_page": "100", "_fields": "id,source_url,alt_text,caption,media_details"}
    ]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"meta": []}, {"views": None, "views_at": None}),
        ({"meta": {"views": "34"}}, {"views": 34}),
        ({"meta": {"post_views_count": 0}}, {"views": 0}),
        ({"meta": {}, "views_count": "56"}, {"views": 56}),
        ({"lang": "uk"}, {"language": "uk"}),
        ({"wpml_current_locale": "es_ES"}, {"language": "es"}),
        ({"lang": []}, {"language": "en"}),
        (
            {"link": "https://news.example/ua/a/"},
            {"url": "https://news.example/ua/a/", "url_key": "news.example/ua/a", "language": "uk"},
        ),
        ({"meta": {"views": "many"}}, {"views": None, "views_at": None}),
        ({"meta": {"views": "9" * 5000}}, {"views": None, "views_at": None}),
        ({"featured_media": [3]}, {"cover": None}),
        ({"featured_media": 0}, {"cover": None}),
        ({"featured_media": 99}, {"cover": None}),
        ({"_embedded": {"wp:term": [{"code": "rest_forbidden"}]}}, {"tags": ()}),
        ({"_embedded": None}, {"tags": ()}),
        ({"date_gmt": "0000-00-00T00:00:00"}, {"published": None}),
        ({"date_gmt": None, "modified_gmt": None}, {"published": None, "modified": None}),
        ({"title": {"rendered": ""}}, {"title": "Hand written & short."}),
        ({"excerpt": {"rendered": "<p>First one. Second [&hellip;]</p>"}}, {"lede": "First one."}),
        ({"excerpt": {"rendered": ""}}, {"lede": "First one."}),
    ],
)
def test_a_post_may_lack_or_misuse_a_field(changes: dict[str, object], expected: dict[str, object]):
    medium = rows({**MEDIUM, "media_details": [], "source_url": "https://news.example/pic-1024.jpg"})
    with wordpress(posts=rows(POST | changes), media=medium) as here:
        assert fetch(here) == whole(replace(ARTICLE, **expected))


def test_protected_posts_are_left_out():
    with wordpress(posts=rows(POST | {"content": {"rendered": "", "protected": True}})) as here:
        assert fetch(here) == whole()


def test_a_post_without_link_is_a_problem_of_its_own():
    with wordpress(posts=rows(POST | {"id": 8, "link": None}, POST | {"featured_media": 0})) as here:
        report = fetch(here)
    assert [article.native_id for article in report.articles] == ["7"]
    assert report.problems == ("post 8 has no link or no words; open it in WordPress and correct it",)
    assert report.complete_since is None


def test_a_site_without_pretty_addresses_is_read():
    def answer_to(path: str) -> Answer:
        route = parse_qs(urlsplit(path).query).get("rest_route", ["none"])[0]
        return {"/": INDEX, "/wp/v2/posts": rows(POST | {"featured_media": 0})}.get(route, reply(b"<html>", 404))

    with site(answer_to) as here:
        assert fetch(here) == whole(replace(ARTICLE, cover=None))


def test_the_address_that_a_site_redirects_to_is_used_from_then_on():
    with wordpress() as there, site(lambda path: reply(status=301, Location=there.url + path)) as here:
        assert len(fetch(here).articles) == 1
    assert (len(here.asked), len(there.asked)) == (1, 3)


# --- tags ------------------------------------------------------------------------------------


def test_tags_are_asked_for_by_the_ids_of_every_spelling():
    tags = rows(
        TAG, {"id": 9, "name": "UWC-News", "slug": "uwc-news-2"}, {"id": 5, "name": "UWC news archive", "slug": "x"}
    )
    with wordpress(tags=tags) as here:
        fetch(here, tags=["#UWCNews"])
    assert [query["tags"] for query in asked(here, "/wp-json/wp/v2/posts")] == ["4,9"]


def test_a_tag_that_the_site_does_not_know_is_a_failure():
    with wordpress(tags=rows()) as here:
        said = failure(here, tags=["#Nope"])
    assert said == 'the site has no tag "#Nope"; correct it in `tags`, or take it out'
    assert asked(here, "/wp-json/wp/v2/posts") == []


CATEGORIES = {"category": {"rest_base": "categories"}, "post_tag": {"rest_base": "tags"}}


def test_hashtags_in_another_taxonomy_are_asked_for_and_read():
    categories = reply(json.dumps(CATEGORIES).encode())
    with wordpress(taxonomies=categories, categories=rows({"id": 8, "name": "Advocacy", "slug": "x"})) as here:
        report = fetch(here, taxonomy="category", tags=["#Advocacy"])
    assert report.articles == (replace(ARTICLE, tags=("Advocacy",), cover=report.articles[0].cover),)
    assert [query["categories"] for query in asked(here, "/wp-json/wp/v2/posts")] == ["8"]


@pytest.mark.parametrize("tags", [[], ["#Advocacy"]], ids=["all", "some"])
def test_a_taxonomy_that_the_site_does_not_have_is_a_failure_that_names_those_it_has(tags: list[str]):
    with wordpress(taxonomies=reply(json.dumps(CATEGORIES).encode())) as here:
        said = failure(here, taxonomy="hashtag", tags=tags)
    assert said == 'the site has no taxonomy "hashtag"; it shows category, post_tag; correct `taxonomy`'
    assert asked(here, "/wp-json/wp/v2/posts") == []


def test_a_post_type_of_the_sites_own_is_read():
    with wordpress(news=rows(POST | {"featured_media": 0})) as here:
        assert fetch(here, type="news") == whole(replace(ARTICLE, cover=None))
    assert asked(here, "/wp-json/wp/v2/posts") == []


# --- finding the interface, and a user's way in ----------------------------------------------


API = "/hidden/api/"
"""Where nobody would look."""


@pytest.mark.parametrize(
    ("page", "place"),
    [
        (reply(b"<html>", Link=f'<{API}>; rel="https://api.w.org/"'), API),
        (reply(b"<html>", 404, Link=f'</x>; rel="alternate", <{API}>; rel="https://api.w.org/"'), API),
        (reply(f"<head><link rel='https://api.w.org/' href='{API}' /></head>".encode()), API),
        (reply(f'<head><link href="{API}" rel="https://api.w.org/"></head>'.encode()), API),
        (reply(b"<html>"), "/wp-json/"),
    ],
    ids=["header", "one-of-headers", "link", "link-turned", "nothing-said"],
)
def test_the_interface_is_found_where_the_page_says_or_at_the_root(page: Answer, place: str):
    given = {"/some/post": page, place: INDEX, f"{place}wp/v2/posts": rows(POST | {"featured_media": 0})}
    with site(lambda path: given.get(path.partition("?")[0], reply(b"<html>", 404))) as here:
        url = f"{here.url}/some/post"
        source = SourceSettings(name="site", kind="wordpress", url=url, allow_private_addresses=True)
        assert collect.fetch(source, request()) == whole(replace(ARTICLE, cover=None))


LOGIN = {"user": "editor", "password": {"env": "PASSWORD"}}


def with_password(here: Site, password: str) -> SourceReport:
    source = SourceSettings(name="site", kind="wordpress", url=here.url, allow_private_addresses=True, **LOGIN)
    return collect.fetch(source, replace(request(), reveal=lambda _: password))


def test_a_password_goes_with_every_request():
    with wordpress(**{"users/me": rows({"id": 1})}) as here:
        assert with_password(here, "пароль").articles
    assert {headers.get("authorization") for headers in here.headers} == {"Basic ZWRpdG9yOtC/0LDRgNC+0LvRjA=="}


def test_a_wrong_password_is_a_failure_though_the_public_list_is_answered():
    with wordpress(**{"users/me": refusal("incorrect_password", "Wrong.", 401)}) as here:
        report = with_password(here, "secret")
    assert (report.articles, asked(here, "/wp-json/wp/v2/posts")) == ((), [])
    assert (report.failure or "").replace(here.url, "SITE") == (
        'the site does not accept the user "editor" with this password: SITE/wp-json/wp/v2/users/me: the site answered '
        '401: it wants a login or refuses programs; ask its owner to allow digest (in its words: "Wrong."). Make an '
        "application password in WordPress under Users > Profile, and set it as `password`"
    )


def test_a_password_is_not_carried_to_another_host():
    with wordpress(**{"users/me": rows({"id": 1})}) as there:
        away = there.url.replace("127.0.0.1", "localhost")
        with site(lambda path: reply(status=301, Location=away + path)) as here:
            said = with_password(here, "secret").failure or ""
    host = away.removeprefix("http://")
    assert said == f"the REST interface is at {host}; the password goes there only if `url` says so"
    assert {headers.get("authorization") for headers in there.headers} == {None}


# --- more than one page ----------------------------------------------------------------------


def page(first: int, count: int, total: int) -> Answer:
    posts = (POST | {"id": number, "featured_media": 0} for number in range(first, first + count))
    return rows(*posts, X_WP_Total=str(total), X_WP_TotalPages=str(-(-total // 100)))


GONE = refusal("rest_post_invalid_page_number", "The page number is larger than the pages available.", 400)


@pytest.mark.parametrize(
    ("answers", "ids", "problems"),
    [
        ([page(0, 100, 150), page(100, 50, 150)], range(150), 0),
        ([page(0, 100, 100)], range(100), 0),
        ([page(0, 100, 150), page(101, 49, 149), page(1, 100, 149), page(101, 49, 149)], range(1, 150), 0),
        ([page(0, 100, 101), GONE, page(0, 100, 100)], range(100), 0),
        ([page(0, 100, 150), page(99, 51, 150), page(0, 100, 151), page(100, 51, 151)], range(151), 0),
        ([page(0, 100, 150), page(101, 49, 149)] * 3, [*range(100), *range(101, 150)], 1),
        ([page(0, 100, 250), page(99, 100, 250), GONE] * 3, range(199), 1),
        ([rows(*(POST | {"id": n} for n in range(100))), rows(POST | {"id": 100})], range(101), 0),
    ],
    ids=[
        "two-pages",
        "one-full-page",
        "one-taken-back",
        "page-taken-back",
        "one-twice",
        "never-steady",
        "never-whole",
        "no-totals",
    ],
)
def test_every_post_is_read_once_even_when_the_list_moves(answers: list[Answer], ids: range, problems: int):
    with wordpress(posts=[*answers]) as here:
        report = fetch(here)
        read = len(asked(here, "/wp-json/wp/v2/posts"))
    assert report.failure is None
    assert [int(article.native_id) for article in report.articles] == list(ids)
    assert (len(report.problems), report.complete_since) == (problems, None if problems else START)
    assert read == len(answers)


# --- what goes wrong -------------------------------------------------------------------------


def test_a_closed_interface_says_so_in_the_sites_words():
    with wordpress(index=refusal("rest_disabled", "REST is <b>off</b> here.", 401)) as here:
        said = failure(here)
    assert said == (
        "no open WordPress REST interface: SITE/wp-json/: the site answered 401: it wants a login or refuses "
        'programs; ask its owner to allow digest (in its words: "REST is off here."). Check `url`, or ask the site to open '
        '/wp-json/, or read its feed instead: kind = "feed", url = "SITE/feed/"'
    )


def test_a_site_that_is_no_wordpress_says_so():
    with site(lambda _: reply(b"<html>Hello</html>")) as here:
        said = failure(here)
    assert said.startswith("no open WordPress REST interface: the answer is not WordPress's. Check `url`")


@pytest.mark.parametrize(
    ("posts", "said"),
    [
        (refusal("rest_forbidden", "Sorry.", 403), "it wants a login or refuses programs"),
        (reply(b"<html>maintenance</html>"), "SITE/wp-json/wp/v2/posts: expected JSON, got '<html>maintenance</html>'"),
        (reply(b'{"id": 1}'), "SITE/wp-json/wp/v2/posts: expected a list of WordPress objects; check `url`"),
        (rows({"id": "seven"}), "SITE/wp-json/wp/v2/posts: expected a list of WordPress objects; check `url`"),
    ],
    ids=["refused", "html", "object", "odd-id"],
)
def test_a_list_that_is_not_given_is_a_failure(posts: Answer, said: str):
    with wordpress(posts=posts) as here:
        assert said in failure(here)


def test_covers_that_are_refused_do_not_stop_the_articles():
    with wordpress(media=refusal("rest_forbidden", "Sorry.", 401)) as here:
        report = fetch(here)
    assert report.articles == (replace(ARTICLE, cover=None),)
    assert [problem.partition(": ")[0] for problem in report.problems] == ["covers are missing"]


# --- a real WordPress ------------------------------------------------------------------------


@pytest.fixture
def real() -> tuple[Site, dict[str, Any]]:
    """The site, and what its seed says was put into it."""
    url, seed = parts.wordpress()
    return Site(url), json.loads(seed.read_text(encoding="utf-8"))


def ordinary(seed: dict[str, Any], *kinds: int) -> int:
    """How many of the 56 ordinary posts, nine hours apart, are in the week; of seven kinds by turns."""
    last = datetime.fromisoformat(seed["now"])
    return sum(START <= last - timedelta(hours=9 * n) < END for n in range(1, 57) if n % 7 in kinds)


def names(report: SourceReport, seed: dict[str, Any]) -> set[str]:
    known = {str(number): name for name, number in seed["special"].items()}
    return {known[article.native_id] for article in report.articles if article.native_id in known}


IN_THE_WEEK = {"first_second", "last_second", "utc_trap", "dup_title", "category_only"}
DEFEAT_RUSSIA = {"custom_excerpt", "more_tag", "broken_cover", "draft_cover"}


def test_the_week_of_a_real_site_is_exactly_right(real: tuple[Site, dict[str, Any]]):
    here, seed = real
    report = fetch(here)
    assert (report.problems, report.failure) == ((), None)
    assert names(report, seed) == IN_THE_WEEK | DEFEAT_RUSSIA
    assert len(report.articles) == len(IN_THE_WEEK | DEFEAT_RUSSIA) + ordinary(seed, *range(7))


def test_a_tag_of_a_real_site_gives_exactly_its_posts(real: tuple[Site, dict[str, Any]]):
    here, seed = real
    report = fetch(here, tags=["#DefeatRussia"])
    assert (report.problems, report.failure) == ((), None)
    assert names(report, seed) == DEFEAT_RUSSIA
    assert len(report.articles) == len(DEFEAT_RUSSIA) + ordinary(seed, 1, 5)


def test_a_tag_with_a_space_is_found_on_a_real_site(real: tuple[Site, dict[str, Any]]):
    here, seed = real
    assert names(fetch(here, tags=["#UWC news"]), seed) == IN_THE_WEEK - {"category_only"}
    assert "the site has no tag" in failure(here, tags=["#NoSuchTag"])


def test_the_special_posts_of_a_real_site_read_right(real: tuple[Site, dict[str, Any]]):
    here, seed = real
    articles = {article.native_id: article for article in fetch(here).articles}
    special = {name: articles[str(seed["special"][name])] for name in IN_THE_WEEK | DEFEAT_RUSSIA}
    assert special["first_second"].published == START
    assert special["last_second"].published == END - timedelta(seconds=1)
    assert special["custom_excerpt"].lede == "Hand written lede & more."
    assert special["more_tag"].lede == "Lede before more."
    assert [special[name].cover for name in ("broken_cover", "draft_cover")] == [None, None]
    assert special["category_only"].tags == ()
    assert (special["utc_trap"].tags, special["utc_trap"].views) == (("UWC news",), 100)
    named = {article.cover.credit for article in articles.values() if article.cover}
    assert "A. Photographer / Agency via Second Agency" in named
    assert {article.title.rpartition(" ")[0] for article in articles.values()} >= {
        "A 5 < 7 & 9 > 3 headline",
        "Rally for Ukraine",
    }
