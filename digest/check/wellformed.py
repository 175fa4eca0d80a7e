"""Is every tag closed where it should be, and every attribute there once (S25)?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from digest.check.proof import Check, Proof, some
from digest.models import Finding

_TOKEN = re.compile(
    r"""(?s)<!--.*?-->|<!\[CDATA\[.*?\]\]>|<!doctype[^>]*>|<(?P<close>/?)(?P<name>[a-zA-Z][\w:-]*)"""
    r"""(?P<rest>(?:[^<>"']|"[^"]*"|'[^']*')*)(?P<end>>|(?=<)|\Z)"""
)
_ATTRIBUTE = re.compile(r"""([^\s"'=<>/]+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"'<>]+))?""")
_VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
_RAW = re.compile(r"(?is)<(style|script|title|textarea|xmp)\b[^>]*>.*?</\1\s*>")
_NUMBER = re.compile(r"\d+%?")
_MOST = 3


def html(proof: Proof) -> Iterator[Finding]:
    """What a browser mends in silence and a mail client may not."""
    faults = list(_faults(_RAW.sub(lambda found: f"<{found[1]}></{found[1]}>", proof.html)))
    for fault in faults[:_MOST]:
        yield Finding("well-formed", "warning", fault, "mend the template at this place")
    ids = [e.get("id") for e in proof.page.elements if e.get("id")]
    if twice := sorted({name for name in ids if ids.count(name) > 1}):
        message = f"several elements have the same id: {some(twice)}"
        yield Finding("well-formed", "warning", message, "give each its own")


def _faults(html: str) -> Iterator[str]:
    opened: list[tuple[str, int]] = []
    for token in _TOKEN.finditer(html):
        name = (token["name"] or "").lower()
        if not name:
            continue
        if token["end"] != ">":
            yield _near(f"a <{name}> has no end: a quotation mark or a > is missing", html, token.start())
        if token["close"]:
            yield from (_near(fault, html, token.start()) for fault in _closed(name, opened))
            continue
        yield from (_near(fault, html, token.start()) for fault in _attributes(name, token["rest"]))
        if name not in _VOID and not token["rest"].rstrip().endswith("/"):
            opened.append((name, token.start()))
    for name, at in opened:
        yield _near(f"<{name}> is never closed", html, at)


def _closed(name: str, opened: list[tuple[str, int]]) -> Iterator[str]:
    if opened and opened[-1][0] == name:
        opened.pop()
    elif any(each == name for each, _ in opened):
        while opened[-1][0] != name:
            yield f"<{opened.pop()[0]}> is not closed before </{name}>"
        opened.pop()
    else:
        yield f"</{name}> closes nothing"


def _attributes(name: str, text: str) -> Iterator[str]:
    found = _ATTRIBUTE.findall(text.rstrip("/ "))
    names = [each.lower() for each, _ in found]
    if len(set(names)) < len(names):
        twice = next(each for at, each in enumerate(names) if each in names[:at])
        yield f'<{name}> has the attribute "{twice}" twice'
    for attribute, value in found if name == "img" else ():
        plain = value.strip("\"'")
        if attribute in ("width", "height") and not _NUMBER.fullmatch(plain):
            yield f'<img> has {attribute}="{plain}"; it must be a number'


def _near(fault: str, html: str, at: int) -> str:
    words = " ".join(re.sub(r"<[^>]*>?|^[^<>]*>", " ", html[max(0, at - 300) : at]).split())
    return f"{fault}, after “{words[-40:]}”" if words else fault


CHECKS = (Check("S25", "well-formed", "warning", "every tag is closed, every attribute stands once", html),)
