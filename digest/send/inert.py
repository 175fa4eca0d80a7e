"""Text in which a provider's own template language finds nothing to fill; a reader sees no difference."""

from __future__ import annotations

import re

_NO_BREAK = "\u200c"
"""ZERO WIDTH NON-JOINER: shows as nothing, and keeps two signs from being read as one."""
_ADDRESS = re.compile(r"(https?://\S+)")
_STYLE = re.compile(r"(<style\b.*?</style>)", re.DOTALL | re.IGNORECASE)


def text(opening: re.Pattern[str], plain: str) -> str:
    """Plain text without any `opening`, a pattern of one character; one in a web address is percent-encoded."""
    if not opening.search(plain):
        return plain
    pieces = _ADDRESS.split(plain)
    pieces[::2] = [opening.sub(lambda match: f"{match[0]}{_NO_BREAK}", piece) for piece in pieces[::2]]
    pieces[1::2] = [opening.sub(lambda match: f"%{ord(match[0]):02X}", piece) for piece in pieces[1::2]]
    return "".join(pieces)


def html(opening: re.Pattern[str], markup: str) -> str:
    """Html without any `opening`, a pattern of one character; style sheets stay, for they are our own."""
    if not opening.search(markup):
        return markup
    pieces = _STYLE.split(markup)
    pieces[::2] = [opening.sub(lambda match: f"&#{ord(match[0])};", piece) for piece in pieces[::2]]
    return "".join(pieces)
