"""A provider over HTTP together with its fake, as the contract and the vendors' own tests use them."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager
from importlib import import_module
from types import ModuleType
from typing import Any

import httpx

from digest.config.providers import ProviderSettings
from digest.config.tables import SendSettings
from digest.models import Batch, Email
from digest.net import guard
from digest.send import Letter
from digest.send.http import OverHttp
from digest.send.providers.provider import Found
from tests.fakes import Fake
from tests.send.scene import LETTER, NOW

SYNTAX = (
    "%recipient.name% %unsubscribe_url% {{name}} {{{name}}} {{params.name}} {{#if name}}x{{/if}} {%if name%} "
    "*|NAME|* *|UNSUB|* [[var:name]] {{var:name}} {$name} -name- <%name%> [name] %%name%% :name"
)
"""Placeholders of every vendor, as an article could hold them."""


def module(name: str) -> ModuleType:
    """The provider's module."""
    return import_module(f"digest.send.providers.{name}")


def own(fake: type[Fake] | Fake, url: str, **changes: object) -> ProviderSettings:
    """The provider's table, with this base_url."""
    table = {**fake.own, "base_url": url, **changes}
    return SendSettings.model_validate({"provider": fake.name, fake.name: table}).own


def api(fake: Fake, letter: Letter = LETTER, secrets: Mapping[str, str] | None = None) -> Any:
    """The provider's API at the address of its fake."""
    return module(fake.name).Api(letter, own(fake, fake.url), fake.secrets if secrets is None else secrets)


def over(
    fake: Fake, letter: Letter = LETTER, secrets: Mapping[str, str] | None = None, *, answer_s: float = 10.0
) -> AbstractContextManager[OverHttp]:
    """The provider itself."""
    return OverHttp(api(fake, letter, secrets), answer_s)


def letter(subject: str, html: str, text: str) -> Letter:
    """A letter of these; the tokens are those of the scene."""
    return Letter(Email(subject, "p", html, text, "", LETTER.email.tokens), LETTER.sender, LETTER.date, {})


def found(fake: Fake, batch: Batch) -> Found:
    """What the provider says when it is asked about this batch."""
    with httpx.Client(verify=guard.tls()) as client:
        return asked(api(fake).inquire(batch, NOW), client.send)[0]


def asked(
    asking: Generator[httpx.Request, httpx.Response, Found], answer: Callable[[httpx.Request], httpx.Response]
) -> tuple[Found, list[httpx.Request]]:
    """What an inquiry comes to when its requests are answered so, and the requests."""
    requests = [next(asking)]
    while True:
        response = answer(requests[-1])
        assert response.is_success, response.text
        try:
            requests.append(asking.send(response))
        except StopIteration as end:
            return end.value, requests


def filled(page: str, values: Mapping[str, str]) -> str:
    """A frozen page with a recipient's values in its places."""
    for name, token in LETTER.email.tokens.items():
        page = page.replace(token, values[name])
    return page


def shown(text: str) -> str:
    """Text or markup as a reader sees it: entities resolved, and without the signs that show as nothing."""
    return re.sub("[\u200b-\u200d\u2060\ufeff]", "", html.unescape(text))
