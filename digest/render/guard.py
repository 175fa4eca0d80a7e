"""Makes any MJML safe for the engine, mrml 6.0.1, which corrupts or crashes on some of it without a word.

Each rule stands for one measured fault of the engine:

    >  after a letter beyond ASCII, in text   it panics                      -> &gt;
    anything but plain ASCII in an attribute  written as a Rust string       -> &#1234;, decoded afterwards
    a line break between two inline tags      dropped, words run together    -> a space
    white space between mj- tags              "unexpected token"             -> a line break
    an attribute without quotes               refused without a place        -> quoted
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

_ILLEGAL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_TOKEN = re.compile(
    r"""( <!--\[if[^>]*\]>(?:<!-->)? | (?:<!--)?<!\[endif\]-->
        | <!--.*?-->
        | <mj-style\b[^>]*(?<!/)>.*?</mj-style> | <style\b[^>]*(?<!/)>.*?</style>
        | </[a-zA-Z][^\s>]*\s*>
        | <[a-zA-Z][^\s/>]*(?:[^"'>]++|"[^"]*"|'[^']*')*+> )""",
    re.DOTALL | re.VERBOSE,
)
_NAME = re.compile(r"[a-zA-Z][^\s/>]*")
_VALUE = re.compile(r"""=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+?(?=\s|/?>)))""")
_NEEDS_REFERENCE = re.compile(r"[^ !#-\[\]-~]")
_NEEDS_WORK = re.compile(r"""[^ -\[\]-~]|'|=\s*[^\s"]""")
_REFERENCE = re.compile(r"&#(\d{3,7});")
_BREAK = re.compile(r"[ \t]*\n[ \t\n]*")
_VOID = re.compile("area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr", re.IGNORECASE).fullmatch
_INLINE = frozenset((
    "a", "abbr", "b", "br", "cite", "code", "em", "font", "i", "img", "mark", "q",
    "s", "small", "span", "strong", "sub", "sup", "time", "u",
))  # fmt: skip


class MarkupError(Exception):
    """What is wrong with the MJML at the character `offset`, and at `other` where two places matter.

    An offset of -1 is a place that nobody knows.
    """

    def __init__(self, message: str, offset: int, other: int = -1) -> None:
        super().__init__(message)
        self.offset = offset
        self.other = other


class Token(NamedTuple):
    """One tag, comment or style sheet."""

    kind: Literal["condition", "comment", "css", "open", "close", "alone"]
    """`alone` is a tag that needs no end: `<br>`, `<mj-spacer />`."""
    name: str
    """Empty for a comment and a condition."""
    safe: str
    """As the engine can take it."""


def legal(text: str) -> str:
    """`text` with LF ends and without the characters that XML, and so the engine, refuses."""
    return _ILLEGAL.sub("", text.replace("\r\n", "\n"))


def pieces(mjml: str) -> list[str]:
    """Text, token, text, token, …, text: together they are `mjml`. A text may be empty."""
    return _TOKEN.split(mjml)


# The same few hundred tags make up both pages of an issue, and nearly all of the next preview.
@lru_cache(maxsize=2048)
def token(piece: str) -> Token:
    """What a token out of `pieces` is."""
    if piece.startswith("<!"):
        conditional = piece.startswith("<!--[if") or piece.endswith("<![endif]-->")
        return Token("condition", "", piece) if conditional else Token("comment", "", "")
    if piece.startswith("</"):
        return Token("close", piece[2:-1].rstrip(), piece)
    name = _NAME.findall(piece, 1)[0]
    if name in ("mj-style", "style") and piece.endswith(f"</{name}>"):
        return Token("css", name, re.sub(r"[^\x00-\x7f]", lambda letter: f"\\{ord(letter[0]):x} ", piece))
    safe = _VALUE.sub(_attribute, piece) if _NEEDS_WORK.search(piece) else piece
    return Token("alone" if piece.endswith("/>") or _VOID(name) else "open", name, safe)


def guarded(split: Sequence[str]) -> list[str]:
    """The `pieces` of a `legal` document, each as the engine can take it."""
    safe = list(split)
    before = ""
    for at in range(1, len(split), 2):
        found = token(split[at])
        safe[at - 1] = _text(split[at - 1], before, found.name)
        safe[at] = found.safe
        if found.kind != "comment":
            before = found.name
    safe[-1] = _text(split[-1], before, "")
    return safe


def source_offset(split: Sequence[str], byte: int) -> int:
    """Which character of the document became the byte at `byte` of what is `guarded`, to the piece."""
    offset = position = 0
    for piece, safe in zip(split, guarded(split), strict=True):
        position += len(safe.encode())
        if position > byte:
            break
        offset += len(piece)
    return offset


def decoded(html: str) -> str:
    """`html` with the references beyond ASCII turned back into their characters."""
    return _REFERENCE.sub(_character, html)


def _text(text: str, before: str, after: str) -> str:
    if not text.strip(" \t\n"):
        # The engine drops a lone line break; beside a block or an mj- tag that is what we want.
        return text and (" " if before in _INLINE and after in _INLINE else "\n")
    if "\n" in text:
        text = _BREAK.sub(" ", text)
    return text.replace("<", "&lt;").replace(">", "&gt;")


def _attribute(match: re.Match[str]) -> str:
    value = next(group for group in match.groups() if group is not None)
    return f'="{_NEEDS_REFERENCE.sub(_reference, value)}"'


def _reference(match: re.Match[str]) -> str:
    return " " if match[0] in "\t\n" else f"&#{ord(match[0])};"


def _character(match: re.Match[str]) -> str:
    number = int(match[1])
    return chr(number) if 160 <= number <= 0x10FFFF and not 0xD800 <= number <= 0xDFFF else match[0]
