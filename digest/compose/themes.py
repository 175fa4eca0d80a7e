"""Which theme takes an article: the one stated rule, `overlap`."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from digest.compose import selection
from digest.config import ComposeSettings, ThemeSettings, tag_key
from digest.models import Article, Verdict


@dataclass(frozen=True, slots=True)
class Placement:
    """Every article under one theme, or left out with the reason."""

    by_theme: dict[str, tuple[Article, ...]]
    """Theme tag -> its articles, unordered."""
    also_in: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Article id -> tags of the other themes it carries; filled with overlap = "all"."""
    left_out: tuple[Verdict, ...] = ()
    notes: tuple[str, ...] = ()


def place(articles: Sequence[Article], themes: tuple[ThemeSettings, ...], rules: ComposeSettings) -> Placement:
    """Each article under exactly one of its themes."""
    owners = {tag_key(spelling): at for at, t in enumerate(themes) for spelling in (t.tag, *t.aliases)}
    catch_all = [themes[-1]] if rules.untagged == "last-section" else []
    matches = {a.id: [themes[at] for at in _owners(a, owners)] or catch_all for a in articles}
    crowd = Counter(theme.tag for found in matches.values() for theme in found)
    by_theme: dict[str, list[Article]] = {}
    also_in: dict[str, tuple[str, ...]] = {}
    left_out: list[Verdict] = []
    for article in articles:
        found = matches[article.id]
        if not found:
            left_out.append(_no_theme(article))
            continue
        taker = min(found, key=lambda t: crowd[t.tag]) if rules.overlap == "smallest" else found[0]
        by_theme.setdefault(taker.tag, []).append(article)
        if rules.overlap == "all" and len(found) > 1:
            also_in[article.id] = tuple(t.tag for t in found if t is not taker)
    placed = {tag: tuple(found) for tag, found in by_theme.items()}
    notes = (*_emptied(crowd, placed, themes, rules), *_unused(crowd, articles, themes), *_untaken(left_out, articles))
    return Placement(placed, also_in, tuple(left_out), notes)


def _owners(article: Article, owners: Mapping[str, int]) -> list[int]:
    """The places of the themes that its tags belong to, in the editor's order."""
    return sorted({owners[key] for tag in article.tags if (key := tag_key(tag)) in owners})


def _no_theme(article: Article) -> Verdict:
    tags = ", ".join(f"#{tag}" for tag in article.tags)
    return selection.left(article, "no-theme", f"no theme takes {tags}" if tags else "it has no tag")


def _emptied(
    crowd: Counter[str],
    placed: dict[str, tuple[Article, ...]],
    themes: tuple[ThemeSettings, ...],
    rules: ComposeSettings,
) -> Iterator[str]:
    for theme in themes:
        if crowd[theme.tag] and theme.tag not in placed:
            yield (
                f"{theme.tag} has no section: all {crowd[theme.tag]} of its articles stand in other sections, "
                f'by overlap = "{rules.overlap}"'
            )


def _unused(crowd: Counter[str], articles: Sequence[Article], themes: tuple[ThemeSettings, ...]) -> Iterator[str]:
    known = {tag_key(tag): tag for tag in selection.tags_of(articles)}
    for theme in themes:
        if not crowd[theme.tag]:
            near = difflib.get_close_matches(tag_key(theme.tag), known, 1, 0.75)
            hint = f"; did you mean #{known[near[0]]}?" if near else ""
            yield f"{theme.tag}: no article of this issue carries it{hint}"


def _untaken(left_out: list[Verdict], articles: Sequence[Article]) -> Iterator[str]:
    outside = {v.article_id for v in left_out}
    tags = Counter(tag for a in articles if a.id in outside for tag in a.tags)
    for tag, count in sorted(tags.items()):
        yield f"#{tag}: {count} article{'s' if count > 1 else ''} left out, no theme takes this tag"
