"""The email-service providers: one file each, and none knows another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from digest.config.tables import MailgunSettings, ResendSettings, SendSettings
from digest.errors import DigestError
from digest.send.http import OverHttp
from digest.send.message import Letter
from digest.send.providers.mailgun import Mailgun
from digest.send.providers.outbox import Outbox
from digest.send.providers.provider import Provider
from digest.send.providers.resend import Resend


@contextmanager
def chosen(settings: SendSettings, letter: Letter, *, token: str, folder: Path) -> Iterator[Provider]:
    """The provider that the settings name; its connections end with the `with`.

    `token` is that provider's secret, empty for the outbox; `folder` is where config.toml stands.
    """
    match settings.provider, settings.resend, settings.mailgun:
        case "outbox", _, _:
            yield Outbox(folder / settings.outbox.folder, letter)
        case "resend", ResendSettings() as own, _:
            with OverHttp(Resend(letter, token, own.base_url)) as provider:
                yield provider
        case "mailgun", _, MailgunSettings() as own:
            with OverHttp(Mailgun(letter, token, own.base_url, own.domain)) as provider:
                yield provider
        case name, _, _:
            raise DigestError(f"there is no provider {name}, or its table [send.{name}] is missing in config.toml")
