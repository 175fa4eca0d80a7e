"""The filters that templates may use, beside Jinja's own."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from digest.models import Story
from digest.render import prose

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
    words = text[:at_most].rpartition(" ")[0] or text[: at_most - 1]
    return words.rstrip(" ,;:–—-") + "…"


def labelled(credit: str) -> bool:
    """Whether a picture's credit says by itself what it is: `Photo: A. Name`, `Фото: …`."""
    return _OWN_LABEL.match(credit) is not None


def host(url: str) -> str:
    """The site that an address leads to, as a reader knows it: without `www.`"""
    return re.sub(r"^\w+://(?:[^/?#]*@)?(?:www\.)?", "", url).partition("/")[0].partition("?")[0]


def differs(language: str, other: str) -> bool:
    """Whether two language tags name different languages; `en` and `en-CA` are one."""
    return language.partition("-")[0] != other.partition("-")[0]


def clearest_on(colours: Iterable[str], ground: str) -> str:
    """The one of `colours` (`#RRGGBB`) with the highest WCAG contrast on `ground`."""
    base = _luminance(ground)
    return max(colours, key=lambda colour: abs(math.log((_luminance(colour) + 0.05) / (base + 0.05))))


def reading_minutes(stories: Iterable[Story]) -> int:
    """Minutes to read the email itself: its titles and ledes, at 220 words a minute."""
    words = sum(len(f"{story.article.title} {story.article.lede}".split()) for story in stories)
    return math.ceil(words / 220) or 1


def _luminance(colour: str) -> float:
    """https://www.w3.org/TR/WCAG22/#dfn-relative-luminance"""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


ALL: Mapping[str, Callable[..., Any]] = {
    "clearest_on": clearest_on,
    "differs": differs,
    "excerpt": excerpt,
    "host": host,
    "labelled": labelled,
    "prose": prose.html,
    "prose_text": prose.text,
    "reading_minutes": reading_minutes,
    "slug": slug,
}
