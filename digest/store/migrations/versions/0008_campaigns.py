"""Issues at providers that keep the list themselves."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Adds a table."""
    op.create_table(
        "campaign",
        sa.Column("issue_id", _ID, sa.ForeignKey("issue.id", name="campaign_issue_id_fk"), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("call", sa.Text(), nullable=False),
        sa.Column("called_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("sent", sa.Integer()),
        sa.Column("said", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("issue_id", name="campaign_pk"),
    )
