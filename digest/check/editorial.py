"""Is the editor's part in order: subject, preheader, intro, links, panels, dates and chart?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from digest.check.proof import Check, Proof
from digest.models import Finding

SUBJECT = 60
"""Characters of a subject that most inboxes show whole."""
PREHEADER = 130
"""Characters of a preheader that the widest inbox shows."""
_WHOLE = 101
"""Per cent; each bar may be rounded up."""
INTRO = 1_200
"""Characters that a reader reads before the first story; 90 words are about 600."""

_SITE = re.compile(r"https?://(?:www\.)?", re.IGNORECASE)
_TARGET = re.compile(r"(?<=\])\([^)\s]*\)")
_NO_LINK = re.compile(r"(?<!!)\[([^\]\n]*)\]\(\s*+<?+(?!https?://|mailto:)([^)\s>]*)", re.IGNORECASE)


def subject(proof: Proof) -> Iterator[Finding]:
    """A warning for one that an inbox cuts."""
    if (count := len(proof.issue.subject)) > SUBJECT:
        message = f"the subject has {count} characters; after {SUBJECT} most inboxes cut it"
        yield Finding("subject-length", "warning", message, f"set a shorter subject in {proof.overlay}")


def preheader(proof: Proof) -> Iterator[Finding]:
    """A note for none, a warning for one that says the subject again."""
    cure = f"set preheader in {proof.overlay}"
    said, again = _plain(proof.issue.subject), _plain(proof.issue.preheader)
    if not again:
        yield Finding("preheader", "note", "there is no preheader; an inbox shows the first words it finds", cure)
    elif said and again.startswith(said):
        message = "the preheader repeats the subject; the inbox shows them side by side"
        yield Finding("preheader", "warning", message, cure)
    elif len(proof.issue.preheader) > PREHEADER:
        message = f"the preheader has {len(proof.issue.preheader)} characters; no inbox shows more than {PREHEADER}"
        yield Finding("preheader", "note", message, cure)


def intro(proof: Proof) -> Iterator[Finding]:
    """A warning for a long one."""
    if (count := len(_TARGET.sub("", proof.issue.intro))) > INTRO:
        message = f"the intro has {count:,} characters; over {INTRO:,} it hides the stories"
        yield Finding("intro-length", "warning", message, f"shorten intro in {proof.overlay}")


def intro_links(proof: Proof) -> Iterator[Finding]:
    """A warning for each link in it that no email may hold."""
    for words, address in _NO_LINK.findall(proof.issue.intro):
        message = (
            f'"{words}" in the intro is no link for the reader: "{address}" begins with neither https:// nor mailto:'
        )
        yield Finding("intro-link", "warning", message, f"write [{words}](https://…) in {proof.overlay}")


def repeated_addresses(proof: Proof) -> Iterator[Finding]:
    """A warning for each link, panel or date that leads where a story leads."""
    stories = {_address(story.article.url): story.article.title for story in proof.issue.stories}
    for block in (*proof.blocks, *proof.issue.events):
        if title := stories.get(_address(block.url)):
            message = f'"{block.title}" leads to the same address as the story "{title}"'
            yield Finding("repeated-link", "warning", message, f"take one of them out in {proof.overlay}")


def past_dates(proof: Proof) -> Iterator[Finding]:
    """A warning for each date to keep that is over when the issue goes out."""
    if proof.sent_at is None:
        return
    day = proof.sent_at.astimezone(proof.newsletter.zone).date()
    for event in proof.issue.events:
        if event.on < day:
            message = f'"{event.title}" was on {event.on:%-d %B}; the issue goes out on {day:%-d %B}'
            yield Finding("past-date", "warning", message, f"take it out of {proof.overlay}, or mend its date")


def shares(proof: Proof) -> Iterator[Finding]:
    """A note for a chart in per cent that holds more than one whole: each bar may be of a whole of its own."""
    chart = proof.issue.chart
    if (
        chart
        and chart.unit.strip() in ("%", "percent", "per cent")
        and (whole := sum(b.value for b in chart.bars)) > _WHOLE
    ):
        message = f'the bars of "{chart.title}" add up to {whole:g} %, which parts of one whole cannot'
        yield Finding("chart-shares", "note", message, f"look at the numbers in {proof.overlay}")


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def _address(url: str) -> tuple[str, str, tuple[str, ...]]:
    """Equal for two spellings of one page: scheme, `www.`, last slash, fragment and campaign marks do not matter."""
    page, _, query = _SITE.sub("", url).partition("#")[0].partition("?")
    host, _, path = page.partition("/")
    return host.lower(), path.rstrip("/"), tuple(p for p in query.split("&") if p and not p.startswith("utm_"))


CHECKS = (
    Check("E05", "subject-length", "warning", "inboxes show the subject whole", subject, reads="issue"),
    Check(
        "S17",
        "preheader",
        "warning",
        "a preheader that adds to the subject, at most 130 characters",
        preheader,
        reads="issue",
    ),
    Check("E06", "intro-length", "warning", "the intro does not hide the stories", intro, reads="issue"),
    Check("E07", "intro-link", "warning", "every link in the intro can be followed", intro_links, reads="issue"),
    Check(
        "E08",
        "repeated-link",
        "warning",
        "no link or panel leads where a story leads",
        repeated_addresses,
        reads="issue",
    ),
    Check("E09", "past-date", "warning", "no date to keep is over when the issue goes out", past_dates, reads="issue"),
    Check("E10", "chart-shares", "note", "the shares of a chart are not more than a whole", shares, reads="issue"),
)
