"""Were the sources read? An issue is not frozen while one fails: its stories would be missing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from digest.models import Finding, SourceReport


def failed(reports: Sequence[SourceReport]) -> Iterator[Finding]:
    """An error for a source that could not be read, a warning for an item left out of one that could."""
    for report in reports:
        if report.failure:
            cure = "run again when it answers; --accept source-failed goes on without it"
            yield Finding("source-failed", "error", f'source "{report.source}": {report.failure}', cure)
        for problem in report.problems:
            cure = "mend it and run again, or send without it"
            yield Finding("item-left-out", "warning", f'source "{report.source}": {problem}', cure)
