"""What the sources gave, and how each source has been."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, Table, Text

from digest.store.schema.columns import Id, UtcTime, metadata

article = Table(
    "article",
    metadata,
    Column("id", Id, primary_key=True),
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
    Column("id", Id, primary_key=True),
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
