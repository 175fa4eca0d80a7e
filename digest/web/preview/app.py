"""The addresses of the preview: what each answers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from digest.errors import DigestError, SourceError
from digest.web.preview import deciding, guard, pages, screen, shaping
from digest.web.preview.pages import Pages
from digest.web.preview.pictures import Pictures
from digest.web.preview.session import Choice, Session, View
from digest.web.preview.shaping import Steps

_LARGEST = 64_000
"""Bytes of a request's body."""
_TICK_S = 0.015
_STATIC = {
    "preview.css": "text/css; charset=utf-8",
    "preview.js": "text/javascript; charset=utf-8",
    "frames.js": "text/javascript; charset=utf-8",
    "pictures.js": "text/javascript; charset=utf-8",
    "mark.svg": "image/svg+xml",
}
# Same origin, so that the page can scroll the frame and mark a story in it; no script runs there all the same:
# neither the frame nor this answer allows any.
_FRAME = (
    "sandbox allow-same-origin; default-src 'none'; script-src 'none'; img-src {pictures}; {styles}; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
)
_PICTURES = "https: http: 'self'"
_STYLES = "style-src 'unsafe-inline'"
_BARE_STYLES = "style-src-elem 'none'; style-src-attr 'unsafe-inline'"


def application(session: Session, host: str, token: str) -> guard.Guard:
    """The preview of one session, for the one who asks under `host` with `token`."""
    desk = _Desk(session, token)
    routes = [
        Route("/", desk.page),
        Route("/regions", desk.regions),
        Route("/frame", desk.frame),
        Route("/picture", desk.picture),
        Route("/message.eml", desk.message),
        Route(guard.STREAM, desk.events),
        *(Route(f"/{name}", _file(name, kind)) for name, kind in _STATIC.items()),
        *(
            Route(f"/{name}", desk.posted(work), methods=["POST"])
            for name, work in (
                ("edit", desk.edit),
                ("undo", desk.undo),
                ("redo", desk.redo),
                ("again", desk.again),
                ("decide", desk.decide),
                ("test", desk.test),
            )
        ),
    ]
    return guard.Guard(Starlette(routes=routes), host, token)


class _Desk:
    """What the addresses do. The functions that are not `async` run in threads."""

    def __init__(self, session: Session, token: str) -> None:
        self._session = session
        self._steps, self._pictures = Steps(), Pictures()
        self._pages = Pages(session, self._steps, token)

    def page(self, request: Request) -> Response:
        return Response(self._pages.page(*screen.parse(request.query_params)), media_type="text/html")

    def regions(self, request: Request) -> Response:
        return JSONResponse(self._pages.regions(*screen.parse(request.query_params)))

    def frame(self, request: Request) -> Response:
        """The email as one recipient gets it, or the web page; with `off`, what a client leaves out."""
        choice, shown = screen.parse(request.query_params)
        view = self._view(choice)
        form, _ = screen.form_of(view, shown)
        part = "web" if request.query_params.get("part") == "web" else "html"
        off = request.query_params.get("off")
        policy = _FRAME.format(
            pictures="'none'" if off == "pictures" else _PICTURES,
            styles=_BARE_STYLES if off == "styles" else _STYLES,
        )
        headers = {"content-security-policy": policy, "x-frame-options": "SAMEORIGIN"}
        return Response(pages.filled(view, form, part, shown.to), media_type="text/html", headers=headers)

    def message(self, request: Request) -> Response:
        """The raw message, for a mail program."""
        choice, shown = screen.parse(request.query_params)
        view = self._view(choice)
        form, _ = screen.form_of(view, shown)
        headers = {"content-disposition": f'attachment; filename="{view.key}.eml"'}
        return Response(pages.raw(view, form, shown.to), media_type="message/rfc822", headers=headers)

    def picture(self, request: Request) -> Response:
        try:
            view = self._view(screen.parse(request.query_params)[0])
            forms = [form for form in (view.draft, view.frozen) if form]
            found = self._pictures.get(request.query_params.get("address", ""), forms)
        except DigestError as error:
            return Response(f"{error}\n", 404, media_type="text/plain")
        return Response(found.content, media_type=found.kind, headers={"content-security-policy": "sandbox"})

    async def events(self, request: Request) -> Response:
        """The number of the version, whenever it is another."""
        return StreamingResponse(self._versions(request), media_type="text/event-stream")

    async def _versions(self, request: Request) -> AsyncIterator[str]:
        told = None
        while not self._session.ended.is_set() and not await request.is_disconnected():
            if told != self._session.version:
                told = self._session.version
                yield f"data: {told}\n\n"
            await asyncio.sleep(_TICK_S)

    def posted(self, work: Callable[[View, Any], str]) -> Callable[[Request], Awaitable[Response]]:
        """An address that changes something: what `work` says of it, and the regions as they are then."""

        async def endpoint(request: Request) -> Response:
            body = b""
            async for piece in request.stream():
                body += piece
                if len(body) > _LARGEST:
                    return JSONResponse({"problem": "that is more than a page of the preview sends"}, 413)
            return await run_in_threadpool(self._answer, work, body, request)

        return endpoint

    def _answer(self, work: Callable[[View, Any], str], body: bytes, request: Request) -> Response:
        choice, shown = screen.parse(request.query_params)
        try:
            said = work(self._view(choice), json.loads(body or b"{}"))
        except DigestError as error:
            return JSONResponse({"problem": str(error)}, 422)
        except (ValueError, RecursionError) as error:
            return JSONResponse({"problem": f"not JSON: {error}"}, 400)
        return JSONResponse({"said": said, **self._pages.regions(choice, shown)})

    def edit(self, view: View, given: Any) -> str:
        if view.choice.case:
            raise DigestError("this is a trial of an odd shape: nothing is written; go back to the issue as it is")
        wanted = shaping.wish(given)
        issue, step = shaping.shaped(view, wanted)
        self._steps.add(step)
        self._session.changed()
        return shaping.outcome(issue, wanted)

    def undo(self, view: View, _: Any) -> str:
        return self._turned(self._steps.undo(shaping.file_of(view)), "Taken back.", "There is nothing to take back.")

    def redo(self, view: View, _: Any) -> str:
        return self._turned(self._steps.redo(shaping.file_of(view)), "Done again.", "There is nothing to do again.")

    def again(self, view: View, _: Any) -> str:
        self._session.read_again()
        self._view(view.choice)
        return "The sources are read again."

    def decide(self, view: View, given: Any) -> str:
        said = deciding.decided(self._session, view, deciding.decision(given))
        self._session.changed()
        return said

    def test(self, view: View, given: Any) -> str:
        return deciding.tested(view, deciding.test(given))

    def _turned(self, done: bool, yes: str, no: str) -> str:  # noqa: FBT001  the caller has just asked
        if done:
            self._session.changed()
        return yes if done else no

    def _view(self, choice: Choice) -> View:
        view, problems = self._session.view(choice)
        if view is None:
            raise SourceError("\n".join(problems))
        return view


def _file(name: str, kind: str) -> Callable[[Request], Response]:
    content = pages.static(name)

    def file(_: Request) -> Response:
        return Response(content, media_type=kind)

    return file
