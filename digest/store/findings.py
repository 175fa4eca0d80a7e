"""What the checks said of the bytes of an issue, and who let its warnings pass: by hash, and never taken back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy import Connection, func, insert, select, update

from digest.models import Finding
from digest.store import schema

_FINDINGS = schema.finding


class Noted(Struct, frozen=True):
    """A finding about frozen bytes."""

    finding: Finding
    accepted_by: str | None
    """Who let the warning pass; None for what nobody did."""
    accepted_at: datetime | None


def add(connection: Connection, issue_id: int, sha256: str, findings: Sequence[Finding]) -> None:
    """Adds those that are not there yet, for the one who holds the issue's row."""
    known = {each.finding for each in noted(connection, issue_id, sha256)}
    c = _FINDINGS.c
    here = (c.issue_id == issue_id) & (c.sha256 == sha256)
    last = connection.scalar(select(func.coalesce(func.max(c.number), 0)).where(here)) or 0
    fresh = [found for found in dict.fromkeys(findings) if found not in known]
    place = {"issue_id": issue_id, "sha256": sha256}
    rows = [{**place, "number": last + at, **asdict(found)} for at, found in enumerate(fresh, 1)]
    if rows:
        connection.execute(insert(_FINDINGS), rows)


def noted(connection: Connection, issue_id: int, sha256: str) -> tuple[Noted, ...]:
    """Of these bytes, in the order in which they were told."""
    c = _FINDINGS.c
    columns = c.check, c.severity, c.message, c.cure, c.place, c.accepted_by, c.accepted_at
    found = select(*columns).where(c.issue_id == issue_id, c.sha256 == sha256).order_by(c.number)
    return tuple(Noted(Finding(*row[:5]), row[5], row[6]) for row in connection.execute(found))


def accept(connection: Connection, issue_id: int, sha256: str, by: str, at: datetime) -> None:
    """A person's yes to every warning of these bytes that nobody has accepted."""
    c = _FINDINGS.c
    open_ = (c.issue_id == issue_id) & (c.sha256 == sha256) & (c.severity == "warning") & c.accepted_by.is_(None)
    connection.execute(update(_FINDINGS).where(open_).values(accepted_by=by, accepted_at=at))
