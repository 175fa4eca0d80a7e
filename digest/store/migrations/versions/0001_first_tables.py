"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Makes every table."""
    op.create_table(
        "article",
        sa.Column("id", _ID, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("native_id", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("url_key", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("lede", sa.Text(), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.Column("published", sa.BigInteger()),
        sa.Column("day_only", sa.Boolean(), nullable=False),
        sa.Column("modified", sa.BigInteger()),
        sa.Column("views", sa.BigInteger()),
        sa.Column("views_at", sa.BigInteger()),
        sa.Column("cover", sa.Text()),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("words", sa.Integer(), nullable=False),
        sa.Column("first_seen", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="article_pk"),
    )
    op.create_index("article_identity", "article", ["source", "native_id"], unique=True)
    op.create_index("article_date", "article", ["published", "first_seen"])
    op.create_index("article_url_key", "article", ["url_key"])
    op.create_table(
        "delivery",
        sa.Column("issue_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("subscriber_id", sa.BigInteger(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("issue_id", "number", name="delivery_pk"),
        sqlite_with_rowid=False,
    )
    op.create_index("delivery_subscriber", "delivery", ["issue_id", "subscriber_id"], unique=True)
    op.create_table(
        "issue",
        sa.Column("id", _ID, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("newsletter", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("window_start", sa.BigInteger(), nullable=False),
        sa.Column("window_end", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("state_at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("begun_at", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer()),
        sa.Column("sha256", sa.Text()),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("stories", sa.Integer(), nullable=False),
        sa.Column("frozen_at", sa.BigInteger()),
        sa.Column("approved_at", sa.BigInteger()),
        sa.Column("approved_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="issue_pk"),
        sa.UniqueConstraint("key", name="issue_key_key"),
    )
    op.create_index("issue_period", "issue", ["newsletter", "period"], unique=True)
    op.create_table(
        "outcome",
        sa.Column("issue_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("provider_id", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("issue_id", "number", name="outcome_pk"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "source_health",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("last_ok", sa.BigInteger()),
        sa.Column("last_failure_at", sa.BigInteger()),
        sa.Column("last_failure", sa.Text(), nullable=False),
        sa.Column("last_count", sa.Integer(), nullable=False),
        sa.Column("failures_in_a_row", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("source", name="source_health_pk"),
    )
    op.create_table(
        "subscriber",
        sa.Column("id", _ID, nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("address_key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.Column("removed_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="subscriber_pk"),
        sa.UniqueConstraint("address_key", name="subscriber_address_key_key"),
        sa.UniqueConstraint("token", name="subscriber_token_key"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "audience",
        sa.Column("issue_id", _ID, nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("unsubscribe_url", sa.Text(), nullable=False),
        sa.Column("frozen_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name="audience_issue_id_fk"),
        sa.PrimaryKeyConstraint("issue_id", name="audience_pk"),
    )
    op.create_table(
        "batch",
        sa.Column("issue_id", _ID, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("first_number", sa.Integer(), nullable=False),
        sa.Column("last_number", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.BigInteger(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("doubt_since", sa.BigInteger()),
        sa.Column("replay_of", sa.BigInteger()),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name="batch_issue_id_fk"),
        sa.PrimaryKeyConstraint("issue_id", "seq", name="batch_pk"),
    )
    op.create_index("batch_state", "batch", ["issue_id", "state", "seq"])
    op.create_table(
        "frozen",
        sa.Column("issue_id", _ID, nullable=False),
        sa.Column("issue", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("preheader", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("web", sa.Text(), nullable=False),
        sa.Column("tokens", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name="frozen_issue_id_fk"),
        sa.PrimaryKeyConstraint("issue_id", name="frozen_pk"),
    )
    op.create_table(
        "placement",
        sa.Column("issue_id", _ID, nullable=False),
        sa.Column("article_id", sa.Text(), nullable=False),
        sa.Column("url_key", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name="placement_issue_id_fk"),
        sa.PrimaryKeyConstraint("issue_id", "article_id", name="placement_pk"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "attempt",
        sa.Column("issue_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("started", sa.BigInteger(), nullable=False),
        sa.Column("ended", sa.BigInteger()),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["issue_id", "seq"], ["batch.issue_id", "batch.seq"], name="attempt_issue_id_seq_fk"),
        sa.PrimaryKeyConstraint("issue_id", "seq", "attempt", name="attempt_pk"),
        sqlite_with_rowid=False,
    )
