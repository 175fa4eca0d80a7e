"""As much of CSS as emails use: declarations, rules with their media, and which of them hold for an element."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Protocol

from msgspec import Struct

_COMMENT = re.compile(r"(?s)/\*.*?\*/|<!--|-->")
_COMPOUND = re.compile(r"^(?P<tag>[a-zA-Z][\w-]*|\*)?(?P<rest>(?:[.#][\w-]+|\[[^\]]*\]|::?[\w-]+(?:\([^)]*\))?)*)$")
_DECLARATION = re.compile(r"""((?:[^;"'(]|"[^"]*"|'[^']*'|\([^)]*\))+)""")


class Styled(Protocol):
    """What a rule is asked about: `page.Element`."""

    tag: str
    attributes: dict[str, str]

    @property
    def classes(self) -> frozenset[str]:
        """Of its `class` attribute."""
        ...

    def up(self) -> Iterator[Styled]:
        """Itself and all that it stands in."""
        ...


class Rule(Struct, frozen=True):
    """One selector and what it says."""

    media: str
    """The condition around it in lower case, empty for none."""
    selector: str
    declarations: dict[str, str]
    """Property -> value, in lower case; `!important` stays in the value."""


@lru_cache(maxsize=512)
def _declared(text: str) -> tuple[tuple[str, str], ...]:
    found = (piece.partition(":") for piece in _DECLARATION.findall(text))
    pairs = ((name.strip().lower(), " ".join(value.split()).lower()) for name, _, value in found)
    return tuple((name, value) for name, value in pairs if name and value)


def declarations(text: str) -> dict[str, str]:
    """Of a `style` attribute or the inside of a rule; the last of equal properties wins."""
    return dict(_declared(text))


@lru_cache(maxsize=64)
def rules(text: str) -> tuple[Rule, ...]:
    """Of a style block, in their order, a selector each."""
    return tuple(_rules(_COMMENT.sub("", text), ""))


def _rules(text: str, media: str) -> Iterator[Rule]:
    at = 0
    while (begin := text.find("{", at)) >= 0:
        head = text[at:begin].rpartition(";")[2].strip()
        end = _closing(text, begin)
        inner = text[begin + 1 : end]
        if head.startswith("@media"):
            yield from _rules(inner, head[6:].strip().lower())
        elif not head.startswith("@"):
            said = declarations(inner)
            for selector in head.split(","):
                yield Rule(media, " ".join(selector.split()), said)
        at = end + 1


def _closing(text: str, begin: int) -> int:
    depth = 0
    for found in re.compile(r"[{}]").finditer(text, begin):
        depth += 1 if found[0] == "{" else -1
        if depth == 0:
            return found.start()
    return len(text)


@lru_cache(maxsize=1024)
def _steps(selector: str) -> tuple[tuple[str, str, frozenset[str], tuple[str, ...]], ...] | None:
    """(combinator, tag, classes, attributes), the innermost first; None for what is not understood."""
    steps = []
    words = re.sub(r"\s*>\s*", " > ", selector).split()
    combinator = " "
    for word in reversed(words):
        if word == ">":
            combinator = ">"
            continue
        found = _COMPOUND.match(word)
        if not found or re.search(r"[#:]|\[[^\]]*=", found["rest"] or ""):
            return None
        classes = frozenset(re.findall(r"\.([\w-]+)", re.sub(r"\[[^\]]*\]", "", found["rest"] or "")))
        attributes = tuple(re.findall(r"\[([\w-]+)\]", found["rest"] or ""))
        tag = (found["tag"] or "").lower()
        steps.append((combinator, "" if tag == "*" else tag, classes, attributes))
        combinator = " "
    return tuple(steps) or None


def specificity(selector: str) -> tuple[int, int]:
    """Classes and attributes, then tags (Selectors 4, section 17)."""
    steps = _steps(selector) or ()
    return sum(len(s[2]) + len(s[3]) for s in steps), sum(bool(s[1]) for s in steps)


def key(selector: str) -> str:
    """What an element must have for the selector to name it: `.class` or a tag; empty for anything, `?` for nothing."""
    steps = _steps(selector)
    if steps is None:
        return "?"
    _, tag, classes, _ = steps[0]
    return f".{min(classes)}" if classes else tag


def matches(selector: str, element: Styled) -> bool:
    """Whether the selector names the element; one that is not understood (ids, states, values) names none."""
    steps = _steps(selector)
    return steps is not None and _fits(steps[0], element) and _climbs(steps, element)


def _climbs(steps: tuple[tuple[str, str, frozenset[str], tuple[str, ...]], ...], element: Styled) -> bool:
    line = list(element.up())[1:]
    at = 0
    for step in steps[1:]:
        direct = step[0] == ">"
        while at < len(line) and not _fits(step, line[at]):
            if direct:
                return False
            at += 1
        if at >= len(line):
            return False
        at += 1
    return True


def _fits(step: tuple[str, str, frozenset[str], tuple[str, ...]], element: Styled) -> bool:
    _, tag, classes, attributes = step
    named = not tag or tag == element.tag
    return named and classes <= element.classes and all(name in element.attributes for name in attributes)
