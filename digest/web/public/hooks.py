"""What providers report: proved over the bytes as they came, kept once, answered after the commit."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import get_args

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from digest import net
from digest.config import Settings
from digest.config.providers import ProviderName
from digest.errors import ConfigError, Forged
from digest.send import providers
from digest.send.providers.provider import Hook
from digest.web.public import shield
from digest.web.public.door import Door

log = logging.getLogger("digest.web")


class Hooks:
    """The doors for providers."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def routes(self) -> list[Route]:
        """Where they are."""
        return [
            Route("/hooks/{provider}", self.there),
            Route("/hooks/{provider}", self.report, methods=["POST"]),
        ]

    async def there(self, request: Request) -> Response:
        """Some providers look whether there is a door before they use it."""
        known = request.path_params["provider"] in self._door.hooks
        return PlainTextResponse("", 200 if known else 404)

    async def report(self, request: Request) -> Response:
        """One call of a provider: 200 when all that it says is kept, 403 when it is not the provider's."""
        provider = request.path_params["provider"]
        hook = self._door.hooks.get(provider)
        if hook is None:
            return PlainTextResponse("", 404)
        raw = await shield.body(request, shield.HOOK_BYTES, self._door.body_s)
        headers = dict(request.headers)
        try:
            await run_in_threadpool(lambda: hook.verify(headers, raw, self._door.clock(), _fetch))
            events = hook.events(raw)
        except Forged as error:
            self._door.counts["digest_forged_reports_total", provider] += 1
            log.warning("%s: a report was refused: %s", provider, error)
            return PlainTextResponse("", 403)
        await self._door.report((provider, events))
        return PlainTextResponse("", 200)


def found(editions: Sequence[Settings]) -> Mapping[str, Hook]:
    """Provider -> what reads its reports, for each that has a table in config.toml and says its secret."""
    hooks: dict[str, Hook] = {}
    for settings in editions:
        for name in get_args(ProviderName):
            table = getattr(settings.send, name, None)
            if name in hooks or table is None or name not in providers.names():
                continue
            made = getattr(import_module(f"digest.send.providers.{name}"), "Hook", None)
            if made is None:
                continue
            try:
                hooks[name] = made(table, _secrets(settings, name))
            except ConfigError as error:
                log.warning("no reports of %s are taken: %s", name, error)
    return hooks


def _secrets(settings: Settings, provider: str) -> dict[str, str]:
    """Those that are there: a door needs its own only, not the token that sends."""
    revealed = {}
    for key, secret in getattr(settings.send, provider).places:
        try:
            revealed[key] = settings.reveal(secret, "send", provider, key)
        except ConfigError as error:
            log.debug("%s", error)
    return revealed


def _fetch(url: str) -> bytes:
    return net.get(url).expect_ok().body
