"""A web page as a tree: decoded by what it says of itself, and judged before it is parsed."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

from selectolax.lexbor import LexborHTMLParser

from digest.collect import bounds, clean

if TYPE_CHECKING:
    from digest.net import Response

MOST_BYTES = 2_000_000
_BLOCK = re.compile(
    r"(?=</?(?:address|article|aside|blockquote|br|dd|div|dl|dt|figcaption|figure|footer|h[1-6]|header|hr|li|main|nav|ol|p"
    r"|section|table|td|th|tr|ul)\b)",
    re.IGNORECASE,
)
# The parser opens these again in each paragraph that follows an unclosed one: 84 kB took 1 GB.
# They say nothing that is wanted here.
_FORMATTING = re.compile(r"</?(?:b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)(?=[\s/>])[^<>]*>", re.IGNORECASE)
_META_CHARSET = re.compile(rb"""<meta\b[^<>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{2,40})""", re.IGNORECASE)


def tree(response: Response) -> LexborHTMLParser:
    """The page, without its formatting. Raises SourceError for one that is built to exhaust its reader."""
    html = _FORMATTING.sub("", _decoded(response))
    bounds.page(html)
    return LexborHTMLParser(html)


def lines(html: str) -> list[str]:
    """The clean text of each block, without empty ones; what is not for readers is left out."""
    parsed = LexborHTMLParser(_BLOCK.sub("\n", " ".join(html.split())))
    for hidden in parsed.css("script, style, noscript, template, svg"):
        hidden.decompose()
    text = parsed.body.text() if parsed.body else ""
    return [line for each in text.split("\n") if (line := clean.plain(each))]


def _decoded(response: Response) -> str:
    """By byte order mark, header, the page's own word, or else UTF-8 (html.spec.whatwg.org, 13.2.3)."""
    body = response.body
    if body.startswith(codecs.BOM_UTF8):
        return body.decode("utf-8-sig", "replace")
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return body.decode("utf-16", "replace")
    said = re.search(r"charset\s*=\s*[\"']?([\w.:-]{2,40})", response.headers.get("content-type", ""))
    meta = _META_CHARSET.search(body[:4096])
    named = said[1] if said else meta[1].decode("ascii") if meta else "utf-8"
    try:
        return body.decode(_web_name(named), "replace")
    except (LookupError, UnicodeError):  # not an encoding that this Python knows, or one of no text
        return body.decode("utf-8", "replace")


def _web_name(encoding: str) -> str:
    """Browsers read these two as their supersets."""
    return {"iso-8859-1": "windows-1252", "us-ascii": "windows-1252"}.get(encoding.lower(), encoding)
