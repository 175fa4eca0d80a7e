"""Subscribing: the form, the same as JSON, and the button that confirms."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from urllib.parse import urlsplit

from msgspec import Struct, field
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from digest import tokens
from digest.audience import addresses
from digest.config import Settings
from digest.errors import DigestError
from digest.models import Frequency
from digest.store.signups import Limits
from digest.store.signups import Request as Wish
from digest.web.public import pages, reading, shield, themes
from digest.web.public.door import Door

FILLED_IN = timedelta(seconds=2)
"""Nobody types an address faster."""
FORM_GOOD = timedelta(days=1)
_LATEST = 3


class _Given(Struct, frozen=True):
    """What was typed into the form."""

    email: str = ""
    name: str = ""
    newsletters: tuple[str, ...] = ()
    frequency: Frequency = "every"
    themes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Newsletter -> the tags that were ticked, whatever they are."""


class Joining:
    """The pages on the way in."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._rates = shield.Rates(door.main.public.per_client_an_hour)
        self._limits = Limits(all_an_hour=door.main.public.per_hour)
        site = urlsplit(door.main.newsletter.site_url)
        self._cors = {"Access-Control-Allow-Origin": f"{site.scheme}://{site.netloc}", "Vary": "Origin"}

    def routes(self) -> list[Route]:
        """Where they are."""
        return [
            Route("/", self.form),
            Route("/subscribe", self.form),
            Route("/subscribe", self.ask, methods=["POST"]),
            Route("/subscribe", self.may_ask, methods=["OPTIONS"]),
            Route("/subscribe/sent", self.sent),
            Route("/c/{token}", self.confirm_page),
            Route("/c/{token}", self.confirm, methods=["POST"]),
            Route("/subscribe/welcome", self.welcome),
        ]

    async def form(self, request: Request) -> Response:
        """The first page: what there is to subscribe to, and the latest issues."""
        settings = self._focus(request)
        tongue = pages.language(request, settings)
        chosen = self._chosen(request, settings, tongue)
        return await self._page(chosen, tongue, _Given(newsletters=(chosen.newsletter.key,)))

    async def ask(self, request: Request) -> Response:
        """Takes a request; the answer is the same whoever asks for whomever."""
        as_json = request.headers.get("content-type", "").partition(";")[0].strip() == "application/json"
        raw = await shield.body(request, shield.FORM_BYTES, self._door.body_s)
        if as_json:
            return await self._ask_json(request, raw)
        fields = shield.form(raw)
        given = dict(fields)
        settings = self._door.of_key(given.get("focus")) or self._door.main
        tongue = self._tongue(given.get("language", ""), request, settings)
        typed = _Given(
            given.get("email", "")[:300],
            given.get("name", "")[:200],
            self._known([value for name, value in fields if name == "newsletter"]) or self._only(),
            "monthly" if given.get("frequency") == "monthly" else "every",
            {key: [value for name, value in fields if name == f"theme {key}"] for key in self._keys()},
        )
        wrong = await self._take(request, typed, settings, tongue, careful=self._is_hasty(given))
        if wrong:
            return await self._page(settings, tongue, typed, wrong)
        return pages.redirect(self._door, f"/subscribe/sent?newsletter={settings.newsletter.key}&lang={tongue}")

    async def may_ask(self, _: Request) -> Response:
        """What a browser asks before a page of the newsletter's own site sends JSON (Fetch, CORS preflight)."""
        return Response(headers={**self._cors, "Access-Control-Allow-Headers": "content-type"})

    async def sent(self, request: Request) -> Response:
        """What to do now, for every address alike."""
        return self._view(request).message("sent", onward="keep-reading")

    async def confirm_page(self, request: Request) -> Response:
        """The button. Looking at it changes nothing."""
        found = tokens.confirmed(request.path_params["token"], self._door.keys(), self._door.clock())
        shown = await run_in_threadpool(self._door.store.signups.shown, found[0]) if found else None
        if shown is None:
            return self._expired(request)
        _, newsletters, language = shown
        wanted = [settings for key in newsletters if (settings := self._door.of_key(key))] or [self._door.main]
        values = {"wanted": [each.newsletter for each in wanted]}
        tongue = self._tongue(language, request, wanted[0])
        return pages.View(self._door, wanted[0], tongue).page("confirm", values, private=True)

    async def confirm(self, request: Request) -> Response:
        """Subscribes; a second time changes nothing."""
        await shield.body(request, shield.FORM_BYTES, self._door.body_s)
        now = self._door.clock()
        found = tokens.confirmed(request.path_params["token"], self._door.keys(), now)
        done = await run_in_threadpool(self._door.store.signups.confirm, *found, now) if found else None
        if done is None:
            return self._expired(request)
        self._door.counts["digest_confirmations_total",] += 1
        return pages.redirect(self._door, f"/subscribe/welcome?newsletter={done.newsletters[0]}&lang={done.language}")

    async def welcome(self, request: Request) -> Response:
        """Done."""
        return self._view(request).message("welcome", onward="keep-reading")

    async def _ask_json(self, request: Request, raw: bytes) -> Response:
        try:
            given = json.loads(raw)
        except (ValueError, RecursionError):
            given = None
        if not isinstance(given, dict) or not isinstance(given.get("email"), str):
            return JSONResponse({"error": 'expected {"email": "name@example.org"}'}, 400, headers=self._cors)
        typed = _Given(
            given["email"][:300],
            str(given.get("name") or "")[:200],
            self._known(_texts(given.get("newsletters"))) or (self._door.main.newsletter.key,),
            "monthly" if given.get("frequency") == "monthly" else "every",
            dict.fromkeys(self._keys(), _texts(given.get("themes"))),
        )
        settings = self._door.of_key(typed.newsletters[0]) or self._door.main
        tongue = self._tongue(str(given.get("language") or ""), request, settings)
        wrong = await self._take(request, typed, settings, tongue)
        if wrong:
            return JSONResponse({"error": pages.say(settings, tongue)(wrong)}, 422, headers=self._cors)
        headers = {"Cache-Control": "no-store", **self._cors}
        return JSONResponse({"status": "check your inbox"}, 202, headers=headers)

    async def _take(
        self, request: Request, typed: _Given, settings: Settings, tongue: str, *, careful: bool = False
    ) -> str:
        """Keeps the request, unless a machine made it; gives the name of what is to be mended, or nothing."""
        try:
            address = addresses.checked(typed.email)
        except DigestError:
            return "wrong-email"
        if not typed.newsletters:
            return "wrong-choice"
        asking = shield.client(request.scope, self._door.main.public.trusted_proxies)
        allowed = self._rates.allows(asking)
        if careful or not allowed:
            self._door.counts["digest_subscribe_requests_total", "ignored"] += 1
            return ""
        self._door.counts["digest_subscribe_requests_total", "taken"] += 1
        wish = Wish(
            address,
            addresses.shown(typed.name),
            tongue,
            typed.newsletters,
            typed.frequency,
            "subscribe page",
            self._wording(settings, tongue),
            self._themes(typed),
        )
        await run_in_threadpool(self._door.store.signups.ask, wish, self._door.clock(), self._limits)
        self._door.asked()
        return ""

    async def _page(self, settings: Settings, tongue: str, given: _Given, wrong: str = "") -> Response:
        issues = await run_in_threadpool(reading.published, self._door, settings, _LATEST)
        values = {
            "given": given,
            "offers": themes.offers(
                self._door.editions, {key: given.themes.get(key, ()) for key in self._keys()}, none_is_all=False
            ),
            "wrong": wrong,
            "stamp": tokens.stamp(self._door.clock(), self._door.keys()[0]),
            "wording": self._wording(settings, tongue),
            "issues": issues,
            "feed": True,
        }
        return pages.View(self._door, settings, tongue).page("subscribe", values, status=422 if wrong else 200)

    def _is_hasty(self, given: Mapping[str, str]) -> bool:
        """Filled in by a machine: the field that nobody sees, or faster than anybody types."""
        shown = tokens.shown_at(given.get("stamp", ""), self._door.keys())
        if given.get("website") or shown is None:
            return True
        return not FILLED_IN <= self._door.clock() - shown <= FORM_GOOD

    def _wording(self, settings: Settings, tongue: str) -> str:
        """What stands above the button, and is kept with the yes."""
        say, newsletter = pages.say(settings, tongue), settings.newsletter
        what = newsletter.name if len(self._door.editions) == 1 else say("chosen-above")
        return say("wording", organisation=newsletter.organisation, newsletters=what)

    def _expired(self, request: Request) -> Response:
        settings = self._door.main
        tongue = pages.language(request, settings)
        return pages.View(self._door, settings, tongue).message("expired", status=410, onward="subscribe")

    def _view(self, request: Request) -> pages.View:
        settings = self._focus(request)
        return pages.View(self._door, settings, pages.language(request, settings))

    def _focus(self, request: Request) -> Settings:
        return self._door.of_key(request.query_params.get("newsletter")) or self._door.main

    def _chosen(self, request: Request, settings: Settings, tongue: str) -> Settings:
        """The edition in the reader's language, unless the address names another."""
        if request.query_params.get("newsletter"):
            return settings
        mine = [each for each in self._door.editions if each.newsletter.language.partition("-")[0] == tongue]
        return mine[0] if mine else settings

    def _tongue(self, wanted: str, request: Request, settings: Settings) -> str:
        return pages.known_language(wanted, settings) or pages.language(request, settings)

    def _keys(self) -> list[str]:
        return [each.newsletter.key for each in self._door.editions]

    def _themes(self, typed: _Given) -> dict[str, tuple[str, ...]]:
        """Newsletter -> the themes that are wanted of it, where that is not all of them."""
        mine = [(key, settings) for key in typed.newsletters if (settings := self._door.of_key(key))]
        found = {key: themes.wanted(settings, typed.themes.get(key, ())) for key, settings in mine}
        return {key: tags for key, tags in found.items() if tags}

    def _known(self, keys: Sequence[str]) -> tuple[str, ...]:
        return tuple(each.newsletter.key for each in self._door.editions if each.newsletter.key in keys)

    def _only(self) -> tuple[str, ...]:
        """Where there is but one newsletter, nobody has to choose it."""
        return (self._door.main.newsletter.key,) if len(self._door.editions) == 1 else ()


def _texts(listed: object) -> list[str]:
    """The texts in a list that came as JSON."""
    return [each for each in listed if isinstance(each, str)] if isinstance(listed, list) else []
