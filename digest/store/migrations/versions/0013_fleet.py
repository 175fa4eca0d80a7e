"""Who sends on which machine, the pace that they share, and the tables of their queue.

The queue is Procrastinate's, and PostgreSQL's alone. Its SQL lies beside this file rather than in
the installed package: so a database looks the same whatever is installed on the machine that
brings it up to date, and a machine that never works needs no queue installed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

QUEUE = Path(__file__).parents[1] / "procrastinate" / "3.10.0.sql"


def upgrade() -> None:
    """Adds two tables, and on PostgreSQL those of Procrastinate 3.10.0."""
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
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        driver: Any = connection.connection.driver_connection
        driver.execute(QUEUE.read_text(encoding="utf-8"))  # many statements, which only the driver takes at once
