"""Which theme the words of an article suggest: a proposal to the editor that places nothing."""

from __future__ import annotations

import re
import shlex
import unicodedata
from collections import Counter
from typing import NamedTuple

from digest.config import ThemeSettings
from digest.models import Article


class Suggestion(NamedTuple):
    """A theme, and the keyword that speaks for it."""

    tag: str
    keyword: str
    command: str
    """What an editor may type to follow it."""

    def __str__(self) -> str:
        return f'"{self.keyword}" suggests {self.tag}: {self.command}'


class Suggestions:
    """The keywords of all themes, made ready once for many articles."""

    def __init__(self, themes: tuple[ThemeSettings, ...]) -> None:
        self._themes = [
            (theme.tag, spellings, _beginnings(spellings))
            for theme in themes
            if (spellings := {_folded(keyword): keyword for keyword in theme.keywords})
        ]

    def of(self, article: Article) -> Suggestion | None:
        """The theme most of whose keywords' hits are in title and lede; of equal ones the first by order."""
        if not self._themes:
            return None
        text = _folded(f"{article.title}\n{article.lede}")
        best: tuple[int, str, str] = (0, "", "")
        for tag, spellings, beginnings in self._themes:
            if any(keyword in text for keyword in spellings):  # far cheaper than the pattern, and mostly false
                hits = Counter(beginnings.findall(text))
                if hits.total() > best[0]:
                    best = (hits.total(), tag, spellings[hits.most_common(1)[0][0]])
        _, tag, keyword = best
        return Suggestion(tag, keyword, f'digest edit move {shlex.quote(article.id)} "{tag}"') if tag else None


def _beginnings(keywords: dict[str, str]) -> re.Pattern[str]:
    longest_first = sorted(keywords, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})")


def _folded(text: str) -> str:
    """One spelling for cases, compositions and the apostrophes of Ukrainian."""
    return re.sub("[ʼ’`]", "'", unicodedata.normalize("NFKC", text)).casefold()
