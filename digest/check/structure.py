"""How the html is built: its head, languages, tables, headings and what mail clients strip (S01 to S05, S10 to S12)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from digest.check.page import Element
from digest.check.proof import Check, Proof, some
from digest.models import Finding

_HEAD = "mend partials/head.mjml.j2"
_TEMPLATE = "mend the template at this place"
_FORBIDDEN = (
    "script",
    "form",
    "input",
    "button",
    "iframe",
    "object",
    "embed",
    "video",
    "audio",
    "svg",
    "canvas",
    "base",
)
_STYLE_BYTES = 16_384
"""Gmail drops a style block that is larger (caniemail.com, read 2026-11-23)."""
_SMALLEST_PX = 12
_FIXED = re.compile(r"(?i)user-scalable\s*=\s*(?:no|0)|maximum-scale\s*=\s*(?:1(?:\.\d+)?|0?\.\d+)\s*(?:,|;|$)")


def head(proof: Proof) -> Iterator[Finding]:
    """Without them phones show a page of 980 pixels, and some clients guess the letters."""
    metas = {(m.get("name") or m.get("http-equiv")).lower(): m.get("content") for m in proof.page.all("meta")}
    charset = any("charset" in m.attributes for m in proof.page.all("meta"))
    missing = [
        name
        for name, there in (
            ("a doctype", proof.html[:200].lower().lstrip().startswith("<!doctype")),
            ("the charset", charset or "charset" in metas.get("content-type", "").lower()),
            ("a viewport", "viewport" in metas),
        )
        if not there
    ]
    if missing:
        yield Finding("html-head", "warning", f"the html lacks {' and '.join(missing)}", _HEAD)
    if _FIXED.search(metas.get("viewport", "")):
        message = f'the viewport keeps readers from zooming: "{metas["viewport"]}" (WCAG 2.2, 1.4.4)'
        yield Finding("html-head", "warning", message, _HEAD)


def language(proof: Proof) -> Iterator[Finding]:
    """WCAG 2.2, 3.1.1 and 2.4.2: a screen reader chooses its voice by it."""
    root, title = proof.page.one("html"), proof.page.one("title")
    if root is None or not root.get("lang"):
        yield Finding("html-language", "error", "the html does not say its language", _HEAD)
    elif root.get("lang").partition("-")[0].lower() != proof.issue.language.partition("-")[0].lower():
        message = f'the html says lang="{root.get("lang")}", the issue is in "{proof.issue.language}"'
        yield Finding("html-language", "error", message, _HEAD)
    if title is None or not (title.node.text() or "").strip():
        yield Finding("html-language", "error", "the html has no title", _HEAD)


def direction(proof: Proof) -> Iterator[Finding]:
    """Webmail takes html and body away, so the language must stand below them too (Email Markup Consortium)."""
    body = proof.page.one("body")
    bare = [e for e in body.children if not (e.get("lang") and e.get("dir"))] if body else []
    if bare:
        which = some([_shown(e) for e in bare], 2)
        message = f"{len(bare)} elements directly in the body say no language or direction: {which}"
        yield Finding("body-language", "error", message, "put lang and dir on them", _shown(bare[0]))


def tables(proof: Proof) -> Iterator[Finding]:
    """A layout table without a role is read out cell by cell."""
    for table in proof.page.all("table"):
        heads = any(e.tag == "th" for e in _own(table))
        role = table.get("role")
        if not heads and role not in ("presentation", "none"):
            message = f"a layout table has no role=presentation: {_shown(table)}"
            yield Finding("table-role", "error", message, _TEMPLATE, _shown(table))
            return
        if heads and role in ("presentation", "none"):
            message = f"a table with headings says that it is only layout: {_shown(table)}"
            yield Finding("table-role", "error", message, _TEMPLATE, _shown(table))
            return


def headings(proof: Proof) -> Iterator[Finding]:
    """Readers with a screen reader jump from heading to heading."""
    levels = [(int(e.tag[1]), e) for e in proof.page.elements if re.fullmatch("h[1-6]", e.tag) and not e.hidden]
    ones = sum(level == 1 for level, _ in levels)
    if ones != 1:
        yield Finding("headings", "warning", f"the email has {ones} main headings (h1); it needs one", _TEMPLATE)
    for (before, _), (level, heading) in pairwise(levels):
        if level > before + 1:
            message = f'the heading "{heading.text[:60]}" is h{level} after h{before}: a level is skipped'
            yield Finding("headings", "warning", message, _TEMPLATE, heading.text[:80])


def small_text(proof: Proof) -> Iterator[Finding]:
    """On a phone 12 pixels are the least that is read without zooming."""
    for element in proof.page.elements:
        if not element.words.strip("\u00a0 ") or element.hidden:
            continue
        size = next((s for e in element.up() if (s := _pixels(e.style.get("font-size", "")))), None)
        if size is not None and size < _SMALLEST_PX:
            message = f'"{element.words[:40]}" is set in {size:g} px; {_SMALLEST_PX} are the least'
            yield Finding("small-text", "warning", message, _TEMPLATE, _shown(element))
            return


def forbidden(proof: Proof) -> Iterator[Finding]:
    """Mail clients strip it, and filters count it."""
    found = [e for e in proof.page.all(*_FORBIDDEN) if not (e.tag == "input" and e.hidden)]
    handlers = [e for e in proof.page.elements if any(a.startswith("on") for a in e.attributes)]
    if found or handlers:
        names = dict.fromkeys([f"<{e.tag}>" for e in found] + [f"a handler on <{e.tag}>" for e in handlers])
        message = f"the html holds {some(list(names))}, which no mail client runs"
        yield Finding("active-content", "error", message, "take it out of the template")
    scripts = [
        e for e in proof.page.all("a") if e.get("href").lower().startswith(("javascript:", "data:", "vbscript:"))
    ]
    if scripts:
        yield Finding("active-content", "error", f'a link runs a program: "{scripts[0].text[:60]}"', "take it out")


def foreign_styles(proof: Proof) -> Iterator[Finding]:
    """A font or a style sheet from elsewhere tells its server who reads; Gmail drops what is too large."""
    sheets = [e.get("href") for e in proof.page.all("link") if "stylesheet" in e.get("rel").lower()]
    sheets += re.findall(r"@import[^;]*|@font-face", "\n".join(proof.page.styles))
    if sheets:
        message = f"the html loads styles or fonts from elsewhere: {some(sheets, 2)}"
        yield Finding("foreign-styles", "error", message, "use fonts that every machine has, styles in the template")
    for style in proof.page.styles:
        if (size := len(style.encode())) > _STYLE_BYTES:
            message = f"a style block has {size:,} bytes; Gmail drops it over {_STYLE_BYTES:,}"
            yield Finding("foreign-styles", "error", message, "split it into several <mj-style>")
    inside = [e for e in proof.page.all("style") if any(up.tag == "body" for up in e.up())]
    if inside:
        yield Finding("foreign-styles", "error", "a style block stands in the body, where Gmail drops it", _HEAD)


def _own(table: Element) -> Iterator[Element]:
    """What stands in the table and in no table within it."""
    waiting = list(table.children)
    while waiting:
        element = waiting.pop()
        yield element
        if element.tag != "table":
            waiting += element.children


def _pixels(size: str) -> float | None:
    """0 says nothing: a wrapper sets it to swallow gaps, and its children set their own."""
    found = re.match(r"([\d.]+)(px|pt)", size)
    return (float(found[1]) * (4 / 3 if found[2] == "pt" else 1)) or None if found else None


def _shown(element: Element) -> str:
    attributes = "".join(f' {name}="{value[:30]}"' for name, value in list(element.attributes.items())[:2])
    return f"<{element.tag}{attributes}>"


CHECKS = (
    Check("S01", "html-head", "warning", "doctype, letters and width are declared, and readers can zoom", head),
    Check("S02", "html-language", "error", "the html says its language and its title", language),
    Check("S03", "body-language", "error", "language and direction stand where webmail keeps them", direction),
    Check(
        "S04", "table-role", "error", "layout tables say that they are layout; tables of figures have headings", tables
    ),
    Check("S05", "headings", "warning", "one main heading, and no level is skipped", headings),
    Check("S10", "small-text", "warning", "no text under 12 pixels", small_text),
    Check("S11", "active-content", "error", "no scripts, forms, video or other things that clients strip", forbidden),
    Check(
        "S12",
        "foreign-styles",
        "error",
        "no fonts or styles from elsewhere; style blocks that Gmail keeps",
        foreign_styles,
    ),
)
