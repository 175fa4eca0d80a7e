"""The addresses of the preview. Nothing that makes an issue is imported here: a browser is answered before it is."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from digest.errors import DigestError
from digest.web.preview import guard
from digest.web.preview.replies import HTML, Reply, Request

if TYPE_CHECKING:
    from concurrent.futures import Future

    from digest.web.preview.answers import Answers

CHANGES = ("edit", "undo", "redo", "again", "decide", "test")
_TICK_S = 0.1
"""How often it is looked whether the preview has ended, or the page has gone."""
_SCRIPT = "text/javascript; charset=utf-8"
_STATIC = {
    "preview.css": "text/css; charset=utf-8",
    "preview.js": _SCRIPT,
    "early.js": _SCRIPT,
    "frames.js": _SCRIPT,
    "worker.js": _SCRIPT,
    "pictures.js": _SCRIPT,
    "mark.svg": "image/svg+xml",
    "sights.svg": "image/svg+xml",
}

Endpoint = Callable[[Request], Reply]


def application(answers: Future[Answers], host: str, token: str, ended: Event) -> guard.Guard:
    """The preview for the one who asks under `host` with `token`, until it has `ended`.

    `answers` may come later: who asks before waits for it.
    """
    reading: dict[str, Endpoint] = {
        "/": _page(answers, token),
        "/regions": lambda request: answers.result().regions(request.query),
        "/frame": lambda request: answers.result().frame(request.query),
        "/picture": lambda request: answers.result().picture(request.query),
        "/message.eml": lambda request: answers.result().message(request.query),
        guard.STREAM: _events(answers, ended),
        **{f"/{name}": _file(name, kind) for name, kind in _STATIC.items()},
    }
    changing = {f"/{name}": _posted(answers, name) for name in CHANGES}

    def answered(request: Request) -> Reply:
        here, there = (changing, reading) if request.method == "POST" else (reading, changing)
        if request.path in here:
            try:
                return here[request.path](request)
            except DigestError as error:
                return Reply(f"{error}\n", status=404)
        return Reply("not so\n", status=405) if request.path in there else Reply("nothing is here\n", status=404)

    return guard.Guard(answered, host, token)


def _page(answers: Future[Answers], token: str) -> Endpoint:
    """Its shell is sent at once, so that the browser has style, script and worker when the issue is made."""
    shell = _static("shell.html").replace(b"{{ token }}", token.encode())

    def parts(request: Request) -> Iterator[bytes]:
        yield shell.replace(b"{{ fresh }}", b"" if answers.done() else b"yes")
        yield answers.result().page(request.query).encode()

    return lambda request: Reply(parts(request), HTML)


def _events(answers: Future[Answers], ended: Event) -> Endpoint:
    def versions(request: Request) -> Iterator[bytes]:
        session = answers.result().session
        told, news = None, threading.Event()
        with session.hearing(news.set):
            while not ended.is_set() and not request.gone():
                news.clear()
                if told != session.version:
                    told = session.version
                    yield f"data: {told}\n\n".encode()
                news.wait(_TICK_S)

    return lambda request: Reply(versions(request), "text/event-stream")


def _posted(answers: Future[Answers], name: str) -> Endpoint:
    return lambda request: answers.result().posted(name, request.body(), request.query)


def _file(name: str, kind: str) -> Endpoint:
    content = _static(name)
    return lambda _: Reply(content, kind)


def _static(name: str) -> bytes:
    return (Path(__file__).parent / "static" / name).read_bytes()
