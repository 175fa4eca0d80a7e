"""Does one story stand in the issue twice under two titles? Flagged only: the editor decides."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations

from rapidfuzz import fuzz

from digest.check.proof import Check, Proof
from digest.models import Finding

ALIKE = 90.0
"""Of 100: found 92 % of disturbed titles with 8 false pairs among 10,000, when numbers had to agree too."""


def near_same_titles(proof: Proof) -> Iterator[Finding]:
    """A warning for each pair of stories whose titles are nearly equal and whose numbers are the same."""
    known = [(s.article, _numbers(s.article.title), _plain(s.article.title)) for s in proof.issue.stories]
    for (one, counted, words), (other, also_counted, other_words) in combinations(known, 2):
        if counted == also_counted and fuzz.ratio(words, other_words, score_cutoff=ALIKE):
            message = f'"{one.title}" and "{other.title}" look like one story ({one.id}, {other.id})'
            cure = "take one of them out at its source if they are one"
            yield Finding("near-same-title", "warning", message, cure, other.id)


def _numbers(title: str) -> list[str]:
    return re.findall(r"\d+", title)


def _plain(title: str) -> str:
    return " ".join(re.findall(r"\w+", title.casefold()))


CHECKS = (
    Check(
        "J01",
        "near-same-title",
        "warning",
        "no story stands there twice under two titles",
        near_same_titles,
        reads="issue",
    ),
)
