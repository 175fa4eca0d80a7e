"""What editors and operators are told."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from digest.models.blocks import Link

Kind = Literal[
    "draft",
    "reminder",
    "waiting",
    "sent",
    "held",
    "skipped",
    "stopped",
    "in-doubt",
    "failed",
    "source-down",
    "paused",
    "delivery",
]


class Points(Struct, frozen=True):
    """A list with a heading."""

    title: str
    points: tuple[str, ...]


class Notice(Struct, frozen=True):
    """One thing that people should know, told once."""

    key: str
    """The same for the same fact: `weekly-2026-W47/sent`."""
    kind: Kind
    title: str
    """One line, as a subject."""
    lines: tuple[str, ...] = ()
    cure: str = ""
    """What to do, empty when there is nothing to do."""
    issue: str = ""
    """The key of the issue it is about."""
    lists: tuple[Points, ...] = ()
    links: tuple[Link, ...] = ()
    """The first is what most people want to do."""
    grave: bool = False
    """Something did not go as it was meant to."""
