"""The editor's hand on one issue: what the overlay says of which article, and what is wrong with it."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from operator import attrgetter
from typing import NamedTuple

from msgspec import Struct, field
from msgspec.structs import replace

from digest.compose.references import References
from digest.config import CoverEdit, Overlay, StoryEdit, ThemeSettings, tag_key
from digest.errors import ConfigError
from digest.models import Article, Bar, Chart, Cover, Figure, Link, Occasion, Panel, Quote, Verdict


class Hand(Struct, frozen=True):
    """What the editor wants of the articles, by their ids."""

    lead: str = ""
    hidden: frozenset[str] = frozenset()
    moved: Mapping[str, str] = field(default_factory=dict)
    """Article id -> tag of the theme that takes it."""
    first: Mapping[str, int] = field(default_factory=dict)
    """Article id -> its rank among those that stand first in their sections, from 0."""
    places: Mapping[str, int] = field(default_factory=dict)
    """Article id -> its place within its section, from 1."""
    edits: Mapping[str, StoryEdit] = field(default_factory=dict)


Path = tuple[str | int, ...]


class Problem(NamedTuple):
    """A mistake, at a key of the overlay."""

    path: Path
    text: str


class Reading(Struct, frozen=True):
    """The overlay with its references resolved."""

    overlay: Overlay
    hand: Hand = field(default_factory=Hand)
    named: Mapping[Path, Article] = field(default_factory=dict)
    """Where the overlay names an article -> the article."""
    problems: tuple[Problem, ...] = ()


def read(overlay: Overlay, candidates: Sequence[Article], themes: tuple[ThemeSettings, ...]) -> Reading:
    """What the overlay means. Its mistakes are kept for `check`, so that all are told at once."""
    written = dict(_written(overlay))
    if not written:
        return Reading(overlay)
    references = References(candidates)
    found = {path: references.find(reference) for path, reference in written.items()}
    named = {path: articles[0] for path, articles in found.items() if len(articles) == 1}
    unclear = [Problem(p, _unclear(written[p], a, references)) for p, a in found.items() if len(a) != 1]
    hand = _hand(overlay, named, themes)
    problems = (
        *unclear,
        *_unthemed(overlay, themes),
        *_contradictions(overlay, hand, named),
        *_bare_covers(overlay, named),
    )
    return Reading(overlay, hand, named, problems)


def check(reading: Reading, left_out: Sequence[Verdict], by_theme: Mapping[str, Sequence[Article]]) -> None:
    """Raises ConfigError with every mistake of the overlay: its own, and what it asks of articles that are out."""
    if not reading.named and not reading.problems:
        return
    problems = [*reading.problems, *_out(reading, left_out), *_crowded(reading, by_theme)]
    if problems:
        keys = list(Overlay.model_fields)
        told = sorted(problems, key=lambda p: (keys.index(str(p.path[0])), p.path[1:2], p.text))
        raise ConfigError([f"{reading.overlay.at(*p.path)}: {p.text}" for p in told])


def notes(reading: Reading, left_out: Sequence[Verdict]) -> Iterator[str]:
    """What of the overlay has no effect."""
    outs = {v.article_id: v for v in left_out if v.reason != "hidden"} if reading.hand.hidden else {}
    for path, article in reading.named.items():
        if path[0] == "hide" and (verdict := outs.get(article.id)):
            yield f"{reading.overlay.at(*path)}: {_told(article)} is {verdict.why}; hiding it changes nothing"


def edited(article: Article, edit: StoryEdit | None) -> Article:
    """The article as its readers see it."""
    if edit is None:
        return article
    return replace(
        article,
        title=article.title if edit.title is None else edit.title,
        lede=article.lede if edit.lede is None else edit.lede,
        cover=article.cover if edit.cover is None else _cover(article.cover, edit.cover),
    )


def links(overlay: Overlay) -> tuple[Link, ...]:
    """The editor's links beside the stories."""
    return tuple(Link(each.title, each.url, each.text) for each in overlay.links)


def panels(overlay: Overlay) -> tuple[Panel, ...]:
    """The editor's blocks: what to do, then the sponsor's."""
    action, sponsor = overlay.action, overlay.sponsor
    made = [Panel("action", action.title, action.text, action.button, action.url)] if action else []
    made += [Panel("sponsor", sponsor.title, sponsor.text, sponsor.button, sponsor.url)] if sponsor else []
    return tuple(made)


def figure(overlay: Overlay) -> Figure | None:
    """The number of the issue."""
    given = overlay.figure
    return Figure(given.number, given.counts, given.source, given.url or "") if given else None


def chart(overlay: Overlay) -> Chart | None:
    """The editor's own numbers."""
    given = overlay.chart
    if given is None:
        return None
    bars = tuple(Bar(row.label, row.value) for row in given.rows)
    return Chart(given.title, given.unit, bars, given.source, given.url or "", given.kind)


def quote(overlay: Overlay) -> Quote | None:
    """What somebody said, without the quotation marks that an editor may have put around it."""
    given = overlay.quote
    if given is None:
        return None
    words = given.words.strip()
    inner = words[1:-1].strip()
    bare = inner if words[0] in _MARKS and words[-1] in _MARKS and not _MARKS & {*inner} else words
    return Quote(bare or words, given.who, given.url or "")


def events(overlay: Overlay) -> tuple[Occasion, ...]:
    """The dates to keep, the soonest first."""
    made = [Occasion(each.date, each.title, each.place, each.url or "") for each in overlay.events]
    return tuple(sorted(made, key=attrgetter("on")))


_MARKS = frozenset('"“”„«»')


def _written(overlay: Overlay) -> Iterator[tuple[Path, str]]:
    if overlay.lead is not None:
        yield ("lead",), overlay.lead
    for key in ("order", "hide"):
        for at, reference in enumerate(getattr(overlay, key)):
            yield (key, at), reference
    for at, story in enumerate(overlay.stories):
        yield ("stories", at, "article"), story.article


def _hand(overlay: Overlay, named: Mapping[Path, Article], themes: tuple[ThemeSettings, ...]) -> Hand:
    tags = {key: theme.tag for theme in themes for key in theme.keys}
    edits = {a.id: overlay.stories[at] for at, a in _stories(named)}
    first: dict[str, int] = {}
    for path, article in named.items():
        if path[0] == "order":
            first.setdefault(article.id, len(first))
    return Hand(
        lead=named[("lead",)].id if ("lead",) in named else "",
        hidden=frozenset(a.id for path, a in named.items() if path[0] == "hide"),
        moved={n: tag for n, e in edits.items() if e.section and (tag := tags.get(tag_key(e.section)))},
        first=first,
        places={name: edit.place for name, edit in edits.items() if edit.place},
        edits=edits,
    )


def _stories(named: Mapping[Path, Article]) -> Iterator[tuple[int, Article]]:
    for path, article in named.items():
        if path[0] == "stories":
            yield int(path[1]), article


def _unclear(reference: str, found: Sequence[Article], references: References) -> str:
    if found:
        which = ", ".join(f"{a.id} ({a.published:%d %b})" if a.published else a.id for a in found[:5])
        return f"is {reference!r}; {len(found)} articles have this title or address; write the id of one: {which}"
    near = references.nearest(reference)
    hint = f"; the nearest is {_told(near)}" if near else ""
    cure = "name that one" if near else "look for its id in `digest explain`"
    return (
        f"is {reference!r}; expected the id, address or whole title of a candidate{hint}; {cure}, or remove the entry"
    )


def _unthemed(overlay: Overlay, themes: tuple[ThemeSettings, ...]) -> Iterator[Problem]:
    tags = {key: theme.tag for theme in themes for key in theme.keys}
    for at, story in enumerate(overlay.stories):
        if story.section and tag_key(story.section) not in tags:
            near = difflib.get_close_matches(tag_key(story.section), tags, 1, 0.5)
            known = f'the nearest is "{tags[near[0]]}"' if near else "there are " + ", ".join(t.tag for t in themes)
            text = f"is {story.section!r}; expected the tag of a theme of config.toml; {known}"
            yield Problem(("stories", at, "section"), text)


def _contradictions(overlay: Overlay, hand: Hand, named: Mapping[Path, Article]) -> Iterator[Problem]:
    """What the overlay says of one article in two places that cannot both be."""
    first: dict[str, int] = {}
    for path, article in named.items():
        told = _told(article)
        if article.id in hand.hidden and path[0] != "hide" and (placing := _places(overlay, path)):
            yield Problem(placing, f"{told} is hidden too (`hide`); remove it from one of the two")
        if path[0] == "stories":
            at = int(path[1])
            before = first.setdefault(article.id, at)
            if before != at:
                yield Problem(path, f"{told} has an entry already, stories[{before}]; make one of the two")
            if article.id == hand.lead and overlay.stories[at].place:
                yield Problem(
                    ("stories", at, "place"),
                    f"{told} is the `lead`, so it has no place in a section; remove one of the two",
                )


def _places(overlay: Overlay, path: Path) -> Path | None:
    """The key by which this entry puts the article somewhere; another title alone does not."""
    if path[0] != "stories":
        return path
    story = overlay.stories[int(path[1])]
    key = "section" if story.section else "place" if story.place else None
    return ("stories", path[1], key) if key else None


def _bare_covers(overlay: Overlay, named: Mapping[Path, Article]) -> Iterator[Problem]:
    for at, article in _stories(named):
        cover = overlay.stories[at].cover
        if cover and not cover.url and not article.cover:
            text = f"{_told(article)} has no picture of its own; give this one a url, or remove the table"
            yield Problem(("stories", at, "cover"), text)


def _out(reading: Reading, left_out: Sequence[Verdict]) -> Iterator[Problem]:
    outs = {v.article_id: v for v in left_out if v.reason != "hidden"}
    for path, article in reading.named.items():
        verdict = outs.get(article.id)
        if path[0] != "hide" and verdict:
            yield Problem(path, f"{_told(article)} is {verdict.why}; {_cure(verdict)}")


def _cure(verdict: Verdict) -> str:
    match verdict.reason:
        case "sent-before" | "unpublished":
            return "it cannot be brought in: remove the entry"
        case "duplicate":
            return "name that one, or remove the entry"
        case _:
            return f'bring it in (`digest edit move {verdict.article_id} "#Theme"`), or remove the entry'


def _crowded(reading: Reading, by_theme: Mapping[str, Sequence[Article]]) -> Iterator[Problem]:
    theme = {a.id: tag for tag, found in by_theme.items() for a in found if a.id in reading.hand.places}
    first: dict[tuple[str, int], Article] = {}
    for at, article in _stories(reading.named):
        place = reading.hand.places.get(article.id)
        if place and article.id in theme and article.id != reading.hand.lead:
            other = first.setdefault((theme[article.id], place), article)
            if other.id != article.id:
                where = f"this place in {theme[article.id]} already"
                text = f"is {place}; {_told(other)} has {where}; give one of them another"
                yield Problem(("stories", at, "place"), text)


def _cover(cover: Cover | None, edit: CoverEdit) -> Cover:
    """Another picture brings its own words; the source's keeps what the editor leaves alone."""
    kept = Cover(None, "", "") if edit.url or cover is None else cover
    return Cover(
        url=edit.url or kept.url,
        alt=kept.alt if edit.alt is None else edit.alt,
        credit=kept.credit if edit.credit is None else edit.credit,
    )


def _told(article: Article) -> str:
    return f'{article.id} "{article.title}"'
