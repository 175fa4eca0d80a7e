"""Is there something to read, and nothing that a template forgot?"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from digest.models import Article, Email, Finding, Issue

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
    parts = (("subject", email.subject), ("html", email.html), ("text", email.text), ("web issue", email.web))
    seen: dict[str, list[str]] = {}
    for part, content in parts:
        shown = re.sub(r"(?s)<style\b.*?</style>|<!--.*?-->", "", content)
        for mark in dict.fromkeys(html.unescape(m.strip()) for m in _MARKS.findall(shown)):
            seen.setdefault(mark, []).append(part)
    for mark, places in seen.items():
        where = f"{', '.join(places)}: the reader would see {mark[:60]!r}"
        author = next((s.article for s in issue.stories if mark in _own_words(s.article)), None)
        if author:
            cure = "retitle the article at its source, if this is not meant"
            yield Finding("left-over-mark", "warning", f'{where}, from "{author.title[:80]}"', cure)
        else:
            yield Finding("left-over-mark", "error", where, "mend the template or the catalogue")


def _own_words(article: Article) -> str:
    return "\n".join((article.title, article.lede, article.url, *article.tags))


def notes(issue: Issue) -> Iterator[Finding]:
    """What compose noticed: it harms nobody, but an editor would like to know."""
    for note in issue.notes:
        yield Finding("themes", "note", note, "change [[themes]] or [compose] in config.toml if this is not meant")
