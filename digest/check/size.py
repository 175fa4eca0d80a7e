"""Is the html small enough that no mail client cuts it, and which block takes how much (M04)?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from digest.check.proof import Check, Proof
from digest.models import Finding

CLIP_BYTES = 102_400
"""Gmail shows "[Message clipped]" past about 102 KB of html, and hides the unsubscribe link with it."""
FIELD_BYTES = 200
"""Longer than an unsubscribe address, a mail address or a name: what a field may add."""

_ROW = re.compile(r"<!--\[if mso \| IE\]><(?:/td|table)|<body\b")
_HEADING = re.compile(r"(?s)<h[1-6]\b[^>]*>(.*?)</h[1-6]>")
_LINK = re.compile(r"<a\s")


def html(proof: Proof) -> Iterator[Finding]:
    """The size after personalising, and what it would be if the provider rewrote the links."""
    email, limits = proof.email, proof.limits
    fields = sum(email.html.count(token) for token in email.tokens.values())
    size = len(email.html.encode()) + fields * FIELD_BYTES
    rewritten = size + email.html.count("<a ") * limits.bytes_per_link
    cure = "lower at_most for a theme, so that more stories become links"
    if size >= CLIP_BYTES:
        yield Finding("html-size", "error", f"the html has {size:,} bytes; Gmail cuts at {CLIP_BYTES:,}", cure)
    elif rewritten >= CLIP_BYTES:
        message = (
            f"the html has {size:,} bytes, {rewritten:,} if the provider rewrites links; Gmail cuts at {CLIP_BYTES:,}"
        )
        yield Finding("html-size", "warning", message, f"switch link tracking off, or {cure}")
    elif size > limits.size_kib * 1024:
        budget = limits.size_kib * 1024
        yield Finding("html-size", "warning", f"the html has {size:,} bytes; over {budget:,} is near the cut", cure)


def blocks(html: str, *, bytes_per_link: int = 110) -> list[tuple[str, int]]:
    """Name and bytes of each block, from top to bottom, as they are when the provider has rewritten the links.

    `html` is one reader's: with the fields filled in. The head comes first, as "styles"; a block is
    a row of the design, or a story in it, named after its heading; those without a heading belong
    to the block before them. The bytes add up to those of the whole.
    """
    starts = [("styles", 0)]
    seen_body = html.find("<body")
    edges = [found.start() for found in _ROW.finditer(html) if found.start() >= seen_body]
    for heading in _HEADING.finditer(html):
        before = [edge for edge in edges if starts[-1][1] < edge <= heading.start()]
        row = max(html.rfind(mark, starts[-1][1], heading.start()) for mark in ("<tr>", "<tr "))
        begin = before[0] if before else row
        if begin > starts[-1][1]:
            starts.append((_plain(heading[1]) or "untitled", begin))
    if seen_body > 0 and len(starts) == 1:
        starts.append(("body", seen_body))
    ends = [begin for _, begin in starts[1:]] + [len(html)]
    return [
        (name, len(html[begin:end].encode()) + bytes_per_link * len(_LINK.findall(html[begin:end])))
        for (name, begin), end in zip(starts, ends, strict=True)
    ]


def _plain(markup: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", markup).split())[:80]


CHECKS = (
    Check("M04", "html-size", "error", "the html is small enough that Gmail shows all of it", html, reads="issue"),
)
