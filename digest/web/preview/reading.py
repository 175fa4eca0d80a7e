"""The email as a screen reader goes through it: in order, with what is announced beside the words. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from msgspec import Struct
from msgspec.structs import replace

_VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"})
_SILENT = frozenset({"head", "script", "style", "title", "template"})
_HEADINGS = {f"h{level}": f"heading {level}" for level in range(1, 7)}
_INLINE = frozenset({"a", "abbr", "b", "br", "em", "i", "small", "span", "strong", "sub", "sup", "u"})
_HIDDEN = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)


class Spoken(Struct, frozen=True):
    """One stop of the reading cursor."""

    role: str
    """`heading 2`, `link`, `picture`, `list item`, `table`, or empty for plain text."""
    words: str
    language: str = ""
    """Where it is not that of the page."""


def order(html: str) -> tuple[Spoken, ...]:
    """What is read, from the top. Layout tables say nothing; what is hidden is left out."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return tuple(reader.spoken())


class _Open(Struct, frozen=True):
    tag: str
    role: str
    language: str
    hidden: bool


class _Reader(HTMLParser):
    """Keeps the open elements; words under the same roles are one stop."""

    def __init__(self) -> None:
        super().__init__()
        self._open = [_Open("", "", "", hidden=False)]
        self._stops: list[Spoken] = []
        self._page = ""

    def spoken(self) -> Iterator[Spoken]:
        for stop in self._stops:
            words = " ".join(stop.words.split())
            if words or stop.role.startswith("table"):
                language = "" if stop.language == self._page else stop.language
                yield replace(stop, words=words, language=language)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given, above = dict(attrs), self._open[-1]
        language = given.get("lang") or above.language
        if tag == "html":
            self._page = language
        hidden = above.hidden or tag in _SILENT or _hides(given)
        role = self._role(tag, given) or above.role
        if tag == "img":
            if given.get("alt") and not hidden:
                link = "link, " if "link" in above.role else ""
                self._stops.append(Spoken(f"{link}picture", given["alt"] or "", language))
            return
        if tag not in _INLINE or (tag == "a" and given.get("href")):
            self._break()
        elif tag == "br":
            self.handle_data(" ")
        if tag == "table" and role.startswith("table") and not hidden:
            self._stops.append(Spoken(role, "", language))
            role = ""
        if tag not in _VOID:
            self._open.append(_Open(tag, role, language, hidden))

    def handle_endtag(self, tag: str) -> None:
        at = next((i for i in range(len(self._open) - 1, 0, -1) if self._open[i].tag == tag), 0)
        if at:
            del self._open[at:]
        if tag == "a" or tag not in _INLINE:
            self._break()

    def handle_data(self, data: str) -> None:
        top = self._open[-1]
        if top.hidden:
            return
        last = self._stops[-1] if self._stops else None
        if last and last.role == top.role and last.language == top.language and not last.words.endswith("\n"):
            self._stops[-1] = replace(last, words=last.words + data.replace("\n", " "))
        elif data.strip():
            self._stops.append(Spoken(top.role, data.replace("\n", " "), top.language))

    def _break(self) -> None:
        """What follows is another stop."""
        if self._stops and self._stops[-1].words and not self._stops[-1].words.endswith("\n"):
            self._stops[-1] = replace(self._stops[-1], words=self._stops[-1].words + "\n")

    def _role(self, tag: str, given: dict[str, str | None]) -> str:
        above = self._open[-1].role
        if tag in _HEADINGS:
            return _HEADINGS[tag]
        if tag == "a" and given.get("href"):
            return f"{above}, link" if above else "link"
        if tag == "li":
            return "list item"
        if tag == "th":
            return "row header" if given.get("scope") == "row" else "column header"
        if tag == "table" and given.get("role") not in ("presentation", "none"):
            return "table"
        return ""


def _hides(given: dict[str, str | None]) -> bool:
    return given.get("aria-hidden") == "true" or "hidden" in given or bool(_HIDDEN.search(given.get("style") or ""))
