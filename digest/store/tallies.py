"""How many of an issue's emails came to what: counted from their rows, or as that was kept when they were pruned."""

from __future__ import annotations

from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Row, func, select

from digest.models import Counts
from digest.store import statements
from digest.store.schema import fate, pruned

_SETTLED = tuple(statements.OUTCOMES.selected_columns.keys())


class Reported(Struct, frozen=True):
    """What providers reported of emails."""

    heard: int
    """Emails of which anything was reported."""
    delivered: int
    bounced: int
    complained: int


def kept(connection: Connection, issue_id: int) -> Row[Any] | None:
    """The figures of an issue that was pruned; whatever rows are left of it say nothing any more."""
    return connection.execute(select(pruned).where(pruned.c.issue_id == issue_id)).one_or_none()


def counts(connection: Connection, issue_id: int) -> Counts:
    """See `Ledger.counts`."""
    of_issue = {"issue_id": issue_id}
    size = connection.scalar(statements.AUDIENCE, of_issue) or 0
    if row := kept(connection, issue_id):
        return Counts(
            size, accepted=row.accepted, rejected=row.rejected, suppressed=row.suppressed, cancelled=row.cancelled
        )
    outcomes = connection.execute(statements.OUTCOMES, of_issue).one()
    left = connection.execute(statements.LEFT, of_issue).all()
    known = {state.replace(" ", "_"): int(number) for state, number in [*zip(_SETTLED, outcomes, strict=True), *left]}
    return Counts(size, in_doubt=size - sum(known.values()), **known)


def reported(connection: Connection, issue_id: int) -> Reported:
    """Of this issue's emails. Reads every fate's row."""
    if row := kept(connection, issue_id):
        return Reported(row.heard, row.delivered, row.bounced, row.complained)
    states = select(fate.c.state, func.count()).where(fate.c.issue_id == issue_id).group_by(fate.c.state)
    found = {state: int(number) for state, number in connection.execute(states)}
    complained = found.get("complained", 0)
    return Reported(
        heard=sum(found.values()),
        # who complains or leaves has got the email
        delivered=found.get("delivered", 0) + complained + found.get("unsubscribed", 0),
        bounced=found.get("bounced", 0) + found.get("rejected", 0),
        complained=complained,
    )


def heard(connection: Connection, issue_id: int) -> bool:
    """Whether anything was reported of it. Reads one row."""
    if row := kept(connection, issue_id):
        return bool(row.heard)
    return connection.execute(select(fate.c.number).where(fate.c.issue_id == issue_id).limit(1)).first() is not None
