"""Readers choose themes: what they want, the variants of an issue, and who got which."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Adds columns and two tables; who is there wants the whole issue, and got it."""
    op.add_column("subscription", sa.Column("themes", sa.Text(), nullable=False, server_default=""))
    choosy = sa.text("themes != ''")
    columns = ["newsletter", "themes"]
    op.create_index("subscription_themes", "subscription", columns, sqlite_where=choosy, postgresql_where=choosy)
    op.add_column("audience", sa.Column("unserved", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("delivery", sa.Column("variant", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("batch", sa.Column("variant", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "variant",
        sa.Column("issue_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("preheader", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name="variant_issue_id_fk"),
        sa.PrimaryKeyConstraint("issue_id", "number", name="variant_pk"),
    )
    op.create_table(
        "served",
        sa.Column("issue_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("themes", sa.Text(), nullable=False),
        sa.Column("variant", sa.Integer()),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name="served_issue_id_fk"),
        sa.PrimaryKeyConstraint("issue_id", "themes", name="served_pk"),
        sqlite_with_rowid=False,
    )
