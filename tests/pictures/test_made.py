"""Pictures fetched from a real server on loopback."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from digest import pictures
from digest.models import PictureMemory
from digest.pictures import LEAD, STORY, Wanted
from tests.collect.loopback import Answer, reply, site
from tests.pictures.files import photograph, saved

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
GROUND = "#0A2A52"
PHOTO = saved(photograph(800, 600))


def wanted(url: str, shape: pictures.Shape = STORY, *, allow_private: bool = True, file: Path | None = None) -> Wanted:
    return Wanted(url, shape, GROUND, allow_private, file)


def made(
    *asked: Wanted, memories: Mapping[str, PictureMemory] | None = None, at: datetime = NOW
) -> list[PictureMemory]:
    """What came of each, in order."""
    done: list[None] = []
    found = pictures.made(
        asked, memories or {}, at, contact="https://news.example", on_done=lambda _: done.append(None)
    )
    assert len(done) == len(asked) == len(found)
    return [found[each.key] for each in asked]


def always(answer: Answer) -> Callable[[str], Answer]:
    return lambda path: answer


def test_pictures_come_side_by_side_each_in_the_form_of_its_place() -> None:
    with site(always(reply(PHOTO, ETag='"v1"'))) as here:
        asked = [wanted(f"{here.url}/{n}.jpg", LEAD if n == 0 else STORY) for n in range(12)]
        found = made(*asked)
    large, small = pictures.ready(PHOTO, LEAD, GROUND), pictures.ready(PHOTO, STORY, GROUND)
    assert found == [
        PictureMemory(each.key, each.url, NOW, large if each.shape is LEAD else small, etag='"v1"') for each in asked
    ]
    assert sorted(here.asked) == sorted(f"/{n}.jpg" for n in range(12))
    assert {headers["accept"] for headers in here.headers} == {
        "image/jpeg, image/png, image/gif, image/webp, image/avif;q=0.9, */*;q=0.1"
    }


def hang(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\n" + PHOTO[:500])


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (reply(b"", 404), "is not there: the site answered 404"),
        (reply(b"", 403), "is not there: the site answered 403"),
        (reply(b"", 500), "did not come: the site answered 500"),
        (reply(b"", 304), "is not there: the site answered 304"),
        (reply(b"<!doctype html><p>Please log in", Content_Type="image/jpeg"), "is a page and not a picture; the address of the file itself is needed"),
        (reply(b"\0" * 20_000_001), "did not come: the answer is larger than 20 MB; check that the address is right"),
        (hang, "did not come: the connection broke off ("),
    ],
    ids=["missing", "forbidden", "broken-server", "unasked-304", "page", "too-large", "half"],
)  # fmt: skip
def test_what_does_not_come_says_why_and_the_others_are_there(answer: Answer, said: str) -> None:
    with site(lambda path: answer if path == "/bad.jpg" else reply(PHOTO)) as here:
        bad, good = made(wanted(f"{here.url}/bad.jpg"), wanted(f"{here.url}/good.jpg"))
    assert (bad.picture, bad.etag, bad.reason[: len(said)]) == (None, "", said)
    assert good.picture == pictures.ready(PHOTO, STORY, GROUND)


def test_a_private_address_is_asked_only_where_the_source_allows_it() -> None:
    with site(always(reply(PHOTO))) as here:
        (refused,) = made(wanted(f"{here.url}/a.jpg", allow_private=False))
        assert here.asked == []
    assert refused.picture is None
    assert refused.reason.startswith("did not come: ")
    assert "127.0.0.1" in refused.reason


def test_a_server_that_says_not_modified_is_believed() -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        known = handler.headers.get("If-None-Match") == '"v1"'
        reply(b"" if known else PHOTO, 304 if known else 200, ETag='"v1"')(handler)

    with site(always(answer)) as here:
        asked = wanted(f"{here.url}/a.jpg")
        (first,) = made(asked)
        (second,) = made(asked, memories={asked.key: first}, at=LATER)
    assert [headers.get("if-none-match") for headers in here.headers] == [None, '"v1"']
    assert (first.asked_at, second) == (NOW, PictureMemory(asked.key, asked.url, LATER, first.picture, etag='"v1"'))


@pytest.mark.parametrize(("status", "stays"), [(503, True), (429, True), (404, False), (410, False)])
def test_a_picture_outlives_a_busy_server_but_not_its_removal(status: int, stays: bool) -> None:
    statuses = [200]
    with site(lambda path: reply(PHOTO, statuses[-1], Retry_After="99")) as here:
        asked = wanted(f"{here.url}/a.jpg")
        (first,) = made(asked)
        statuses.append(status)
        (second,) = made(asked, memories={asked.key: first}, at=LATER)
    assert (second.picture == first.picture, second.picture is None, second.asked_at) == (stays, not stays, LATER)


def test_a_picture_that_comes_with_its_source_is_read_from_its_file(tmp_path: Path) -> None:
    file = tmp_path / "a.jpg"
    file.write_bytes(PHOTO)
    asked = wanted("https://nothing.invalid/a.jpg", allow_private=False, file=file)
    assert made(asked) == [PictureMemory(asked.key, asked.url, NOW, pictures.ready(PHOTO, STORY, GROUND))]


def test_only_what_gives_the_same_picture_is_asked_once() -> None:
    url = "https://news.example/a.jpg"
    others = [
        wanted(url, LEAD),
        wanted(f"{url}?2"),
        Wanted(url, STORY, "#FFD500", allow_private=True),
        wanted(url, allow_private=False),
    ]
    assert wanted(url).key == wanted(url).key
    assert len({wanted(url).key, *(each.key for each in others)}) == 5
