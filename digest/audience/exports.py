"""Everybody as CSV that no spreadsheet takes for formulas."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from digest.store.people import Listed

HEADS = (
    "email", "name", "language", "status", "newsletter", "frequency", "themes", "since", "left", "came from",
    "confirmed",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write(rows: Iterator[Listed], target: TextIO) -> int:
    """One line for each person and newsletter, below a head line; says how many."""
    sheet, lines = csv.writer(target), 0
    sheet.writerow(HEADS)
    for row in rows:
        lines += 1
        at = (_when(row.since), _when(row.left_at))
        themes = harmless(", ".join(row.themes.split("\n")))
        origin, confirmed = harmless(row.origin), _when(row.confirmed_at)
        sheet.writerow(
            (harmless(row.address), harmless(row.name), row.language, row.state, row.newsletter, row.frequency, themes,
             *at, origin, confirmed)
        )  # fmt: skip
    return lines


def harmless(cell: str) -> str:
    """With an apostrophe before what Excel and its like would calculate; the import takes it off again."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def unguarded(cell: str) -> str:
    """What `harmless` was given."""
    return cell[1:] if cell[:1] == "'" and cell[1:].startswith(_FORMULA) else cell


def _when(at: datetime | None) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ") if at else ""
