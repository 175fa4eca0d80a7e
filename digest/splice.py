"""Frozen text with places for each recipient's own values: cut once, joined for every delivery."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping

_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def stands_anywhere(value: str) -> bool:
    """Whether `value` is the same in html and in text, so that nobody need escape it; to look costs a third of that."""
    return value.isprintable() and not ("&" in value or "<" in value or ">" in value or '"' in value or "'" in value)


def for_html(value: str) -> bytes:
    """UTF-8 that stands safely in html text and in a quoted attribute."""
    return (value if stands_anywhere(value) else html.escape(value)).encode()


def for_text(value: str) -> bytes:
    """UTF-8 on one line: a value can start no line of its own in the text part."""
    return (value if value.isprintable() else _BREAKS.sub(" ", value)).encode()


class Page:
    """One frozen part of an email, cut at its tokens. It may be used by several threads at once."""

    def __init__(self, text: str, tokens: Mapping[str, str], encode: Callable[[str], bytes] = str.encode) -> None:
        """`tokens` is field name -> token; `encode` turns each fixed piece into the bytes to send.

        Encoding a piece once saves encoding a whole page per recipient, where the encoding of a
        text is that of its pieces, one after another: JSON without its quotes, quoted-printable.
        """
        names = {token: name for name, token in tokens.items()}
        pattern = "|".join(map(re.escape, names)) or r"(?!)"
        pieces = re.split(f"({pattern})", text)
        self._pieces = [b"" if piece in names else encode(piece) for piece in pieces]
        self._places = [(at, names[piece]) for at, piece in enumerate(pieces) if piece in names]

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that this page holds, each once, in the order of their first place."""
        return tuple(dict.fromkeys(name for _, name in self._places))

    def splice(self, values: Mapping[str, bytes]) -> bytes:
        """The page with `values` in their places, as they are: escape them first.

        Raises KeyError when the page holds a field that `values` lacks.
        """
        pieces = self._pieces.copy()
        for at, name in self._places:
            pieces[at] = values[name]
        return b"".join(pieces)
