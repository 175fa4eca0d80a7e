"""What was told to whom, what is paused, and which installation this database belongs to."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, Table, Text

from digest.store.schema.columns import UtcTime, metadata

notice = Table(
    "notice",
    metadata,
    Column("key", Text, primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("newsletter", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("told_at", UtcTime),
    Column("next_try", UtcTime, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("failure", Text, nullable=False),
    sqlite_with_rowid=False,
)
Index("notice_at", notice.c.at)

pause = Table(
    "pause",
    metadata,
    Column("newsletter", Text, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    sqlite_with_rowid=False,
)

instance = Table(
    "instance",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("identity", Text, nullable=False),
    Column("since", UtcTime, nullable=False),
)
