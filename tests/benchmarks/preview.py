"""Measures the preview in a real Chromium: `python -m tests.benchmarks.preview`.

Each figure is the median of several, from what the editor does to the frame that shows it; the
bound beside it is a page of one word, from the same server, in the same browser. The browser runs
already: its own start is in none of them.
"""

from __future__ import annotations

import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from tests.benchmarks.table import Row, told
from tests.web.preview.conftest import AS_OF, Served, folder_with, preview

ROUNDS = 9
PICTURES = """() => {
  const shown = document.querySelector("iframe.shown")?.contentDocument.querySelectorAll("img[src$='.jpg']") ?? [];
  return shown.length > 0 && [...shown].slice(0, 1).every((each) => each.naturalWidth > 1);
}"""
SEEN = """document.addEventListener("drawn", () => {
  window.seen ??= new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(Date.now()))));
});"""
"""When the first frame is on screen, by the page itself: who asks from outside hears of it up to half a second later."""
DRAWN = """() => { window.drawn = 0; document.addEventListener("drawn", () => { window.drawn = Date.now(); }); }"""


def rows() -> list[Row]:
    """The figures, beside a page of one word from the same server in the same browser."""
    with sync_playwright() as driver, tempfile.TemporaryDirectory() as name:
        chromium = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        folder = folder_with(Path(name), templates=True)
        cache = Path(name) / "cache"
        os.environ["XDG_CACHE_HOME"] = str(cache)
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # who uses the preview compiles it once
        cold = []
        for _ in range(3):
            shutil.rmtree(cache, ignore_errors=True)
            cold.append(first_view(chromium, folder)[0])
        views = [first_view(chromium, folder) for _ in range(5)]
        with preview(folder, "--as-of", AS_OF) as served:
            page = chromium.new_page(viewport={"width": 1440, "height": 900})
            page.goto(served.url)
            page.wait_for_selector("iframe.shown")
            page.evaluate(DRAWN)
            refreshed = median(saved(page, served, at) for at in range(ROUNDS))
            changed = median(moved(page, at) for at in range(ROUNDS))
            page.goto(f"{served.url}?case=sixty-stories")
            page.wait_for_selector("iframe.shown")
            page.evaluate(DRAWN)
            sixty = median(saved(page, served, at) for at in range(ROUNDS))
            least = median(bound(page, served) for _ in range(ROUNDS))
        chromium.close()
    by = "a page of one word"
    return [
        Row("preview refresh after a save", refreshed, "ms", 150, least, by),
        Row("- of sixty stories", sixty, "ms", None, least, by),
        Row("- after a story was moved", changed, "ms", None, least, by),
        Row("preview, first view after the command", median(seen for seen, _ in views), "ms", 400, least, by),
        Row("- with pictures and checks", median(whole for _, whole in views), "ms", None, least, by),
        Row("- no template compiled yet", median(cold), "ms", None, least, by),
    ]


def first_view(chromium: Any, folder: Path) -> tuple[float, float]:
    """From the command to the words of the email on screen, and to all that belongs to them."""
    page = chromium.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.add_init_script(SEEN)
    begun = time.time()
    with preview(folder, "--as-of", AS_OF) as served:
        page.goto(served.url, wait_until="commit")
        page.wait_for_selector("body[data-lacks='']")
        page.wait_for_function(PICTURES)
        whole = time.time() - begun
        seen = page.evaluate("window.seen") - begun * 1000
        page.context.close()
    return seen, whole * 1000


def saved(page: Page, served: Served, at: int) -> float:
    """From the save of a template to its new form in a frame."""
    file = served.folder / "templates" / "partials" / "masthead.mjml.j2"
    page.wait_for_timeout(200)
    page.evaluate("window.drawn = 0")
    text = file.read_text(encoding="utf-8").partition("{# saved #}")[0]
    begun = time.time()
    file.write_text(text + "{# saved #}" + f"<mj-raw><div>{at} {begun}</div></mj-raw>", encoding="utf-8")
    return drawn(page) - begun * 1000


def moved(page: Page, at: int) -> float:
    """From the key that moves a story to the frame that has it at its new place."""
    page.wait_for_timeout(200)
    page.evaluate("window.drawn = 0")
    button = page.locator(".rows[data-section='#DefeatRussia'] .title").nth(1 + at % 3)
    button.focus()
    begun = page.evaluate("Date.now()")
    page.keyboard.press("Alt+ArrowUp")
    return drawn(page) - float(begun)


def bound(page: Page, served: Served) -> float:
    """A whole round of this browser."""
    begun = time.monotonic()
    page.goto(f"{served.url}picture")
    return (time.monotonic() - begun) * 1000


def drawn(page: Page) -> float:
    while not (at := page.evaluate("window.drawn")):
        page.wait_for_timeout(10)
    return float(at)


def median(figures: Any) -> float:
    return statistics.median(figures)


if __name__ == "__main__":
    print(told(rows()))
