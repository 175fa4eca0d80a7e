"""Pictures made ready for emails, where they came from, and which of them frozen issues show."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Adds three empty tables."""
    op.create_table(
        "picture",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="picture_pk"),
    )
    op.create_table(
        "picture_memory",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("picture", sa.Text()),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["picture"], ["picture.name"], name="picture_memory_picture_fk"),
        sa.PrimaryKeyConstraint("key", name="picture_memory_pk"),
    )
    op.create_index("picture_memory_picture", "picture_memory", ["picture"])
    op.create_table(
        "frozen_picture",
        sa.Column("issue_id", _ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name="frozen_picture_issue_id_fk"),
        sa.ForeignKeyConstraint(["name"], ["picture.name"], name="frozen_picture_name_fk"),
        sa.PrimaryKeyConstraint("issue_id", "name", name="frozen_picture_pk"),
        sqlite_with_rowid=False,
    )
    op.create_index("frozen_picture_name", "frozen_picture", ["name"])
