"""Is the html small enough that no mail client cuts it?"""

from __future__ import annotations

from collections.abc import Iterator

from digest.models import Email, Finding

CLIP_BYTES = 102_400
"""Gmail shows "[Message clipped]" past about 102 KB of html, and hides the unsubscribe link with it."""
BUDGET_BYTES = 80 * 1024
FIELD_BYTES = 200
"""Longer than an unsubscribe address, a mail address or a name: what a field may add."""
REWRITE_BYTES = 110
"""What a provider's link rewriting may add to each link."""


def html(email: Email) -> Iterator[Finding]:
    """The size after personalising, and what it would be if the provider rewrote the links."""
    fields = sum(email.html.count(token) for token in email.tokens.values())
    size = len(email.html.encode()) + fields * FIELD_BYTES
    rewritten = size + email.html.count("<a ") * REWRITE_BYTES
    cure = "lower at_most for a theme, so that more stories become links"
    if size >= CLIP_BYTES:
        yield Finding("html-size", "error", f"the html has {size:,} bytes; Gmail cuts at {CLIP_BYTES:,}", cure)
    elif rewritten >= CLIP_BYTES:
        message = (
            f"the html has {size:,} bytes, {rewritten:,} if the provider rewrites links; Gmail cuts at {CLIP_BYTES:,}"
        )
        yield Finding("html-size", "warning", message, f"switch link tracking off, or {cure}")
    elif size > BUDGET_BYTES:
        yield Finding(
            "html-size", "warning", f"the html has {size:,} bytes; over {BUDGET_BYTES:,} is near the cut", cure
        )
