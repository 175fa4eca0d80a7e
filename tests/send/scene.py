"""A frozen issue with its audience, and a letter, for every test of sending."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from digest.config.providers import MailgunSettings, ResendSettings
from digest.models import Batch, Delivery, Email, Issue, Sender, Subscriber
from digest.send import Letter, Plan
from digest.send.providers import mailgun, resend
from digest.store.issues import IssueRecord
from digest.store.opened import Store
from tests.builders import SLOT, WEEK
from tests.fakes import DOMAIN

KEY = "weekly-2026-W47"
NOW = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)
SENDER = Sender(
    "Дайджест новин",
    "desk@news.example.org",
    "reply@news.example.org",
    "weekly.news.example.org",
    "desk@news.example.org",
)
TOKENS = {"name": "zNAME0z", "address": "zADDRESS0z", "unsubscribe_url": "zLEAVE0z"}
EMAIL = Email(
    subject="Тиждень: 100% of %recipient.name%",
    preheader="What happened",
    html=(
        "<!doctype html>\n<html lang=uk><body><h1>Новини тижня</h1>\n<p>Hello zNAME0z, %recipient.name% stays.</p>\n"
        '<img src="https://pictures.invalid/a.png?x=1&amp;y=2"><p>'
        + "word " * 60
        + '</p>\n<a href="zLEAVE0z">Leave</a> zADDRESS0z</body></html>\n'
    ),
    text="Новини тижня\n\nHello zNAME0z, %recipient.name% stays.\nLeave: zLEAVE0z",
    web='<html><body><img src="https://pictures.invalid/a.png?x=1&amp;y=2"></body></html>',
    tokens=TOKENS,
)
LETTER = Letter(EMAIL, SENDER, NOW, {})


def resend_api(url: str, token: str, letter: Letter = LETTER) -> resend.Api:
    """Resend's API at this address."""
    own = ResendSettings.model_validate({"token": {"env": "T"}, "base_url": url})
    return resend.Api(letter, own, {"token": token})


def mailgun_api(url: str, token: str, letter: Letter = LETTER) -> mailgun.Api:
    """Mailgun's API at this address."""
    own = MailgunSettings.model_validate({"token": {"env": "T"}, "base_url": url, "domain": DOMAIN})
    return mailgun.Api(letter, own, {"token": token})


def batch(*addresses: str, key: str = "weekly-2026-W47-1-abc") -> Batch:
    """A claimed batch for these addresses, numbered from 1."""
    return Batch(KEY, 1, 1, tuple(delivery(n, a) for n, a in enumerate(addresses, 1)), key)


def delivery(number: int = 1, address: str = "ann@readers.org", name: str = 'Ann <Ö\'Hara> & "Co"') -> Delivery:
    """What one recipient gets."""
    fields = {"name": name, "address": address, "unsubscribe_url": f"https://news.example.org/u/token{number}?a=1&b=2"}
    return Delivery(number, address, fields)


def begun(store: Store) -> IssueRecord:
    """An approved issue, before anything was fixed or handed over."""
    issue = Issue(
        key=KEY,
        newsletter="weekly",
        period=SLOT.period,
        number=1,
        window=WEEK,
        language="uk",
        subject=EMAIL.subject,
        preheader=EMAIL.preheader,
        lead=None,
        sections=(),
        verdicts=(),
    )
    record = store.issues.begin("weekly", SLOT, issue.key, NOW)
    store.issues.freeze(record.id, issue, EMAIL, by="a run", at=NOW)
    store.issues.approve(record.id, EMAIL.sha256, "an editor", NOW)
    return record


def frozen(store: Store, people: int, batch_size: int) -> IssueRecord:
    """An approved issue whose audience is `reader1@readers.org` and so on, in batches of that size."""
    readers = [Subscriber(f"reader{n}@readers.org", f"Reader {n}") for n in range(1, people + 1)]
    store.people.add(readers, "weekly", NOW)
    record = begun(store)
    store.ledger.freeze_audience(
        record.id, batch_size=batch_size, provider="resend", unsubscribe_url="https://news.example.org/u/", at=NOW
    )
    return record


def plan(**changes: object) -> Plan:
    """One worker by a clock that runs a hundred times as fast, so that waits are short."""
    return Plan(**{"clock": fast_clock()} | changes)


def fast_clock(times: int = 100) -> Callable[[], datetime]:
    """The time since now, `times` as fast as it is."""
    begun = time.monotonic()
    return lambda: NOW + timedelta(seconds=(time.monotonic() - begun) * times)
