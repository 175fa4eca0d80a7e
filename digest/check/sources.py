"""Were the sources read? An issue is not frozen while one fails: its stories would be missing."""

from __future__ import annotations

from collections.abc import Iterator

from digest.check.proof import Check, Proof
from digest.models import Finding


def failed(proof: Proof) -> Iterator[Finding]:
    """An error for a source that could not be read."""
    for report in proof.reports:
        if report.failure:
            cure = "run again when it answers; --accept source-failed goes on without it"
            yield Finding("source-failed", "error", f'source "{report.source}": {report.failure}', cure)


def left_out(proof: Proof) -> Iterator[Finding]:
    """A warning for an item left out of a source that could be read."""
    for report in proof.reports:
        for problem in report.problems:
            cure = "mend it and run again, or send without it"
            yield Finding("item-left-out", "warning", f'source "{report.source}": {problem}', cure)


CHECKS = (
    Check("A01", "source-failed", "error", "every source could be read", failed, reads="issue"),
    Check(
        "A02",
        "item-left-out",
        "warning",
        "no article was left out of a source because it is broken",
        left_out,
        reads="issue",
    ),
)
