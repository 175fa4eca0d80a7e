"""From frozen bytes to a campaign at a provider that keeps the list itself: no audience of ours is fixed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from digest.config import Settings
from digest.config.providers import CampaignSettings
from digest.errors import DigestError
from digest.models import Campaign

if TYPE_CHECKING:
    from digest.store import Store
    from digest.store.issues import IssueRecord


def chosen(settings: Settings) -> bool:
    """Whether the provider keeps the list itself."""
    return isinstance(settings.send.own, CampaignSettings)


def hand_over(settings: Settings, store: Store, record: IssueRecord) -> tuple[Campaign, bool]:
    """The issue's campaign, and whether anything is new about it; the caller holds the lock.

    One that was sent is not asked about again. Raises DigestError when the provider refuses, or
    cannot be asked, and when the issue was begun through another.
    """
    from digest import send as sending  # brings httpx: only who sends pays for it
    from digest.send import campaigns

    before = store.campaigns.get(record.id)
    if before and before.campaign.state == "sent":
        return before.campaign, False
    own = settings.send.own
    letter = sending.Letter(
        email=store.issues.email(record.id),
        sender=settings.newsletter.from_,
        date=record.approved_at or record.due,
        pictures={},
    )
    with campaigns.opened(settings.send, letter, settings.secrets(), record.key) as (api, client):
        handing = campaigns.HandOver(api, client, record, settings.send.provider, store.campaigns)
        campaign = handing.go(lambda: datetime.now(UTC), at_due=isinstance(own, CampaignSettings) and own.schedule)
    return campaign, True


def refuse_begun(store: Store, record: IssueRecord) -> None:
    """Raises DigestError when the issue is a campaign already: another provider would send it a second time."""
    begun = store.campaigns.get(record.id)
    if begun:
        cure = f'set send.provider = "{begun.provider}" again to finish it'
        raise DigestError(f"{record.key} was begun through {begun.provider}, which alone knows whom it took; {cure}")
