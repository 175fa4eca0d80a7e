"""The issue as the editor handles it: lead, sections, what is left out, each story with its reason. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from digest.compose import overlay as hand
from digest.config import StoryEdit, tag_key
from digest.models import Article, Section, Story, Theme, Verdict
from digest.web.preview.session import View

_CLOSED = frozenset({"sent-before", "unpublished", "duplicate"})
"""Reasons that even the editor cannot overrule."""
_LABELS = {
    "outside-the-window": "Outside the week",
    "sent-before": "Sent before",
    "other-language": "In another language",
    "no-theme": "No theme takes it",
    "hidden": "Hidden by you",
    "late-arrival": "Late arrivals",
    "below-the-minimum": "Too few for their section",
    "no-date": "Without a date",
    "unpublished": "Taken down",
    "duplicate": "Listed twice",
}
_FIRST = ("hidden", "no-theme", "below-the-minimum", "late-arrival", "no-date", "outside-the-window")


class Row(Struct, frozen=True):
    """One candidate."""

    id: str
    title: str
    """As the reader sees it."""
    source_title: str
    lede: str
    source_lede: str
    url: str
    picture: str
    alt: str
    credit: str
    why: str
    marks: tuple[str, ...]
    """What the editor did: `lead`, `pinned`, `retitled`, …"""
    place: int | None
    """Where the editor pinned it, from 1."""
    section: str = ""
    """Tag of its theme, also of the lead's; empty for what is out."""
    open: bool = True
    """Whether it may be brought in; what is in may be moved."""
    home: str = ""
    """Tag of the theme that it would be brought into."""


class Group(Struct, frozen=True):
    """A theme with its rows; those of `more` are links."""

    theme: Theme
    rows: tuple[Row, ...]
    more: tuple[Row, ...]


class Out(Struct, frozen=True):
    """The candidates that are left out for one kind of reason."""

    reason: str
    label: str
    rows: tuple[Row, ...]


class Outline(Struct, frozen=True):
    """All candidates, each once."""

    lead: Row | None
    groups: tuple[Group, ...]
    outs: tuple[Out, ...]


def of(view: View) -> Outline:
    """Every theme of config.toml has its group, also the empty ones: a story can be moved there."""
    desk = _Desk(view)
    issue = view.draft.issue
    sections = {section.theme.tag: section for section in issue.sections}
    themes = [each.theme(view.settings.newsletter.language) for each in view.settings.themes]
    return Outline(
        desk.placed(issue.lead) if issue.lead else None,
        tuple(desk.group(sections.get(theme.tag, Section(theme, ()))) for theme in themes),
        tuple(desk.outs()),
    )


class _Desk:
    def __init__(self, view: View) -> None:
        self._verdicts = {v.article_id: v for v in view.draft.issue.verdicts}
        self._articles: Mapping[str, Article] = {a.id: a for a in view.made_of.news.articles}
        reading = hand.read(view.overlay, view.made_of.news.articles, view.settings.themes)
        self._hand = reading.hand
        self._issue = view.draft.issue
        self._themes = {key: t.tag for t in view.settings.themes for key in t.keys}
        self._last = view.settings.themes[-1].tag

    def group(self, section: Section) -> Group:
        rows, more = (tuple(map(self.placed, stories)) for stories in (section.stories, section.more))
        return Group(section.theme, rows, more)

    def placed(self, story: Story) -> Row:
        return self._row(self._verdicts[story.article.id], story.article, story.theme.tag)

    def outs(self) -> Iterator[Out]:
        found: dict[str, list[Row]] = {}
        for verdict in self._issue.verdicts:
            article = self._articles.get(verdict.article_id)
            if not verdict.placed and article:
                found.setdefault(verdict.reason, []).append(self._row(verdict, article, ""))
        for reason in sorted(found, key=lambda r: _FIRST.index(r) if r in _FIRST else len(_FIRST)):
            yield Out(reason, _LABELS.get(reason, reason), tuple(found[reason]))

    def _row(self, verdict: Verdict, article: Article, section: str) -> Row:
        source = self._articles.get(article.id, article)
        cover = article.cover
        return Row(
            id=article.id,
            title=article.title,
            source_title=source.title,
            lede=article.lede,
            source_lede=source.lede,
            url=article.url,
            picture=(cover.url or "") if cover else "",
            alt=cover.alt if cover else "",
            credit=cover.credit if cover else "",
            why=verdict.why,
            marks=tuple(self._marks(article.id, verdict)),
            place=self._hand.places.get(article.id),
            section=section,
            open=verdict.reason not in _CLOSED,
            home=verdict.suggested or self._home(source),
        )

    def _home(self, article: Article) -> str:
        """The theme of one of its own tags, else the last: that one takes all."""
        return next((self._themes[key] for tag in article.tags if (key := tag_key(tag)) in self._themes), self._last)

    def _marks(self, name: str, verdict: Verdict) -> Iterator[str]:
        edit = self._hand.edits.get(name) or StoryEdit(article=name)
        told = {
            "your lead": self._hand.lead == name,
            "pinned": name in self._hand.places,
            "ordered": name in self._hand.first,
            "moved": name in self._hand.moved,
            "retitled": edit.title is not None,
            "summary": edit.lede is not None,
            "picture": edit.cover is not None,
            "late": verdict.late,
        }
        return (mark for mark, holds in told.items() if holds)
