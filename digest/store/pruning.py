"""Old deliveries removed: an issue's figures are kept first, then its rows go, some at a time.

From the moment that its figures are kept, every reader takes these, so that it does not matter how many of
the rows are left, nor how often the work is killed. Nothing here needs the sender's lock: an issue is
pruned only when nothing can change its outcomes any more.

PostgreSQL's autovacuum makes room of what is removed, and SQLite takes its pages again: neither gives the
disk back by itself, both stop growing.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy import ColumnElement, Connection, Row, Select, and_, delete, func, or_, select, tuple_, update

from digest.store import tallies
from digest.store.database import Database, insert
from digest.store.schema import attempt, audience, batch, delivery, event, fate, issue, learned, outcome, pruned

AT_ONCE = 2_000
"""Deliveries, with all that was heard of them, in one transaction."""

# Batches are numbered from 1, and there are no more of them than deliveries: so one range holds for both.
_PLACES = {
    fate: fate.c.number,
    event: event.c.number,
    learned: learned.c.number,
    outcome: outcome.c.number,
    attempt: attempt.c.seq,
    batch: batch.c.seq,
    delivery: delivery.c.number,
}


class Old(Struct, frozen=True):
    """An issue whose deliveries are not to be kept any longer."""

    key: str
    began_at: datetime
    """When its audience was fixed."""
    emails: int
    rows: int
    """So many go."""


class Step(Struct, frozen=True):
    """What one transaction did."""

    key: str
    """The issue's; empty when what went was reports that belong to no email."""
    rows: int
    """Removed; none when it kept the figures."""


class Pruning:
    """Issues that began long ago and are finished."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def due(self, before: datetime) -> tuple[Old, ...]:
        """What `step` would prune of issues that began before this moment, the oldest first. Counts all their rows."""
        with self._db.read() as connection:
            return tuple(
                Old(row.key, row.frozen_at, row.size, _rows(connection, row.id))
                for row in connection.execute(_due(before)).all()
                if tallies.counts(connection, row.id).finished
            )

    def strays(self, before: datetime) -> int:
        """What `step` would remove of reports that were heard before this moment and belong to no email.

        They came when the email's issue was pruned already, or the email was none of ours.
        """
        with self._db.read() as connection:
            return connection.scalar(select(func.count()).select_from(event).where(_stray(before))) or 0

    def step(self, before: datetime, at: datetime, emails: int = AT_ONCE) -> Step | None:
        """One short transaction of the work on issues that began before this moment; None when nothing is left to do.

        It keeps the figures of one, or removes what so many `emails` have left, at last so many reports that belong
        to none. Safe to repeat, to kill, and to run beside another.
        """
        with self._db.read() as connection:
            found = connection.execute(_due(before)).all()
            stray = connection.execute(select(event.c.event_id).where(_stray(before)).limit(1)).first()
        for row in found:
            with self._db.write() as connection:
                removed = _step(connection, row, at, emails)
            if removed is not None:
                return Step(row.key, removed)
        if stray is None:
            return None
        with self._db.write() as connection:
            its = event.c.provider, event.c.event_id
            some = select(*its).where(_stray(before)).limit(emails)
            return Step("", connection.execute(delete(event).where(tuple_(*its).in_(some))).rowcount)


def _due(before: datetime) -> Select[Any]:
    """Issues that began before this moment, the oldest first. Reads no delivery."""
    unsettled = and_(batch.c.issue_id == audience.c.issue_id, batch.c.state.in_(["pending", "in flight", "in doubt"]))
    return (
        select(issue.c.id, issue.c.key, audience.c.frozen_at, audience.c.size)
        .select_from(audience.join(issue).outerjoin(pruned, pruned.c.issue_id == audience.c.issue_id))
        .where(
            audience.c.frozen_at < before,
            or_(pruned.c.removed < audience.c.size, pruned.c.removed.is_(None)),
            ~select(batch.c.seq).where(unsettled).exists(),
        )
        .order_by(audience.c.frozen_at)
    )


def _stray(before: datetime) -> ColumnElement[bool]:
    return and_(event.c.issue_id.is_(None), event.c.heard_at < before)


def _step(connection: Connection, old: Row[Any], at: datetime, emails: int) -> int | None:
    """How many rows were removed; None when the issue is not finished."""
    connection.execute(select(issue.c.id).where(issue.c.id == old.id).with_for_update())
    kept = tallies.kept(connection, old.id)
    if kept is None:
        return _keep(connection, old.id, at)
    first, last = kept.removed + 1, min(kept.removed + emails, old.size)
    removed = 0
    for table, place in _PLACES.items():
        its = and_(table.c.issue_id == old.id, place.between(first, last))
        removed += connection.execute(delete(table).where(its)).rowcount
    connection.execute(update(pruned).where(pruned.c.issue_id == old.id).values(removed=last))
    return removed


def _keep(connection: Connection, issue_id: int, at: datetime) -> int | None:
    counts = tallies.counts(connection, issue_id)
    if not counts.finished:
        return None
    figures = {name: getattr(counts, name) for name in ("accepted", "rejected", "suppressed", "cancelled")}
    figures |= asdict(tallies.reported(connection, issue_id))
    connection.execute(insert(connection, pruned).values(issue_id=issue_id, at=at, removed=0, **figures))
    return 0


def _rows(connection: Connection, issue_id: int) -> int:
    """How many there are of it in all tables that are pruned."""
    return sum(
        connection.scalar(select(func.count()).select_from(table).where(table.c.issue_id == issue_id)) or 0
        for table in _PLACES
    )
