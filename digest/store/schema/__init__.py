"""The tables, alike on SQLite and PostgreSQL. `migrations/versions` makes them; a test compares the two.

Times are microseconds since 1970, so that both engines keep and order them exactly. Tables with
a row per recipient have no foreign keys: on PostgreSQL each costs a trigger and a look-up a row.
"""

from digest.store.schema.articles import article, article_change, source_health, source_memory
from digest.store.schema.columns import UtcTime, metadata
from digest.store.schema.fleet import pace, worker
from digest.store.schema.issues import correction, decision, finding, frozen, issue, placement, served, variant
from digest.store.schema.ledger import (
    attempt,
    audience,
    batch,
    campaign,
    delivery,
    event,
    fate,
    learned,
    outcome,
    pruned,
)
from digest.store.schema.people import consent, signing_key, signup, subscriber, subscription, suppression, wording
from digest.store.schema.pictures import frozen_picture, picture, picture_memory
from digest.store.schema.schedule import instance, notice, pause

__all__ = [
    "UtcTime",
    "article",
    "article_change",
    "attempt",
    "audience",
    "batch",
    "campaign",
    "consent",
    "correction",
    "decision",
    "delivery",
    "event",
    "fate",
    "finding",
    "frozen",
    "frozen_picture",
    "instance",
    "issue",
    "learned",
    "metadata",
    "notice",
    "outcome",
    "pace",
    "pause",
    "picture",
    "picture_memory",
    "placement",
    "pruned",
    "served",
    "signing_key",
    "signup",
    "source_health",
    "source_memory",
    "subscriber",
    "subscription",
    "suppression",
    "variant",
    "wording",
    "worker",
]
