"""Makes any MJML safe for the engine, mrml 6.0.1, which corrupts or crashes on some of it without a word.

Each rule stands for one measured fault of the engine:

    >  after a letter beyond ASCII, in text   it panics                      -> &gt;
    anything but plain ASCII in an attribute  written as a Rust string       -> &#1234;, decoded afterwards
    a line break between two inline tags      dropped, words run together    -> a space
    white space between mj- tags              "unexpected token"             -> a line break
    </b> where </p> is due, or nothing        silently repaired, or no place -> MarkupError with its place
    an attribute without quotes               refused without a place        -> quoted
    very deep nesting                         the process dies               -> MarkupError with its place
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_ILLEGAL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_TOKEN = re.compile(
    r"""(?P<condition><!--\[if[^>]*\]>(?:<!-->)?|(?:<!--)?<!\[endif\]-->)
      | (?P<comment><!--.*?-->)
      | (?P<css><(?P<sheet>mj-style|style)\b[^>]*>.*?</(?P=sheet)>)
      | </(?P<close>[a-zA-Z][^\s>]*)\s*>
      | <(?P<open>[a-zA-Z][^\s/>]*)(?:"[^"]*"|'[^']*'|[^"'>])*>""",
    re.DOTALL | re.VERBOSE,
)
_VALUE = re.compile(r"""=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+?(?=\s|/?>)))""")
_NEEDS_REFERENCE = re.compile(r"[^ !#-\[\]-~]")
_NEEDS_WORK = re.compile(r"""[^ -\[\]-~]|'|=\s*[^\s"]""")
_REFERENCE = re.compile(r"&#(\d{3,7});")
_SPACE = re.compile(r"[ \t\n]+")
_BREAK = re.compile(r"[ \t]*\n[ \t\n]*")
_VOID = re.compile("area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr", re.IGNORECASE).fullmatch
_INLINE = re.compile("a|abbr|b|br|cite|code|em|font|i|img|mark|q|s|small|span|strong|sub|sup|time|u").fullmatch
_DEEPEST = 200


class MarkupError(Exception):
    """What is wrong with the MJML, at the character `offset`."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.offset = offset


def legal(text: str) -> str:
    """`text` with LF ends and without the characters that XML, and so the engine, refuses."""
    return _ILLEGAL.sub("", text.replace("\r\n", "\n"))


def guarded(mjml: str) -> str:
    """The same document as the engine can take it; `mjml` is `legal`. Raises MarkupError."""
    return "".join(text for _, text in _pieces(mjml))


def source_offset(mjml: str, byte: int) -> int:
    """Which character of `mjml` became the byte at `byte` of `guarded(mjml)`, to the tag or text."""
    position = 0
    for start, text in _pieces(mjml):
        position += len(text.encode())
        if position > byte:
            return start
    return len(mjml)


def decoded(html: str) -> str:
    """`html` with the references beyond ASCII turned back into their characters."""
    return _REFERENCE.sub(_character, html)


def _pieces(mjml: str) -> Iterator[tuple[int, str]]:
    """Offset in `mjml` and guarded text of each tag, text and comment, in order."""
    tags = _Nesting()
    before, at = "", 0
    for match in _TOKEN.finditer(mjml):
        name = match["open"] or match["close"] or ""
        if match.start() > at:
            yield at, _text(mjml[at : match.start()], before, name)
        yield match.start(), _token(match)
        tags.follow(match)
        if match["comment"] is None:
            before = name
        at = match.end()
    if at < len(mjml):
        yield at, _text(mjml[at:], before, "")
    tags.finish()


def _text(text: str, before: str, after: str) -> str:
    if _SPACE.fullmatch(text):
        # The engine drops a lone line break; beside a block or an mj- tag that is what we want.
        return " " if _INLINE(before) and _INLINE(after) else "\n"
    return _BREAK.sub(" ", text).replace("<", "&lt;").replace(">", "&gt;")


def _token(match: re.Match[str]) -> str:
    if match["comment"] is not None:
        return ""
    if match["css"] is not None:
        return re.sub(r"[^\x00-\x7f]", lambda letter: f"\\{ord(letter[0]):x} ", match["css"])
    if match["open"] is None or not _NEEDS_WORK.search(match[0]):
        return match[0]
    return _VALUE.sub(_attribute, match[0])


def _attribute(match: re.Match[str]) -> str:
    value = next(group for group in match.groups() if group is not None)
    return f'="{_NEEDS_REFERENCE.sub(_reference, value)}"'


def _reference(match: re.Match[str]) -> str:
    return " " if match[0] in "\t\n" else f"&#{ord(match[0])};"


def _character(match: re.Match[str]) -> str:
    number = int(match[1])
    return chr(number) if 160 <= number <= 0x10FFFF and not 0xD800 <= number <= 0xDFFF else match[0]


class _Nesting:
    """The tags that are open, outside conditional comments: these may open what another one closes."""

    def __init__(self) -> None:
        self._open: list[tuple[str, int]] = []
        self._conditional = False

    def follow(self, match: re.Match[str]) -> None:
        """Takes the next token in. Raises MarkupError at a tag that closes the wrong one, or is too deep."""
        if match["condition"] is not None:
            self._conditional = "[if" in match[0]
        elif self._conditional:
            return
        elif name := match["close"]:
            if not self._open or self._open[-1][0] != name:
                raise MarkupError(self._mismatch(name), match.start())
            self._open.pop()
        elif (name := match["open"]) and not _VOID(name) and not match[0].endswith("/>"):
            self._open.append((name, match.start()))
            if len(self._open) > _DEEPEST:
                raise MarkupError(f"<{name}> stands inside {_DEEPEST} other tags", match.start())

    def finish(self) -> None:
        """Raises MarkupError at the last tag that is still open."""
        if self._open:
            name, offset = self._open[-1]
            raise MarkupError(f"<{name}> is never closed", offset)

    def _mismatch(self, name: str) -> str:
        expected = f"</{self._open[-1][0]}> is due first" if self._open else "no tag is open"
        return f"</{name}> closes nothing: {expected}"
