"""What became of an issue: what its provider took, and what it reported since."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct

from digest.models import Finding

if TYPE_CHECKING:
    from digest.store import Store
    from digest.store.issues import IssueRecord

ALARM_AFTER = timedelta(hours=24)
ALARM_BELOW = 0.95
"""Providers have taken emails and lost them: what is accepted is not yet delivered."""


class Figures(Struct, frozen=True):
    """One issue in numbers."""

    key: str
    subject: str
    due: datetime
    provider: str
    """Empty until the sending has begun."""
    began_at: datetime | None
    audience: int
    accepted: int
    rejected: int
    in_doubt: int
    heard: int
    """Emails of which the provider reported anything."""
    delivered: int
    bounced: int
    complained: int
    unsubscribed: int
    """Who left after this issue and before the next one."""
    unserved: int
    """Who chose themes that it had too little of, and got no email."""

    @property
    def delivered_percent(self) -> int | None:
        """Of the accepted ones, rounded down; None where nothing was reported."""
        return self.delivered * 100 // self.accepted if self.heard and self.accepted else None


def of(store: Store, record: IssueRecord) -> Figures:
    """The figures of one issue."""
    counts, fates = store.ledger.counts(record.id), store.events.fates(record.id)
    return Figures(
        key=record.key,
        subject=record.subject,
        due=record.due,
        provider=fates.provider,
        began_at=fates.began_at,
        audience=counts.audience,
        accepted=counts.accepted,
        rejected=counts.rejected,
        in_doubt=counts.in_doubt,
        heard=fates.heard,
        delivered=fates.delivered,
        bounced=fates.bounced,
        complained=fates.complained,
        unsubscribed=fates.unsubscribed,
        unserved=store.ledger.unserved(record.id),
    )


def last(store: Store, newsletter: str, number: int) -> tuple[Figures, ...]:
    """The figures of the last issues that went out, the newest first."""
    began = (of(store, record) for record in store.issues.all(newsletter) if record.state != "skipped")
    return tuple(each for each, _ in zip((f for f in began if f.audience), range(number), strict=False))


def findings(figures: Figures, now: datetime) -> Iterator[Finding]:
    """What needs a look a day after the sending began, where the provider can report."""
    if figures.began_at is None or now - figures.began_at < ALARM_AFTER or not figures.accepted:
        return
    from digest.send import providers  # brings httpx

    if not providers.reports(figures.provider):
        return
    if not figures.heard:
        told = f"{figures.key}: {figures.provider} has reported nothing"
        cure = f"run `digest serve`, and enter its /hooks/{figures.provider} as the webhook of your account"
        yield Finding("no-reports", "warning", told, cure)
    elif figures.delivered < ALARM_BELOW * figures.accepted:
        told = f"{figures.key}: only {figures.delivered_percent} % are delivered after a day"
        cure = f"look into the account at {figures.provider} before the next issue: it may be lists, limits or a block"
        yield Finding("delivered", "error", told, cure)
