"""A finished page in a real Chromium: what axe finds in it, also where a mail client darkens it, and its width."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests import real

LEVELS = ("minor", "moderate", "serious", "critical")
SCHEMES = ("light", "dark")
DARKENINGS = ("partial", "full")
WIDE, PHONE, SMALL_PHONE = 700, 390, 320
COMPUTED = """async options => (await axe.run(document, options)).violations.map(
  ({ id, impact, nodes }) => [impact, id, nodes[0].html.slice(0, 110), nodes[0].any[0]?.message ?? ""])"""
"""Of the result only what is wrong leaves the browser: what is right takes longer on its way than axe to find it."""
RULES: dict[str, Any] = {
    "runOnly": {"type": "tag", "values": "wcag2a wcag2aa wcag21a wcag21aa wcag22aa best-practice".split()},
    "rules": {
        "region": {"enabled": False},  # this one and the next are for whole pages: an email is a part of a client's
        "landmark-one-main": {"enabled": False},
        "target-size": {"enabled": True},
    },
}


@dataclass(frozen=True)
class Shown:
    """A page in a tab of its own."""

    tab: Any
    html: str

    def found_by_axe(self, least: str) -> list[object]:
        """What is wrong, and at least so bad: scheme, width, level, rule, the place and what axe says."""
        self.tab.set_content(self.html)
        self.tab.evaluate(_axe())
        found = []
        for width in (WIDE, PHONE):
            for scheme in SCHEMES:
                self.tab.set_viewport_size({"width": width, "height": 900})
                self.tab.emulate_media(color_scheme=scheme)
                found += [(scheme, width, *each) for each in self.tab.evaluate(COMPUTED, RULES)]
        return [each for each in found if LEVELS.index(each[2]) >= LEVELS.index(least)]

    def unreadable_when_darkened(self) -> list[object]:
        """What has too little contrast where a client darkens the email its own way, past the email's own rules."""
        found = []
        for mode in DARKENINGS:
            self.tab.set_viewport_size({"width": WIDE, "height": 900})
            self.tab.set_content(self.html.replace("prefers-color-scheme", "x-no"))
            self.tab.evaluate(f"mode => ({_darken()})(mode)", mode)
            self.tab.evaluate(_axe())
            found += [(mode, *each) for each in self.tab.evaluate(COMPUTED, {"runOnly": ["color-contrast"]})]
        return found

    def sideways(self, width: int, *, styled: bool = True) -> int:
        """By how many pixels it is wider than so narrow a screen; not `styled`: in a client that drops all <style>."""
        self.tab.set_viewport_size({"width": width, "height": 640})
        self.tab.set_content(self.html if styled else re.sub("(?is)<style.*?</style>", "", self.html))
        return int(self.tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


@contextmanager
def shown(browser: Any, file: Path, covers: Path | None = None) -> Iterator[Shown]:
    """The page in this file. Nothing leaves the browser; a picture's address gives the file of its name in `covers`."""

    def answer(route: Any) -> None:
        cover = covers / route.request.url.rsplit("/", 1)[-1] if covers else None
        if cover and cover.is_file():
            route.fulfill(path=cover)
        else:
            route.abort()

    context = browser.new_context(reduced_motion="reduce")
    context.route("**/*", answer)
    yield Shown(context.new_page(), file.read_text(encoding="utf-8"))
    context.close()


def well_formed(files: Iterable[Path]) -> None:
    """Asserts that html-validate finds nothing in them."""
    real.judged("node", "node_modules/.bin/html-validate", "-c", "htmlvalidate.json", *map(str, files))


def _axe() -> str:
    return (real.judges() / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


def _darken() -> str:
    """The judge's own model of what mail clients do, as a function in JavaScript."""
    script = (real.judges() / "darksim.mjs").read_text(encoding="utf-8")
    found = re.search(r"^function darken\(mode\) \{.*?^\}", script, re.DOTALL | re.MULTILINE)
    assert found, "darksim.mjs has no darken(mode)"
    return found[0]
