from datetime import timedelta

import pytest

from digest.models import Email, Picture, PictureMemory
from digest.store.opened import Store
from tests.builders import END as NOW
from tests.builders import SLOT
from tests.store import scene
from tests.store.conftest import Place
from tests.store.test_plans import plan, recorded, scans

DAY = timedelta(days=1)
ONE = Picture(b"\xff\xd8\x00one", "image/jpeg", 1200, 675)
TWO = Picture(b"\x89PNG two", "image/png", 336, 224)


def memory(name: str, picture: Picture | None, **changes: object) -> PictureMemory:
    values = {"key": name, "url": f"https://news.example/{name}.jpg", "asked_at": NOW, "picture": picture} | changes
    return PictureMemory(**values)  # type: ignore[arg-type]


def test_pictures_and_what_their_addresses_gave_come_back_as_they_were(s: Store) -> None:
    given = [memory("a", ONE, etag='"v1"'), memory("b", None, reason="is empty"), memory("c", ONE), memory("d", TWO)]
    s.pictures.remember(given)
    assert s.pictures.memories(["a", "b", "c", "d", "nothing"]) == {each.key: each for each in given}
    assert (s.pictures.get(ONE.name), s.pictures.get(TWO.name), s.pictures.get("nothing.jpg")) == (ONE, TWO, None)
    assert s.pictures.named([ONE.name, TWO.name, "nothing.jpg"]) == {ONE.name: ONE, TWO.name: TWO}


def test_a_later_answer_takes_the_place_of_the_earlier_and_the_picture_stays(s: Store) -> None:
    s.pictures.remember([memory("a", ONE, etag='"v1"')])
    gone = memory("a", None, asked_at=NOW + DAY, reason="is not there")
    s.pictures.remember([gone])
    s.pictures.remember([])
    assert (s.pictures.memories(["a"]), s.pictures.get(ONE.name)) == ({"a": gone}, ONE)


def test_an_address_of_any_length_is_remembered(s: Store) -> None:
    long = memory("a", None, url="https://news.example/" + "x" * 20_000, reason="is empty")
    s.pictures.remember([long])
    assert s.pictures.memories(["a"]) == {"a": long}


def email(*shown: Picture) -> Email:
    page = "".join(f'<img src="{picture.address("https://digest.example")}" alt="">' for picture in shown)
    return Email("Subject", "", f"<p>{page}</p>", "text", f"<html>{page}</html>", {})


def frozen(s: Store, key: str, *shown: Picture) -> int:
    record = s.issues.begin(key, SLOT, f"{key}-2026-W47", NOW)
    s.issues.freeze(record.id, scene.composed(record, "one"), email(*shown), by="", at=NOW, again=True)
    return record.id


def test_a_page_names_the_pictures_that_it_shows(s: Store) -> None:
    s.pictures.remember([memory("a", ONE)])
    page = email(ONE, TWO).html + '<img src="https://other.example/pictures/a.jpg">'
    assert s.pictures.shown(page, page) == {ONE.address("https://digest.example"): ONE}


def test_what_no_draft_asks_for_and_no_frozen_issue_shows_is_forgotten(s: Store) -> None:
    s.pictures.remember([memory("a", ONE), memory("b", TWO)])
    frozen(s, "weekly", ONE)
    assert s.pictures.forget(NOW) == 0
    assert s.pictures.forget(NOW + DAY) == 1
    assert (s.pictures.named([ONE.name, TWO.name]), s.pictures.memories(["a", "b"])) == ({ONE.name: ONE}, {})


def test_a_picture_that_a_draft_asked_for_today_stays_however_old_it_is(s: Store) -> None:
    s.pictures.remember([memory("a", ONE)])
    s.pictures.remember([memory("a", ONE, asked_at=NOW + 2 * DAY)])
    assert s.pictures.forget(NOW + DAY) == 0
    assert s.pictures.get(ONE.name) == ONE


def test_freezing_again_lets_go_of_what_is_not_shown_any_more(s: Store) -> None:
    s.pictures.remember([memory("a", ONE), memory("b", TWO)])
    frozen(s, "weekly", ONE)
    frozen(s, "weekly", TWO)
    assert s.pictures.forget(NOW + DAY) == 1
    assert (s.pictures.get(ONE.name), s.pictures.get(TWO.name)) == (None, TWO)


def test_two_issues_that_show_one_picture_keep_it_each(s: Store) -> None:
    s.pictures.remember([memory("a", ONE)])
    frozen(s, "weekly", ONE)
    frozen(s, "daily", ONE)
    frozen(s, "weekly")
    assert s.pictures.forget(NOW + DAY) == 0


@pytest.mark.parametrize("work", ["get", "memories", "remember", "freeze"])
def test_pictures_are_found_by_an_index(s: Store, place: Place, work: str) -> None:
    s.pictures.remember([memory("a", ONE)])
    record = s.issues.begin("weekly", SLOT, "weekly-2026-W47", NOW)
    with recorded() as statements:
        if work == "get":
            s.pictures.get(ONE.name)
        elif work == "memories":
            s.pictures.memories(["a", "b"])
        elif work == "remember":
            s.pictures.remember([memory("a", ONE)])
        else:
            s.issues.freeze(record.id, scene.composed(record, "one"), email(ONE), by="", at=NOW)
    assert scans(plan(place, statements)) == []
