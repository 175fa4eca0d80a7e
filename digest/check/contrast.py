"""Can every word be read, in light and in dark (S09)?

Computed from the styles alone, without a browser: colours are inherited, rules weighed by
importance and specificity, and those for dark mode added for the dark scene. What lies on a
picture or on colours that overlap by position is not seen, nor is a mail client that inverts
colours by itself: the judges in tests/render look at that in Chromium.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from digest.check import colours, css
from digest.check.page import Element, Page
from digest.check.proof import Check, Proof
from digest.models import Finding

_ENOUGH, _ENOUGH_LARGE = 4.5, 3.0
"""WCAG 2.2, 1.4.3: level AA."""
_WHITE, _BLACK, _LINK = (255, 255, 255), (0, 0, 0), (0, 0, 238)
_DARK = "prefers-color-scheme: dark"
_MOST = 3


def text(proof: Proof) -> Iterator[Finding]:
    """An error for each pair of colours that cannot be read, the worst first."""
    for scene in ("light", "dark"):
        if scene == "dark" and not any("dark" in rule.media for rule in proof.page.rules):
            continue
        for _, message, place in sorted(_Scene(proof.page, scene).poor())[:_MOST]:
            cure = "change the colour in partials/palette.mjml.j2, or in [brand]"
            yield Finding("contrast", "error", message, cure, place)


class _Scene:
    """The page in light or in dark: the rules that hold, and each element's colours, looked up once."""

    def __init__(self, page: Page, scene: str) -> None:
        self._page, self._scene = page, scene
        self._rules: dict[str, list[tuple[int, css.Rule]]] = {}
        for at, rule in enumerate(page.rules):
            if _holds(rule.media, scene) and {"color", "background", "background-color"} & rule.declarations.keys():
                self._rules.setdefault(css.key(rule.selector), []).append((at, rule))
        self._ink: dict[Element, colours.Rgb] = {}
        self._ground: dict[Element, colours.Rgb | None] = {}

    def poor(self) -> Iterator[tuple[float, str, str]]:
        """Ratio, message and place of each pair of colours, once."""
        seen = set()
        for element in self._page.elements:
            words = element.words.strip("\u00a0 ·•|–—")
            if not words or element.hidden or element.tag == "html":
                continue
            ink, ground = self._ink_of(element), self._ground_of(element)
            if ground is None or (ink, ground) in seen:
                continue
            found, needed = colours.ratio(ink, ground), _ENOUGH_LARGE if _large(element) else _ENOUGH
            if found < needed:
                seen.add((ink, ground))
                pair = f"{colours.shown(ink)} on {colours.shown(ground)}"
                message = f'in {self._scene} mode "{words[:40]}" is {pair}: {found:.1f} to 1, {needed:g} is the least'
                yield found, message, words[:80]

    def _ink_of(self, element: Element) -> colours.Rgb:
        if element not in self._ink:
            above = self._ink_of(element.parent) if element.parent else _BLACK
            said = self._said(element, ("color",)) or element.get("color").lower() * (element.tag == "font")
            read = colours.read(said) if said and said != "inherit" else None
            if read:
                ground = self._ground_of(element) or _WHITE
                self._ink[element] = colours.over(*read, ground)
            else:
                link = element.tag == "a" and "href" in element.attributes and said != "inherit"
                self._ink[element] = _LINK if link else above
        return self._ink[element]

    def _ground_of(self, element: Element) -> colours.Rgb | None:
        """None over a picture: nobody can tell."""
        if element not in self._ground:
            above = self._ground_of(element.parent) if element.parent else _WHITE
            said = self._said(element, ("background-color", "background")) or element.get("bgcolor").lower()
            read = colours.read(said)
            if "url(" in said or element.get("background"):
                above, read = None, None
            self._ground[element] = colours.over(*read, above or _WHITE) if read and (above or read[1] == 1) else above
        return self._ground[element]

    def _said(self, element: Element, properties: Sequence[str]) -> str:
        """The value that wins: important before not, inline before rules, then specificity and order."""
        found: list[tuple[tuple[bool, bool, tuple[int, int], int], str]] = []
        own = [element.style[name] for name in properties if name in element.style]
        found += [(("!important" in value, True, (0, 0), 0), value) for value in own]
        keys = ("", element.tag, *(f".{name}" for name in element.classes))
        for at, rule in (each for key in keys for each in self._rules.get(key, ())):
            values = [rule.declarations[name] for name in properties if name in rule.declarations]
            if values and css.matches(rule.selector, element):
                found.append((("!important" in values[0], False, css.specificity(rule.selector), at), values[0]))
        return max(found)[1].replace("!important", "").strip() if found else ""


def _holds(media: str, scene: str) -> bool:
    if "prefers-color-scheme" in media:
        return scene == "dark" and _DARK in media.replace(":dark", ": dark")
    return not media or not ("print" in media or "speech" in media)


def _large(element: Element) -> bool:
    """24 px, or 18.66 px and bold."""
    look_up = partial(_first, element)
    size = look_up("font-size")
    pixels = float(size.removesuffix("px")) if size.endswith("px") and size[:-2].replace(".", "", 1).isdigit() else 16.0
    bold = look_up("font-weight") in ("bold", "700", "800", "900") or any(
        e.tag in ("b", "strong") for e in element.up()
    )
    return pixels >= 24 or (bold and pixels >= 18.66)


def _first(element: Element, name: str) -> str:
    return next((value for e in element.up() if (value := e.style.get(name, ""))), "")


CHECKS = (Check("S09", "contrast", "error", "every word can be read on its ground, in light and in dark", text),)
