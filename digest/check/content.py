"""Is there something to read, all of it, and nothing that a template forgot or hides (S18, S23)?"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence

from digest.check.page import Element
from digest.check.proof import Check, Proof
from digest.models import Article, Finding, Issue

_MARKS = re.compile(
    # Each alternative begins with a plain letter or sign: only then is a search over a page quick.
    r"\{\{.*?\}\}|\{%.*?%\}|\{\{|\{%|\*\|\w+\|\*|%%\w+%%|\[\[\w+\]\]|\$\{\w+\}|%recipient\.|<mj-\w+"
    r"|T(?<!\w.)(?:K(?:TK)*|ODO)\b|F(?<!\w.)IXME\b|X(?<!\w.)XX+\b|[Ll](?<!\w.)orem [Ii]psum\b"
)
_UNSEEN = re.compile(r"(?s)<(?:style\b.*?</style>|!--.*?-->)")
_NOTHING = re.compile(r">\s*(None|undefined|NaN)\s*<")
_STUFFING = re.compile("[\u034f\u00ad\u200b-\u200d\u2007\u2060\ufeff]")
_MOST_STUFFING = 20


def no_stories(proof: Proof) -> Iterator[Finding]:
    """An empty issue is never sent; one that is empty because a source failed says that alone."""
    issue = proof.issue
    if not issue.stories and not any(report.failure for report in proof.reports):
        seen = len(issue.verdicts)
        what = f"{seen} articles were seen and none fits" if seen else "the sources gave no article"
        cure = "`digest explain` says why each is out; look at the tags, the themes and the window"
        yield Finding("no-stories", "error", f"the issue has no story: {what}", cure)


def everything_shown(proof: Proof) -> Iterator[Finding]:
    """A template of one's own may lack a block: what it drops would be lost without a word."""
    issue, email = proof.issue, proof.email
    addresses = [(s.article.url, s.article.title) for s in issue.stories]
    addresses += [(link.url, link.title) for link in issue.links]
    addresses += [(panel.url, panel.title) for panel in issue.panels]
    for part, shown in (
        ("html", html.unescape(email.html)),
        ("text", email.text),
        ("web issue", html.unescape(email.web)),
    ):
        missing = [title for address, title in addresses if address not in shown and title not in shown]
        missing += _lacking(tuple(_blocks(issue, drawn=part != "text")), shown)
        if issue.intro and not _begins(issue.intro, shown):
            missing.append("the intro")
        if missing:
            some = "; ".join(missing[:3]) + ("; …" if len(missing) > 3 else "")
            cure = (
                "mend the template, or take its blocks from the shipped one: `digest init` writes it into a new folder"
            )
            yield Finding("not-shown", "error", f"the {part} does not show {some}", cure)


def _blocks(issue: Issue, *, drawn: bool = False) -> Iterator[str]:
    """What a reader reads of the editor's blocks that need no address; of a chart that is `drawn`, not its rows."""
    if issue.figure:
        yield from (issue.figure.number, issue.figure.counts, issue.figure.source)
    if issue.chart:
        yield from (issue.chart.title, issue.chart.unit, issue.chart.source)
        if not (drawn and issue.chart.picture):
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


def left_over_marks(proof: Proof) -> Iterator[Finding]:
    """Template syntax that a reader would see. What an article itself says is only a warning."""
    issue, email = proof.issue, proof.email
    parts = (
        *(("subject", email.subject), ("intro", issue.intro)),
        *(("html", email.html), ("text", email.text), ("web issue", email.web)),
    )
    seen: dict[str, list[str]] = {}
    for part, content in parts:
        shown = _UNSEEN.sub("", content)
        for mark in dict.fromkeys(html.unescape(m) for m in (*_MARKS.findall(shown), *_NOTHING.findall(shown))):
            seen.setdefault(mark, []).append(part)
    for mark, places in seen.items():
        where = f"{', '.join(places)}: the reader would see {mark[:60]!r}"
        author = next((s.article for s in issue.stories if mark in _own_words(s.article)), None)
        if author:
            cure = "retitle the article at its source, if this is not meant"
            yield Finding("left-over-mark", "warning", f'{where}, from "{author.title[:80]}"', cure, author.id)
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


def hidden_text(proof: Proof) -> Iterator[Finding]:
    """Google's sender guidelines: no hidden content; the one preheader is what every inbox expects."""
    own = " ".join(proof.issue.preheader.split())
    outermost = [e for e in proof.page.elements if e.hidden and not (e.parent and e.parent.hidden) and _in_body(e)]
    texts = [text for e in outermost if (text := _STUFFING.sub("", e.text).strip("\u00a0 ")) and text != own]
    texts += [e.words for e in proof.page.elements if e.words.strip("\u00a0 ") and not e.hidden and _of_no_size(e)]
    if texts:
        message = f'text is hidden from readers but not from filters: "{texts[0][:60]}"'
        yield Finding("hidden-text", "warning", message, "show it or take it out of the template")
    body = proof.page.one("body")
    if body and (count := len(_STUFFING.findall(body.text))) > _MOST_STUFFING:
        message = f"{count} invisible characters stand in the html, as padding after a preheader does"
        yield Finding("hidden-text", "warning", message, "take them out of the template")


def _in_body(element: Element) -> bool:
    return any(up.tag == "body" for up in element.up())


def _of_no_size(element: Element) -> bool:
    size = next((s for e in element.up() if (s := e.style.get("font-size"))), "")
    return re.fullmatch(r"0(px|pt|em|rem|%)?", size) is not None


def notes(proof: Proof) -> Iterator[Finding]:
    """What compose noticed: it harms nobody, but an editor would like to know."""
    for note in proof.issue.notes:
        yield Finding("themes", "note", note, "change [[themes]] or [compose] in config.toml if this is not meant")


def quiet(proof: Proof) -> Iterator[Finding]:
    """Fewer stories than the schedule wants."""
    if proof.quiet:
        why, then = proof.quiet
        yield Finding("quiet-week", "warning", why, then)


CHECKS = (
    Check("E01", "no-stories", "error", "there is a story to read", no_stories, reads="issue", firm=True),
    Check(
        "E02",
        "not-shown",
        "error",
        "every story, link and word of the editor stands in all three parts",
        everything_shown,
        reads="issue",
    ),
    Check(
        "S18",
        "left-over-mark",
        "error",
        "no {{ marks }}, None, TK or lorem ipsum that a reader would see",
        left_over_marks,
        reads="issue",
    ),
    Check("S23", "hidden-text", "warning", "no hidden text beside the preheader", hidden_text),
    Check("E03", "quiet-week", "warning", "there are as many stories as the schedule wants", quiet, reads="issue"),
    Check("E04", "themes", "note", "what the rules did that an editor may want to know", notes, reads="issue"),
)
