"""Consent, sign-ups, what providers report, and the choices of readers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_DEPARTURE = sa.text("what = 'left'")

# What is known of those who are there: when they came, and by which way.
_CONSENT = """
insert into consent (subscriber_id, newsletter, at, what, source)
select subscriber.id, subscription.newsletter, subscription.since, 'subscribed', subscriber.origin
from subscription join subscriber on subscriber.id = subscription.subscriber_id
"""
_LEFT = """
insert into consent (subscriber_id, newsletter, at, what, source)
select subscriber_id, newsletter, left_at, 'left', '' from subscription where left_at is not null
"""


def upgrade() -> None:
    """Adds columns and tables; who was removed counts as unsubscribed."""
    op.add_column("subscriber", sa.Column("language", sa.Text(), nullable=False, server_default=""))
    op.add_column("subscriber", sa.Column("confirmed_at", sa.BigInteger()))
    op.add_column("subscription", sa.Column("frequency", sa.Text(), nullable=False, server_default="every"))
    op.execute("update subscriber set state = 'unsubscribed' where state = 'removed'")
    _consent()
    _signup()
    _secrets()
    _events()


def _consent() -> None:
    op.create_table(
        "wording",
        sa.Column("id", _ID, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="wording_pk"),
        sa.UniqueConstraint("text", name="wording_text_key"),
    )
    op.create_table(
        "consent",
        sa.Column("id", _ID, nullable=False),
        sa.Column("subscriber_id", sa.BigInteger(), nullable=False),
        sa.Column("newsletter", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("wording_id", sa.BigInteger()),
        sa.Column("confirmed_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="consent_pk"),
    )
    op.create_index("consent_subscriber", "consent", ["subscriber_id"])
    op.create_index(
        "consent_left", "consent", ["newsletter", "at"], sqlite_where=_DEPARTURE, postgresql_where=_DEPARTURE
    )
    op.execute(_CONSENT)
    op.execute(_LEFT)


def _signup() -> None:
    op.create_table(
        "signup",
        sa.Column("id", _ID, nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("address_key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("newsletters", sa.Text(), nullable=False),
        sa.Column("frequency", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("wording_id", sa.BigInteger()),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("day_began", sa.BigInteger(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("mail_at", sa.BigInteger()),
        sa.Column("confirmed_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="signup_pk"),
        sa.UniqueConstraint("address_key", name="signup_address_key_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("signup_asked", "signup", ["asked_at"])
    op.create_index("signup_mail", "signup", ["mail_at"])


def _secrets() -> None:
    op.create_table(
        "suppression",
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("lifted_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("hash", name="suppression_pk"),
    )
    op.create_table(
        "signing_key",
        sa.Column("id", _ID, nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="signing_key_pk"),
    )


def _events() -> None:
    op.create_table(
        "event",
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("issue_id", sa.BigInteger()),
        sa.Column("number", sa.Integer()),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("permanent", sa.Boolean(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("heard_at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("provider", "event_id", name="event_pk"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "fate",
        sa.Column("issue_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("issue_id", "number", name="fate_pk"),
        sqlite_with_rowid=False,
    )
