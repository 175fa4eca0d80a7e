"""What a template must stand: issues of an odd shape, and recipients with odd values. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle, islice

from msgspec import Struct
from msgspec.structs import replace

from digest.config import Settings
from digest.models import Article, Story
from digest.pipeline import proving

CASES = {
    "longest-headline": "Longest headline",
    "empty-theme": "An empty theme",
    "one-story": "One story",
    "no-pictures": "No pictures",
    "sixty-stories": "Sixty stories",
}
ONLY = "only "
"""Begins the case of a reader who chose one theme; its tag follows."""
_SIXTY = 60
_LONGEST = 240
"""Characters of a headline; sources' titles are cut at 300."""


class Recipient(Struct, frozen=True):
    """Someone whose values stand in the fields of the email."""

    key: str
    label: str
    name: str
    address: str


RECIPIENTS = (
    Recipient("reader", "Ada Lindenquist", "Ada Lindenquist", "ada@readers.example"),
    Recipient("nameless", "Nobody's name", "", "reader@readers.example"),
    Recipient(
        "long",
        "A very long name",
        "Maximiliana Aleksandra Konstantynopolitańczykowianeczka-Wolfeschlegelsteinhausenbergerdorff the Younger",
        "maximiliana.aleksandra.konstantynopolitanczykowianeczka.wolfesch@a-mail-provider-with-a-long-name.example",
    ),
    Recipient("quotes", "Quotes and marks", 'Zoë "Ace" <O\'Brien> & {{ Söhne }}', "o'brien+news&more@readers.example"),
    Recipient("right-to-left", "Right to left", "ليلى الخطيب", "layla@readers.example"),
)


def recipient(key: str) -> Recipient:
    """The one with this key, else the ordinary one."""
    return next((each for each in RECIPIENTS if each.key == key), RECIPIENTS[0])


def fields(to: Recipient, settings: Settings) -> Mapping[str, str]:
    """Field name -> value. The unsubscribe address is one that does nothing."""
    return {**proving.fields(settings), "name": to.name, "address": to.address}


def label(case: str) -> str:
    """What the editor reads of it; empty for what is no case."""
    return f"For a reader who chose {case.removeprefix(ONLY)}" if case.startswith(ONLY) else CASES.get(case, "")


def articles(case: str, stories: Sequence[Story]) -> tuple[Article, ...]:
    """What an issue of this shape is made of, from the stories of the real one."""
    taken = tuple(story.article for story in stories)
    match case:
        case "longest-headline":
            long = [replace(a, title=_lengthened(a.title, taken)) for a in taken[::3]]
            return (*long, *(a for at, a in enumerate(taken) if at % 3))
        case "empty-theme":
            emptied = stories[-1].theme if stories else None
            return tuple(s.article for s in stories if s.theme != emptied)
        case "one-story":
            return taken[:1]
        case "no-pictures":
            return tuple(replace(a, cover=None) for a in taken)
        case "sixty-stories":
            return tuple(_copy(a, at) for at, a in enumerate(islice(cycle(taken), _SIXTY))) if taken else ()
        case _:
            return taken


def rules(case: str, settings: Settings) -> Settings:
    """The settings for this shape: sixty stories are shown in full, whatever a theme's cap."""
    if case != "sixty-stories":
        return settings
    themes = tuple(theme.model_copy(update={"at_most": None}) for theme in settings.themes)
    return settings.model_copy(update={"themes": themes})


def _lengthened(title: str, others: Sequence[Article]) -> str:
    """`title`, gone on with the words of other headlines of the same language."""
    words = " ".join([title, *(a.title for a in others if a.title != title)])
    return words if len(words) <= _LONGEST else words[:_LONGEST].rpartition(" ")[0]


def _copy(article: Article, at: int) -> Article:
    mark = f"copy={at}"
    return replace(
        article,
        native_id=f"{article.native_id}-{at}",
        url=f"{article.url}?{mark}",
        url_key=f"{article.url_key}?{mark}",
    )
