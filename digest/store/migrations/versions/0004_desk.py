"""Subscriptions per newsletter, the editors' decisions, corrections, and how articles changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_LEFT = sa.text("left_at IS NOT NULL")

# Who is there was written to by every newsletter until now.
_SUBSCRIBE = """
insert into subscription (newsletter, subscriber_id, since, left_at)
select mailing.newsletter, subscriber.id, subscriber.added_at,
       case when subscriber.state = 'active' then null else coalesce(subscriber.removed_at, subscriber.added_at) end
from subscriber cross join (
    select distinct newsletter from issue
    union all select 'weekly' where not exists (select * from issue)
) as mailing
"""

_DECIDED = """
insert into decision (issue_id, number, at, what, "by", sha256, reason)
select id, row_number() over (partition by id order by step), at, what, "by", sha256, reason
from (
    select id, 1 as step, frozen_at as at, 'frozen' as what, '' as "by", sha256, '' as reason
    from issue where frozen_at is not null
    union all
    select id, 2, approved_at, 'approved', approved_by, sha256, '' from issue where approved_at is not null
    union all
    select id, 3, state_at, 'held', '', sha256, reason from issue where state = 'held'
) as known
"""


def upgrade() -> None:
    """Adds tables and indexes, and fills them with what is known."""
    _people()
    _issues()
    op.create_table(
        "article_change",
        sa.Column("id", _ID, nullable=False),
        sa.Column("article_id", _ID, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name="article_change_article_id_fk"),
        sa.PrimaryKeyConstraint("id", name="article_change_pk"),
    )
    op.create_index("article_change_article", "article_change", ["article_id", "id"])


def _people() -> None:
    op.create_table(
        "subscription",
        sa.Column("newsletter", sa.Text(), nullable=False),
        sa.Column("subscriber_id", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("left_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("newsletter", "subscriber_id", name="subscription_pk"),
        sqlite_with_rowid=False,
    )
    columns = ["newsletter", "subscriber_id"]
    op.create_index("subscription_left", "subscription", columns, sqlite_where=_LEFT, postgresql_where=_LEFT)
    op.execute(_SUBSCRIBE)


def _issues() -> None:
    op.create_index("placement_article", "placement", ["article_id"])
    op.create_index("placement_url_key", "placement", ["url_key"])
    op.create_table(
        "decision",
        sa.Column("issue_id", _ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text()),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name="decision_issue_id_fk"),
        sa.PrimaryKeyConstraint("issue_id", "number", name="decision_pk"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "correction",
        sa.Column("issue_id", _ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("article_id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("lede", sa.Text(), nullable=False),
        sa.Column("web", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name="correction_issue_id_fk"),
        sa.PrimaryKeyConstraint("issue_id", "number", name="correction_pk"),
    )
    op.execute(_DECIDED)
