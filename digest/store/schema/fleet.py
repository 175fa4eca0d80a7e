"""Who sends, and how fast one provider's account may be used: rows that the senders of several machines share."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Double, Integer, Table, Text

from digest.store.schema.columns import PASSING, UtcTime, metadata

worker = Table(
    "worker",
    metadata,
    Column("name", Text, primary_key=True),
    Column("started", UtcTime, nullable=False),
    Column("beat_at", UtcTime, nullable=False),
    Column("alive_until", UtcTime, nullable=False),  # unless it beats again: what it holds is nobody's then
    Column("slots", Integer, nullable=False),
    Column("doing", Text, nullable=False),
    Column("batches", BigInteger, nullable=False),  # handed over since it started
    Column("emails", BigInteger, nullable=False),
    sqlite_with_rowid=False,
    info=PASSING,
)

# Seconds since 1970 by the database's clock, the only one that all of them share.
pace = Table(
    "pace",
    metadata,
    Column("account", Text, primary_key=True),
    Column("paid_at", Double, nullable=False),  # when all that went out is paid for at the rate
    Column("next_at", Double, nullable=False),  # no call before, by the provider's word
    Column("last_at", Double, nullable=False),  # when the last call was allowed to start
    Column("usual_s", Double, nullable=False),  # between two calls, lately
    Column("gap_s", Double, nullable=False),  # between two calls, since one was refused
    Column("refused_gap_s", Double, nullable=False),  # the gap that the last refusal made
    Column("refused_at", Double, nullable=False),
    sqlite_with_rowid=False,
    info=PASSING,
)
