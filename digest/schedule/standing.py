"""Where a newsletter's issues stand now, as its clock has to know it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from digest import config, pipeline
from digest.compose import window
from digest.config import Settings
from digest.schedule.due import TRY_AGAIN, Position, Standing

if TYPE_CHECKING:
    from digest.store import Store
    from digest.store.issues import IssueRecord

STILL = timedelta(minutes=5)
"""An overlay counts as edited when it has not changed for so long, while there is time: not at every save."""


def of(settings: Settings, store: Store, now: datetime) -> Standing:
    """Reads the issues of the slots that `now` may ask something of."""
    schedule, zone = settings.schedule, settings.newsletter.zone
    latest = store.issues.latest(settings.newsletter.key)
    slots = window.latest_due(schedule, zone, now), window.latest_closed(schedule, zone, now)
    records = {slot.period: store.issues.get(pipeline.key_of(settings, slot)) for slot in slots}
    positions = {period: position(settings, store, record, now) for period, record in records.items() if record}
    return Standing(latest.due if latest else None, positions)


def position(settings: Settings, store: Store, record: IssueRecord, now: datetime) -> Position:
    """Of one issue."""
    begun, unsent = _sending(store, record, now) if record.state == "approved" else (False, True)
    fresh = record.state in ("frozen", "approved") and not begun
    edited = fresh and pipeline.edited(settings, record) and (now >= record.due or _still(settings, record, now))
    return Position(record.state, record.state_at, unsent=unsent, begun=begun, edited=edited)


def _sending(store: Store, record: IssueRecord, now: datetime) -> tuple[bool, bool]:
    """Whether its sending has begun, and whether something of it can be done now."""
    if handed := store.campaigns.get(record.id):
        open_still = handed.campaign.state not in ("sent", "stopped")
        return True, open_still and now - handed.seen_at >= TRY_AGAIN
    if store.ledger.halt(record.id):
        return True, False  # a person has stopped it
    begun, left = store.issues.sending(record.id)
    askable = (doubt.ask_at is not None and doubt.ask_at <= now for doubt in store.ledger.in_doubt(record.id))
    return begun, left or not begun or any(askable)


def _still(settings: Settings, record: IssueRecord, now: datetime) -> bool:
    file = config.overlay_file(settings.folder, record.key)
    return not file.exists() or now.timestamp() - file.stat().st_mtime >= STILL.total_seconds()
