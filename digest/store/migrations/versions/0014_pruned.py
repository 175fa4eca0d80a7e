"""What is kept of issues whose deliveries are pruned, and an index that finds the reports on an email."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_FIGURES = ("accepted", "rejected", "suppressed", "cancelled", "heard", "delivered", "bounced", "complained")


def upgrade() -> None:
    """Adds the table and the index. Reports are not taken while PostgreSQL builds it; providers repeat them."""
    op.create_table(
        "pruned",
        sa.Column("issue_id", _ID, sa.ForeignKey("issue.id", name="pruned_issue_id_fk"), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in _FIGURES),
        sa.Column("removed", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("issue_id", name="pruned_pk"),
    )
    op.create_index("event_email", "event", ["issue_id", "number"])
