"""Providers on loopback: one module for each, on one base. `ALL` keep the contract of `tests/send/providers`."""

from tests.fakes.base import TOKEN, WORD, Accepted, Answer, Call, Fake, Fault, Refusal, is_address
from tests.fakes.mailgun import DOMAIN, MailgunFake
from tests.fakes.mailpit import MailpitFake
from tests.fakes.postmark import PostmarkFake
from tests.fakes.resend import ResendFake
from tests.fakes.sendgrid import SendgridFake
from tests.fakes.ses import SesFake

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
    "MailpitFake",
    "PostmarkFake",
    "Refusal",
    "ResendFake",
    "SendgridFake",
    "SesFake",
    "is_address",
]

ALL: tuple[type[Fake], ...] = (MailgunFake, MailpitFake, PostmarkFake, ResendFake, SendgridFake, SesFake)
