"""The editor's word to the reader: a little Markdown, as safe html and as plain text.

Paragraphs, emphasis, strong, lists, line breaks and links to http, https and mailto are kept. A
heading becomes a bold line, a picture its alternative text, code and quotations their words, a rule
nothing; any other link keeps its text alone. Html and tables stay as they were typed, and what is
nested more than twenty deep is left out, and so is a character that turns the direction of text. No
word and no sign is changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from html import escape
from typing import TYPE_CHECKING

from jinja2.filters import do_mark_safe

from digest.render import guard

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.tree import SyntaxTreeNode

Look = Mapping[str, Mapping[str, str]]
"""Tag (p, ul, ol, li, a, strong, em) -> its attributes, as `{"p": {"class": "body"}}`."""

_RULES = (
    "autolink", "backticks", "blockquote", "emphasis", "entity", "escape", "fence",
    "heading", "hr", "image", "lheading", "link", "list", "newline",
)  # fmt: skip
_TAGS = {
    "paragraph": "p",
    "heading": "p",
    "fence": "p",
    "bullet_list": "ul",
    "ordered_list": "ol",
    "list_item": "li",
    "em": "em",
    "strong": "strong",
    "link": "a",
}
_LINK = re.compile(r"https?://[^/]|mailto:[^?]+@", re.IGNORECASE)
# A character that turns the direction of text could make an address look like another one.
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")


def html(markdown: str, look: Look | None = None) -> str:
    """Safe html, which Jinja escapes no more.

    Its tags have the attributes of `look`, and no others but a link's address and a list's first number.
    """
    return do_mark_safe(_clean(_html(_tree(markdown), look or {})))


def text(markdown: str) -> str:
    """The same words, with the address in parentheses behind each link and lists marked; not yet wrapped."""
    return _clean(_block(_tree(markdown)))


@lru_cache(maxsize=8)
def _tree(markdown: str) -> SyntaxTreeNode:
    from markdown_it.tree import SyntaxTreeNode

    return SyntaxTreeNode(_parser().parse(markdown))


@cache
def _parser() -> MarkdownIt:
    # 36 ms to import, and most issues have no intro.
    from markdown_it import MarkdownIt

    return MarkdownIt("zero").enable(_RULES)


def _clean(shown: str) -> str:
    return _TURNS.sub("", guard.legal(shown))


def _html(node: SyntaxTreeNode, look: Look) -> str:
    if node.children and node.type != "image":
        inner = "".join(_html(child, look) for child in node.children)
    else:
        inner = _leaf(node)
    tag = _TAGS.get(node.type)
    if tag is None or node.hidden:
        return inner
    own = {}
    if node.type == "link":
        if not (address := _address(node)):
            return inner
        own, inner = {"href": address}, inner if inner.strip() else escape(address)
    elif node.type == "heading":
        inner = _tagged("strong", inner, look.get("strong", {}))
    elif tag == "p" and not inner.strip():
        return inner
    elif "start" in node.attrs:
        own = {"start": str(node.attrs["start"])}
    return _tagged(tag, inner, {**look.get(tag, {}), **own})


def _leaf(node: SyntaxTreeNode) -> str:
    if node.type == "hardbreak":
        return "<br />"
    if node.type == "fence":
        return "<br />".join(escape(line) for line in node.content.splitlines())
    return escape("".join(_words(node)))


def _tagged(tag: str, inner: str, attributes: Mapping[str, str]) -> str:
    written = "".join(f' {name}="{escape(value)}"' for name, value in attributes.items())
    return f"<{tag}{written}>{inner}</{tag}>"


def _address(node: SyntaxTreeNode) -> str:
    """Where a link leads; nothing for an address that no email may hold."""
    address = str(node.attrs.get("href", ""))
    return address if _LINK.match(address) else ""


def _words(node: SyntaxTreeNode) -> Iterator[str]:
    """The texts below a node, without any address."""
    if not node.children:
        yield "\n" if node.type in ("softbreak", "hardbreak") else "" if node.is_root else node.content
    for child in node.children:
        yield from _words(child)


def _block(node: SyntaxTreeNode) -> str:
    if node.type in ("paragraph", "heading"):
        return "".join(_inline(child) for child in node.children)
    if node.type in ("bullet_list", "ordered_list"):
        return "\n".join(_items(node))
    if node.type == "fence":
        return node.content.rstrip()
    tight = any(child.hidden for child in node.children)
    return ("\n" if tight else "\n\n").join(filter(None, map(_block, node.children)))


def _items(node: SyntaxTreeNode) -> Iterator[str]:
    first = int(node.attrs.get("start", 1))
    for number, item in enumerate(node.children, first):
        mark = "* " if node.type == "bullet_list" else f"{number}. "
        yield mark + _block(item).replace("\n", "\n" + " " * len(mark))


def _inline(node: SyntaxTreeNode) -> str:
    if node.type == "softbreak":
        return " "
    if node.type == "image" or not node.children:
        shown = "".join(_words(node))
    else:
        shown = "".join(_inline(child) for child in node.children)
    if node.type != "link" or not (address := _address(node)):
        return shown
    if address.lower().startswith("mailto:"):
        address = address[len("mailto:") :].partition("?")[0]
    return f"{shown} ({address})" if shown.strip() and shown != address else address
