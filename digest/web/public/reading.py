"""The archive: every issue that went out, as a page, in a feed, and by a search."""

from __future__ import annotations

import re
from datetime import datetime
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from digest.audience import addresses
from digest.config import Settings
from digest.render import templates
from digest.store.issues import Published
from digest.web.public import pages, shield
from digest.web.public.door import Door

_A_PAGE = 20
_IN_FEED = 20
_SHORT = {"Cache-Control": "public, max-age=300"}


class Reading:
    """What everybody may read."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def routes(self) -> list[Route]:
        """Where it is."""
        return [
            Route("/issues", self.archive),
            Route("/issues/{key}", self.issue),
            Route("/pictures/{name}", self.picture),
            Route("/feed.xml", self.feed),
            Route("/style.css", self.style),
            Route("/robots.txt", self.robots),
        ]

    async def archive(self, request: Request) -> Response:
        """A page of issues, the newest first; `?q=` searches, `?before=` goes on."""
        settings = self._door.of_key(request.query_params.get("newsletter")) or self._door.main
        query = addresses.shown(request.query_params.get("q", "")[:100])
        before = _moment(request.query_params.get("before", ""))
        issues = await run_in_threadpool(published, self._door, settings, _A_PAGE + 1, query, before)
        older = ""
        if len(issues) > _A_PAGE:
            issues = issues[:_A_PAGE]
            more = {"newsletter": settings.newsletter.key, "q": query, "before": f"{issues[-1].due:%Y-%m-%dT%H:%M:%SZ}"}
            older = f"{self._door.base}/issues?{urlencode(more)}"
        values = {"issues": issues, "query": query, "count": len(issues), "older": older, "feed": True}
        return pages.View(self._door, settings, pages.language(request, settings)).page("archive", values)

    async def issue(self, request: Request) -> Response:
        """The issue online, with its corrections."""
        key = request.path_params["key"]
        found = self._door.store.issues.public_page
        page = await run_in_threadpool(found, key) if re.fullmatch(r"[a-zA-Z0-9-]{1,80}", key) else None
        if page is None:
            settings = self._door.main
            tongue = pages.language(request, settings)
            return pages.View(self._door, settings, tongue).message("missing", status=404, onward="home", private=False)
        return Response(
            page, media_type="text/html", headers={**_SHORT, "Content-Security-Policy": shield.ISSUE_POLICY}
        )

    async def picture(self, request: Request) -> Response:
        """A picture of an email; its name is made from its bytes, so that it can be kept for ever."""
        name, get = request.path_params["name"], self._door.store.pictures.get
        found = await run_in_threadpool(get, name) if re.fullmatch(r"[0-9a-f]{32}\.(jpg|png)", name) else None
        if found is None:
            return PlainTextResponse("404\n", 404)
        # Mail clients show it inside pages of their own.
        lasting = {
            "Cache-Control": "public, max-age=31536000, immutable",
            "Cross-Origin-Resource-Policy": "cross-origin",
        }
        return Response(found.content, media_type=found.type, headers=lasting)

    async def feed(self, request: Request) -> Response:
        """Atom (RFC 4287)."""
        settings = self._door.of_key(request.query_params.get("newsletter")) or self._door.main
        issues = await run_in_threadpool(published, self._door, settings, _IN_FEED)
        entries = [
            {
                "key": each.key,
                "subject": each.subject,
                "preheader": each.preheader,
                "published": f"{each.published_at:%Y-%m-%dT%H:%M:%SZ}",
            }
            for each in issues
        ]
        updated = entries[0]["published"] if entries else f"{self._door.clock():%Y-%m-%dT%H:%M:%SZ}"
        values = {"newsletter": settings.newsletter, "issues": entries, "updated": updated}
        xml = templates.fill(settings.page_templates, "pages/feed.xml.j2", values)
        return Response(xml, media_type="application/atom+xml", headers=_SHORT)

    async def style(self, _: Request) -> Response:
        """The look of every page."""
        return Response(pages.stylesheet(self._door), media_type="text/css", headers=_SHORT)

    async def robots(self, _: Request) -> Response:
        """Search engines need not see what belongs to one person."""
        base = self._door.base
        return Response(
            f"User-agent: *\nDisallow: {base}/u/\nDisallow: {base}/c/\nDisallow: {base}/desk/\n",
            media_type="text/plain",
        )


def published(
    door: Door, settings: Settings, limit: int, query: str = "", before: datetime | None = None
) -> tuple[Published, ...]:
    """Issues of this newsletter that went out, the newest first."""
    return door.store.issues.published(settings.newsletter.key, limit, query=query, before=before)


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text[:30])
    except ValueError:
        return None
    return found if found.tzinfo else None
