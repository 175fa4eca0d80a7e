"""`digest report`: what became of an issue."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from digest import pipeline
from digest.cli import context, screen
from digest.config import Settings
from digest.errors import DigestError
from digest.pipeline import figures as counted
from digest.pipeline.figures import Figures

if TYPE_CHECKING:
    from digest.models import Finding

_LAST = 12
_BAR = 24


def report(arguments: argparse.Namespace) -> int:
    """Figures of one issue and of those before it; 3 when too few were delivered."""
    settings = context.of_issue(arguments, arguments.issue)[0] if arguments.issue else context.edition(arguments)
    with context.existing_store(settings) as store:
        if store is None:
            raise DigestError("there is no issue yet; `digest run` makes one")
        last = counted.last(store, settings.newsletter.key, _LAST)
        if not (arguments.issue or last):
            raise DigestError(
                f"no issue of {settings.newsletter.key} was sent yet; `digest status` shows what there is"
            )
        its = counted.of(store, pipeline.found(store, arguments.issue)) if arguments.issue else last[0]
    found = findings(its)
    if arguments.html:
        _write(settings, its, last, found, arguments.html)
    if arguments.json:
        screen.as_json({"issue": its, "findings": found, "last": last})
    else:
        _show(its, last, found)
    return 3 if any(each.severity == "error" for each in found) else 0


def findings(its: Figures) -> tuple[Finding, ...]:
    """What about this issue needs a look now."""
    return tuple(counted.findings(its, datetime.now(UTC)))


def _rows(its: Figures) -> list[tuple[str, str, str]]:
    def share(number: int) -> str:
        return f"{number * 100 / its.accepted:.1f} %" if its.accepted else ""

    rows = [("audience", f"{its.audience:,}", ""), ("accepted", f"{its.accepted:,}", "")]
    if its.heard:
        rows.append(("delivered", f"{its.delivered:,}", share(its.delivered)))
        rows.append(("bounced", f"{its.bounced:,}", share(its.bounced)))
        rows.append(("complained", f"{its.complained:,}", share(its.complained)))
    rows.append(("left after it", f"{its.unsubscribed:,}", share(its.unsubscribed)))
    rows += [
        (name, f"{n:,}", "")
        for name, n in (("rejected", its.rejected), ("in doubt", its.in_doubt), ("none of their themes", its.unserved))
        if n
    ]
    return rows


def _show(its: Figures, last: Sequence[Figures], found: Sequence[Finding]) -> None:
    screen.say(f"{its.key}: {its.subject}", "bold")
    screen.table(("", "people", "of accepted"), _rows(its))
    screen.findings(found)
    screen.say()
    screen.table(
        ("issue", "delivered", "", "accepted", "bounced", "complained", "left"),
        [
            (
                each.key,
                "not reported" if each.delivered_percent is None else f"{each.delivered_percent} %",
                "█" * ((each.delivered_percent or 0) * _BAR // 100),
                *(f"{n:,}" for n in (each.accepted, each.bounced, each.complained, each.unsubscribed)),
            )
            for each in last
        ],
    )


def _write(settings: Settings, its: Figures, last: Sequence[Figures], found: Sequence[Finding], file: Path) -> None:
    """The same as a page. Raises DigestError when it cannot be written."""
    from digest.render import templates

    root = settings.page_templates
    css = templates.fill(root, "pages/style.css.j2", {"brand": settings.brand}, escape=False)
    values = {
        "figures": its,
        "rows": _rows(its),
        "last": last,
        "findings": found,
        "css": css,
        "due": screen.local(its.due, settings.newsletter.zone),
        "made": screen.local(datetime.now(UTC), settings.newsletter.zone),
    }
    try:
        file.write_text(templates.fill(root, "pages/report.html.j2", values), encoding="utf-8")
    except OSError as error:
        raise DigestError(f"{file}: cannot be written: {error.strerror}; name another file") from error
    screen.say(f"{file}: for editors; nobody else can see it")
