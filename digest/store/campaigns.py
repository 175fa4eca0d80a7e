"""Campaigns: what an issue came to at a provider that keeps the list itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy import Connection, select, update

from digest.errors import DigestError
from digest.models import Campaign
from digest.store import database, schema
from digest.store.database import Database

_TABLE = schema.campaign

Call = Literal["create", "start"]


class CampaignRecord(Struct, frozen=True):
    """One issue's campaign."""

    provider: str
    call: Call
    """The last call that may not be repeated blindly."""
    called_at: datetime
    campaign: Campaign
    seen_at: datetime
    """When the provider described it so."""


class Campaigns:
    """At most one for each issue."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def get(self, issue_id: int) -> CampaignRecord | None:
        """The issue's campaign; None when it was never handed over."""
        with self._db.read() as connection:
            row = connection.execute(select(_TABLE).where(_TABLE.c.issue_id == issue_id)).one_or_none()
        if row is None:
            return None
        return CampaignRecord(
            row.provider, row.call, row.called_at, Campaign(row.state, row.id, row.sent, row.said), row.seen_at
        )

    def claim(self, issue_id: int, provider: str, call: Call, campaign: Campaign, at: datetime) -> None:
        """Records a call before its first byte leaves. Raises DigestError when the issue was begun through another."""
        values = {"call": call, "called_at": at, **_seen(campaign, at)}
        with self._db.write() as connection:
            _refuse_another(connection, issue_id, provider)
            row = database.insert(connection, _TABLE).values(issue_id=issue_id, provider=provider, **values)
            connection.execute(row.on_conflict_do_update(index_elements=["issue_id"], set_=values))

    def seen(self, issue_id: int, campaign: Campaign, at: datetime) -> None:
        """What the provider says now, or what is not known."""
        with self._db.write() as connection:
            connection.execute(update(_TABLE).where(_TABLE.c.issue_id == issue_id).values(_seen(campaign, at)))


def _seen(campaign: Campaign, at: datetime) -> dict[str, Any]:
    return {**asdict(campaign), "seen_at": at}


def _refuse_another(connection: Connection, issue_id: int, provider: str) -> None:
    of_issue = schema.audience.c.issue_id == issue_id
    before = connection.scalar(select(_TABLE.c.provider).where(_TABLE.c.issue_id == issue_id))
    before = before or connection.scalar(select(schema.audience.c.provider).where(of_issue))
    if before not in (None, provider):
        cure = f'set send.provider = "{before}" again to finish it'
        raise DigestError(f"this issue was begun through {before}, which alone knows whom it took; {cure}")
