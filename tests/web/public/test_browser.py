"""A reader's browser: the whole way in and out, in two languages, with and without scripts."""

import os
from pathlib import Path

import pytest

from digest.models import Subscriber
from tests import real
from tests.builders import END

WRONG = "async () => (await axe.run({resultTypes: ['violations']})).violations.map(each => each.id)"
PHONE = {"width": 390, "height": 800}
PICTURES = os.environ.get("DIGEST_TEST_PICTURES")
"""A folder that is given a picture of every page."""


WAYS = {
    "en": ("en-GB", True, ("Subscribe", "Yes, subscribe me", "Save", "Unsubscribe")),
    "en, no scripts": ("en-GB", False, ("Subscribe", "Yes, subscribe me", "Save", "Unsubscribe")),
    "uk": ("uk-UA", True, ("Підписатися", "Так, підписатися", "Зберегти", "Відписатися")),
    "uk, no scripts": ("uk-UA", False, ("Підписатися", "Так, підписатися", "Зберегти", "Відписатися")),
}


@pytest.mark.parametrize(("locale", "scripts", "buttons"), WAYS.values(), ids=WAYS)
def test_a_reader_subscribes_confirms_chooses_and_leaves(site, browser, locale, scripts, buttons):
    subscribe, confirm, save, leave = buttons
    newsletter = "weekly-uk" if locale == "uk-UA" else "weekly"
    context = browser.new_context(viewport=PHONE, locale=locale, java_script_enabled=scripts, base_url=site.url)
    page, seen = context.new_page(), []

    def look(name):
        seen.append(page.locator("h1").inner_text())
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"] if scripts else True
        if PICTURES:
            page.screenshot(path=Path(PICTURES) / f"{locale}-{len(seen)}-{name}.png", full_page=True)

    page.goto("/")
    look("subscribe")
    page.get_by_label("Email address" if locale == "en-GB" else "Електронна адреса").fill("ann@example.org")
    themes = page.locator(f'input[name="theme {newsletter}"]')
    page.locator("details", has=themes).locator("summary").click()
    for each in (0, 2):
        themes.nth(each).check()
    seen.pop()
    look("themes")
    site.clock.ahead += 5 * site.clock.second
    page.get_by_role("button", name=subscribe).click()
    look("sent")
    [(_, link, _)] = site.mails()
    page.goto(link)
    look("confirm")
    assert site.store.people.all() == ()
    page.get_by_role("button", name=confirm).click()
    look("welcome")
    assert [each.state for each in site.store.people.all(newsletter)] == ["active"]
    assert len(site.store.people.by_address("ann@example.org").listings[0].choice.themes) == 2
    page.goto(site.link("ann@example.org", newsletter) + "/choices")
    look("choices")
    page.get_by_role("radio").nth(1).check()
    themes.first.uncheck()
    page.get_by_role("button", name=save).click()
    look("saved")
    choice = site.store.people.by_address("ann@example.org").listings[0].choice
    assert (choice.frequency, len(choice.themes)) == ("monthly", 1)
    page.goto(site.link("ann@example.org", newsletter))
    look("leave")
    page.get_by_role("button", name=leave).click()
    look("left")
    assert [each.state for each in site.store.people.all(newsletter)] == ["unsubscribed"]
    assert len(set(seen)) == 7
    context.close()


def test_a_scanner_that_runs_scripts_and_follows_every_link_changes_nothing(site, browser):
    site.store.people.add([Subscriber("ann@example.org")], "weekly", END)
    site.subscribe("bob@example.org")
    [(_, confirm, _)] = site.mails()
    before = site.state()
    context = browser.new_context(base_url=site.url)
    page = context.new_page()
    waiting, seen = [site.link("ann@example.org"), site.link("ann@example.org") + "/choices", confirm, "/"], set()
    while waiting:
        path = waiting.pop()
        if path in seen or not path.startswith("/"):
            continue
        seen.add(path)
        if page.goto(path, wait_until="networkidle").headers["content-type"].startswith("text/html"):
            waiting += page.eval_on_selector_all("a[href]", "links => links.map(a => a.getAttribute('href'))")
    assert len(seen) >= 8
    assert site.state() == before
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(site, browser, scheme):
    axe = (real.judges() / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
    site.store.people.add([Subscriber("ann@example.org")], "weekly", END)
    link = site.link("ann@example.org")
    site.subscribe("bob@example.org")
    [(_, confirm, _)] = site.mails()
    context = browser.new_context(viewport=PHONE, color_scheme=scheme, base_url=site.url, bypass_csp=True)
    page, found = context.new_page(), []
    for path in (
        "/",
        "/?lang=uk",
        "/subscribe/sent",
        confirm,
        "/issues",
        link,
        f"{link}/choices?saved=1",
        f"{link}/left",
        "/nothing",
    ):
        page.goto(path)
        page.evaluate(axe)
        found += [(path, rule) for rule in page.evaluate(WRONG)]
    assert found == []
    context.close()
