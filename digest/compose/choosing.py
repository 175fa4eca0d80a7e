"""What of an issue a reader gets who wants some of its themes only."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from msgspec.structs import replace

from digest.compose import headline
from digest.compose.rules import Rules
from digest.config import ThemeSettings, tag_key
from digest.models import Issue, Section, Story


def chosen(issue: Issue, wanted: Collection[str], rules: Rules) -> Issue:
    """The issue with the sections of these themes, given by their tags, and without the others.

    A story in a section that is left out goes with the first of these themes that it carries: a reader
    gets all that concerns what they want. The editor's subject stays where the story stays that it is
    about, the first one; else the inbox shows what is there. Where config.toml has none of these themes
    any more the issue is whole.
    """
    themes = tuple(theme for theme in rules.themes if theme.keys & {tag_key(tag) for tag in wanted})
    shown = {section.theme.tag for section in issue.sections} | ({issue.lead.theme.tag} if issue.lead else set())
    if not themes or shown <= {theme.tag for theme in themes}:
        return issue
    choice = _Choice(themes, rules.newsletter.language)
    lead = next(choice.of([issue.lead]), None) if issue.lead else None
    sections = tuple(choice.sections(issue.sections))
    same = _first(lead, sections) == _first(issue.lead, issue.sections)
    subject, preheader = headline.lines(lead, sections, rules.newsletter.name, rules.overlay.subject if same else None)
    if same and rules.overlay.preheader:
        preheader = rules.overlay.preheader
    return replace(issue, subject=subject, preheader=preheader, lead=lead, sections=sections)


class _Choice:
    """Some themes of a newsletter, and which stories are theirs."""

    def __init__(self, themes: tuple[ThemeSettings, ...], language: str) -> None:
        self._themes = {theme.tag: theme for theme in themes}
        self._shown = {theme.tag: theme.theme(language) for theme in themes}

    def of(self, stories: Iterable[Story]) -> Iterator[Story]:
        """Those that have a theme of these, each under it: that of its section, else the first that it carries."""
        for story in stories:
            tags = {tag_key(tag) for tag in story.article.tags}
            carried = [tag for tag, theme in self._themes.items() if theme.keys & tags]
            if story.theme.tag in self._themes:
                carried.insert(0, story.theme.tag)
            if carried:
                also = tuple(tag for tag in story.also_in if tag in self._themes and tag != carried[0])
                yield replace(story, theme=self._shown[carried[0]], also_in=also)

    def sections(self, sections: tuple[Section, ...]) -> Iterator[Section]:
        """In the order of config.toml; what comes from another section stands behind what was there."""
        ours = sorted(sections, key=lambda section: section.theme.tag not in self._themes)
        stories = list(self.of(story for section in ours for story in section.stories))
        links = list(self.of(story for section in ours for story in section.more))
        before = {section.theme.tag: len(section.stories) for section in sections}
        for tag, theme in self._themes.items():
            its = [story for story in stories if story.theme.tag == tag]
            more = [story for story in links if story.theme.tag == tag]
            if not its:  # a link has no picture that is made for a story
                its, more = [replace(each, article=replace(each.article, cover=None)) for each in more], []
            cap = max(theme.at_most or len(its), before.get(tag, 0))
            if its:
                yield Section(self._shown[tag], tuple(its[:cap]), (*its[cap:], *more))


def _first(lead: Story | None, sections: tuple[Section, ...]) -> str | None:
    """The id of the article that a reader sees first."""
    stories = [lead] if lead else [section.stories[0] for section in sections[:1]]
    return stories[0].article.id if stories else None
