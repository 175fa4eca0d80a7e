"""From frozen bytes to an outcome for each subscriber: the audience is fixed, and what is left of it is sent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from digest import collect, tokens
from digest.config import Settings
from digest.errors import AttentionNeeded, ConfigError
from digest.models import OUTBOX, Counts, Email
from digest.pipeline import audience
from digest.pipeline.job import Job

if TYPE_CHECKING:
    from digest.send import Pace
    from digest.send.ladder import Asked, Policy
    from digest.send.providers.provider import Capabilities, Provider
    from digest.store import Store
    from digest.store.issues import IssueRecord
    from digest.store.ledger import Doubt

_MARGIN = 1.2
"""JSON and the recipient's own values, over the bare bytes of an email."""


def deliver(settings: Settings, store: Store, record: IssueRecord, job: Job) -> Counts:
    """Fixes the audience, once, and works through what is left of it; the caller holds the lock.

    Raises AttentionNeeded when nobody is subscribed, when the audience is not what was to be
    expected, and when a person stops it meanwhile.
    """
    from digest import send as sending  # brings httpx: only who sends pays for it

    pace = sending.Pace(settings.send.rate_per_s, settings.send.burst)
    with provider(settings, store, record, pace) as through:
        email = store.issues.email(record.id)
        size = freeze_audience(settings, store, record, job, batch_size(settings, through.capabilities, email))
        plan = sending.Plan(
            clock=lambda: datetime.now(UTC),
            workers=min(settings.send.workers, size),
            pace=pace,
            on_progress=job.watch.sent,
            stop=job.stop,
            in_doubt=settings.send.in_doubt,
            most_rejected=None if "rejections" in job.accept else sending.MOST_REJECTED,
            regrets=lambda: store.events.regrets(record.id),
            most_complained=None if "complaints" in job.accept else sending.MOST_COMPLAINED,
            most_bounced=None if "rejections" in job.accept else sending.MOST_BOUNCED,
        )
        return sending.issue(record, store.ledger, through, plan)


def ask(
    settings: Settings, store: Store, record: IssueRecord, doubts: Sequence[Doubt], policy: Policy
) -> tuple[Asked, ...]:
    """Asks the provider about these batches in doubt now, whatever it can be believed about yet."""
    from digest import send as sending
    from digest.send import ladder

    now = datetime.now(UTC)
    with provider(settings, store, record, sending.Pace()) as through:
        return tuple(ladder.ask_about(record, store.ledger, through, doubt, now, policy) for doubt in doubts)


def refuse_misfits(settings: Settings) -> None:
    """Raises ConfigError for what the settings ask of a provider that cannot do it, all of it at once."""
    from digest.send import providers

    found = providers.misfits(settings.send)
    if found:
        raise ConfigError([f"{settings.place('send', key)}: {why}" for key, why in found])


@contextmanager
def provider(settings: Settings, store: Store, record: IssueRecord, pace: Pace) -> Iterator[Provider]:
    """The newsletter's provider, given the issue's frozen bytes; `pace` hears what its answers say of limits."""
    from digest import send as sending
    from digest.send import providers

    email = store.issues.email(record.id)
    letter = sending.Letter(
        email=email,
        sender=settings.newsletter.from_,
        date=record.approved_at or record.due,
        pictures=store.pictures.shown(email.html, email.web) if settings.send.provider == OUTBOX else {},
        variant=lambda number: store.issues.variant(record.id, number),
    )
    secrets, folder = settings.secrets(), settings.folder
    with providers.chosen(settings.send, letter, secrets=secrets, folder=folder, heard=pace.hear) as opened:
        yield opened


def batch_size(settings: Settings, able: Capabilities, email: Email) -> int:
    """As large as the settings and the provider allow; small where a lost answer could not be asked for again."""
    usual = able.largest_batch if able.replay_within else min(able.largest_batch, 100)
    size = settings.send.batch or usual
    if able.body == "whole" and able.largest_bytes:
        one = int((len(email.html.encode()) + len(email.text.encode())) * _MARGIN)
        size = min(size, max(1, able.largest_bytes // one))
    return size


def freeze_audience(
    settings: Settings, store: Store, record: IssueRecord, job: Job, size_of_batch: int, *, jobs: bool = False
) -> int:
    """Fixes who gets this issue, once, with `jobs` for the workers; those of the sample are reached by the outbox only.

    Raises AttentionNeeded when nobody is subscribed.
    """
    from digest.send import providers

    now = datetime.now(UTC)
    if settings.send.provider == OUTBOX:
        store.people.add(collect.readers(settings.sources), record.newsletter, now)
    size = store.ledger.freeze_audience(
        record.id,
        provider=settings.send.provider,
        batch_size=size_of_batch,
        unsubscribe_url=tokens.unsubscribe_prefix(settings.newsletter.public_url, record.newsletter),
        at=now,
        guard=audience.guard(settings.send, record.key, providers.refuses(settings.send.provider), job.accept),
        jobs=jobs,
    )
    if not size:
        cure = f"digest subscribers import FILE && digest send {record.key}"
        nobody = "nobody is subscribed, or it has too little of the themes that they chose"
        raise AttentionNeeded(f"{record.key} was not sent: {nobody}\n  add people, then: {cure}")
    return size
