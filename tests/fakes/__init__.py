"""Providers on loopback: one module for each, on one base. `ALL` keep the contract of `tests/send/providers`."""

from tests.fakes.base import TOKEN, WORD, Accepted, Answer, Call, Fake, Fault, Refusal, is_address
from tests.fakes.mailgun import DOMAIN, MailgunFake
from tests.fakes.resend import ResendFake

__all__ = [
    "ALL",
    "DOMAIN",
    "TOKEN",
    "WORD",
    "Accepted",
    "Answer",
    "Call",
    "Fake",
    "Fault",
    "MailgunFake",
    "Refusal",
    "ResendFake",
    "is_address",
]

ALL: tuple[type[Fake], ...] = (MailgunFake, ResendFake)
