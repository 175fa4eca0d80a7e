"""Providers on loopback: one module for each, on one base. `ALL` keep the contract of `tests/send/providers`."""

from tests.fakes.base import TOKEN, WORD, Accepted, Answer, Call, Fake, Fault, Refusal, is_address
from tests.fakes.brevo import BrevoFake
from tests.fakes.mailersend import MailersendFake
from tests.fakes.mailgun import DOMAIN, MailgunFake
from tests.fakes.mailjet import MailjetFake
from tests.fakes.mailpit import MailpitFake
from tests.fakes.mailtrap import MailtrapFake
from tests.fakes.mandrill import MandrillFake
from tests.fakes.postal import PostalFake
from tests.fakes.postmark import PostmarkFake
from tests.fakes.resend import ResendFake
from tests.fakes.scaleway import ScalewayFake
from tests.fakes.sendgrid import SendgridFake
from tests.fakes.ses import SesFake
from tests.fakes.sparkpost import SparkpostFake

__all__ = [
    "ALL",
    "DOMAIN",
    "TOKEN",
    "WORD",
    "Accepted",
    "Answer",
    "BrevoFake",
    "Call",
    "Fake",
    "Fault",
    "MailersendFake",
    "MailgunFake",
    "MailjetFake",
    "MailpitFake",
    "MailtrapFake",
    "MandrillFake",
    "PostalFake",
    "PostmarkFake",
    "Refusal",
    "ResendFake",
    "ScalewayFake",
    "SendgridFake",
    "SesFake",
    "SparkpostFake",
    "is_address",
]

ALL: tuple[type[Fake], ...] = (
    BrevoFake,
    MailersendFake,
    MailgunFake,
    MailjetFake,
    MailpitFake,
    MailtrapFake,
    MandrillFake,
    PostalFake,
    PostmarkFake,
    ResendFake,
    ScalewayFake,
    SendgridFake,
    SesFake,
    SparkpostFake,
)
