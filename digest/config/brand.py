"""How the email looks: what a newsroom sets of it, and whether it can be read."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterator
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from digest.config import colours
from digest.config.values import Colour, Table, WebAddress, nearest

READABLE = 4.5
"""WCAG 2.2 AA for text under 24 px."""
WHITE = "#FFFFFF"
_GENERIC = ("serif", "sans-serif", "monospace")
# What Windows, macOS, iOS or Android bring with them: nothing is fetched, so nothing tells on a reader.
_SAFE = """
American Typewriter, Arial, Arial Narrow, Avenir, Avenir Next, Baskerville, Bookman Old Style, Calibri,
Cambria, Candara, Century Gothic, Charter, Consolas, Constantia, Corbel, Courier, Courier New, Didot, Droid
Sans, Franklin Gothic Medium, Futura, Garamond, Geneva, Georgia, Gill Sans, Helvetica, Helvetica Neue, Hoefler
Text, Iowan Old Style, Liberation Sans, Liberation Serif, Lucida Grande, Lucida Sans Unicode, Menlo, Monaco,
Noto Sans, Noto Serif, Optima, Palatino, Palatino Linotype, Roboto, Rockwell, Segoe UI, Tahoma, Times, Times
New Roman, Trebuchet MS, Verdana
"""


def _fonts(value: str) -> str:
    known = {name.casefold(): name for name in (*" ".join(_SAFE.split()).split(", "), *_GENERIC)}
    given = [name.strip().strip("'\"") for name in value.split(",")]
    for name in given:
        if name.casefold() not in known:
            near = difflib.get_close_matches(name.casefold(), known, 1, 0.5)
            hint = nearest([known[each] for each in near])
            raise ValueError(f'expected fonts that every machine has: "{name}" is a web font or unknown{hint}')
    if given[-1].casefold() not in _GENERIC:
        raise ValueError(
            'expected "serif", "sans-serif" or "monospace" as the last one, for machines without the others'
        )
    return ",".join(known[name.casefold()] for name in given)


Fonts = Annotated[str, AfterValidator(_fonts)]


class LightSettings(Table):
    """Colours by day. What is left out of them suits every page and card that can be read."""

    page: Colour = "#EEF2F7"
    card: Colour = WHITE
    link: Colour = "#0057B7"
    """Links, buttons, bars and rules."""
    ink: ClassVar[str] = "#14202E"
    body: ClassVar[str] = "#2B3846"
    muted: ClassVar[str] = "#56657A"
    tint: ClassVar[int] = 11

    @property
    def plate(self) -> str:
        """The ground of boxes, of bars, and of pictures that are not there: the card with a touch of the links."""
        return colours.mixed(self.card, self.link, self.tint)

    @property
    def rule(self) -> str:
        """Thin lines."""
        return colours.mixed(self.card, self.muted, 25)

    @property
    def on_link(self) -> str:
        """Text on a button."""
        return colours.clearest_on((self.card, self.ink, self.page), self.link)


class DarkSettings(LightSettings):
    """Colours where the reader's machine is in dark mode."""

    page: Colour = "#0D1520"
    card: Colour = "#16212F"
    link: Colour = "#8CC4FF"
    ink: ClassVar[str] = "#F2F6FB"
    body: ClassVar[str] = "#D5DEE9"
    muted: ClassVar[str] = "#A3B2C4"
    tint: ClassVar[int] = 15


class BrandSettings(Table):
    """How the email looks."""

    logo_url: WebAddress | None = None
    logo_width: Annotated[int, Field(ge=16, le=280)] = 52
    logo_height: Annotated[int, Field(ge=16, le=100)] = 52
    house_image_url: WebAddress | None = None
    colour: Colour = "#0A2A52"
    accent: Colour = "#FFD500"
    heading_font: Fonts = "Georgia,Times,serif"
    text_font: Fonts = "Helvetica,Arial,sans-serif"
    width: Annotated[int, Field(ge=480, le=720)] = 600
    light: LightSettings = LightSettings()
    dark: DarkSettings = DarkSettings()

    @property
    def on_colour(self) -> str:
        """Text on the masthead."""
        return colours.clearest_on((WHITE, self.light.ink), self.colour)


Key = tuple[str, ...]


def unreadable(brand: BrandSettings) -> Iterator[tuple[tuple[Key, ...], str]]:
    """What no reader could read: the keys that make it so, and the contrast that was measured."""
    for keys, what, text, ground in _pairs(brand):
        ratio = colours.contrast(text, ground)
        if ratio < READABLE:
            measured = f"{what} would be {text} on {ground}, a contrast of {math.floor(ratio * 100) / 100}"
            yield keys, f"{measured}; expected at least {READABLE}, so make it lighter or darker"


def _pairs(brand: BrandSettings) -> Iterator[tuple[tuple[Key, ...], str, str, str]]:
    """Keys of [brand], what the text is, its colour, and its ground."""
    yield (("colour",),), "the newsletter's name", brand.on_colour, brand.colour
    for mode, shades in (("light", brand.light), ("dark", brand.dark)):
        page, card, link = ((mode, key) for key in ("page", "card", "link"))
        yield (page,), "small print", shades.muted, shades.page
        yield (card,), "small print", shades.muted, shades.card
        yield (link, page), "a link on the page", shades.link, shades.page
        yield (link, card), "a link on a card", shades.link, shades.card
        yield (link, card), "a link in a box", shades.link, shades.plate
        yield (link, card), "the text of a box", shades.body, shades.plate
        yield (link, card), "the text of a button", shades.on_link, shades.link
