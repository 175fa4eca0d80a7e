"""Are there stories that earlier issues could not know? Few are normal; many mean that a source changed."""

from __future__ import annotations

from collections.abc import Iterator

from digest.check.proof import Check, Proof
from digest.models import Finding

MOST = 50
"""More late arrivals than this stop an issue, and so does more than half of its stories if there are three."""


def late(proof: Proof) -> Iterator[Finding]:
    """An error when there is a burst, or when the editor wants to be asked; else a note."""
    issue = proof.issue
    titles = [v.title for v in issue.verdicts if v.placed and v.late]
    if not titles:
        return
    burst = len(titles) > MOST or (len(titles) >= 3 and len(titles) * 2 > len(issue.stories))
    asked = proof.compose.late_arrivals == "ask"
    some = "; ".join(titles[:3]) + ("; …" if len(titles) > 3 else "")
    message = f"{len(titles)} of {len(issue.stories)} stories appeared after their own week's issue: {some}"
    cure = '--accept late-arrivals lets them in; compose.late_arrivals = "skip" leaves them out'
    yield Finding("late-arrivals", "error" if burst or asked else "note", message, cure)


CHECKS = (
    Check(
        "A03",
        "late-arrivals",
        "error",
        "stories that earlier issues could not know: a burst stops and asks",
        late,
        reads="issue",
    ),
)
