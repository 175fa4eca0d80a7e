"""Posts at every edge of a week, put into a real WordPress through its own interface and taken out again."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx
import pytest
from msgspec.structs import replace

from digest import collect
from digest.config import SourceSettings
from digest.models import Article, SourceReport
from tests import real as parts
from tests.collect.loopback import request

SECOND = timedelta(seconds=1)


@dataclass
class Desk:
    """An editor of the site, with an application password."""

    url: str
    seed: dict[str, Any]
    tag: str = field(default_factory=lambda: f"edges {uuid4().hex[:12]}")
    made: list[str] = field(default_factory=list)
    ids: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.http = httpx.Client(
            base_url=f"{self.url}/wp-json/wp/v2/", auth=(self.seed["user"], self.seed["app_password"]), timeout=30
        )
        self.tag_id = self.put("tags", name=self.tag)

    def put(self, route: str, **values: object) -> int:
        answer = self.http.post(route, json=values)
        answer.raise_for_status()
        number = int(answer.json()["id"])
        if route.count("/") == 0:
            self.made.append(f"{route}/{number}")
        return number

    def publish(self, name: str, at: datetime, **values: object) -> int:
        content = {"title": name, "content": f"<p>Lede of {name}.</p>", "status": "publish", "tags": [self.tag_id]}
        self.ids[name] = self.put("posts", **content | {"date_gmt": f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}"} | values)
        return self.ids[name]

    def clear(self) -> None:
        for place in reversed(self.made):
            self.http.delete(place, params={"force": "true"})
        self.http.close()

    def report(self, start: datetime, end: datetime, **settings: object) -> SourceReport:
        source = SourceSettings(
            name="site", kind="wordpress", url=self.url, allow_private_addresses=True, tags=[f"#{self.tag}"], **settings
        )
        return collect.fetch(source, replace(request(), start=start, end=end))

    def named(self, report: SourceReport) -> dict[str, Article]:
        names = {str(number): name for name, number in self.ids.items()}
        return {names[article.native_id]: article for article in report.articles}


@pytest.fixture
def desk() -> Iterator[Desk]:
    url, seed = parts.wordpress()
    editor = Desk(url, json.loads(seed.read_text(encoding="utf-8")))
    yield editor
    editor.clear()


def local(zone: str, *parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZoneInfo(zone)).astimezone(UTC)


WEEKS = {
    "Kyiv, clocks forward": (local("Europe/Kyiv", 2023, 3, 20), local("Europe/Kyiv", 2023, 3, 27), 167),
    "Kyiv, clocks back": (local("Europe/Kyiv", 2023, 10, 23), local("Europe/Kyiv", 2023, 10, 30), 169),
    "Toronto, clocks forward": (local("America/Toronto", 2023, 3, 6), local("America/Toronto", 2023, 3, 13), 167),
    "Toronto, clocks back": (local("America/Toronto", 2023, 10, 30), local("America/Toronto", 2023, 11, 6), 169),
}


@pytest.mark.parametrize("week", WEEKS)
def test_a_week_in_which_the_clocks_change_holds_exactly_its_posts(desk: Desk, week: str):
    start, end, hours = WEEKS[week]
    assert (end - start).total_seconds() == hours * 3600
    moments = {
        "before": start - SECOND,
        "first": start,
        "changed": end - timedelta(hours=20, minutes=30),
        "changed again": end - timedelta(hours=21, minutes=30),
        "last": end - SECOND,
        "after": end,
    }
    for name, at in moments.items():
        desk.publish(name, at)
    report = desk.report(start, end)
    assert (report.problems, report.failure, report.complete_since) == ((), None, start)
    assert {name: article.published for name, article in desk.named(report).items()} == {
        name: at for name, at in moments.items() if name not in ("before", "after")
    }


START, END = datetime(2023, 6, 4, 21, tzinfo=UTC), datetime(2023, 6, 11, 21, tzinfo=UTC)
INSIDE = datetime(2023, 6, 7, 9, tzinfo=UTC)


def picture(desk: Desk) -> int:
    dot = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
    headers = {"Content-Disposition": 'attachment; filename="edge.gif"', "Content-Type": "image/gif"}
    number = int(desk.http.post("media", content=dot, headers=headers).raise_for_status().json()["id"])
    desk.made.append(f"media/{number}")
    return number


def hidden(**values: object) -> Callable[[Desk], None]:
    return lambda desk: void(desk.publish("post", INSIDE, **values))


def void(_: object) -> None:
    return None


def trashed(desk: Desk) -> None:
    desk.http.delete(f"posts/{desk.publish('post', INSIDE)}").raise_for_status()


def unpublished(desk: Desk) -> None:
    desk.put(f"posts/{desk.publish('post', INSIDE)}", status="draft")


def postponed(desk: Desk) -> None:
    desk.put(f"posts/{desk.publish('post', INSIDE)}", date_gmt="2099-01-01T00:00:00", status="future")


def moved_out(desk: Desk) -> None:
    desk.put(f"posts/{desk.publish('post', INSIDE)}", date_gmt="2023-05-01T00:00:00")


def untagged(desk: Desk) -> None:
    desk.put(f"posts/{desk.publish('post', INSIDE)}", tags=[])


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(hidden(status="draft"), id="draft"),
        pytest.param(hidden(status="pending"), id="pending"),
        pytest.param(hidden(status="private"), id="private"),
        pytest.param(hidden(password="secret"), id="protected"),
        pytest.param(hidden(status="future", date_gmt="2099-01-01T00:00:00"), id="scheduled"),
        *(pytest.param(each, id=each.__name__) for each in (trashed, unpublished, postponed, moved_out, untagged)),
    ],
)
def test_what_readers_of_the_site_do_not_see_in_the_week_is_not_given(desk: Desk, make: Callable[[Desk], None]):
    make(desk)
    desk.publish("other", INSIDE)
    report = desk.report(START, END)
    assert (list(desk.named(report)), report.problems, report.failure) == (["other"], (), None)
    assert report.complete_since == START


def back_dated(desk: Desk) -> Mapping[str, object]:
    number = desk.publish("post", datetime(2023, 9, 1, tzinfo=UTC), status="draft")
    desk.put(f"posts/{number}", status="publish", date_gmt="2023-06-07T09:00:00")
    return {"title": "post", "published": INSIDE}


def retitled(desk: Desk) -> Mapping[str, object]:
    desk.put(f"posts/{desk.publish('post', INSIDE)}", title="Another title", slug=f"another-{desk.tag_id}")
    return {"title": "Another title", "url": f"{desk.url}/another-{desk.tag_id}/"}


def full_of_entities(desk: Desk) -> Mapping[str, object]:
    desk.publish("post", INSIDE, title="A &amp; B &lt; C &#8217; “D” &quot;E&quot; 5 &lt; 7 — &#x1F1FA;&#x1F1E6;")
    return {"title": 'A & B < C ’ “D” "E" 5 < 7 — 🇺🇦'}


def without_its_cover(desk: Desk) -> Mapping[str, object]:
    number = picture(desk)
    desk.publish("post", INSIDE, featured_media=number)
    desk.http.delete(f"media/{number}", params={"force": "true"}).raise_for_status()
    return {"cover": None}


def sticky(desk: Desk) -> Mapping[str, object]:
    desk.publish("post", INSIDE, sticky=True)
    return {"title": "post"}


def without_a_title(desk: Desk) -> Mapping[str, object]:
    desk.publish("post", INSIDE, title="")
    return {"title": "Lede of post."}


def counted(desk: Desk) -> Mapping[str, object]:
    desk.publish("post", INSIDE, meta={"views": 1717})
    return {"views": 1717}


def in_ukrainian(desk: Desk) -> Mapping[str, object]:
    desk.publish("post", INSIDE, title="Позиція №\xa05: «їжак»", excerpt="Перші слова.")
    return {"title": "Позиція № 5: «їжак»", "lede": "Перші слова."}


@pytest.mark.parametrize(
    "make",
    [back_dated, retitled, full_of_entities, without_its_cover, sticky, without_a_title, counted, in_ukrainian],
    ids=lambda make: make.__name__,
)
def test_what_they_do_see_is_given_as_they_see_it(desk: Desk, make: Callable[[Desk], Mapping[str, object]]):
    expected = make(desk)
    report = desk.report(START, END)
    assert (report.problems, report.failure) == ((), None)
    (article,) = report.articles
    assert article.native_id == str(desk.ids["post"])
    assert {name: getattr(article, name) for name in expected} == expected


def test_a_category_can_hold_the_hashtags(desk: Desk):
    category = desk.put("categories", name=desk.tag)
    desk.publish("inside", INSIDE, categories=[category], tags=[])
    desk.publish("tagged", INSIDE)
    report = desk.report(START, END, taxonomy="category")
    assert {name: article.tags for name, article in desk.named(report).items()} == {"inside": (desk.tag,)}


def test_an_application_password_is_checked_before_anything_is_believed(desk: Desk):
    desk.publish("inside", INSIDE)
    source = SourceSettings(
        name="site", kind="wordpress", url=desk.url, allow_private_addresses=True,
        user=desk.seed["user"], password={"env": "UNUSED"}, tags=[f"#{desk.tag}"],
    )  # fmt: skip
    asked = replace(request(), start=START, end=END)
    right = collect.fetch(source, replace(asked, reveal=lambda _: desk.seed["app_password"]))
    wrong = collect.fetch(source, replace(asked, reveal=lambda _: "not the password"))
    assert list(desk.named(right)) == ["inside"]
    assert wrong.articles == ()
    assert (wrong.failure or "").startswith(
        f'the site does not accept the user "{desk.seed["user"]}" with this password: {desk.url}/wp-json/wp/v2/users/me'
    )


@pytest.mark.parametrize("path", ["", "/?p={id}", "/{slug}/", "/feed", "/no/such/page"])
def test_the_interface_is_found_from_any_page(desk: Desk, path: str):
    number = desk.publish("inside", INSIDE)
    slug = desk.http.get(f"posts/{number}").json()["slug"]
    source = SourceSettings(
        name="site", kind="wordpress", url=desk.url + path.format(id=number, slug=slug),
        allow_private_addresses=True, tags=[f"#{desk.tag}"],
    )  # fmt: skip
    report = collect.fetch(source, replace(request(), start=START, end=END))
    assert (report.failure, list(desk.named(report))) == (None, ["inside"])
