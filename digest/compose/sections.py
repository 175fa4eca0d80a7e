"""The lead, the sections in their order, and the verdict of every article that is in them."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from digest.compose import ranking
from digest.compose.overlay import Hand, edited
from digest.compose.rules import Rules
from digest.compose.selection import Selection
from digest.compose.themes import Placement
from digest.models import Article, Reason, Section, Story, Theme, Verdict

WORDS_PER_MINUTE = 220
_ORDERS = {"recent": "most recent first", "oldest": "oldest first", "popular": "most popular first"}


class Layout(Struct, frozen=True):
    """What a reader sees of the articles, and why."""

    lead: Story | None
    sections: tuple[Section, ...]
    verdicts: tuple[Verdict, ...]


def layout(selection: Selection, placement: Placement, rules: Rules, hand: Hand) -> Layout:
    """The placed articles in order, each with its verdict."""
    return _Desk(selection, placement, rules, hand).layout()


class _Desk:
    """The work on one issue."""

    def __init__(self, selection: Selection, placement: Placement, rules: Rules, hand: Hand) -> None:
        self._placement, self._rules, self._hand, self._remarks = placement, rules, hand, selection.remarks
        self._late = selection.late
        self._order = rules.compose.order
        popular = "popular" in (self._order, rules.compose.lead)
        placed = [a for found in placement.by_theme.values() for a in found]
        # What the editor hides counts too: hiding it changes no other story's rank.
        known = (*selection.chosen, *selection.hidden) if popular else ()
        self._scores = ranking.scores(known)
        self._lead = self._chosen_lead(placed)
        self._also = {tags: f"; also tagged {', '.join(tags)}" for tags in set(placement.also_in.values())}
        # Most articles have nothing to tell beside their place, and few themes make most of an issue.
        self._noted = {
            *selection.remarks, *placement.remarks, *placement.suggested, *hand.edits, *hand.places, *hand.first,
        }  # fmt: skip

    def layout(self) -> Layout:
        lead: Story | None = None
        sections: list[Section] = []
        verdicts: list[Verdict] = []
        for theme in self._rules.themes:
            found = self._placement.by_theme.get(theme.tag, ())
            shown = theme.theme(self._rules.newsletter.language)
            if self._lead and any(a is self._lead for a in found):
                lead = self._story(self._lead, shown)
                verdicts.insert(0, self._lead_verdict(self._lead, shown.tag))
            standing = self._standing(found)
            if standing:
                cap = theme.at_most or len(standing)
                stories = tuple(self._story(a, shown) for a in standing)
                sections.append(Section(shown, stories[:cap], stories[cap:]))
                verdicts += self._verdicts(standing, shown.tag, cap)
        return Layout(lead, tuple(sections), tuple(verdicts))

    def _chosen_lead(self, placed: list[Article]) -> Article | None:
        """The editor's, else the foremost by the rule; one that has a place of its own stays there."""
        if self._hand.lead:
            return next((a for a in placed if a.id == self._hand.lead), None)
        if self._rules.compose.lead == "none" or len(placed) < 2:  # a lone story stands in its section
            return None
        free = (a for a in placed if a.id not in self._hand.places) if self._hand.places else placed
        return ranking.foremost(free, self._rules.compose.lead, self._scores)

    def _standing(self, found: tuple[Article, ...]) -> list[Article]:
        """A theme's articles but the lead: by the rule, then the editor's order, then the editor's places."""
        hand = self._hand
        standing = [a for a in ranking.ordered(found, self._order, self._scores) if a is not self._lead]
        if hand.first:
            standing.sort(key=lambda a: hand.first.get(a.id, len(hand.first)))
        if hand.places:
            pinned = sorted((a for a in standing if a.id in hand.places), key=lambda a: hand.places[a.id])
            standing = [a for a in standing if a.id not in hand.places]
            for article in pinned:
                standing.insert(hand.places[article.id] - 1, article)
        return standing

    def _story(self, article: Article, theme: Theme) -> Story:
        minutes = -(-article.words // WORDS_PER_MINUTE)
        also_in = self._placement.also_in.get(article.id, ()) if self._placement.also_in else ()
        shown = edited(article, self._hand.edits.get(article.id)) if self._hand.edits else article
        return Story(shown, theme, also_in, minutes)

    def _lead_verdict(self, article: Article, tag: str) -> Verdict:
        rule = self._rules.compose.lead
        by = f"the most {rule} of all" + (self._figure(article) if rule == "popular" else "")
        by = "chosen by the editor" if self._hand.lead else by
        why = f"in: the lead, {by}, tagged {tag}{self._rest(article.id)}"
        told = self._told(article.id)
        return Verdict(article.id, article.title, article.url, True, "lead", why, tag, 0, *told)  # noqa: FBT003

    def _verdicts(self, standing: list[Article], tag: str, cap: int) -> Iterator[Verdict]:
        rule, popular = _ORDERS[self._order], self._order == "popular"
        for position, article in enumerate(standing, start=1):
            name = article.id
            noted = name in self._noted
            by = self._by_editor(name, position) if noted else ""
            by = by or (rule + self._figure(article) if popular else rule)
            over = f"; over the cap of {cap}, so a link" if position > cap else ""
            rest = self._rest(name) if noted or self._also else ""
            why = f"in: {tag}, place {position}, {by}{over}{rest}"
            reason: Reason = "over-the-cap" if over else "placed"
            told = self._told(name) if noted else ()
            # By position: ten thousand at once, and names cost.
            yield Verdict(name, article.title, article.url, True, reason, why, tag, position, *told)  # noqa: FBT003

    def _figure(self, article: Article) -> str:
        return f" ({self._scores[article.url_key]:.1f} views an hour)"

    def _by_editor(self, name: str, position: int) -> str:
        place, rank = self._hand.places.get(name), self._hand.first.get(name)
        if place and place != position:
            return f"the last, put at {place} by the editor"
        if place or rank is not None:
            return "placed first by the editor" if position == 1 else "placed there by the editor"
        return ""

    def _told(self, name: str) -> tuple[str | None, bool]:
        """The last two fields of its verdict: the theme that its words suggest, and whether it is late."""
        suggestion = self._placement.suggested.get(name)
        return suggestion.tag if suggestion else None, name in self._late

    def _rest(self, name: str) -> str:
        """What the verdict tells beside the place."""
        also = self._also.get(self._placement.also_in.get(name, ()), "")
        return also + "".join(f"; {note}" for note in self._notes(name)) if name in self._noted else also

    def _notes(self, name: str) -> Iterator[str]:
        if name in self._hand.moved:
            yield "moved here by the editor"
        for remarks in (self._remarks, self._placement.remarks):
            if name in remarks:
                yield remarks[name]
        if edit := self._hand.edits.get(name):
            changed = {"retitled": edit.title, "lede rewritten": edit.lede, "picture changed": edit.cover}
            yield from (f"{what} by the editor" for what, value in changed.items() if value is not None)
        if suggestion := self._placement.suggested.get(name):
            yield str(suggestion)
