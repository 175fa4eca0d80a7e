"""The html as elements that know their parents, their styles and whether a reader sees them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

from msgspec import Struct, field
from selectolax.lexbor import LexborHTMLParser, LexborNode

from digest.check import css

_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|max-height\s*:\s*0(?![.\d])")
_UNSEEN = frozenset(("head", "style", "script", "title", "noscript", "template"))


class Element(Struct, eq=False, dict=True):
    """One element of the page."""

    tag: str
    attributes: dict[str, str]
    parent: Element | None
    node: LexborNode
    children: list[Element] = field(default_factory=list)
    words: str = ""
    """Its own text, without that of its children; white space collapsed."""

    @cached_property
    def style(self) -> dict[str, str]:
        """What its `style` attribute says: property -> value, in lower case."""
        return css.declarations(self.attributes.get("style", ""))

    @cached_property
    def classes(self) -> frozenset[str]:
        """Of its `class` attribute."""
        return frozenset(self.attributes.get("class", "").split())

    @cached_property
    def hidden(self) -> bool:
        """Whether its own styles, or those around it, keep it from the reader."""
        if self.tag in _UNSEEN or "hidden" in self.attributes or _HIDDEN.search(self.attributes.get("style", "")):
            return True
        return self.parent is not None and self.parent.hidden

    @property
    def text(self) -> str:
        """Everything that is written in it, white space collapsed."""
        return " ".join((self.node.text(deep=True) or "").split())

    def up(self) -> Iterator[Element]:
        """Itself and all that it stands in, from the inside out."""
        at: Element | None = self
        while at is not None:
            yield at
            at = at.parent

    def get(self, name: str) -> str:
        """The attribute's value, trimmed; empty when it is not there."""
        return self.attributes.get(name, "").strip()


class Page:
    """A whole html document."""

    def __init__(self, html: str) -> None:
        self.html = html
        self.elements: tuple[Element, ...] = tuple(_elements(html))
        self.by_tag: dict[str, list[Element]] = {}
        for element in self.elements:
            self.by_tag.setdefault(element.tag, []).append(element)

    def all(self, *tags: str) -> list[Element]:
        """The elements of these tags, in the order of the page if it is one tag."""
        return [element for tag in tags for element in self.by_tag.get(tag, ())]

    def one(self, tag: str) -> Element | None:
        """The first element of this tag."""
        return next(iter(self.by_tag.get(tag, ())), None)

    @cached_property
    def styles(self) -> tuple[str, ...]:
        """The text of each style block."""
        return tuple(style.node.text(deep=True) or "" for style in self.all("style"))

    @cached_property
    def rules(self) -> tuple[css.Rule, ...]:
        """Of all style blocks, in their order."""
        return tuple(rule for block in self.styles for rule in css.rules(block))

    @cached_property
    def links(self) -> list[Element]:
        """The links that have an address."""
        return [link for link in self.all("a") if "href" in link.attributes]

    @cached_property
    def seen(self) -> str:
        """All that a reader can read, white space collapsed."""
        return " ".join(e.words for e in self.elements if e.words and not e.hidden)


def _elements(html: str) -> Iterator[Element]:
    root = LexborHTMLParser(html).root
    if root is None:
        return
    known: dict[int, Element] = {}
    texts: dict[int, list[str]] = {}
    for node in root.traverse(include_text=True):
        above = node.parent
        holder = known.get(above.mem_id) if above is not None else None
        if node.tag == "-text":
            words = (node.text(deep=False) or "").strip()
            if words and holder is not None:
                texts.setdefault(id(holder), []).append(" ".join(words.split()))
                holder.words = " ".join(texts[id(holder)])
            continue
        if node.tag is None or not node.tag[0].isalpha():
            continue
        attributes = {name: value or "" for name, value in node.attributes.items()}
        element = Element(node.tag, attributes, holder, node)
        if holder is not None:
            holder.children.append(element)
        known[node.mem_id] = element
        yield element
