"""How odd a page or a feed may be built: what parsers take minutes or gigabytes for is refused before.

Measured: feedparser took 88 s for 1 MB of attributes in one tag, 41 s for 40,000 namespaces and
12 s for 1.4 MB of unclosed tags; lexbor took 27 s for 100,000 nested `div`, in one call that
stops every thread. What people publish stays far below these limits.
"""

from __future__ import annotations

import re

from digest.errors import SourceError

_DEEPEST_FEED = 200
_MOST_SIGNS = 500_000
"""Of `<` and `&`: broken ones are read at half a megabyte a second."""
_MOST_TAGS_IN_PAGE = 20_000
_MOST_ATTRIBUTES = 1_000
_MOST_NAMESPACES = 200
_MOST_TAGS_IN_ITEM = 20_000
_LONG_TAG = 2_000

_PIECE = re.compile(
    rb"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)|<\?.*?(?:\?>|\Z)|<(/?)([A-Za-z_][^\s<>/]*)([^<>]*)>", re.DOTALL
)
_OPENING_TAG = re.compile(r"<([A-Za-z][^\s<>/]*)([^<>]*)")
_VOID = {b"br", b"img", b"hr", b"wbr", b"input"}
"""Written without an end in feeds whose text is not escaped."""


def feed(body: bytes, most_items: int) -> tuple[bytes, int]:
    """The feed with its first items only, and how many it has. `body` is UTF-8.

    Raises SourceError for a feed that is built to exhaust its reader.
    """
    if body.count(b"<") + body.count(b"&") > _MOST_SIGNS:
        raise SourceError(_said("feed", _MOST_SIGNS, "tags and entities"))
    scan = _Scan(most_items)
    for match in _PIECE.finditer(body):
        if match[2] is not None:
            scan.tag(match)
    if scan.end is None or scan.items == most_items:
        return body, scan.items
    return body[: scan.end] + b"".join(b"</%s>" % name for name in reversed(scan.open_at_end)), scan.items


class _Scan:
    """Follows the tags of a feed; a closing tag ends all that stands open inside it."""

    def __init__(self, most_items: int) -> None:
        self.items = 0
        self.end: int | None = None
        """Where the last item that is wanted ended."""
        self.open_at_end: list[bytes] = []
        self._most_items = most_items
        self._open: list[bytes] = []
        self._namespaces: set[bytes] = set()
        self._tags_in_item = 0

    def tag(self, match: re.Match[bytes]) -> None:
        name = match[2]
        is_item = name.rpartition(b":")[2].lower() in (b"item", b"entry")
        if match[1]:
            self._close(name)
            if is_item and self.items == self._most_items and self.end is None:
                self.end, self.open_at_end = match.end(), [*self._open]
            return
        self.items += is_item
        self._tags_in_item = 0 if is_item else self._tags_in_item + 1
        if b"xmlns:" in match[3]:
            self._namespaces.update(re.findall(rb"xmlns:([^\s=]*)", match[3]))
        if not match[3].endswith(b"/") and name.lower() not in _VOID:
            self._open.append(name)
        self._judge(match[3])

    def _close(self, name: bytes) -> None:
        if name in self._open:
            while self._open.pop() != name:
                pass

    def _judge(self, attributes: bytes) -> None:
        for count, most, what in (
            (len(self._open), _DEEPEST_FEED, "tags inside each other"),
            (attributes.count(b"="), _MOST_ATTRIBUTES, "attributes in one tag"),
            (len(self._namespaces), _MOST_NAMESPACES, "namespaces"),
            (self._tags_in_item, _MOST_TAGS_IN_ITEM, "tags in one item"),
        ):
            if count > most:
                raise SourceError(_said("feed", most, what))


def page(html: str) -> None:
    """Raises SourceError for a page that is built to exhaust its reader."""
    for number, (_, attributes) in enumerate(_OPENING_TAG.findall(html), 1):
        if number > _MOST_TAGS_IN_PAGE:
            raise SourceError(_said("page", _MOST_TAGS_IN_PAGE, "tags"))
        if len(attributes) > _LONG_TAG and len(_unquoted(attributes).split()) > _MOST_ATTRIBUTES:
            raise SourceError(_said("page", _MOST_ATTRIBUTES, "attributes in one tag"))


def _unquoted(attributes: str) -> str:
    return re.sub(r""""[^"]*"|'[^']*'""", '""', attributes)


def _said(what: str, most: int, of: str) -> str:
    return f"the {what} has more than {most:,} {of}, which is how sites attack their readers; ask its owner"
