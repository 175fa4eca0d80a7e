"""Every address that the email holds: where it stands, and whether html and text agree. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from msgspec import Struct
from selectolax.lexbor import LexborHTMLParser, LexborNode

_ADDRESS = re.compile(r"https?://[^\s<>]+")
_TRAILING = ".,;:!?)\"'»”"

Note = Literal["", "unsubscribe", "mail", "html only", "text only"]


class Row(Struct, frozen=True):
    """One address."""

    address: str
    words: tuple[str, ...]
    """What a reader sees of it in the html, each once; an image's description where there is no text."""
    in_html: int
    in_text: int
    note: Note


def table(html: str, text: str, fields: Mapping[str, str]) -> tuple[Row, ...]:
    """The addresses of a filled-in email in the order in which a reader meets them, each once.

    An address of the html with a fragment counts as found in the text without it: the text has no places.
    """
    words: dict[str, list[str]] = {}
    for link in LexborHTMLParser(html).css("a[href]"):
        words.setdefault(link.attributes["href"] or "", []).append(_words(link))
    told = [found.rstrip(_TRAILING) for found in _ADDRESS.findall(text)]
    addresses = list(dict.fromkeys([*words, *told]))
    return tuple(_row(address, words.get(address, []), told, text, fields) for address in addresses)


def _row(address: str, words: list[str], told: list[str], text: str, fields: Mapping[str, str]) -> Row:
    mail = address.startswith("mailto:")
    if mail:
        in_text = text.count(address.removeprefix("mailto:").partition("?")[0])
    else:
        in_text = told.count(address) or told.count(address.partition("#")[0])
    if address == fields["unsubscribe_url"]:
        note: Note = "unsubscribe"
    elif not in_text:
        note = "html only"
    elif not words:
        note = "text only"
    else:
        note = "mail" if mail else ""
    return Row(address, tuple(dict.fromkeys(filter(None, words))), len(words), in_text, note)


def _words(link: LexborNode) -> str:
    said = " ".join(link.text().split())
    if said:
        return said
    image = link.css_first("img[alt]")
    return f"picture: {image.attributes['alt']}" if image else ""
