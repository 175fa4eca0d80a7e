"""Who may ask the preview: the editor's own browser on this machine, on a page of the preview, and nobody else.

Every other page that is open in that browser can send requests to loopback addresses, and a name
that its owner points at 127.0.0.1 makes the answers readable. So the Host must be the very
address that was printed, the browser must say that the request began on one of our own pages, and
what changes something needs the token that only these pages know.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qs

from digest.web.preview import replies
from digest.web.preview.replies import Reply, Request

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

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


def refused(method: str, path: str, given: Mapping[str, str], query: str, ours: Mapping[str, str]) -> Refusal | None:
    """The reason to refuse a request; `given` are its headers, `ours` our own `host` and `token`."""
    if given.get("host") != ours["host"]:
        return Refusal(421, f"this is http://{ours['host']}/ and answers to no other name")
    if given.get("sec-fetch-site", "none") not in _OURS:
        return Refusal(403, "the request comes from another page")
    if given.get("origin", f"http://{ours['host']}") != f"http://{ours['host']}":
        return Refusal(403, "the request comes from another page")
    if path == STREAM:  # an EventSource can send no headers
        known = method == "GET" and _same(parse_qs(query).get("token", []), ours["token"])
        return None if known else Refusal(403, "the token is missing or old")
    return None if method in _READING else _change_refused(method, given, ours["token"])


def _change_refused(method: str, given: Mapping[str, str], token: str) -> Refusal | None:
    if method != "POST":
        return Refusal(405, "only GET and POST are answered")
    if "origin" not in given and given.get("sec-fetch-site") != "same-origin":
        return Refusal(403, "the request does not say where it comes from")
    if not _same([given.get(TOKEN, "")], token):
        return Refusal(403, "the token is missing or old: load the page again")
    if given.get("content-type", "").partition(";")[0].strip() != "application/json":
        return Refusal(415, "only JSON is taken")
    return None


def _same(said: Sequence[str], token: str) -> bool:
    return len(said) == 1 and secrets.compare_digest(said[0].encode(), token.encode())


class Guard:
    """Stands before the addresses: refuses first, and gives every answer its headers. A WSGI application."""

    def __init__(self, answered: Callable[[Request], Reply], host: str, token: str) -> None:
        self._answered, self._ours = answered, {"host": host, "token": token}

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """One request."""
        request = replies.request(environ)
        refusal = refused(request.method, request.path, _headers(environ), environ["QUERY_STRING"], self._ours)
        reply = Reply(f"{refusal.why}\n", status=refusal.status) if refusal else self._answered(request)
        body = replies.send(reply, _ALWAYS, start)
        return [] if request.method == "HEAD" else body


def _headers(environ: WSGIEnvironment) -> dict[str, str]:
    """By name in lower case; what was sent twice stands in one value, with a comma between."""
    given = {key: value for key, value in environ.items() if key.startswith("HTTP_") or key == "CONTENT_TYPE"}
    return {key.removeprefix("HTTP_").replace("_", "-").lower(): value for key, value in given.items()}
