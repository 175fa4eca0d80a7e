"""Who gets an issue, in which variant and in which batch: fixed once, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, insert, text

from digest.errors import DigestError
from digest.models import OUTBOX, Outcome
from digest.store import batches, fleet, schema, statements


class Guard(Struct, frozen=True):
    """Who of an audience is told apart when it is frozen, and what stops it."""

    refuses: Callable[[str], str] | None = None
    """Why the provider cannot send to an address, empty when it can; None when it takes all."""
    judge: Callable[[int, tuple[str, int] | None], None] = lambda _size, _before: None
    """Is told how many there are, and key and size of the issue before; raises what is to stop it."""


class Terms(Struct, frozen=True):
    """How an audience is fixed; see `Ledger.freeze_audience`."""

    provider: str
    batch_size: int
    unsubscribe_url: str
    at: datetime
    guard: Guard
    jobs: bool


def fixed(connection: Connection, issue_id: int, terms: Terms) -> int:
    """How many get the issue; what was fixed before stays."""
    batches.take_turns(connection, issue_id)
    frozen = connection.execute(statements.FROZEN, {"issue_id": issue_id}).one_or_none()
    if frozen is not None:
        _refuse_change(frozen.provider, terms.provider)
        return int(frozen.size)
    _plan_for(connection, "subscriber, subscription")
    due: datetime = connection.scalars(statements.DUE, {"issue_id": issue_id}).one()
    outbox = terms.provider == OUTBOX
    of_issue: dict[str, Any] = {"issue_id": issue_id, "real": not outbox, "sample_too": outbox}
    of_issue["month"] = due.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    varied = connection.scalar(statements.IS_VARIED, of_issue) is not None
    size = connection.execute(statements.FREEZE_BY_CHOICE if varied else statements.FREEZE, of_issue).rowcount
    if size:
        before = connection.execute(statements.LAST_AUDIENCE, of_issue).one_or_none()
        terms.guard.judge(size, (before.key, before.size) if before else None)
        row = {"issue_id": issue_id, "size": size, "unsubscribe_url": terms.unsubscribe_url, "frozen_at": terms.at}
        unserved = connection.scalar(statements.UNSERVED, of_issue) if varied else 0
        connection.execute(insert(schema.audience), row | {"provider": terms.provider, "unserved": unserved})
        sizes = connection.execute(statements.SIZES, of_issue).all() if varied else [(0, size)]
        connection.execute(insert(schema.batch), list(_batches(issue_id, sizes, terms)))
        _reject(connection, issue_id, terms.guard.refuses)
        _plan_for(connection, "delivery")
        if terms.jobs:
            fleet.defer(connection, issue_id)
    return size


def _refuse_change(before: str | None, now: str) -> None:
    if before not in (None, now):
        cure = f'set send.provider = "{before}" again to finish it'
        raise DigestError(f"this issue was begun through {before}, which alone knows whom it took; {cure}")


def _plan_for(connection: Connection, tables: str) -> None:
    """Tells PostgreSQL how much these hold now, or it plans for the few rows that it knew of before an import."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"analyze {tables}"))


def _batches(issue_id: int, sizes: Iterable[Sequence[int]], terms: Terms) -> Iterator[dict[str, Any]]:
    """`sizes`: each variant and how many get it, in the order of their deliveries. No batch holds two variants."""
    blank = {"state": "pending", "attempt": 0, "not_before": terms.at, "owner": "", "reason": ""}
    seq, end = 0, 0
    for variant, size in sorted(tuple(each) for each in sizes):
        begin, end = end + 1, end + size
        for first in range(begin, end + 1, terms.batch_size):
            seq, last = seq + 1, min(first + terms.batch_size - 1, end)
            place = {"issue_id": issue_id, "seq": seq, "first_number": first, "last_number": last}
            yield {**place, "variant": variant, **blank}


def _reject(connection: Connection, issue_id: int, refuses: Callable[[str], str] | None) -> None:
    """Whom the provider cannot reach has this outcome before any call."""
    if refuses is None:
        return
    found = connection.execute(statements.EVERYBODY, {"issue_id": issue_id})
    reasons = ((number, refuses(address)) for number, address in found.all())
    batches.append(connection, issue_id, [Outcome(n, "rejected", reason=reason) for n, reason in reasons if reason])
