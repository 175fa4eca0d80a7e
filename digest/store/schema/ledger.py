"""Who an issue goes to, how far its sending is, and what became of each email."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, ForeignKeyConstraint, Index, Integer, Table, Text, text

from digest.store.schema.columns import UtcTime, metadata

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
    Column("unserved", Integer, nullable=False, server_default="0"),  # readers whose themes it has too little of
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
    Column("variant", Integer, nullable=False, server_default="0"),
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
    Column("variant", Integer, nullable=False, server_default="0"),  # of all its deliveries
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
Index("event_email", event.c.issue_id, event.c.number)  # by which an issue's are removed
_stray = text("issue_id is null")
# By which the others are. Its first column is the same in all: without it SQLite takes the index above.
Index("event_stray", event.c.issue_id, event.c.heard_at, sqlite_where=_stray, postgresql_where=_stray)

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
# A sender asks for these every second, while a million others are delivered.
_unhappy = fate.c.rank > text("3")
Index("fate_unhappy", fate.c.issue_id, fate.c.rank, sqlite_where=_unhappy, postgresql_where=_unhappy)

# What is kept of an issue whose rows in all the tables above but `audience` and `campaign` go, or are gone.
pruned = Table(
    "pruned",
    metadata,
    Column("issue_id", ForeignKey("issue.id"), primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("accepted", Integer, nullable=False),
    Column("rejected", Integer, nullable=False),
    Column("suppressed", Integer, nullable=False),
    Column("cancelled", Integer, nullable=False),
    Column("heard", Integer, nullable=False),
    Column("delivered", Integer, nullable=False),
    Column("bounced", Integer, nullable=False),
    Column("complained", Integer, nullable=False),
    Column("removed", Integer, nullable=False),  # deliveries and batches up to this number
)
