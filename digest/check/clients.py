"""Does the html use anything that a mail client lacks, and that the shipped templates do without (S22)?

`clients.json` is distilled from the data of caniemail.com by tests/check/caniemail.py, which also
records what the shipped templates use: that is known to do no harm where it is missing. Judged are
the names of elements, attributes, properties and functions, not their values; pictures have a check of their own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from digest.check.page import Page
from digest.check.proof import Check, Proof, some
from digest.models import Finding

_FUNCTION = re.compile(r"([a-z][a-z-]*)\(")
_AT = re.compile(r"@[a-z-]+")
_PSEUDO = re.compile(r"::?[a-z-]+(?:\(\))?")
_UNIT = re.compile(r"(?<![\w#.])-?[\d.]+(ch|cm|ex|in|mm|pc|rem|vh|vmax|vmin|vw)\b")


def unsupported(proof: Proof) -> Iterator[Finding]:
    """A warning for each thing that is new against the shipped templates and that big clients do not show."""
    known = known_features()
    for used in sorted(features(proof.page) - set(known["baseline"])):
        if used in known["features"]:
            lacking = [known["clients"][number] for number in known["features"][used]]
            message = f"{used} is not known to {some(lacking, 4)} (caniemail.com, {known['date']})"
            yield Finding("client-support", "warning", message, "see that nothing is lost where it is missing", used)


def features(page: Page) -> set[str]:
    """What the page uses, in the words of `clients.json`: `<video>`, `[srcset]`, `gap`, `display:flex`, `calc()`."""
    found = {f"<{tag}>" for tag in page.by_tag}
    said = {pair for e in page.elements if "style" in e.attributes for pair in e.style.items()}
    said |= {pair for rule in page.rules for pair in rule.declarations.items()}
    for element in page.elements:
        found.update(f"[{name}]" for name in element.attributes)
    for name, value in said:
        found |= {name, f"display:{value.partition(' ')[0]}"} if name == "display" else {name}
        found.update(f"{function}()" for function in _FUNCTION.findall(value))
        found.update(f"unit {unit}" for unit in _UNIT.findall(value))
    for block in page.styles:
        found.update(_AT.findall(block))
    for rule in page.rules:
        found.update(_PSEUDO.findall(rule.selector))
    return found


@cache
def known_features() -> dict[str, Any]:
    """date, clients, features: name -> numbers of the clients without it; baseline: what the shipped templates use."""
    known: dict[str, Any] = json.loads((Path(__file__).parent / "clients.json").read_text(encoding="utf-8"))
    return known


CHECKS = (
    Check(
        "S22",
        "client-support",
        "warning",
        "nothing that Gmail, Outlook, Apple Mail or Yahoo lack, new to the templates",
        unsupported,
    ),
)
