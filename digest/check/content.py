"""Is there something to read, and nothing that a template forgot?"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence

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


def everything_shown(issue: Issue, email: Email) -> Iterator[Finding]:
    """A template of one's own may lack a block: what it drops would be lost without a word."""
    addresses = [(s.article.url, s.article.title) for s in issue.stories]
    addresses += [(link.url, link.title) for link in issue.links]
    addresses += [(panel.url, panel.title) for panel in issue.panels]
    for part, shown in (
        ("html", html.unescape(email.html)),
        ("text", email.text),
        ("web issue", html.unescape(email.web)),
    ):
        missing = [title for address, title in addresses if address not in shown and title not in shown]
        missing += _lacking(tuple(_blocks(issue)), shown)
        if issue.intro and not _begins(issue.intro, shown):
            missing.append("the intro")
        if missing:
            some = "; ".join(missing[:3]) + ("; …" if len(missing) > 3 else "")
            cure = (
                "mend the template, or take its blocks from the shipped one: `digest init` writes it into a new folder"
            )
            yield Finding("not-shown", "error", f"the {part} does not show {some}", cure)


def _blocks(issue: Issue) -> Iterator[str]:
    """What a reader reads of the editor's blocks that need no address."""
    if issue.figure:
        yield from (issue.figure.number, issue.figure.counts, issue.figure.source)
    if issue.chart:
        yield from (issue.chart.title, issue.chart.unit, issue.chart.source)
        yield from (bar.label for bar in issue.chart.bars)
    if issue.quote:
        yield from (issue.quote.words, issue.quote.who)
    for event in issue.events:
        yield from (event.title, event.place)


def _lacking(words: Sequence[str], shown: str) -> list[str]:
    """Those of `words` that cannot be read in `shown`, wherever its lines break and however large its letters are."""
    there = _squeezed(shown) if words else ""
    return [each for each in words if _squeezed(each) not in there]


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", "", re.sub(r"<[^>]*>", "", text)).casefold()


def _begins(intro: str, shown: str) -> bool:
    """Whether the first plain words of the Markdown `intro` can be read in `shown`."""
    first = re.search(r"\w+(?:\s+\w+){0,2}", re.sub(r"\]\([^)]*\)|[*_#>`\[]", " ", intro))
    if first is None:
        return True
    return re.search(r"\W+".join(map(re.escape, first[0].split())), re.sub(r"<[^>]*>", "", shown)) is not None


def left_over_marks(issue: Issue, email: Email) -> Iterator[Finding]:
    """Template syntax that a reader would see. What an article itself says is only a warning."""
    parts = (
        *(("subject", email.subject), ("intro", issue.intro)),
        *(("html", email.html), ("text", email.text), ("web issue", email.web)),
    )
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
        elif mark in _editors_words(issue):
            cure = f"take it out of issues/{issue.key}.toml: nothing is filled in there"
            yield Finding("left-over-mark", "error", where, cure)
        else:
            yield Finding("left-over-mark", "error", where, "mend the template or the catalogue")


def _own_words(article: Article) -> str:
    return "\n".join((article.title, article.lede, article.url, *article.tags))


def _editors_words(issue: Issue) -> str:
    links = (word for link in issue.links for word in (link.title, link.text, link.url))
    panels = (word for panel in issue.panels for word in (panel.title, panel.text, panel.button, panel.url))
    return "\n".join((issue.subject, issue.preheader, issue.intro, *links, *panels, *_blocks(issue)))


def notes(issue: Issue) -> Iterator[Finding]:
    """What compose noticed: it harms nobody, but an editor would like to know."""
    for note in issue.notes:
        yield Finding("themes", "note", note, "change [[themes]] or [compose] in config.toml if this is not meant")
