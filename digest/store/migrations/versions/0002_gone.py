"""Articles that were taken down, and what a source's server said about its address."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Adds a column and a table; nothing that is there changes."""
    op.add_column("article", sa.Column("gone_at", sa.BigInteger()))
    op.create_table(
        "source_memory",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("last_modified", sa.Text(), nullable=False),
        sa.Column("fetched_at", sa.BigInteger()),
        sa.Column("gone_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("source", name="source_memory_pk"),
    )
