"""Who would get an issue now, in numbers, and what the last ones promised."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, case, func, or_, select

from digest.models import Readership
from digest.store import tallies
from digest.store.schema import audience, issue, subscriber, subscription


def readership(connection: Connection, newsletter: str, issue_key: str, since: datetime) -> Readership:
    """The readers of this newsletter; `promised` of its issues that went out at `since` or later."""
    gmail = or_(subscriber.c.address_key.like("%@gmail.com"), subscriber.c.address_key.like("%@googlemail.com"))
    people = (
        select(
            func.count(),
            func.coalesce(func.sum(case((gmail, 1), else_=0)), 0),
            func.coalesce(
                func.sum(case(((subscriber.c.origin == "") & subscriber.c.confirmed_at.is_(None), 1), else_=0)), 0
            ),
        )
        .select_from(subscription.join(subscriber, subscriber.c.id == subscription.c.subscriber_id))
        .where(
            subscription.c.newsletter == newsletter, subscription.c.left_at.is_(None), subscriber.c.state == "active"
        )
    )
    size, at_gmail, unexplained = connection.execute(people).one()
    sent = select(
        audience.c.issue_id,
        audience.c.size,
        audience.c.unsubscribe_url,
        audience.c.frozen_at,
        audience.c.provider,
        issue.c.key,
    ).join(issue)
    last = sent.where(issue.c.newsletter == newsletter).order_by(audience.c.frozen_at)
    earlier = list(connection.execute(last))
    others = [row for row in earlier if row.key != issue_key]
    return Readership(
        size=size,
        gmail=int(at_gmail),
        unexplained=int(unexplained),
        last_size=others[-1].size if others else None,
        unheard=_unheard(connection, others[-1]) if others else None,
        sent_at=next((row.frozen_at for row in earlier if row.key == issue_key), None),
        promised={row.unsubscribe_url: row.frozen_at for row in others if row.frozen_at >= since},
    )


def _unheard(connection: Connection, sent: Row[*tuple[Any, ...]]) -> tuple[str, datetime] | None:
    return (sent.provider, sent.frozen_at) if sent.provider and not tallies.heard(connection, sent.issue_id) else None
