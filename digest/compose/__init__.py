"""From articles to an issue: one stated rule, and a reason for every candidate.

Pure: the same articles, settings, history and slot give the same issue, in whatever order the
articles come.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from digest.compose import headline, ranking, selection, themes
from digest.config import ComposeSettings, NewsletterSettings, Overlay, ThemeSettings
from digest.models import Article, History, Issue, Reason, Section, Slot, Story, Theme, Verdict, Window

WORDS_PER_MINUTE = 220
NO_ONE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Rules:
    """The editor's settings that decide what an issue holds."""

    newsletter: NewsletterSettings
    themes: tuple[ThemeSettings, ...]
    compose: ComposeSettings
    overlay: Overlay = field(default_factory=Overlay)


def issue(
    articles: Iterable[Article], slot: Slot, history: History, rules: Rules, gone: Mapping[str, str] = NO_ONE
) -> Issue:
    """The issue for this slot, with a verdict for every one of `articles`.

    `gone` is article id -> why it counts as taken down.
    """
    window = joined(slot.window, history)
    candidates = sorted(articles, key=lambda a: (a.url_key, a.source, a.native_id))
    past = selection.Past(history, gone)
    chosen, left_out = selection.split(candidates, window, past, rules.newsletter, rules.compose)
    placement = themes.place(chosen, rules.themes, rules.compose)
    rate = ranking.median_rate(chosen)
    ordered = {tag: ranking.ordered(found, rules.compose.order, rate) for tag, found in placement.by_theme.items()}
    lead = _lead([a for found in ordered.values() for a in found], rules.compose, rate)
    sections = tuple(_sections(ordered, lead, placement, rules))
    shown = _lead_story(lead, placement, rules)
    placed = (*_lead_verdict(shown), *(v for s in sections for v in _verdicts(s, rules.compose, window)))
    subject, preheader = headline.lines(shown, sections, rules.newsletter.name)
    return Issue(
        key=f"{rules.newsletter.key}-{slot.period}",
        newsletter=rules.newsletter.key,
        period=slot.period,
        number=history.number + 1,
        window=window,
        language=rules.newsletter.language,
        subject=subject,
        preheader=preheader,
        lead=shown,
        sections=sections,
        verdicts=(*placed, *left_out, *placement.left_out),
        notes=placement.notes,
    )


def joined(window: Window, history: History) -> Window:
    """The slot's window, begun where the last issue ended: a missed week is in the next issue."""
    return replace(window, start=history.end) if history.end and history.end < window.end else window


def _lead(placed: Sequence[Article], rules: ComposeSettings, rate: float) -> Article | None:
    if rules.lead == "none" or len(placed) < 2:  # a lone story stands in its section
        return None
    return ranking.ordered(placed, rules.lead, rate)[0]


def _sections(
    ordered: dict[str, tuple[Article, ...]],
    lead: Article | None,
    placement: themes.Placement,
    rules: Rules,
) -> Iterable[Section]:
    for theme in rules.themes:
        found = [a for a in ordered.get(theme.tag, ()) if a is not lead]
        shown = theme.theme(rules.newsletter.language)
        stories = tuple(_story(a, shown, placement) for a in found)
        cap = theme.at_most or len(stories)
        if stories:
            yield Section(shown, stories[:cap], stories[cap:])


def _story(article: Article, theme: Theme, placement: themes.Placement) -> Story:
    minutes = -(-article.words // WORDS_PER_MINUTE)
    return Story(article, theme, placement.also_in.get(article.id, ()), minutes)


def _lead_story(lead: Article | None, placement: themes.Placement, rules: Rules) -> Story | None:
    for theme in rules.themes:
        if lead and lead in placement.by_theme.get(theme.tag, ()):
            return _story(lead, theme.theme(rules.newsletter.language), placement)
    return None


def _lead_verdict(lead: Story | None) -> Iterable[Verdict]:
    if lead:
        tag = lead.theme.tag
        yield _verdict(lead, "lead", f"the lead, tagged {tag}", 0)


def _verdicts(section: Section, rules: ComposeSettings, window: Window) -> Iterable[Verdict]:
    for position, story in enumerate(section.stories + section.more, start=1):
        published = story.article.published
        why = f"{section.theme.tag}, place {position} by {rules.order}"
        if published and published < window.start:
            why += " (late arrival)"
        if story.also_in:
            why += f"; also tagged {', '.join(story.also_in)}"
        if position <= len(section.stories):
            yield _verdict(story, "placed", why, position)
        else:
            yield _verdict(story, "over-the-cap", f"{why}; over the cap of {len(section.stories)}, so a link", position)


def _verdict(story: Story, reason: Reason, why: str, position: int) -> Verdict:
    return Verdict(
        article_id=story.article.id,
        title=story.article.title,
        url=story.article.url,
        placed=True,
        reason=reason,
        why=f"in: {why}",
        section=story.theme.tag,
        position=position,
    )
