"""Who sends on which machine, and the pace that they share. The queue's own tables are `store.fleet`'s to make."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Adds two tables."""
    op.create_table(
        "worker",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("started", sa.BigInteger(), nullable=False),
        sa.Column("beat_at", sa.BigInteger(), nullable=False),
        sa.Column("alive_until", sa.BigInteger(), nullable=False),
        sa.Column("slots", sa.Integer(), nullable=False),
        sa.Column("doing", sa.Text(), nullable=False),
        sa.Column("batches", sa.BigInteger(), nullable=False),
        sa.Column("emails", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="worker_pk"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "pace",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("paid_at", sa.Double(), nullable=False),
        sa.Column("next_at", sa.Double(), nullable=False),
        sa.Column("last_at", sa.Double(), nullable=False),
        sa.Column("usual_s", sa.Double(), nullable=False),
        sa.Column("gap_s", sa.Double(), nullable=False),
        sa.Column("refused_gap_s", sa.Double(), nullable=False),
        sa.Column("refused_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("account", name="pace_pk"),
        sqlite_with_rowid=False,
    )
