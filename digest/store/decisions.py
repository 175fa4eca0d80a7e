"""What was decided on an issue and corrected in it: two lists that only ever grow."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy import Connection, Table, func, insert, select

from digest.models import Correction
from digest.store import schema

_DECISIONS, _CORRECTIONS = schema.decision, schema.correction


class Decision(Struct, frozen=True):
    """One step of an issue's way to its readers."""

    at: datetime
    what: Literal["frozen", "approved", "held", "skipped", "paused", "resumed", "cancelled", "resolved"]
    by: str
    """Empty when it is not known."""
    sha256: str | None
    """Of the email that was frozen then; None when there was none."""
    reason: str
    """Why it was held, skipped, paused or cancelled, or what was resolved; else empty."""


def record(connection: Connection, issue_id: int, decision: Decision) -> None:
    """Adds the decision, for the one who holds the issue's row."""
    connection.execute(insert(_DECISIONS).values(**_place(_DECISIONS, issue_id), **asdict(decision)))


def decisions(connection: Connection, issue_id: int) -> tuple[Decision, ...]:
    """Oldest first."""
    c = _DECISIONS.c
    found = select(c.at, c.what, c.by, c.sha256, c.reason).where(c.issue_id == issue_id).order_by(c.number)
    return tuple(Decision(*row) for row in connection.execute(found))


def correct(connection: Connection, issue_id: int, correction: Correction, web: str) -> None:
    """Adds the correction and the page that tells it, for the one who holds the issue's row."""
    values = _place(_CORRECTIONS, issue_id)
    connection.execute(insert(_CORRECTIONS).values(**values, **asdict(correction), web=web))


def corrections(connection: Connection, issue_id: int) -> tuple[Correction, ...]:
    """Oldest first."""
    c = _CORRECTIONS.c
    columns = c.at, c.by, c.text, c.article_id, c.title, c.lede
    found = select(*columns).where(c.issue_id == issue_id).order_by(c.number)
    return tuple(Correction(*row) for row in connection.execute(found))


def corrected_page(connection: Connection, issue_id: int) -> str | None:
    """The page of the last correction; None when there is none."""
    c = _CORRECTIONS.c
    page: str | None = connection.scalar(select(c.web).where(c.issue_id == issue_id).order_by(c.number.desc()).limit(1))
    return page


def _place(table: Table, issue_id: int) -> dict[str, object]:
    last = select(func.coalesce(func.max(table.c.number), 0)).where(table.c.issue_id == issue_id)
    return {"issue_id": issue_id, "number": last.scalar_subquery() + 1}
