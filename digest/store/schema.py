"""The tables, alike on SQLite and PostgreSQL. `migrations/versions` makes them; a test compares the two.

Times are microseconds since 1970, so that both engines keep and order them exactly. Tables with
a row per recipient have no foreign keys: on PostgreSQL each costs a trigger and a look-up a row.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    text,
)
from sqlalchemy.types import TypeDecorator

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class UtcTime(TypeDecorator[datetime]):
    """An aware datetime in UTC, in both directions. Refuses one without a zone."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _: Dialect) -> int | None:
        """Microseconds since 1970."""
        if value is not None and value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        return None if value is None else (value - _EPOCH) // timedelta(microseconds=1)

    def process_result_value(self, value: int | None, _: Dialect) -> datetime | None:
        """The same instant in UTC."""
        return None if value is None else _EPOCH + timedelta(microseconds=value)


metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pk",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "fk": "%(table_name)s_%(column_0_N_name)s_fk",
    }
)
_Id = BigInteger().with_variant(Integer, "sqlite")

# --- articles --------------------------------------------------------------------------------

article = Table(
    "article",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("source", Text, nullable=False),
    Column("native_id", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("url_key", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("lede", Text, nullable=False),
    Column("tags", Text, nullable=False),  # JSON list
    Column("published", UtcTime),
    Column("day_only", Boolean, nullable=False),
    Column("modified", UtcTime),
    Column("views", BigInteger),
    Column("views_at", UtcTime),
    Column("cover", Text),  # JSON object
    Column("language", Text, nullable=False),
    Column("words", Integer, nullable=False),
    Column("first_seen", UtcTime, nullable=False),
    Column("gone_at", UtcTime),  # since when its source does not show it any more
)
Index("article_identity", article.c.source, article.c.native_id, unique=True)
Index("article_url_key", article.c.url_key)
Index("article_date", article.c.published, article.c.first_seen)

article_change = Table(
    "article_change",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("article_id", ForeignKey("article.id"), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("field", Text, nullable=False),
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
)
Index("article_change_article", article_change.c.article_id, article_change.c.id)

source_health = Table(
    "source_health",
    metadata,
    Column("source", Text, primary_key=True),
    Column("last_ok", UtcTime),
    Column("last_failure_at", UtcTime),
    Column("last_failure", Text, nullable=False),
    Column("last_count", Integer, nullable=False),
    Column("failures_in_a_row", Integer, nullable=False),
)

source_memory = Table(
    "source_memory",
    metadata,
    Column("source", Text, primary_key=True),
    Column("url", Text, nullable=False),
    Column("etag", Text, nullable=False),
    Column("last_modified", Text, nullable=False),
    Column("fetched_at", UtcTime),
    Column("gone_at", UtcTime),
)

# --- issues ----------------------------------------------------------------------------------

issue = Table(
    "issue",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("newsletter", Text, nullable=False),
    Column("period", Text, nullable=False),
    Column("due", UtcTime, nullable=False),
    Column("window_start", UtcTime, nullable=False),
    Column("window_end", UtcTime, nullable=False),
    Column("state", Text, nullable=False),
    Column("state_at", UtcTime, nullable=False),
    Column("reason", Text, nullable=False),
    Column("begun_at", UtcTime, nullable=False),
    Column("number", Integer),
    Column("sha256", Text),
    Column("subject", Text, nullable=False),
    Column("stories", Integer, nullable=False),
    Column("frozen_at", UtcTime),
    Column("approved_at", UtcTime),
    Column("approved_by", Text, nullable=False),
    Column("overlay", Text),  # sha256 of the overlay's text that it was frozen with
)
Index("issue_period", issue.c.newsletter, issue.c.period, unique=True)

frozen = Table(
    "frozen",
    metadata,
    Column("issue_id", ForeignKey("issue.id"), primary_key=True),
    Column("issue", Text, nullable=False),  # the composed issue as JSON
    Column("subject", Text, nullable=False),
    Column("preheader", Text, nullable=False),
    Column("html", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("web", Text, nullable=False),
    Column("tokens", Text, nullable=False),  # JSON object
)

placement = Table(
    "placement",
    metadata,
    Column("issue_id", ForeignKey("issue.id"), primary_key=True),
    Column("article_id", Text, primary_key=True),
    Column("url_key", Text, nullable=False),
    sqlite_with_rowid=False,
)
Index("placement_article", placement.c.article_id)
Index("placement_url_key", placement.c.url_key)

decision = Table(
    "decision",
    metadata,
    Column("issue_id", ForeignKey("issue.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("what", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("sha256", Text),
    Column("reason", Text, nullable=False),
    sqlite_with_rowid=False,
)

correction = Table(
    "correction",
    metadata,
    Column("issue_id", ForeignKey("issue.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("by", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("article_id", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("lede", Text, nullable=False),
    Column("web", Text, nullable=False),  # the page with this correction and those before it
)

# --- pictures --------------------------------------------------------------------------------

picture = Table(
    "picture",
    metadata,
    Column("name", Text, primary_key=True),
    Column("content", LargeBinary, nullable=False),
    Column("type", Text, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("url", Text, nullable=False),  # where it came from first
    Column("made_at", UtcTime, nullable=False),
)

picture_memory = Table(
    "picture_memory",
    metadata,
    Column("key", Text, primary_key=True),  # of address and shape: an address may be too long for an index
    Column("url", Text, nullable=False),
    Column("asked_at", UtcTime, nullable=False),
    Column("picture", ForeignKey("picture.name")),
    Column("reason", Text, nullable=False),
    Column("etag", Text, nullable=False),
)
Index("picture_memory_picture", picture_memory.c.picture)

frozen_picture = Table(
    "frozen_picture",
    metadata,
    Column("issue_id", ForeignKey("issue.id"), primary_key=True),
    Column("name", ForeignKey("picture.name"), primary_key=True),
    sqlite_with_rowid=False,
)
Index("frozen_picture_name", frozen_picture.c.name)

# --- findings --------------------------------------------------------------------------------

finding = Table(
    "finding",
    metadata,
    Column("issue_id", ForeignKey("issue.id"), primary_key=True),
    Column("sha256", Text, primary_key=True),  # of the bytes that it is about
    Column("number", Integer, primary_key=True),
    Column("check", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("cure", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("accepted_by", Text),
    Column("accepted_at", UtcTime),
    sqlite_with_rowid=False,
)

# --- people ----------------------------------------------------------------------------------

subscriber = Table(
    "subscriber",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("address", Text, nullable=False),
    Column("address_key", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("token", Text, nullable=False, unique=True),
    Column("added_at", UtcTime, nullable=False),
    Column("removed_at", UtcTime),
    Column("language", Text, nullable=False, server_default=""),
    Column("confirmed_at", UtcTime),  # of the last double opt-in
    sqlite_autoincrement=True,  # an erased person's id is never given to another
)

subscription = Table(
    "subscription",
    metadata,
    Column("newsletter", Text, primary_key=True),
    Column("subscriber_id", BigInteger, primary_key=True),
    Column("since", UtcTime, nullable=False),
    Column("left_at", UtcTime),
    Column("frequency", Text, nullable=False, server_default="every"),
    sqlite_with_rowid=False,
)
_left = subscription.c.left_at.is_not(None)
# Small, so that a batch learns who left without looking everybody up.
Index(
    "subscription_left",
    subscription.c.newsletter,
    subscription.c.subscriber_id,
    sqlite_where=_left,
    postgresql_where=_left,
)

wording = Table(
    "wording",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("text", Text, nullable=False, unique=True),
)

consent = Table(
    "consent",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("subscriber_id", BigInteger, nullable=False),
    Column("newsletter", Text, nullable=False),  # empty: all of them
    Column("at", UtcTime, nullable=False),
    Column("what", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("wording_id", BigInteger),
    Column("confirmed_at", UtcTime),
)
Index("consent_subscriber", consent.c.subscriber_id)
_departure = consent.c.what == text("'left'")
Index("consent_left", consent.c.newsletter, consent.c.at, sqlite_where=_departure, postgresql_where=_departure)

signup = Table(
    "signup",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("address", Text, nullable=False),
    Column("address_key", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("newsletters", Text, nullable=False),  # keys with spaces between them
    Column("frequency", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("wording_id", BigInteger),
    Column("asked_at", UtcTime, nullable=False),
    Column("day_began", UtcTime, nullable=False),
    Column("times", Integer, nullable=False),  # since day_began
    Column("tries", Integer, nullable=False),  # that were too soon, or too many
    Column("mail_at", UtcTime),  # when the confirmation email is due; none: it is out
    Column("confirmed_at", UtcTime),
    sqlite_autoincrement=True,  # a link of an old one is never that of another
)
Index("signup_asked", signup.c.asked_at)
Index("signup_mail", signup.c.mail_at)

suppression = Table(
    "suppression",
    metadata,
    Column("hash", Text, primary_key=True),
    Column("key_id", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("lifted_at", UtcTime),
)

signing_key = Table(
    "signing_key",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("made_at", UtcTime, nullable=False),
    Column("key", Text, nullable=False),
)

# --- what became of the emails ---------------------------------------------------------------

event = Table(
    "event",
    metadata,
    Column("provider", Text, primary_key=True),
    Column("event_id", Text, primary_key=True),
    Column("issue_id", BigInteger),
    Column("number", Integer),
    Column("kind", Text, nullable=False),
    Column("permanent", Boolean, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("heard_at", UtcTime, nullable=False),
    Column("reason", Text, nullable=False),
    sqlite_with_rowid=False,
)

fate = Table(
    "fate",
    metadata,
    Column("issue_id", BigInteger, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("state", Text, nullable=False),
    Column("rank", Integer, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("reason", Text, nullable=False),
    sqlite_with_rowid=False,
)

# --- ledger ----------------------------------------------------------------------------------

audience = Table(
    "audience",
    metadata,
    Column("issue_id", ForeignKey("issue.id"), primary_key=True),
    Column("size", Integer, nullable=False),
    Column("unsubscribe_url", Text, nullable=False),
    Column("frozen_at", UtcTime, nullable=False),
    Column("provider", Text),
    Column("ended_at", UtcTime),  # of the last run that sent it
    Column("ended", Text),  # why that run ended before everything was settled
)

campaign = Table(
    "campaign",
    metadata,
    Column("issue_id", ForeignKey("issue.id"), primary_key=True),
    Column("provider", Text, nullable=False),
    Column("call", Text, nullable=False),  # the last that may not be repeated blindly: create, start
    Column("called_at", UtcTime, nullable=False),
    Column("state", Text, nullable=False),
    Column("seen_at", UtcTime, nullable=False),
    Column("id", Text, nullable=False),
    Column("sent", Integer),
    Column("said", Text, nullable=False),
)

delivery = Table(
    "delivery",
    metadata,
    Column("issue_id", BigInteger, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("subscriber_id", BigInteger, nullable=False),
    Column("address", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("token", Text, nullable=False),
    sqlite_with_rowid=False,
)
# One email an address: an address is one subscriber, and a subscriber is in an audience once. An
# index on the text itself took 8 of the 10 seconds that freezing a million takes on SQLite.
Index("delivery_subscriber", delivery.c.issue_id, delivery.c.subscriber_id, unique=True)

batch = Table(
    "batch",
    metadata,
    Column("issue_id", ForeignKey("issue.id"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("first_number", Integer, nullable=False),
    Column("last_number", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("not_before", UtcTime, nullable=False),
    Column("owner", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("doubt_since", UtcTime),
    Column("replay_of", UtcTime),  # when the first attempt that may have been taken began
    Column("key", Text),  # of the last attempt
    Column("ask_at", UtcTime),  # when the provider can be believed about it, if ever
    Column("asked_at", UtcTime),
    Column("told", Text),  # what it said then
)
# With rowids, or SQLite would walk the primary key past every batch that is done.
Index("batch_state", batch.c.issue_id, batch.c.state, batch.c.seq)

attempt = Table(
    "attempt",
    metadata,
    Column("issue_id", BigInteger, primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("attempt", Integer, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("started", UtcTime, nullable=False),
    Column("ended", UtcTime),
    Column("answer", Text, nullable=False),
    ForeignKeyConstraint(["issue_id", "seq"], ["batch.issue_id", "batch.seq"]),
    sqlite_with_rowid=False,
)

outcome = Table(
    "outcome",
    metadata,
    Column("issue_id", BigInteger, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("state", Text, nullable=False),
    Column("provider_id", Text, nullable=False),
    Column("reason", Text, nullable=False),
    sqlite_with_rowid=False,
)

# Outcomes that came from elsewhere than a whole answer, each with the key of the call that it is about:
# a call that is repeated under its key has to name them once more.
learned = Table(
    "learned",
    metadata,
    Column("issue_id", BigInteger, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("key", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("how", Text, nullable=False),
    sqlite_with_rowid=False,
)
# --- schedule --------------------------------------------------------------------------------

notice = Table(
    "notice",
    metadata,
    Column("key", Text, primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("newsletter", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("told_at", UtcTime),
    Column("next_try", UtcTime, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("failure", Text, nullable=False),
    sqlite_with_rowid=False,
)
Index("notice_at", notice.c.at)

pause = Table(
    "pause",
    metadata,
    Column("newsletter", Text, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    sqlite_with_rowid=False,
)

instance = Table(
    "instance",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("identity", Text, nullable=False),
    Column("since", UtcTime, nullable=False),
)
