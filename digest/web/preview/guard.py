"""Who may ask the preview: the editor's own browser on this machine, on a page of the preview, and nobody else.

Every other page that is open in that browser can send requests to loopback addresses, and a name
that its owner points at 127.0.0.1 makes the answers readable. So the Host must be the very
address that was printed, the browser must say that the request began on one of our own pages, and
what changes something needs the token that only these pages know.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

TOKEN = "x-preview-token"  # noqa: S105  the name of a header
STREAM = "/events"
_READING = ("GET", "HEAD")
_OURS = ("same-origin", "none")
"""Values of Sec-Fetch-Site: from one of our pages, or typed by a person."""

PAGE = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'; "
    "worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""The Content-Security-Policy of everything that names none of its own."""

_ALWAYS = {
    "cache-control": "no-store",
    "content-security-policy": PAGE,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


class Refusal(NamedTuple):
    """Why a request is not answered."""

    status: int
    why: str


def refused(
    method: str, path: str, headers: Iterable[tuple[bytes, bytes]], query: str, ours: Mapping[str, str]
) -> Refusal | None:
    """The reason to refuse a request; `ours` holds our own `host` and `token`."""
    given: dict[str, list[str]] = {}
    for name, value in headers:
        given.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    if given.get("host") != [ours["host"]]:
        return Refusal(421, f"this is http://{ours['host']}/ and answers to no other name")
    if any(each not in _OURS for each in given.get("sec-fetch-site", [])):
        return Refusal(403, "the request comes from another page")
    if any(origin != f"http://{ours['host']}" for origin in given.get("origin", [])):
        return Refusal(403, "the request comes from another page")
    if path == STREAM:
        given[TOKEN] = parse_qs(query).get("token", [])  # an EventSource can send no headers
        return None if method == "GET" and _has(given, ours["token"]) else Refusal(403, "the token is missing or old")
    return None if method in _READING else _change_refused(method, given, ours["token"])


def _change_refused(method: str, given: Mapping[str, list[str]], token: str) -> Refusal | None:
    if method != "POST":
        return Refusal(405, "only GET and POST are answered")
    if "origin" not in given and given.get("sec-fetch-site") != ["same-origin"]:
        return Refusal(403, "the request does not say where it comes from")
    if not _has(given, token):
        return Refusal(403, "the token is missing or old: load the page again")
    if [kind.partition(";")[0].strip() for kind in given.get("content-type", [])] != ["application/json"]:
        return Refusal(415, "only JSON is taken")
    return None


def _has(given: Mapping[str, list[str]], token: str) -> bool:
    said = given.get(TOKEN, [])
    return len(said) == 1 and secrets.compare_digest(said[0].encode(), token.encode())


class Guard:
    """Stands before the application: refuses first, and gives every answer its headers."""

    def __init__(self, app: ASGIApp, host: str, token: str) -> None:
        self._app, self._ours = app, {"host": host, "token": token}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request; a WebSocket is refused, since the preview has none."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                had = {name.lower() for name, _ in message["headers"]}
                more = [(n.encode(), v.encode()) for n, v in _ALWAYS.items() if n.encode() not in had]
                message = {**message, "headers": [*message["headers"], *more]}
            await send(message)

        query = scope["query_string"].decode("latin-1")
        refusal = refused(scope["method"], scope["path"], scope["headers"], query, self._ours)
        if refusal:
            await _say(refusal, guarded)
        else:
            await self._app(scope, receive, guarded)


async def _say(refusal: Refusal, send: Send) -> None:
    body = f"{refusal.why}\n".encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
