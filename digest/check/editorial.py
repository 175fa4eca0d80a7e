"""Is the editor's part in order: subject, preheader, intro, links and panels?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from digest.models import Finding, Issue, Link, Occasion, Panel

SUBJECT = 60
"""Characters of a subject that most inboxes show whole."""
INTRO = 1_200
"""Characters that a reader reads before the first story; 90 words are about 600."""

_SITE = re.compile(r"https?://(?:www\.)?", re.IGNORECASE)
_TARGET = re.compile(r"(?<=\])\([^)\s]*\)")
_NO_LINK = re.compile(r"(?<!!)\[([^\]\n]*)\]\(\s*+<?+(?!https?://|mailto:)([^)\s>]*)", re.IGNORECASE)


def subject(issue: Issue) -> Iterator[Finding]:
    """A warning for one that an inbox cuts."""
    if (count := len(issue.subject)) > SUBJECT:
        message = f"the subject has {count} characters; after {SUBJECT} most inboxes cut it"
        yield Finding("subject-length", "warning", message, f"set a shorter subject in {_overlay(issue)}")


def preheader(issue: Issue) -> Iterator[Finding]:
    """A note for none, a warning for one that says the subject again."""
    cure = f"set preheader in {_overlay(issue)}"
    said, again = _plain(issue.subject), _plain(issue.preheader)
    if not again:
        yield Finding("preheader", "note", "there is no preheader; an inbox shows the first words it finds", cure)
    elif said and again.startswith(said):
        message = "the preheader repeats the subject; the inbox shows them side by side"
        yield Finding("preheader", "warning", message, cure)


def intro(issue: Issue) -> Iterator[Finding]:
    """A warning for a long one, and for each link in it that no email may hold."""
    if (count := len(_TARGET.sub("", issue.intro))) > INTRO:
        message = f"the intro has {count:,} characters; over {INTRO:,} it hides the stories"
        yield Finding("intro-length", "warning", message, f"shorten intro in {_overlay(issue)}")
    for words, address in _NO_LINK.findall(issue.intro):
        message = (
            f'"{words}" in the intro is no link for the reader: "{address}" begins with neither https:// nor mailto:'
        )
        yield Finding("intro-link", "warning", message, f"write [{words}](https://…) in {_overlay(issue)}")


def repeated_addresses(issue: Issue) -> Iterator[Finding]:
    """A warning for each link, panel or date that leads where a story leads."""
    stories = {_address(story.article.url): story.article.title for story in issue.stories}
    blocks: tuple[Link | Panel | Occasion, ...] = (*issue.links, *issue.panels, *issue.events)
    for block in blocks:
        if title := stories.get(_address(block.url)):
            message = f'"{block.title}" leads to the same address as the story "{title}"'
            yield Finding("repeated-link", "warning", message, f"take one of them out in {_overlay(issue)}")


def _overlay(issue: Issue) -> str:
    return f"issues/{issue.key}.toml"


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def _address(url: str) -> tuple[str, str, tuple[str, ...]]:
    """Equal for two spellings of one page: scheme, `www.`, last slash, fragment and campaign marks do not matter."""
    page, _, query = _SITE.sub("", url).partition("#")[0].partition("?")
    host, _, path = page.partition("/")
    return host.lower(), path.rstrip("/"), tuple(p for p in query.split("&") if p and not p.startswith("utm_"))
