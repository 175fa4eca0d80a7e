"""Leaving with one click, by the mail program or by the button, and choosing what one gets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from digest import tokens
from digest.config import Settings
from digest.models import Choice, Frequency
from digest.store.people import Leaving as Departure
from digest.store.people import Person
from digest.web.public import pages, shield, themes
from digest.web.public.door import Door


class _Link(Struct, frozen=True):
    """What an unsubscribe link means here."""

    token: str
    settings: Settings
    """The edition that its page is about."""
    one: bool
    """Whether it leaves one newsletter only."""


class Leaving:
    """The pages on the way out."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def routes(self) -> list[Route]:
        """Where they are."""
        return [
            Route("/u/{part}", self.page),
            Route("/u/{part}", self.leave, methods=["POST"]),
            Route("/u/{part}/left", self.left),
            Route("/u/{part}/choices", self.choices),
            Route("/u/{part}/choices", self.choose, methods=["POST"]),
        ]

    async def page(self, request: Request) -> Response:
        """The button; the same for every link that we may have made. Looking at it changes nothing."""
        link = await self._link(request)
        if link is None:
            return self._missing(request)
        values = {"leaves_one": link.one, "here": f"{self._door.base}/u/{request.path_params['part']}"}
        tongue = pages.language(request, link.settings)
        return pages.View(self._door, link.settings, tongue).page("leave", values, private=True)

    async def leave(self, request: Request) -> Response:
        """RFC 8058: `List-Unsubscribe=One-Click`, or the button. Answered when it is committed."""
        link, raw = await self._link(request), await shield.body(request, shield.FORM_BYTES, self._door.body_s)
        if link is None:
            return self._missing(request)
        by_machine = b"One-Click" in raw and b"List-Unsubscribe" in raw  # urlencoded or multipart (section 3.2)
        if not by_machine and ("action", "leave") not in shield.form(raw):
            return self._missing(request, 400)
        left = (link.settings.newsletter.key,) if link.one else ()
        source = "one-click" if by_machine else "unsubscribe page"
        changed = await self._door.leave(Departure(link.token, left, source, self._door.clock()))
        self._door.counts["digest_unsubscribes_total", source, "changed" if changed else "unchanged"] += 1
        if by_machine:
            return PlainTextResponse("You are unsubscribed.\n", headers={"Cache-Control": "no-store"})
        tongue = pages.language(request, link.settings)
        return pages.redirect(self._door, f"/u/{request.path_params['part']}/left?lang={tongue}")

    async def left(self, request: Request) -> Response:
        """Done, and a way back."""
        link = await self._link(request)
        if link is None:
            return self._missing(request)
        tongue = pages.language(request, link.settings)
        return pages.View(self._door, link.settings, tongue).message("left", onward="come-back")

    async def choices(self, request: Request) -> Response:
        """What the reader gets. Looking at it changes nothing."""
        link = await self._link(request)
        person = await run_in_threadpool(self._door.store.people.by_token, link.token) if link else None
        if link is None or person is None or person.state != "active":
            return self._missing(request)
        return self._choices(request, link, person)

    async def choose(self, request: Request) -> Response:
        """Keeps exactly what was chosen."""
        link = await self._link(request)
        fields = shield.form(await shield.body(request, shield.FORM_BYTES, self._door.body_s))
        people, now = self._door.store.people, self._door.clock()
        person = await run_in_threadpool(people.by_token, link.token) if link else None
        if link is None or person is None or ("action", "save") not in fields:
            return self._missing(request)
        wanted = self._wanted(fields, {each.newsletter: each.choice for each in person.listings})
        if wanted is None:
            return self._choices(request, link, person, "wrong-themes")
        offered = tuple(each.newsletter.key for each in self._door.editions)
        if not await run_in_threadpool(people.choose, link.token, wanted, offered, now, "choices page"):
            return self._missing(request)
        tongue = pages.language(request, link.settings)
        return pages.redirect(self._door, f"/u/{request.path_params['part']}/choices?saved=1&lang={tongue}")

    def _choices(self, request: Request, link: _Link, person: Person, wrong: str = "") -> Response:
        gets = {each.newsletter: each.choice for each in person.listings if each.left_at is None}
        values = {
            "got": tuple(gets),
            "frequency": "monthly" if any(each.frequency == "monthly" for each in gets.values()) else "every",
            "offers": themes.offers(self._door.editions, {key: each.themes for key, each in gets.items()}),
            "masked": masked(person),
            "saved": request.query_params.get("saved") == "1" and not wrong,
            "wrong": wrong,
            "leave_href": f"{self._door.base}/u/{request.path_params['part']}",
        }
        view = pages.View(self._door, link.settings, pages.language(request, link.settings))
        return view.page("choices", values, private=True, status=422 if wrong else 200)

    def _wanted(self, fields: Sequence[tuple[str, str]], before: Mapping[str, Choice]) -> Mapping[str, Choice] | None:
        """Newsletter -> how it is wanted, for those that are; None when no theme of one of them was ticked."""
        frequency: Frequency = "monthly" if ("frequency", "monthly") in fields else "every"
        wanted: dict[str, Choice] = {}
        for settings in self._door.editions:
            key = settings.newsletter.key
            if ("newsletter", key) not in fields:
                continue
            tags: tuple[str, ...] | None = before.get(key, Choice()).themes
            if themes.was_asked(fields, settings):
                tags = themes.ticked(fields, settings)
            if tags is None:
                return None
            wanted[key] = Choice(frequency, tags)
        return wanted

    async def _link(self, request: Request) -> _Link | None:
        found = tokens.reader_link(request.path_params["part"], self._door.keys())
        if found is None:
            return None
        if not found.code and await run_in_threadpool(self._door.store.people.by_token, found.token) is None:
            return None  # of before links were signed, or one of today that was cut off: only the store can tell
        settings = self._door.of_code(found.code)
        return _Link(found.token, settings or self._door.main, one=settings is not None)

    def _missing(self, request: Request, status: int = 404) -> Response:
        settings = self._door.main
        tongue = pages.language(request, settings)
        return pages.View(self._door, settings, tongue).message("missing", status=status, onward="home")


def masked(person: Person) -> str:
    """`a…@example.org`: an email that is passed on must not show whose it was."""
    local, _, domain = person.address.rpartition("@")
    return f"{local[:1]}…@{domain}"
