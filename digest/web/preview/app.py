"""The addresses of the preview. Nothing that makes an issue is imported here: a browser is answered before it is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from digest.web.preview import guard

if TYPE_CHECKING:
    from digest.web.preview.answers import Answers

CHANGES = ("edit", "undo", "redo", "again", "decide", "test")
_LARGEST = 64_000
"""Bytes of a request's body."""
_TICK_S = 0.1
"""How often it is looked whether the preview has ended, or the page has gone."""
_STATIC = {
    "preview.css": "text/css; charset=utf-8",
    "preview.js": "text/javascript; charset=utf-8",
    "frames.js": "text/javascript; charset=utf-8",
    "worker.js": "text/javascript; charset=utf-8",
    "pictures.js": "text/javascript; charset=utf-8",
    "mark.svg": "image/svg+xml",
}


def application(answers: Callable[[], Answers], host: str, token: str, ended: Event) -> guard.Guard:
    """The preview for the one who asks under `host` with `token`, until it has `ended`.

    `answers` may take its time when it is called first: it is called in a thread.
    """
    routes = [
        Route("/", _page(answers, token)),
        Route("/regions", lambda request: answers().regions(request.query_params)),
        Route("/frame", lambda request: answers().frame(request.query_params)),
        Route("/picture", lambda request: answers().picture(request.query_params)),
        Route("/message.eml", lambda request: answers().message(request.query_params)),
        Route(guard.STREAM, _events(answers, ended)),
        *(Route(f"/{name}", _file(name, kind)) for name, kind in _STATIC.items()),
        *(Route(f"/{name}", _posted(answers, name), methods=["POST"]) for name in CHANGES),
    ]
    return guard.Guard(Starlette(routes=routes), host, token)


def _page(answers: Callable[[], Answers], token: str) -> Callable[[Request], Response]:
    """Its head is sent at once, so that the browser has style, script and worker when the issue is made."""
    head = _static("head.html").decode().replace("{{ token }}", token)

    def parts(request: Request) -> Iterator[str]:
        yield head
        yield answers().page(request.query_params)

    return lambda request: StreamingResponse(parts(request), media_type="text/html")


def _events(answers: Callable[[], Answers], ended: Event) -> Callable[[Request], Response]:
    async def versions(request: Request) -> AsyncIterator[str]:
        session = (await run_in_threadpool(answers)).session
        told, news, loop = None, asyncio.Event(), asyncio.get_running_loop()
        with session.hearing(lambda: loop.call_soon_threadsafe(news.set)):
            while not ended.is_set() and not await request.is_disconnected():
                news.clear()
                if told != session.version:
                    told = session.version
                    yield f"data: {told}\n\n"
                with suppress(TimeoutError):
                    await asyncio.wait_for(news.wait(), _TICK_S)

    return lambda request: StreamingResponse(versions(request), media_type="text/event-stream")


def _posted(answers: Callable[[], Answers], name: str) -> Callable[[Request], object]:
    async def endpoint(request: Request) -> Response:
        body = b""
        async for piece in request.stream():
            body += piece
            if len(body) > _LARGEST:
                return JSONResponse({"problem": "that is more than a page of the preview sends"}, 413)
        return await run_in_threadpool(lambda: answers().posted(name, body, request.query_params))

    return endpoint


def _file(name: str, kind: str) -> Callable[[Request], Response]:
    content = _static(name)
    return lambda _: Response(content, media_type=kind)


def _static(name: str) -> bytes:
    return (Path(__file__).parent / "static" / name).read_bytes()
