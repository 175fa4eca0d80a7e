"""The themes that a reader may choose, and which of them were ticked."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from msgspec import Struct

from digest.config import Settings, tag_key
from digest.models import Theme

_FEWEST = 2
"""Of one theme there is nothing to choose."""


class Offer(Struct, frozen=True):
    """One newsletter's themes, as a page shows them."""

    newsletter: str
    name: str
    language: str
    themes: tuple[tuple[Theme, bool], ...]
    """Each, and whether the reader gets it."""


def offers(
    editions: Sequence[Settings], gets: Mapping[str, Collection[str]], *, none_is_all: bool = True
) -> tuple[Offer, ...]:
    """What may be chosen of the newsletters that the reader gets: `gets` is key -> the tags they want, none for all.

    `none_is_all`: whether all are ticked then.
    """
    return tuple(
        Offer(key, each.newsletter.name, each.newsletter.language, _marked(each, gets[key], none_is_all=none_is_all))
        for each in editions
        if (key := each.newsletter.key) in gets and may_choose(each)
    )


def wanted(settings: Settings, tags: Collection[str]) -> tuple[str, ...]:
    """Those of the tags that this newsletter offers; none for all of them."""
    keys = {tag_key(tag) for tag in tags}
    found = tuple(theme.tag for theme in settings.themes if keys & theme.keys)
    return found if may_choose(settings) and len(found) < len(settings.themes) else ()


def may_choose(settings: Settings) -> bool:
    """Whether readers are asked at all."""
    return settings.audience.choose_themes and len(settings.themes) >= _FEWEST


def ticked(fields: Sequence[tuple[str, str]], settings: Settings) -> tuple[str, ...] | None:
    """The tags that a form wants of this newsletter, none for all of them; None when it was sent with none ticked."""
    theirs = {value for name, value in fields if name == f"theme {settings.newsletter.key}"}
    wanted = tuple(theme.tag for theme in settings.themes if theme.tag in theirs)
    if not wanted:
        return None
    return () if len(wanted) == len(settings.themes) else wanted


def was_asked(fields: Sequence[tuple[str, str]], settings: Settings) -> bool:
    """Whether the form showed this newsletter's themes."""
    return ("themed", settings.newsletter.key) in fields and may_choose(settings)


def _marked(settings: Settings, wanted: Collection[str], *, none_is_all: bool) -> tuple[tuple[Theme, bool], ...]:
    keys = {tag_key(tag) for tag in wanted}
    shown = [
        (
            theme.theme(settings.newsletter.language),
            bool(keys & theme.keys),
        )
        for theme in settings.themes
    ]
    gets_all = none_is_all and not any(chosen for _, chosen in shown)  # none chosen, or none that is still there
    return tuple((theme, chosen or gets_all) for theme, chosen in shown)
