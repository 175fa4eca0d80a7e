"""What must not go out: findings about an issue and its email, each with its cure.

An error stops freezing and sending. Pure; one module for each family of checks.
"""

from __future__ import annotations

from collections.abc import Sequence

from digest.check import content, legal, size, sources
from digest.config import NewsletterSettings
from digest.models import Email, Finding, Issue, SourceReport

_ORDER = {"error": 0, "warning": 1, "note": 2}


def findings(
    issue: Issue, email: Email, newsletter: NewsletterSettings, reports: Sequence[SourceReport] = ()
) -> tuple[Finding, ...]:
    """Everything worth saying, errors first."""
    found = [
        *sources.failed(reports),
        *content.no_stories(issue),
        *content.left_over_marks(issue, email),
        *legal.unsubscribe(email),
        *legal.organisation(email, newsletter),
        *size.html(email),
        *content.notes(issue),
    ]
    return tuple(sorted(found, key=lambda f: _ORDER[f.severity]))


def stops(found: Sequence[Finding]) -> bool:
    """Whether these findings forbid freezing and sending."""
    return any(f.severity == "error" for f in found)
