"""The inbox line: a subject and a preheader made from the stories, no word cut."""

from __future__ import annotations

import re
from collections.abc import Iterator

from digest.models import Section, Story

SUBJECT_LIMIT = 78
"""What most inboxes show, and RFC 5322 section 2.1.1 recommends for a line."""
PREHEADER_LIMIT = 110
_SEPARATOR = " · "


def lines(lead: Story | None, sections: tuple[Section, ...], name: str) -> tuple[str, str]:
    """Subject and preheader: the first story's headline, then the next ones; `name` for no story."""
    titles = list(_titles(lead, sections))
    if not titles:
        return name, ""
    return shortened(titles[0], SUBJECT_LIMIT), _joined(titles[1:])


def shortened(title: str, limit: int) -> str:
    """`title` whole if it fits, else its first clause if that says enough, else whole words and `…`."""
    if len(title) <= limit:
        return title
    clauses = [m.start() for m in re.finditer(r"(?:: | [–—-] |; |, )", title[: limit + 1])]
    if clauses and clauses[-1] >= limit // 2:
        return title[: clauses[-1]]
    words = title[: limit - 1].rsplit(None, 1)[0].split()
    while len(words) > 3 and len(words[-1]) <= 4:  # a title that ends in "of the" reads like a fault
        words.pop()
    return " ".join(words).rstrip(" ,;:–—-") + "…"


def _titles(lead: Story | None, sections: tuple[Section, ...]) -> Iterator[str]:
    """The lead, the head of every section, then the rest: what a reader most wants to know is there."""
    if lead:
        yield lead.article.title
    for section in sections:
        yield section.stories[0].article.title
    for section in sections:
        for story in section.stories[1:]:
            yield story.article.title


def _joined(titles: list[str]) -> str:
    text = ""
    for title in titles:
        longer = f"{text}{_SEPARATOR}{title}" if text else shortened(title, PREHEADER_LIMIT)
        if len(longer) > PREHEADER_LIMIT:
            break
        text = longer
    return text
