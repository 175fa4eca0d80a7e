"""Is there something to read, and nothing that a template forgot?"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from digest.models import Email, Finding, Issue, Severity

_MARKS = re.compile(
    r"\{\{.*?\}\}|\{%.*?%\}|\{\{|\{%|\*\|\w+\|\*|%%\w+%%|\[\[\w+\]\]|\$\{\w+\}|%recipient\.|<mj-\w+"
    r"|(?<=>)\s*(?:None|undefined|NaN)\s*(?=<)"
)


def no_stories(issue: Issue) -> Iterator[Finding]:
    """An empty issue is never sent."""
    if not issue.stories:
        seen = len(issue.verdicts)
        what = f"{seen} articles were seen and none fits" if seen else "the sources gave no article"
        cure = "`digest explain` says why each is out; look at the tags, the themes and the window"
        yield Finding("no-stories", "error", f"the issue has no story: {what}", cure)


def left_over_marks(issue: Issue, email: Email) -> Iterator[Finding]:
    """Template syntax that a reader would see. What an article itself says is only a warning."""
    own_words = "\n".join(
        text
        for story in issue.stories
        for text in (story.article.title, story.article.lede, story.article.url, *story.article.tags)
    )
    parts = (("subject", email.subject), ("html", email.html), ("text", email.text), ("web issue", email.web))
    for part, content in parts:
        shown = re.sub(r"(?s)<style\b.*?</style>|<!--.*?-->", "", content)
        for mark in dict.fromkeys(m.strip() for m in _MARKS.findall(shown)):
            quoted = html.unescape(mark) in own_words
            severity: Severity = "warning" if quoted else "error"
            cure = "retitle the article at its source" if quoted else "mend the template or the catalogue"
            yield Finding("left-over-mark", severity, f"the {part} shows {mark[:60]!r} to the reader", cure)


def notes(issue: Issue) -> Iterator[Finding]:
    """What compose noticed: it harms nobody, but an editor would like to know."""
    for note in issue.notes:
        yield Finding("themes", "note", note, "change [[themes]] or [compose] in config.toml if this is not meant")
