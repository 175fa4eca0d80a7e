"""The issues: what was frozen of each, where its articles stand, and what was decided and found."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text

from digest.store.schema.columns import Id, UtcTime, metadata

issue = Table(
    "issue",
    metadata,
    Column("id", Id, primary_key=True),
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

# Of those who chose some themes: what is sent to them, and which choice gets what.
variant = Table(
    "variant",
    metadata,
    Column("issue_id", ForeignKey("issue.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("sha256", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("preheader", Text, nullable=False),
    Column("html", Text, nullable=False),
    Column("text", Text, nullable=False),
)

served = Table(
    "served",
    metadata,
    Column("issue_id", ForeignKey("issue.id"), primary_key=True),
    Column("themes", Text, primary_key=True),
    Column("variant", Integer),  # none: there is too little in it for them
    sqlite_with_rowid=False,
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
