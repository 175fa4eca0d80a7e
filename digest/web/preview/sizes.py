"""How many bytes each block of the html takes, when it is filled in and when a provider rewrites its links. Pure."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from digest.check import size

_SECTION = re.compile(r'<div[^>]*style="[^"]*max-width:\s*\d+px[^"]*"[^>]*>')
"""How the MJML engine begins each mj-section."""
_HEADING = re.compile(r"(?s)<h[1-3]\b[^>]*>(.*?)</h[1-3]>")
_MARKUP = re.compile(r"(?s)<!--.*?-->|<[^>]*>")
_SPACE = re.compile(r"(?:\s|&nbsp;|&#\d+;)+")

CLIP_BYTES = size.CLIP_BYTES
BUDGET_BYTES = size.BUDGET_BYTES


@dataclass(frozen=True, slots=True)
class Block:
    """One block of the email, from the top."""

    name: str
    size_bytes: int
    """With the recipient's values in it."""
    links: int

    @property
    def rewritten_bytes(self) -> int:
        """What it would be if the provider put its own address in place of every link."""
        return self.size_bytes + self.links * size.REWRITE_BYTES


def blocks(page: str, unsubscribe_url: str) -> tuple[Block, ...]:
    """The blocks of a filled-in email; together they are the whole html."""
    return tuple(_joined(list(_cut(page, unsubscribe_url))))


def _cut(page: str, unsubscribe_url: str) -> Iterator[Block]:
    starts = [match.start() for match in _SECTION.finditer(page)]
    yield _block("Styles and head", page[: starts[0] if starts else len(page)])
    for start, end in pairwise([*starts, len(page)]):
        piece = page[start:end]
        yield _block("Footer" if unsubscribe_url in piece else _name(piece), piece)


def _joined(cut: list[Block]) -> Iterator[Block]:
    """Those without a word of their own are space, and go with the block before them."""
    held = cut[0]
    for block in cut[1:]:
        if block.name:
            yield held
            held = block
        else:
            held = Block(held.name, held.size_bytes + block.size_bytes, held.links + block.links)
    yield held


def _block(name: str, piece: str) -> Block:
    return Block(name, len(piece.encode()), piece.count("<a "))


def _name(piece: str) -> str:
    heading = _HEADING.search(piece)
    words = _plain(heading[1]) if heading else _plain(piece)
    return words if len(words) <= 60 else f"{words[:57].rstrip()}…"


def _plain(markup: str) -> str:
    return html.unescape(_SPACE.sub(" ", _MARKUP.sub(" ", markup))).strip()
