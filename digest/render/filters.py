"""The filters that templates may use, beside Jinja's own."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from digest import phrases
from digest.models import Bar, Chart, Story
from digest.render import prose
from digest.render.words import Words

TEXT_WIDTH = 72
"""Columns of the text part."""
_ALT_LENGTH = 200
"""Characters: a longer description of a picture tires those who hear it."""
# French sets a space before » and :, German closes with “.
_SENTENCE_END = re.compile(r"[.!?…](?:\s?»|[\"'“”’)\]])*(?=\s)")
_OWN_LABEL = re.compile(r"[^\W\d_]+\s?:")


def slug(tag: str) -> str:
    """A section's anchor: `uwc-news` for `#UWC news`. Letters of any script stay."""
    return re.sub(r"[\W_]+", "-", tag.casefold()).strip("-") or "theme"


def excerpt(text: str, at_most: int) -> str:
    """The whole text if it has `at_most` characters, else its first whole sentences, else words and `…`."""
    if len(text) <= at_most:
        return text
    ends = [match.end() for match in _SENTENCE_END.finditer(text, 0, at_most + 1)]
    if ends and ends[-1] >= at_most // 3:
        return text[: ends[-1]]
    return phrases.short(text, at_most)


def labelled(credit: str) -> bool:
    """Whether a picture's credit says by itself what it is: `Photo: A. Name`, `Фото: …`."""
    return _OWN_LABEL.match(credit) is not None


def host(url: str) -> str:
    """The site that an address leads to, as a reader knows it: without `www.`"""
    return re.sub(r"^\w+://(?:[^/?#]*@)?(?:www\.)?", "", url).partition("/")[0].partition("?")[0]


def differs(language: str, other: str) -> bool:
    """Whether two language tags name different languages; `en` and `en-CA` are one."""
    return language.partition("-")[0] != other.partition("-")[0]


def share(value: float, largest: float) -> int:
    """Percent of the largest; what is not nothing is at least one."""
    return max(round(100 * value / largest), 1) if value else 0


def bars(rows: Sequence[Bar], say: Words) -> list[str]:
    """A line for each row of a chart, in aligned columns: label, value, and a bar of characters."""
    shown = [(row.label, say.number(row.value), row.value) for row in rows]
    labels = max(_columns(label) for label, _, _ in shown)
    values = max(len(value) for _, value, _ in shown)
    room = min(TEXT_WIDTH - labels - values - 4, 30)
    largest = max(row.value for row in rows)
    return [
        f"{label}{' ' * (labels - _columns(label))}  {value:>{values}}  "
        + "█" * math.ceil(share(number, largest) * room / 100)
        for label, value, number in shown
    ]


def described(chart: Chart, say: Words) -> str:
    """What a line says to whom cannot see it: where it begins and ends, and what stands out between."""
    points = chart.bars
    first, last = points[0], points[-1]
    peak = max(points, key=lambda point: point.value)
    trough = min(points, key=lambda point: point.value)
    trend = "up" if last.value > first.value else "down" if last.value < first.value else "level"
    ends = {"first": say.number(first.value), "last": say.number(last.value), "start": first.label, "end": last.label}
    said = say("chart-line", trend=trend, **ends)
    if {peak.value, trough.value} <= {first.value, last.value}:
        return said
    found = {"most": say.number(peak.value), "peak": peak.label}
    found |= {"least": say.number(trough.value), "trough": trough.label}
    more = f"{said} {say('chart-range', **found)}"
    return more if len(more) <= _ALT_LENGTH else said


def _columns(text: str) -> int:
    """How wide a typewriter's type sets it."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return len(text) + wide - sum(unicodedata.combining(letter) > 0 for letter in text)


def reading_minutes(stories: Iterable[Story]) -> int:
    """Minutes to read the email itself: its titles and ledes, at 220 words a minute."""
    words = sum(len(f"{story.article.title} {story.article.lede}".split()) for story in stories)
    return math.ceil(words / 220) or 1


ALL: Mapping[str, Callable[..., Any]] = {
    "bars": bars,
    "described": described,
    "differs": differs,
    "excerpt": excerpt,
    "host": host,
    "labelled": labelled,
    "prose": prose.html,
    "prose_text": prose.text,
    "reading_minutes": reading_minutes,
    "share": share,
    "slug": slug,
}
