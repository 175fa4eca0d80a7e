"""Which theme takes an article: the editor's word, else the one stated rule, `overlap`."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct, field

from digest.compose.keywords import Suggestion, Suggestions
from digest.compose.overlay import Hand
from digest.compose.rules import Rules
from digest.compose.selection import Selection, left
from digest.config import ThemeSettings, tag_key
from digest.models import Article, Reason, Verdict

MOST_TAGS = 10
"""So many tags that no theme takes are told one by one: a site may have hundreds."""

Combo = tuple[int, ...]
"""The places of some themes in config.toml's order."""


class Placement(Struct, frozen=True):
    """Every chosen article under one theme, or left out with the reason."""

    by_theme: Mapping[str, tuple[Article, ...]]
    """Theme tag -> its articles, in the order of the candidates; none without articles."""
    also_in: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Article id -> tags of the other themes it carries; filled with overlap = "all"."""
    remarks: Mapping[str, str] = field(default_factory=dict)
    """Article id -> why it stands where its first theme is not."""
    suggested: Mapping[str, Suggestion] = field(default_factory=dict)
    left_out: tuple[Verdict, ...] = ()
    notes: tuple[str, ...] = ()


def place(selection: Selection, rules: Rules, hand: Hand) -> Placement:
    """Each article under exactly one of its themes."""
    return _Table(selection, rules, hand).placement()


class _Table:
    """The work on one issue: every chosen article and the themes that may take it."""

    def __init__(self, selection: Selection, rules: Rules, hand: Hand) -> None:
        self._selection, self._rules, self._hand = selection, rules, hand
        self._themes = rules.themes
        self._places = {key: at for at, theme in enumerate(rules.themes) for key in theme.keys}
        self._tags: dict[tuple[str, ...], Combo] = {}
        self._catch_all: Combo = (len(rules.themes) - 1,) if rules.compose.untagged == "last-section" else ()
        self._carried = [self._of(article) for article in selection.chosen]
        self._open = set(range(len(rules.themes)))
        matches = self._matches()
        self._carriers, self._crowd = _counted(self._carried), _counted(matches)
        takers = {combo: self._taker(combo) for combo in set(matches)}
        self._taken: list[int | None] = [takers[combo] for combo in matches]
        self._remarks: dict[str, str] = {}
        self._below: dict[str, str] = {}

    def placement(self) -> Placement:
        """The whole of it."""
        dissolved = tuple(self._dissolved())
        found: dict[int, list[Article]] = {}
        for article, at in zip(self._selection.chosen, self._taken, strict=True):
            if at is not None:
                found.setdefault(at, []).append(article)
        by_theme = {self._themes[at].tag: tuple(found[at]) for at in sorted(found)}
        suggested = self._suggested()
        left_out = (*self._left_out(suggested), *self._hidden())
        also_in = dict(self._also_in()) if self._rules.compose.overlap == "all" else {}
        notes = (*self._emptied(by_theme), *dissolved, *self._unused(), *self._untaken(), *_asking(suggested))
        return Placement(by_theme, also_in, self._remarks, suggested, left_out, notes)

    def _of(self, article: Article) -> Combo:
        """The themes that its tags belong to; most articles share their tags with others."""
        combo = self._tags.get(article.tags)
        if combo is None:
            combo = tuple(sorted({self._places[key] for tag in article.tags if (key := tag_key(tag)) in self._places}))
            self._tags[article.tags] = combo
        return combo

    def _matches(self) -> list[Combo]:
        """Which themes may take each article."""
        if not self._hand.moved:
            return [carried or self._catch_all for carried in self._carried]
        to = {name: (self._places[tag_key(tag)],) for name, tag in self._hand.moved.items()}
        chosen = zip(self._selection.chosen, self._carried, strict=True)
        return [to.get(a.id) or carried or self._catch_all for a, carried in chosen]

    def _taker(self, combo: Combo) -> int | None:
        """Who of these takes an article: the one rule."""
        if not combo:
            return None
        return min(combo, key=lambda at: self._crowd[at]) if self._rules.compose.overlap == "smallest" else combo[0]

    def _dissolved(self) -> Iterator[str]:
        """Ends the sections below their minimum, one by one: the stories of one may be enough for the next."""
        while (at := self._too_small()) is not None:
            theme = self._themes[at]
            self._open.discard(at)
            found = [n for n, taker in enumerate(self._taken) if taker == at]
            goes = [self._onward(n, theme, len(found)) for n in found]
            yield _ended(theme, [self._themes[to].tag if to is not None else None for to in goes])

    def _too_small(self) -> int | None:
        """The first section below its minimum; one into which the editor moved a story never is."""
        if not any(theme.at_least for theme in self._themes):
            return None
        counts = Counter(self._taken)
        moved = {tag_key(tag) for tag in self._hand.moved.values()}
        for at, theme in enumerate(self._themes):
            if theme.at_least and 0 < counts[at] < theme.at_least and tag_key(theme.tag) not in moved:
                return at
        return None

    def _onward(self, n: int, theme: ThemeSettings, count: int) -> int | None:
        """Moves one article of a dissolved section to its next theme."""
        article = self._selection.chosen[n]
        still = tuple(at for at in self._carried[n] or self._catch_all if at in self._open)
        to = self._taker(still or tuple(at for at in self._catch_all if at in self._open))
        self._taken[n] = to
        few = f"{theme.tag} has only {count}, with at_least = {theme.at_least}"
        if to is None:
            self._below[article.id] = f"{few}, and no other section can take it"
        else:
            self._remarks[article.id] = few
        return to

    def _also_in(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        others: dict[tuple[Combo, int], tuple[str, ...]] = {}
        for article, combo, taker in zip(self._selection.chosen, self._carried, self._taken, strict=True):
            if taker is not None and combo and combo != (taker,):
                tags = others.get((combo, taker))
                if tags is None:
                    tags = others[combo, taker] = tuple(self._themes[at].tag for at in combo if at != taker)
                yield article.id, tags

    def _suggested(self) -> dict[str, Suggestion]:
        """For the articles that no theme takes by a tag, but for those where they are already."""
        if not any(theme.keywords for theme in self._themes):
            return {}
        suggestions = Suggestions(self._themes)
        found = {}
        for article, combo, taker in zip(self._selection.chosen, self._carried, self._taken, strict=True):
            if combo or article.id in self._hand.moved:
                continue
            suggestion = suggestions.of(article)
            if suggestion and (taker is None or suggestion.tag != self._themes[taker].tag):
                found[article.id] = suggestion
        return found

    def _left_out(self, suggested: Mapping[str, Suggestion]) -> Iterator[Verdict]:
        for article, taker in zip(self._selection.chosen, self._taken, strict=True):
            if taker is not None:
                continue
            name = article.id
            few, suggestion = self._below.get(name), suggested.get(name)
            why = (few or _untagged(article)) + (f"; {suggestion}" if suggestion else "")
            reason: Reason = "below-the-minimum" if few else "no-theme"
            yield left(article, reason, why, suggestion.tag if suggestion else None)

    def _hidden(self) -> Iterator[Verdict]:
        for article in self._selection.hidden:
            if self._of(article) or self._catch_all:
                yield left(article, "hidden", "hidden by the editor")
            else:
                yield left(article, "no-theme", _untagged(article))

    def _emptied(self, by_theme: Mapping[str, tuple[Article, ...]]) -> Iterator[str]:
        for at, theme in enumerate(self._themes):
            if at in self._open and self._carriers[at] and theme.tag not in by_theme:
                rule = (
                    f'by overlap = "{self._rules.compose.overlap}"' if self._crowd[at] else "where the editor moved it"
                )
                yield f"{theme.tag} has no section: {_elsewhere(self._carriers[at])}, {rule}"

    def _unused(self) -> Iterator[str]:
        known = {tag_key(tag): tag for tags in self._tags for tag in tags}
        for at, theme in enumerate(self._themes):
            if not self._carriers[at] and not self._crowd[at]:
                near = difflib.get_close_matches(tag_key(theme.tag), known, 1, 0.75)
                hint = f"; did you mean #{known[near[0]]}?" if near else ""
                yield f"{theme.tag}: no article of this issue carries it{hint}"

    def _untaken(self) -> Iterator[str]:
        left_out = (a for a, taker in zip(self._selection.chosen, self._taken, strict=True) if taker is None)
        tags = Counter(tag for a in left_out if a.id not in self._below for tag in a.tags)
        told = sorted(tags.items(), key=lambda item: (-item[1], item[0]))
        for tag, count in told[:MOST_TAGS]:
            yield f"#{tag}: {_articles(count)} left out, no theme takes this tag"
        if more := told[MOST_TAGS:]:
            yield f"{len(more)} more tags that no theme takes, none on more than {_articles(more[0][1])}"


def _counted(combos: Sequence[Combo]) -> Counter[int]:
    """How many articles each theme has; most of them share their themes with others."""
    counts: Counter[int] = Counter()
    for combo, count in Counter(combos).items():
        counts.update(dict.fromkeys(combo, count))
    return counts


def _ended(theme: ThemeSettings, goes: list[str | None]) -> str:
    counts = Counter(goes)
    parts = [f"{count} in {tag}" if tag else f"{count} left out" for tag, count in counts.items()]
    few = f"{_articles(len(goes))}, fewer than at_least = {theme.at_least}"
    return f"{theme.tag} has no section: {few}; now {', '.join(parts)}"


def _elsewhere(count: int) -> str:
    if count == 1:
        return "its one article stands in another section"
    return f"all {count} of its articles stand in other sections"


def _untagged(article: Article) -> str:
    return f"no theme takes #{', #'.join(article.tags)}" if article.tags else "it has no tag"


def _asking(suggested: Mapping[str, Suggestion]) -> Iterator[str]:
    if suggested:
        yield f"{_articles(len(suggested))} without a theme's tag, but with its words: see `digest explain`"


def _articles(count: int) -> str:
    return "1 article" if count == 1 else f"{count} articles"
