"""What the checks said of each frozen issue, and who let its warnings pass."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Adds a table; issues that were frozen before have no findings."""
    op.create_table(
        "finding",
        sa.Column("issue_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("check", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("cure", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("accepted_by", sa.Text()),
        sa.Column("accepted_at", sa.BigInteger()),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name="finding_issue_id_fk"),
        sa.PrimaryKeyConstraint("issue_id", "sha256", "number", name="finding_pk"),
        sqlite_with_rowid=False,
    )
