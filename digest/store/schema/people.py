"""Subscribers, what they agreed to, and the keys of their links."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text, text

from digest.store.schema.columns import Id, UtcTime, metadata

subscriber = Table(
    "subscriber",
    metadata,
    Column("id", Id, primary_key=True),
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
    Column("themes", Text, nullable=False, server_default=""),  # a line each; none: the whole issue
    sqlite_with_rowid=False,
)
_choosy = subscription.c.themes != ""
# So that the choices there are can be told without reading everybody.
Index(
    "subscription_themes",
    subscription.c.newsletter,
    subscription.c.themes,
    sqlite_where=_choosy,
    postgresql_where=_choosy,
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
    Column("id", Id, primary_key=True),
    Column("text", Text, nullable=False, unique=True),
)

consent = Table(
    "consent",
    metadata,
    Column("id", Id, primary_key=True),
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
    Column("id", Id, primary_key=True),
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
    Column("themes", Text, nullable=False, server_default=""),  # JSON: newsletter -> a choice; without those for all
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
    Column("id", Id, primary_key=True),
    Column("made_at", UtcTime, nullable=False),
    Column("key", Text, nullable=False),
)
