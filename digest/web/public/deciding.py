"""Where an editor says yes or no to a draft, from the link in its email: only the button decides anything."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from digest import desk, phrases, pipeline, tokens
from digest.config import Settings
from digest.errors import DigestError
from digest.pipeline import proving
from digest.splice import Page, for_html
from digest.web.public import pages, shield
from digest.web.public.door import Door

if TYPE_CHECKING:
    from digest.store.findings import Noted
    from digest.store.issues import IssueRecord

WHATS: tuple[tokens.Decision, ...] = ("approve", "hold")
FRAME_POLICY = shield.ISSUE_POLICY.replace("frame-ancestors 'none'", "frame-ancestors 'self'") + "; sandbox"
PAGE_POLICY = f"{shield.POLICY}; frame-src 'self'"


class _Draft(Struct, frozen=True):
    """What a link is about."""

    what: tokens.Decision
    settings: Settings
    record: IssueRecord
    current: bool
    """The bytes are still those that the link was made for."""


class Deciding:
    """The pages of the editors' desk."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def routes(self) -> list[Route]:
        """Where they are."""
        return [
            Route("/desk/{what}/{token}", self.page),
            Route("/desk/{what}/{token}", self.decide, methods=["POST"]),
            Route("/desk/{what}/{token}/email", self.email),
        ]

    async def page(self, request: Request) -> Response:
        """The draft and one button. Looking at it changes nothing."""
        draft = await run_in_threadpool(self._draft, request)
        return self._missing(request) if draft is None else await run_in_threadpool(self._page, request, draft, "")

    async def decide(self, request: Request) -> Response:
        """The decision that the link is for, on the bytes that it was made for."""
        fields = shield.form(await shield.body(request, shield.FORM_BYTES, self._door.body_s))
        draft = await run_in_threadpool(self._draft, request)
        if draft is None or ("action", draft.what) not in fields:
            return self._missing(request)
        accepts, late = ("warnings", "yes") in fields, ("late", "yes") in fields
        said = await run_in_threadpool(self._decided, draft, accepts=accepts, late=late)
        if said:
            return await run_in_threadpool(self._page, request, draft, said)
        return pages.redirect(self._door, f"/desk/{draft.what}/{request.path_params['token']}")

    async def email(self, request: Request) -> Response:
        """The frozen html, for the frame in the page: the very bytes, with nobody's fields."""
        draft = await run_in_threadpool(self._draft, request)
        if draft is None:
            return self._missing(request)
        shown = await run_in_threadpool(self._door.store.issues.email, draft.record.id)
        fields = {"name": "", "address": proving.READER, "unsubscribe_url": "#"}
        html = Page(shown.html, shown.tokens).splice({name: for_html(value) for name, value in fields.items()})
        headers = {"Content-Security-Policy": FRAME_POLICY, "X-Frame-Options": "SAMEORIGIN", **pages.PRIVATE}
        return Response(html, media_type="text/html", headers=headers)

    def _draft(self, request: Request) -> _Draft | None:
        what = next((each for each in WHATS if each == request.path_params["what"]), None)
        found = what and tokens.decided(what, request.path_params["token"], self._door.keys())
        if not what or not found:
            return None
        number, beginning = found
        record = self._door.store.issues.numbered(number)
        settings = self._door.of_key(record.newsletter) if record else None
        if record is None or settings is None or record.sha256 is None:
            return None
        return _Draft(what, settings, record, record.sha256.startswith(beginning))

    def _decided(self, draft: _Draft, *, accepts: bool, late: bool) -> str:
        """Why nothing was decided, empty when it was."""
        now, record = self._door.clock(), draft.record
        if not draft.current:
            return "This issue was made anew since. Look at the newer email."
        if draft.what == "approve" and not late and pipeline.is_late(draft.settings, record, now):
            return "It is late: say that it may go out all the same."
        by = "a link in the draft's email"
        try:
            if draft.what == "approve":
                sha256 = record.sha256 or ""
                desk.approve(self._door.store, record.key, by, now, sha256, accepts_warnings=accepts)
            else:
                self._door.store.issues.hold(record.id, "held from the draft's email", now, by=by)
        except DigestError as error:
            return str(error)
        return ""

    def _page(self, request: Request, draft: _Draft, said: str) -> Response:
        now, record, zone = self._door.clock(), draft.record, draft.settings.newsletter.zone
        noted = self._door.store.issues.findings(record.id)
        begun, _ = self._door.store.issues.sending(record.id)
        values = {
            "what": draft.what,
            "issue": record,
            "current": draft.current,
            "open": draft.current and not begun and record.state in _open_for(draft.what),
            "due": f"{record.due.astimezone(zone):%A %d %B, %H:%M %Z}",
            "late": phrases.span(now - record.due) if pipeline.is_late(draft.settings, record, now) else "",
            "findings": _said(noted),
            "asks": [n.finding.message for n in noted if n.finding.severity == "warning" and n.accepted_by is None],
            "said": said.splitlines(),
            "here": f"{self._door.base}/desk/{draft.what}/{request.path_params['token']}",
        }
        shown = pages.View(self._door, draft.settings, "en").page(
            "decide", values, status=409 if said else 200, private=True
        )
        shown.headers["Content-Security-Policy"] = PAGE_POLICY
        return shown

    def _missing(self, request: Request) -> Response:
        settings = self._door.main
        tongue = pages.language(request, settings)
        return pages.View(self._door, settings, tongue).message("missing", status=404, onward="home")


def _open_for(what: tokens.Decision) -> Sequence[str]:
    return ("frozen", "held") if what == "approve" else ("frozen", "approved")


def _said(noted: Sequence[Noted]) -> list[str]:
    return [f"{n.finding.severity}: {n.finding.message}" for n in noted if n.finding.severity != "note"]
