"""Under which key a batch went out, when the provider was asked about it, and what was learned past an answer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Adds columns and a table. A batch that is in doubt already has no key: it can be settled by a person alone."""
    op.add_column("batch", sa.Column("key", sa.Text()))
    op.add_column("batch", sa.Column("ask_at", sa.BigInteger()))
    op.add_column("batch", sa.Column("asked_at", sa.BigInteger()))
    op.add_column("batch", sa.Column("told", sa.Text()))
    op.add_column("audience", sa.Column("ended_at", sa.BigInteger()))
    op.add_column("audience", sa.Column("ended", sa.Text()))
    op.create_table(
        "learned",
        sa.Column("issue_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("issue_id", "number", name="learned_pk"),
        sqlite_with_rowid=False,
    )
