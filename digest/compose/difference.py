"""What differs between two forms of one issue, in words for an editor."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping

from msgspec import Struct

from digest.models import Article, Issue, Link, Panel, Story


class Change(Struct, frozen=True):
    """One thing that a reader or an editor would see otherwise."""

    what: str
    """`subject`, `added`, `removed`, `moved`, `title`, `picture`, `link`, …"""
    title: str
    """Of the story or section that it is about, as the first form has it; empty for the issue as a whole."""
    before: str
    after: str
    """Empty where there is nothing, as `before` is."""


def changes(before: Issue, after: Issue) -> tuple[Change, ...]:
    """Everything that differs: the issue's own lines, then its stories, sections, links and blocks."""
    stories = _Stories(before, after)
    return (
        *_differing("", _lines(before), _lines(after)),
        *stories.gone_and_new(),
        *stories.moved(),
        *stories.rewritten(),
        *_sections(before, after),
        *_differing("", _extras(before), _extras(after)),
    )


class _Stories:
    """The stories of both forms, and which are the same."""

    def __init__(self, before: Issue, after: Issue) -> None:
        self._before, self._after = before, after
        self._old, self._new = _places(before), _places(after)
        names = {
            name: at for at, story in enumerate(after.stories) for name in (story.article.url_key, story.article.id)
        }
        self._pairs = [
            (story, after.stories[at])
            for story in before.stories
            if (at := names.get(story.article.id, names.get(story.article.url_key))) is not None
        ]

    def gone_and_new(self) -> Iterator[Change]:
        whys = {v.article_id: v.why for v in self._after.verdicts}
        kept = {one.article.id for one, _ in self._pairs}
        known = {other.article.id for _, other in self._pairs}
        for story in self._before.stories:
            if story.article.id not in kept:
                why = whys.get(story.article.id, "out: it is no candidate any more")
                yield Change("removed", story.article.title, self._old[story.article.id], why)
        for story in self._after.stories:
            if story.article.id not in known:
                yield Change("added", story.article.title, "", whys.get(story.article.id, self._new[story.article.id]))

    def moved(self) -> Iterator[Change]:
        """Those in another section or form, and those that passed others; not those that only closed ranks."""
        still = self._unmoved()
        for one, other in self._pairs:
            if one.article.id not in still:
                yield Change("moved", one.article.title, self._old[one.article.id], self._new[other.article.id])

    def rewritten(self) -> Iterator[Change]:
        for one, other in self._pairs:
            yield from _differing(one.article.title, _seen(one), _seen(other))

    def _unmoved(self) -> set[str]:
        groups: dict[str, tuple[list[str], list[str]]] = {}
        for one, _ in self._pairs:
            groups.setdefault(_group(self._old[one.article.id]), ([], []))[0].append(one.article.id)
        order = {story.article.id: at for at, story in enumerate(self._after.stories)}
        for one, other in sorted(self._pairs, key=lambda pair: order[pair[1].article.id]):
            groups.setdefault(_group(self._new[other.article.id]), ([], []))[1].append(one.article.id)
        found: set[str] = set()
        for old, new in groups.values():
            blocks = difflib.SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
            found |= {name for block in blocks for name in old[block.a : block.a + block.size]}
        return found


def _places(issue: Issue) -> dict[str, str]:
    """Article id -> where it stands: `the lead`, `#News, place 2` or `#News, link 1`."""
    places = {issue.lead.article.id: "the lead"} if issue.lead else {}
    for section in issue.sections:
        for form, stories in (("place", section.stories), ("link", section.more)):
            places |= {s.article.id: f"{section.theme.tag}, {form} {at}" for at, s in enumerate(stories, start=1)}
    return places


def _group(place: str) -> str:
    return place.rpartition(" ")[0]


def _lines(issue: Issue) -> dict[str, str]:
    return {
        "subject": issue.subject,
        "preheader": issue.preheader,
        "number": str(issue.number),
        "language": issue.language,
        "window": f"{issue.window.start:%Y-%m-%d %H:%M} to {issue.window.end:%Y-%m-%d %H:%M} UTC",
        "intro": issue.intro,
        "note to colleagues": issue.desk_note,
    }


def _seen(story: Story) -> dict[str, str]:
    """What a reader sees of it."""
    article = story.article
    return {
        "title": article.title,
        "lede": article.lede,
        "address": article.url,
        "date": f"{article.published:%Y-%m-%d %H:%M} UTC" if article.published else "",
        "reading time": f"{story.minutes} min" if story.minutes else "",
        "also in": ", ".join(story.also_in),
        **_picture(article),
    }


def _picture(article: Article) -> dict[str, str]:
    cover = article.cover
    return {
        "picture": (cover.url or "") if cover else "",
        "picture's credit": cover.credit if cover else "",
        "picture's description": cover.alt if cover else "",
    }


def _sections(before: Issue, after: Issue) -> Iterator[Change]:
    old, new = _themes(before), _themes(after)
    stayed = [tag for tag in old if tag in new]
    for tag in stayed:
        yield from _differing(tag, old[tag], new[tag])
    order = [tag for tag in new if tag in old]
    if stayed != order:
        yield Change("order of the sections", "", ", ".join(stayed), ", ".join(order))


def _themes(issue: Issue) -> dict[str, dict[str, str]]:
    themes = [section.theme for section in issue.sections]
    return {theme.tag: {"section's title": theme.title, "section's intro": theme.intro} for theme in themes}


def _extras(issue: Issue) -> dict[str, str]:
    links = {f"link {link.url}": _link(link) for link in issue.links}
    panels = {_PANELS[panel.kind]: _panel(panel) for panel in issue.panels}
    events = {f"date {event.on} {event.title}": _told(event.place, event.url) or "no place" for event in issue.events}
    return {**dict(_blocks(issue)), **events, **links, **panels}


def _blocks(issue: Issue) -> Iterator[tuple[str, str]]:
    if figure := issue.figure:
        yield "figure", _told(figure.number, figure.counts, figure.source, figure.url)
    if chart := issue.chart:
        rows = ", ".join(f"{bar.label} {bar.value:.12g}" for bar in chart.bars)
        form = "as a line" if chart.kind == "line" else ""
        yield "chart", _told(chart.title, chart.unit, form, rows, chart.source, chart.url)
    if quote := issue.quote:
        yield "quote", _told(quote.words, quote.who, quote.url)


def _told(*parts: str) -> str:
    return " · ".join(filter(None, parts))


_PANELS = {"action": "call to action", "sponsor": "sponsor's block"}


def _link(link: Link) -> str:
    return f"{link.title}: {link.text}" if link.text else link.title


def _panel(panel: Panel) -> str:
    return f"{panel.title}: {panel.text} [{panel.button}] {panel.url}"


def _differing(title: str, before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Change]:
    for what in dict.fromkeys((*before, *after)):
        one, other = before.get(what, ""), after.get(what, "")
        if one != other:
            yield Change(what, title, one, other)
