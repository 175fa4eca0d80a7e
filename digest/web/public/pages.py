"""The pages: templates of the editor's own, filled with words in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from babel import Locale, UnknownLocaleError
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from digest.config import Settings
from digest.render import templates, words
from digest.render.words import Words
from digest.web.public.door import Door

PRIVATE = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}
"""Of a page that belongs to one person."""


def language(request: Request, settings: Settings) -> str:
    """What the reader asks for by `?lang=`, else the browser's first choice that there are words for."""
    known = _languages(settings.page_templates)
    wanted = [request.query_params.get("lang", ""), *_accepted(request.headers.get("accept-language", ""))]
    mine = settings.newsletter.language
    if mine in known or mine.partition("-")[0] in known:
        wanted.append(mine)
    found = (tag if tag in known else tag.partition("-")[0] for tag in wanted)
    return next((tag for tag in found if tag in known), "en")


def known_language(wanted: str, settings: Settings) -> str:
    """`wanted` if there are words for it, else nothing."""
    return wanted if wanted in _languages(settings.page_templates) else ""


def say(settings: Settings, tongue: str) -> Words:
    """The words of the pages in this language."""
    return words.load(settings.page_templates / "pages", tongue, settings.newsletter.zone)


def spoken(settings: Settings) -> str:
    """The language of an edition in its own words: `English`, `українська`."""
    try:
        locale = Locale.parse(settings.newsletter.language, sep="-")
    except (UnknownLocaleError, ValueError):
        return settings.newsletter.language
    name = locale.get_display_name(locale) or settings.newsletter.language
    return name[:1].upper() + name[1:]


class View(Struct, frozen=True):
    """What a page is shown with."""

    door: Door
    settings: Settings
    """The edition that it is about."""
    tongue: str

    def page(
        self, name: str, values: Mapping[str, object] | None = None, *, status: int = 200, private: bool = False
    ) -> Response:
        """The page `pages/<name>.html.j2`; what is private is kept nowhere on the way."""
        filled = _frame(self) | dict(values or {})
        html = templates.fill(self.settings.page_templates, f"pages/{name}.html.j2", filled)
        return HTMLResponse(html, status, headers=PRIVATE if private else {"Cache-Control": "no-cache"})

    def message(self, name: str, *, status: int = 200, onward: str = "", private: bool = True) -> Response:
        """A page that says one thing: the messages `<name>-title` and `<name>-text`.

        `onward` is the name of the text of a button that leads to the first page, or to the issues.
        """
        its, base, key = say(self.settings, self.tongue), self.door.base, self.settings.newsletter.key
        href = f"{base}/issues?newsletter={key}" if onward == "keep-reading" else f"{base}/?newsletter={key}"
        values = {
            "heading": its(f"{name}-title"),
            "text": its(f"{name}-text"),
            "onward": {"href": href, "text": its(onward)} if onward else None,
            "quiet": onward == "come-back",
        }
        return self.page("message", values, status=status, private=private)


def stylesheet(door: Door) -> str:
    """What all pages look like."""
    return templates.fill(door.main.page_templates, "pages/style.css.j2", {"brand": door.main.brand}, escape=False)


def redirect(door: Door, path: str) -> Response:
    """To another page of ours, by GET."""
    return RedirectResponse(f"{door.base}{path}", 303, headers=PRIVATE)


def _frame(view: View) -> dict[str, object]:
    offered = [
        {
            "key": each.newsletter.key,
            "name": each.newsletter.name,
            "language": each.newsletter.language,
            "spoken": spoken(each),
        }
        for each in view.door.editions
    ]
    return {
        "newsletter": view.settings.newsletter,
        "brand": view.settings.brand,
        "say": say(view.settings, view.tongue),
        "language": view.tongue,
        "base": view.door.base,
        "offered": offered,
        "several": len(offered) > 1,
        "feed": False,
    }


def _accepted(header: str) -> list[str]:
    """The languages of an Accept-Language header, the dearest first (RFC 9110 section 12.5.4)."""
    found = re.findall(r"([A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)(?:\s*;\s*q=([01](?:\.\d{0,3})?))?", header[:200])
    return [tag for tag, _ in sorted(found, key=lambda each: -float(each[1] or 1)) if tag]


@lru_cache(maxsize=4)
def _languages(folder: Path) -> frozenset[str]:
    return frozenset(file.stem for file in (folder / "pages" / "text").glob("*.ftl"))
