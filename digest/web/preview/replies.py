"""What the preview is asked and what it answers, between its addresses and the server's WSGI (PEP 3333)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from msgspec import Struct

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

TEXT = "text/plain; charset=utf-8"
HTML = "text/html; charset=utf-8"


class Reply(Struct, frozen=True):
    """What a browser gets; a text or bytes at once, or pieces that are sent as they come."""

    content: str | bytes | Iterator[bytes]
    kind: str = TEXT
    status: int = 200
    headers: Mapping[str, str] = {}


class Request(Struct, frozen=True):
    """What a browser asks for."""

    method: str
    path: str
    query: Mapping[str, str]
    """The last of equal names wins."""
    body: Callable[[], bytes]
    gone: Callable[[], bool]
    """Whether the browser waits no more."""


def as_json(value: Any, status: int = 200) -> Reply:
    """`value` for the page's script."""
    return Reply(json.dumps(value, ensure_ascii=False), "application/json", status)


def request(environ: WSGIEnvironment) -> Request:
    """One request as waitress hands it over."""
    return Request(
        method=environ["REQUEST_METHOD"],
        path=environ["PATH_INFO"],
        query=dict(parse_qsl(environ["QUERY_STRING"], keep_blank_values=True)),
        body=environ["wsgi.input"].read,
        gone=environ["waitress.client_disconnected"],
    )


def send(reply: Reply, more: Mapping[str, str], start: StartResponse) -> Iterable[bytes]:
    """Hands the answer over, with `more` headers where it has none of its own of that name."""
    headers = {**more, **reply.headers, "content-type": reply.kind}
    content = reply.content.encode() if isinstance(reply.content, str) else reply.content
    start(f"{reply.status} {HTTPStatus(reply.status).phrase}", list(headers.items()))
    return [content] if isinstance(content, bytes) else content
