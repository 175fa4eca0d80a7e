"""Finds the mistakes in MJML that the engine takes without a word, or refuses without a place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from functools import lru_cache

from digest.render import guard, tags

_DEEPEST = 200
_ONCE = frozenset(("mj-body", "mj-head"))
_HEAD = re.compile(r"""<[a-zA-Z][^\s/>]*((?:[^"'>]++|"[^"]*"|'[^']*')*+)>""")
_ATTRIBUTE = re.compile(r"""([^\s"'=/]+)(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'>]+))?""")
_NO_TAG = re.compile("<[a-zA-Z/]")
_UNQUOTED = "a quotation mark is missing, or write &lt;"
_INSTEAD = {
    "mj-include": "write {% include %} instead",
    "mj-html-attributes": "write the attribute at its tag, in <mj-raw>",
}


def check(pieces: Sequence[str]) -> None:
    """Raises guard.MarkupError at the first mistake in a document that `guard.pieces` took apart."""
    nesting = _Nesting(pieces)
    for at in range(1, len(pieces), 2):
        nesting.follow(at)
    nesting.finish()


class _Nesting:
    """The tags that are open. Those in conditional comments count: the engine, too, looks through the comment."""

    def __init__(self, pieces: Sequence[str]) -> None:
        self._pieces = pieces
        self._open: list[tuple[str, int]] = []
        self._parent = ""
        self._seen: set[str] = set()

    def follow(self, at: int) -> None:
        """Takes the text before the token at `at` in, and the token."""
        piece = self._pieces[at]
        self._check_text(at - 1)
        kind, name, _ = guard.token(piece)
        if kind == "close":
            self._close(name, at)
        elif name:
            if mistake := _mistake(piece):
                raise self._fault(mistake, at)
            if self._parent in tags.CHILDREN or name in tags.ATTRIBUTES or name in tags.CHILDREN:
                self._check_place(name, at)
            if kind == "open":
                self._enter(name, at)

    def finish(self) -> None:
        """Takes the end in."""
        if self._open:
            name, at = self._open[-1]
            raise self._fault(f"<{name}> is never closed", at)
        self._check_text(len(self._pieces) - 1)

    def _enter(self, name: str, at: int) -> None:
        self._open.append((name, at))
        self._parent = name
        if len(self._open) > _DEEPEST:
            raise self._fault(f"<{name}> stands inside {_DEEPEST} other tags", at)

    def _close(self, name: str, at: int) -> None:
        if self._parent == name and self._open:
            self._open.pop()
            self._parent = self._open[-1][0] if self._open else ""
        elif name in (opened for opened, _ in self._open):
            inner, start = self._open[-1]
            message = f"<{inner}> is not closed before the </{name}>"
            raise guard.MarkupError(message, self._offset(start), self._offset(at))
        else:
            raise self._fault(f"</{name}> closes nothing: no <{name}> is open", at)

    def _check_text(self, at: int) -> None:
        text = self._pieces[at]
        if "<" in text and (broken := _NO_TAG.search(text)):
            message = f'a "<" that begins no tag: {_UNQUOTED}'
            raise guard.MarkupError(message, self._offset(at) + broken.start())
        if self._parent in tags.CHILDREN and (words := text.strip()):
            where = f"directly in <{self._parent}>" if self._parent else "outside <mjml>"
            message = f"text stands {where}, not in <mj-text> or <mj-raw>"
            raise guard.MarkupError(message, self._offset(at) + text.index(words))

    def _check_place(self, name: str, at: int) -> None:
        if name in _ONCE and name in self._seen:
            raise self._fault(f"a second <{name}>", at)
        self._seen.add(name)
        if name in tags.CHILDREN.get(self._parent, ()):
            return
        if not self._open:
            raise self._fault(f"<{name}> stands outside <mjml>", at)
        message = f"<{name}> may stand in {_homes(name)} alone, not in the <{self._parent}>"
        raise guard.MarkupError(message, self._offset(at), self._offset(self._open[-1][1]))

    def _fault(self, message: str, at: int) -> guard.MarkupError:
        return guard.MarkupError(message, self._offset(at))

    def _offset(self, at: int) -> int:
        return sum(map(len, self._pieces[:at]))


@lru_cache(maxsize=2048)
def _mistake(piece: str) -> str:
    """What is wrong with a tag by itself, wherever it stands; empty when nothing is."""
    kind, name, _ = guard.token(piece)
    head = _HEAD.match(piece)
    if head is None or "<" in head[1]:
        return f'<{name}> holds a "<": {_UNQUOTED}'
    if kind == "css" and "<mj" in piece[head.end() :]:
        return f"a tag of MJML stands within this <{name}>"
    given = _ATTRIBUTE.findall(head[1])
    if twice := next((one for at, one in enumerate(given) if one in given[:at]), None):
        return f'<{name}> has the attribute "{twice}" twice'
    if not name.lower().startswith("mj"):
        return ""
    known = _attributes(name)
    if known is None:
        return f"<{name}> is no tag of MJML{_hint(name, tags.ATTRIBUTES)}"
    unknown = next((one for one in given if one not in known), None)
    return f'<{name}> takes no attribute "{unknown}"{_hint(unknown, known)}' if unknown else ""


def _attributes(name: str) -> frozenset[str] | None:
    if name in ("mj-all", "mj-class"):
        return tags.EVERY_ATTRIBUTE
    return tags.ATTRIBUTES[name] | tags.ANYWHERE if name in tags.ATTRIBUTES else None


def _homes(name: str) -> str:
    homes = [home for home, children in tags.CHILDREN.items() if name in children]
    # What has a place elsewhere stands in mj-attributes only to set its defaults.
    real = [home for home in homes if home != "mj-attributes"] or homes or ["mj-text", "mj-raw"]
    return " or ".join(f"<{home}>" for home in real)


def _hint(word: str, known: Iterable[str]) -> str:
    if instead := _INSTEAD.get(word):
        return f" here; {instead}"
    nearest = get_close_matches(word.lower(), sorted(known), 1)
    return f"; did you mean {nearest[0]}?" if nearest else ""
