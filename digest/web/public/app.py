"""The routes of the public door, and what is said when something is wrong."""

from __future__ import annotations

import logging

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount

from digest.errors import StoreError
from digest.web.public import pages
from digest.web.public.deciding import Deciding
from digest.web.public.door import Door
from digest.web.public.health import Health
from digest.web.public.hooks import Hooks
from digest.web.public.joining import Joining
from digest.web.public.leaving import Leaving
from digest.web.public.reading import Reading
from digest.web.public.shield import Shield

log = logging.getLogger("digest.web")


def application(door: Door) -> Starlette:
    """The whole public door, below the path of public_url and at the root: a proxy may cut the path off or not."""
    rooms = (Leaving(door), Joining(door), Reading(door), Deciding(door), Hooks(door), Health(door))
    routes: list[BaseRoute] = [route for room in rooms for route in room.routes()]
    if door.base:
        routes.append(Mount(door.base, routes=[route for room in rooms for route in room.routes()]))

    async def refused(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        headers = dict(getattr(error, "headers", None) or {})
        if request.method not in ("GET", "HEAD") or status not in (404,):
            return PlainTextResponse(f"{status}\n", status, headers=headers)
        return _missing(door, request)

    async def broken(_: Request, error: Exception) -> Response:
        log.error("the store failed: %s", error)
        return PlainTextResponse("try again in a moment\n", 503, headers={"Retry-After": "30"})

    handlers = {HTTPException: refused, StoreError: broken}
    return Starlette(routes=routes, middleware=[Middleware(Shield, door=door)], exception_handlers=handlers)


def _missing(door: Door, request: Request) -> Response:
    tongue = pages.language(request, door.main)
    return pages.View(door, door.main, tongue).message("missing", status=404, onward="home", private=False)
