"""Pictures that take their time: the issue is seen at once, they come without a reload, nothing goes out before."""

import re
import threading

import pytest
from playwright.sync_api import expect

from tests import builders
from tests.collect.loopback import reply, site
from tests.pictures.files import photograph, saved
from tests.web.preview.conftest import AS_OF, folder_with, preview

ARTICLE = """\
---
title: "A convoy of lorries"
date: 2026-11-18
tags: "UAinNATO"
url: https://news.example/convoy
cover: {{url: "{url}/convoy.jpg", alt: "Lorries on a road", credit: "A. Lens"}}
---

Text.
"""


@pytest.fixture
def slow(tmp_path):
    """A preview of one story whose picture comes when the event is set."""
    comes, content = threading.Event(), saved(photograph(1200, 800, seed=1))
    folder = folder_with(tmp_path)
    (folder / "articles").mkdir()
    text = (folder / "config.toml").read_text(encoding="utf-8")
    private = 'kind = "folder"\npath = "articles"\nallow_private_addresses = true'
    (folder / "config.toml").write_text(text.replace('kind = "sample"', private, 1), encoding="utf-8")

    def answer(_):
        comes.wait(14)
        return reply(content)

    with site(answer) as here:
        builders.written(folder / "articles" / "convoy.md", ARTICLE.format(url=here.url))
        with preview(folder, "--as-of", AS_OF) as served:
            try:
                yield served, comes
            finally:
                comes.set()


def test_pictures_that_come_late_are_shown_without_a_reload(slow, opened):
    served, comes = slow
    page = opened(served.url)
    page.evaluate("window.still = 'the same page'")
    image = page.frame_locator(".device.wide iframe.shown").get_by_alt_text("Lorries on a road")
    expect(page.locator(".coming")).to_contain_text("1 picture and the checks are on their way")
    plate = image.get_attribute("src")
    expect(image).to_have_js_property("naturalWidth", 168)  # the plate; before it the page has none
    place = image.bounding_box()
    comes.set()
    expect(page.locator(".coming")).to_have_count(0)
    expect(image).not_to_have_attribute("src", plate)
    expect(image).to_have_js_property("naturalWidth", 336)
    assert {key: image.bounding_box()[key] for key in ("width", "height")} == {
        key: place[key] for key in ("width", "height")
    }
    assert page.evaluate("window.still") == "the same page"


def test_nothing_is_frozen_or_sent_while_pictures_are_on_their_way(slow):
    served, comes = slow
    decision = {"do": "freeze", "by": "Ada"}
    asked = {"/decide": decision, "/test": {"addresses": ["ada@readers.example"]}}
    for path, body in asked.items():
        answer = served.post(path, body)
        said = answer.json()["problem"]
        assert (answer.status_code, "1 picture and the checks are on their way" in said) == (422, True)
    assert served.get("/message.eml").status_code == 409
    assert not (served.folder / "digest.db").exists()
    comes.set()
    for _ in range(100):
        answer = served.post("/decide", decision)
        if answer.status_code == 200:
            break
        threading.Event().wait(0.1)
    assert re.match("Frozen as [0-9a-f]{12}: what you saw.", answer.json()["said"])


def test_a_page_that_is_loaded_again_shows_its_pictures_from_the_start(served, opened):
    page = opened(served.url)
    page.locator("body[data-lacks='']").wait_for()
    blocked = []
    page.on("requestfailed", lambda request: blocked.append(request.url) if "/pictures/" in request.url else None)
    for look in ("dark", "full", "light"):
        page.wait_for_timeout(900)  # the browser begins to look for a newer worker
        page.goto(f"{served.url}?look={look}")
        page.locator(".phone .glass[data-shown='with pictures']").wait_for()
    assert blocked == []
