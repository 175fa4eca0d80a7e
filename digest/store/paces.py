"""One pace for all that use a provider's account, on whatever machine: a row for each account, on PostgreSQL.

The generic cell rate algorithm in one statement, by the database's clock. A call takes its place
first and waits until it is its turn, so that nobody asks twice, and whoever took a place and died
has cost nothing but that place.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, text

from digest.store.database import Database

LONGEST_WAIT_S = 120.0
"""A place further away than this is not given: whoever asked has to come again."""
_SLOWEST_S, _QUICKEST_S = 60.0, 0.001
"""Seconds between two calls: the most that refusals lead to, and what is as good as none."""
_RISE = 0.05
"""What an accepted call adds to the rate, as a part of the rate that was last refused."""

_NOW = "(select extract(epoch from clock_timestamp())::float8 as now) as clock"
_START = "greatest(now, paid_at, next_at)"
_PAID = "greatest(paid_at, {start} - :burst / cast(:per_s as float8)) + :emails / cast(:per_s as float8)"

_TAKE = f"""
update pace set
    paid_at = case when :per_s > 0 then {_PAID.format(start=_START)} else paid_at end,
    next_at = greatest(next_at, {_START} + gap_s),
    usual_s = case when last_at > 0 then 0.8 * usual_s + 0.2 * least({_START} - last_at, {_SLOWEST_S})
                   else usual_s end,
    last_at = {_START}
from {_NOW} where account = :account and {_START} - now <= :longest
returning last_at - now, gap_s > 0, last_at"""  # noqa: S608  constants of this file
_FAR = f"select {_START} - now from pace, {_NOW} where account = :account"  # noqa: S608
_PAY = f"""
update pace set paid_at = {_PAID.format(start="now")} from {_NOW} where account = :account"""  # noqa: S608
_REST = f"update pace set next_at = greatest(next_at, now + :pause_s) from {_NOW} where account = :account"  # noqa: S608
_REFUSED = f"""
update pace set gap_s = wanted, refused_gap_s = wanted, refused_at = now, next_at = greatest(next_at, now + wanted)
from {_NOW}, lateral (
    select least(greatest(2 * greatest(gap_s, usual_s), 0.05), {_SLOWEST_S}) as wanted
    from pace where account = :account
) as slower
where account = :account and refused_at < :began"""  # noqa: S608
_ACCEPTED = f"""
update pace set gap_s = case when quicker > {_QUICKEST_S} then quicker else 0 end
from lateral (
    select 1 / (1 / gap_s + {_RISE} / refused_gap_s) as quicker from pace where account = :account and gap_s > 0
) as faster
where account = :account and gap_s > 0"""  # noqa: S608


class Place(Struct, frozen=True):
    """When a call may start."""

    wait_s: float
    taken: bool
    """False: it is too far away, so that nothing was taken."""
    slowed: bool = False
    """Calls come slower than the rate allows, since one was refused."""
    at: float = 0.0
    """Seconds since 1970, by the database's clock."""


class Paces:
    """The accounts' paces."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def take(
        self,
        account: str,
        emails: int,
        *,
        per_s: float | None = None,
        burst: int = 0,
        longest_s: float = LONGEST_WAIT_S,
    ) -> Place:
        """The next place in the account's row for a call with so many emails: it may start when earlier ones are paid.

        `per_s`: emails a second on average, None for any; `burst`: those that may go at once after a rest.
        """
        values = {"account": account, "emails": emails, "per_s": per_s or 0.0, "burst": burst, "longest": longest_s}
        with self._db.write() as connection:
            _unsynced(connection)
            row = connection.execute(text(_TAKE), values).one_or_none()
            if row is None:  # the account's first call, or a place too far away
                _open(connection, account)
                row = connection.execute(text(_TAKE), values).one_or_none()
            if row is None:
                far: float = connection.execute(text(_FAR), {"account": account}).scalar_one()
                return Place(far, taken=False)
        return Place(max(0.0, row[0]), taken=True, slowed=row[1], at=row[2])

    def pay(self, account: str, emails: int, *, per_s: float | None = None, burst: int = 0) -> None:
        """Such emails go out now, before all that waits, which waits the longer for it."""
        if per_s:  # nothing is to be paid where nothing is limited
            self._run(_PAY, account, emails=emails, per_s=per_s, burst=burst)

    def rest(self, account: str, pause_s: float) -> None:
        """Nobody starts a call with this account for so long."""
        self._run(_REST, account, pause_s=pause_s)

    def refused(self, account: str, began: float) -> None:
        """The provider says that calls come too fast: half as many from now on, once for all that were under way.

        `began`: the refused call's `Place.at`.
        """
        self._run(_REFUSED, account, began=began)

    def accepted(self, account: str) -> None:
        """A call went well: a little faster from now on, where calls were slowed."""
        self._run(_ACCEPTED, account)

    def _run(self, statement: str, account: str, **values: Any) -> None:
        with self._db.write() as connection:
            _unsynced(connection)
            _open(connection, account)
            connection.execute(text(statement), {"account": account, **values})


def _unsynced(connection: Connection) -> None:
    """Without waiting for the disk: a place that is lost in a crash is worth nothing afterwards."""
    connection.execute(text("set local synchronous_commit = off"))


def _open(connection: Connection, account: str) -> None:
    connection.execute(
        text("insert into pace values (:account, 0, 0, 0, 0, 0, 0, 0) on conflict do nothing"), {"account": account}
    )
