"""What must not go out: findings about an issue and its email, each with its cure.

An error stops freezing and sending. Pure; one module for each family of checks.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from digest.check import arrivals, content, editorial, legal, size, sources, twins
from digest.config import ComposeSettings, NewsletterSettings
from digest.models import Email, Finding, Issue, SourceReport

ACCEPTABLE = ("late-arrivals", "source-failed", "audience", "rejections")
"""Errors that a person may let pass for one run: something is missing or doubtful, nothing is broken.

The last two stop the sending: an audience that is not the one to be expected, and too many rejections."""

_ORDER = {"error": 0, "warning": 1, "note": 2}


def findings(
    issue: Issue,
    email: Email,
    newsletter: NewsletterSettings,
    rules: ComposeSettings,
    reports: Sequence[SourceReport] = (),
) -> tuple[Finding, ...]:
    """Everything worth saying, errors first."""
    found = [
        *sources.failed(reports),
        *(() if any(r.failure for r in reports) else content.no_stories(issue)),
        *arrivals.late(issue, rules),
        *twins.near_same_titles(issue),
        *content.everything_shown(issue, email),
        *content.left_over_marks(issue, email),
        *editorial.subject(issue),
        *editorial.preheader(issue),
        *editorial.intro(issue),
        *editorial.repeated_addresses(issue),
        *legal.unsubscribe(email),
        *legal.organisation(email, newsletter),
        *size.html(email),
        *content.notes(issue),
    ]
    return tuple(sorted(found, key=lambda f: _ORDER[f.severity]))


def accepted(found: Sequence[Finding], names: Collection[str]) -> tuple[Finding, ...]:
    """`found` with the errors that a person accepted by name as warnings; only `ACCEPTABLE` ones can be."""
    allowed = set(names) & set(ACCEPTABLE)
    return tuple(
        replace(f, severity="warning", cure="accepted for this run")
        if f.check in allowed and f.severity == "error"
        else f
        for f in found
    )


def stops(found: Sequence[Finding]) -> bool:
    """Whether these findings forbid freezing and sending."""
    return any(f.severity == "error" for f in found)
