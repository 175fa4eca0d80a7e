"""From articles to an issue: one stated rule, the editor's hand, and a reason for every candidate.

Pure: the same articles, settings, overlay, history and slot give the same issue, in whatever order
the articles come. In turn: `overlay` reads the editor's hand, `selection` says who may be in,
`themes` which section takes it, `sections` in which order, `headline` what the inbox shows. Beside
it `window` knows when issues are due, and `choosing` what a reader gets who wants some themes only;
`difference`, `parity` and `corrections` hold finished issues against each other and against what
turned out to be wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from operator import attrgetter
from types import MappingProxyType

from msgspec.structs import replace

from digest.compose import headline, overlay, sections, selection, themes
from digest.compose.choosing import chosen
from digest.compose.corrections import corrected
from digest.compose.difference import Change, changes
from digest.compose.parity import Pair, Parity, parity
from digest.compose.rules import Rules
from digest.models import Article, History, Issue, Slot, Window

__all__ = ["Change", "Pair", "Parity", "Rules", "changes", "chosen", "corrected", "issue", "joined", "parity"]

NO_ONE: Mapping[str, str] = MappingProxyType({})
_steady = attrgetter("title", "source", "native_id", "url_key")


def issue(
    articles: Iterable[Article], slot: Slot, history: History, rules: Rules, gone: Mapping[str, str] = NO_ONE
) -> Issue:
    """The issue for this slot, with a verdict for every one of `articles`.

    `gone` is article id -> why it counts as taken down. Raises ConfigError with every mistake of
    the overlay, each with its line.
    """
    window = joined(slot.window, history)
    candidates = sorted(articles, key=_steady)
    reading = overlay.read(rules.overlay, candidates, rules.themes)
    found = selection.split(candidates, window, selection.Past(history, gone), rules, reading.hand)
    placement = themes.place(found, rules, reading.hand)
    left_out = (*found.left_out, *placement.left_out)
    overlay.check(reading, left_out, placement.by_theme)
    laid = sections.layout(found, placement, rules, reading.hand)
    subject, preheader = headline.lines(laid.lead, laid.sections, rules.newsletter.name, rules.overlay.subject)
    return Issue(
        key=f"{rules.newsletter.key}-{slot.period}",
        newsletter=rules.newsletter.key,
        period=slot.period,
        number=history.number + 1,
        window=window,
        language=rules.newsletter.language,
        subject=subject,
        preheader=rules.overlay.preheader or preheader,
        lead=laid.lead,
        sections=laid.sections,
        verdicts=(*laid.verdicts, *left_out),
        notes=(*placement.notes, *overlay.notes(reading, left_out)),
        intro=rules.overlay.intro,
        links=overlay.links(rules.overlay),
        panels=overlay.panels(rules.overlay),
        desk_note=rules.overlay.note,
        figure=overlay.figure(rules.overlay),
        chart=overlay.chart(rules.overlay),
        quote=overlay.quote(rules.overlay),
        events=overlay.events(rules.overlay),
    )


def joined(window: Window, history: History) -> Window:
    """The slot's window, begun where the last issue ended: a missed week is in the next issue."""
    return replace(window, start=history.end) if history.end and history.end < window.end else window
