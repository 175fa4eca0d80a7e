"""The pictures that issues show, and what each address gave."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from digest.store.schema.columns import UtcTime, metadata

picture = Table(
    "picture",
    metadata,
    Column("name", Text, primary_key=True),
    Column("content", LargeBinary, nullable=False),
    Column("type", Text, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("url", Text, nullable=False),  # where it came from first
    Column("made_at", UtcTime, nullable=False),
)

picture_memory = Table(
    "picture_memory",
    metadata,
    Column("key", Text, primary_key=True),  # of address and shape: an address may be too long for an index
    Column("url", Text, nullable=False),
    Column("asked_at", UtcTime, nullable=False),
    Column("picture", ForeignKey("picture.name")),
    Column("reason", Text, nullable=False),
    Column("etag", Text, nullable=False),
)
Index("picture_memory_picture", picture_memory.c.picture)

frozen_picture = Table(
    "frozen_picture",
    metadata,
    Column("issue_id", ForeignKey("issue.id"), primary_key=True),
    Column("name", ForeignKey("picture.name"), primary_key=True),
    sqlite_with_rowid=False,
)
Index("frozen_picture_name", frozen_picture.c.name)
