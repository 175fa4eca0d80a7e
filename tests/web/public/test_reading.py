"""The archive: what went out, and nothing that did not."""

from xml.etree import ElementTree as ET

import pytest

from digest.models import Correction, Picture, PictureMemory
from tests.builders import END
from tests.store import scene
from tests.web.public.conftest import sent

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def issues(site):
    """Three issues that went out, and one that waits."""
    found = [sent(site.store, "ann@example.org", week=week) for week in range(3)]
    scene.frozen(site.store, 3, "waiting")
    return found


def test_the_newest_issue_stands_first_and_one_that_waits_is_nobodys_business(site, issues):
    page = site.client.get("/issues").text
    places = [page.find(f"/issues/weekly-2026-W{week}") for week in (49, 48, 47)]
    assert places == sorted(places)
    assert places[0] > 0
    assert "W50" not in page
    assert site.client.get("/issues/weekly-2026-W50").status_code == 404
    assert "weekly-2026-W49" in site.client.get("/").text


def test_an_issue_is_shown_with_its_corrections(site, issues):
    assert site.client.get("/issues/weekly-2026-W47").text == scene.EMAIL.web
    site.store.issues.correct(issues[0].id, Correction(END, "Olena", "It was two.", "", "", ""), "<html>corrected")
    assert site.client.get("/issues/weekly-2026-W47").text == "<html>corrected"


def test_a_picture_of_an_email_is_served_as_it_was_made_and_may_be_kept_for_ever(site):
    made = Picture(b"\xff\xd8\xff pixels", "image/jpeg", 336, 224)
    site.store.pictures.remember([PictureMemory("a", "https://news.example/a.jpg", END, made)])
    answer = site.client.get(f"/pictures/{made.name}")
    assert (answer.content, answer.headers["content-type"]) == (made.content, "image/jpeg")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("name", ["0" * 32 + ".jpg", "%00.jpg", "a" * 5000, "' or 1=1 --"])
def test_any_other_picture_is_not_there(site, name):
    assert site.client.get(f"/pictures/{name}").status_code in (404, 400)


def test_the_feed_is_atom_with_an_entry_for_each_issue(site, issues):
    answer = site.client.get("/feed.xml")
    feed = ET.fromstring(answer.content)
    assert answer.headers["content-type"].startswith("application/atom+xml")
    entries = feed.findall(f"{ATOM}entry")
    assert [each.find(f"{ATOM}id").text for each in entries] == [
        f"https://digest.example.org/issues/weekly-2026-W{week}" for week in (49, 48, 47)
    ]
    assert {each.find(f"{ATOM}title").text for each in entries} == {scene.EMAIL.subject}
    assert feed.find(f"{ATOM}updated").text == entries[0].find(f"{ATOM}updated").text


@pytest.mark.parametrize(
    ("query", "number"), [("TEXT", 3), ("text nothing", 0), ("%", 0), ("_", 0), ("te\0xt", 3), ("''; --", 0), ("", 3)]
)
def test_a_search_finds_all_words_in_any_case_and_takes_no_sign_for_more_than_itself(site, issues, query, number):
    assert site.client.get("/issues", params={"q": query}).text.count("/issues/weekly-2026-W") == number


def test_an_archive_of_many_pages_goes_on_where_the_last_one_ended(site):
    for week in range(-15, 7):
        sent(site.store, "ann@example.org", week=week)
    first = site.client.get("/issues").text
    older = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = site.client.get(older).text
    seen = [part.split('"')[0] for page in (first, second) for part in page.split("/issues/weekly-2026-W")[1:]]
    assert (len(seen), len(set(seen))) == (22, 22)


def test_an_edition_has_an_archive_of_its_own(site, issues):
    assert "weekly-2026" not in site.client.get("/issues?newsletter=weekly-uk").text.replace("?newsletter=weekly", "")
