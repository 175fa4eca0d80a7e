"""The only way out to the web: guarded requests with one deadline and a cap on what comes back.

A source's address, and wherever it redirects to, is written by others. So each name is resolved
here, every address that it resolves to is checked, and the connection goes to a checked one.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
import socket
import ssl
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NoReturn

import httpcore
import httpx
from msgspec import Struct

from digest import __version__, phrases
from digest.errors import SourceError, SourceGone
from digest.net.guard import Backend, Limits, tls

_Headers = Mapping[str, str]

FORM = "application/x-www-form-urlencoded"
_MOST_REDIRECTS = 5
_TRIES = 3
_BUSY = (429, 502, 503, 504)
_REDIRECTS = (301, 302, 303, 307, 308)
_MOST_PIECES = 100_000
"""Of one body: a megabyte in chunks of one byte each takes 7 s to put together."""


class Response(Struct, frozen=True):
    """What a server answered in the end, whatever its status; `body` is decompressed."""

    status: int
    url: str
    """The address that answered, after redirects."""
    headers: Mapping[str, str]
    """Names in lower case; the last of equal names wins."""
    body: bytes

    def json(self) -> Any:
        """The body as JSON by RFC 8259. Raises SourceError for anything else, NaN included."""
        try:
            return json.loads(self.body, parse_constant=_no_constant)
        except (ValueError, RecursionError) as error:
            start = self.body[:60].decode("utf-8", "replace").strip()
            raise SourceError(f"{shown(self.url)}: expected JSON, got {start!r}; check the address") from error

    def expect_ok(self) -> Response:
        """Itself when the status is 200. Raises SourceError, for 410 SourceGone, with the status and what to do."""
        if self.status == 200:
            return self
        kind = SourceGone if self.status == 410 else SourceError
        raise kind(f"{shown(self.url)}: the site answered {self.status}: {_advice(self.status)}")


def get(
    url: str,
    *,
    allow_private: bool = False,
    contact: str = "",
    deadline_s: float = 30.0,
    cap_bytes: int = 5_000_000,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The answer to a GET of `url`, redirects followed, of any status.

    `deadline_s` covers everything: name resolution, at most two polite retries, at most five
    redirects, a server that drips. `cap_bytes` counts the body both as sent and decompressed.
    `headers` are not carried to another host. Raises SourceError in words for an editor.
    """
    limits = Limits(time.monotonic() + deadline_s, cap_bytes, allow_private)
    ours: _Headers = {
        "User-Agent": f"digest/{__version__}"
        + (f" (+{contact.encode('ascii', 'ignore').decode()})" if contact else ""),
        "Accept": "*/*",
        "Accept-Encoding": "gzip",
        "Connection": "close",
    }
    with _in_plain_words(url, deadline_s):
        return _politely(_address(url), ours, headers or {}, limits)


def post(url: str, body: bytes, *, kind: str, allow_private: bool = False, deadline_s: float = 15.0) -> Response:
    """The answer to one POST of `body`, whose content type is `kind`: never repeated, no redirect followed.

    Raises SourceError in words for an editor.
    """
    limits = Limits(time.monotonic() + deadline_s, 1_000_000, allow_private)
    headers = {
        "User-Agent": f"digest/{__version__}",
        "Accept-Encoding": "gzip",
        "Connection": "close",
        "Content-Type": kind,
        "Content-Length": str(len(body)),
    }
    with _in_plain_words(url, deadline_s):
        return _exchange(_address(url), headers, limits, body)


def conditions(etag: str, last_modified: str) -> dict[str, str]:
    """Headers that ask for an answer only if it is another one; none where "not modified" cannot be believed.

    WordPress knows only when a post was last saved: it says "not modified" after a scheduled post
    came out late and after tags were changed in bulk. Its ETag is the MD5 of its Last-Modified
    (wp-includes/class-wp.php, read 2026-11-23) and as blind; so is a Last-Modified that stands
    alone. An ETag made from the content says more. To be sent together, never when an issue is
    built, and only for some hours after the last whole answer.
    """
    of_the_date = hashlib.md5(last_modified.encode(), usedforsecurity=False).hexdigest()
    if not re.fullmatch(r'(W/)?"[!#-~]{1,200}"', etag) or of_the_date in etag or not last_modified.isascii():
        return {}
    dated = {"If-Modified-Since": last_modified} if last_modified else {}
    return {"If-None-Match": etag} | dated


def shown(url: str) -> str:
    """The address without what may be secret in it: user, password, query. At most 200 characters."""
    try:
        parts = httpx.URL(url)
    except (httpx.InvalidURL, UnicodeError):
        return ascii(url[:80])
    return phrases.short(str(parts.copy_with(username=None, password=None, query=None, fragment=None)), 200)


# --- one exchange after another --------------------------------------------------------------


def _politely(url: httpx.URL, ours: _Headers, theirs: _Headers, limits: Limits) -> Response:
    """Tries again after what passes by itself: a failed connection, a busy server."""
    for attempt in range(1, _TRIES + 1):
        try:
            response = _followed(url, ours, theirs, limits)
        except httpcore.ConnectError as error:
            if attempt == _TRIES or not _may_pass(error) or not _waited(_pause_s(attempt), limits):
                raise
        else:
            if response.status not in _BUSY or attempt == _TRIES:
                return response
            if not _waited(_asked_pause_s(response) + _pause_s(attempt), limits):
                return response
    raise AssertionError("unreachable: the last attempt returns or raises")


def _followed(url: httpx.URL, ours: _Headers, theirs: _Headers, limits: Limits) -> Response:
    first = url
    for _ in range(_MOST_REDIRECTS + 1):
        same_place = (url.scheme, url.raw_host, url.port) == (first.scheme, first.raw_host, first.port)
        response = _exchange(url, {**ours, **theirs} if same_place else ours, limits)
        target = response.headers.get("location")
        if response.status not in _REDIRECTS or target is None:
            return response
        url = _address(target, url)
    raise SourceError(f"more than {_MOST_REDIRECTS} redirects; use the address where they end")


def _exchange(url: httpx.URL, headers: _Headers, limits: Limits, body: bytes | None = None) -> Response:
    """One request: a POST when there is a `body`, else a GET."""
    place = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
    backend = Backend(limits)
    with (
        httpcore.ConnectionPool(ssl_context=tls(), network_backend=backend) as pool,
        pool.stream("GET" if body is None else "POST", place, headers=list(headers.items()), content=body) as answer,
    ):
        backend.head_is_read()
        received = {name.decode("ascii").lower(): value.decode("utf-8", "replace") for name, value in answer.headers}
        content = _decoded(answer.iter_stream(), received.get("content-encoding", ""), limits.cap_bytes)
    return Response(answer.status, str(url), received, content)


def _decoded(chunks: Iterable[bytes], encoding: str, cap_bytes: int) -> bytes:
    arriving = _counted(chunks, cap_bytes)
    if encoding.strip().lower() in ("", "identity"):
        return b"".join(arriving)
    if encoding.strip().lower() in ("gzip", "x-gzip"):
        return _unzipped(arriving, cap_bytes)
    raise SourceError(f"the answer is packed as {encoding[:40]!r}, only gzip was asked for; tell the site's owner")


def _counted(chunks: Iterable[bytes], cap_bytes: int) -> Iterator[bytes]:
    received_bytes = 0
    for pieces, chunk in enumerate(chunks, 1):
        received_bytes += len(chunk)
        if received_bytes > cap_bytes:
            raise SourceError(_too_large(cap_bytes))
        if pieces > _MOST_PIECES:
            raise SourceError(f"the answer comes in more than {_MOST_PIECES:,} pieces; tell the site's owner")
        yield chunk


def _unzipped(chunks: Iterable[bytes], cap_bytes: int) -> bytes:
    """Never asks for more than the cap at once: 1 MB of gzip can hold a gigabyte."""
    inflate, body, chunk = zlib.decompressobj(zlib.MAX_WBITS | 16), bytearray(), b""
    for chunk in chunks:
        body += inflate.decompress(chunk, cap_bytes + 1 - len(body))
        if len(body) > cap_bytes:
            raise SourceError(_too_large(cap_bytes))
        if inflate.unused_data:
            break
    if inflate.unused_data.startswith(b"\x1f\x8b"):
        raise SourceError("the answer is several gzip files in a row, only the first would show; tell the site's owner")
    if chunk and not inflate.eof:
        raise SourceError("the answer broke off in the middle; run again")
    return bytes(body)


def _too_large(cap_bytes: int) -> str:
    return f"the answer is larger than {cap_bytes / 1e6:g} MB; check that the address is right"


def _address(url: str, base: httpx.URL | None = None) -> httpx.URL:
    try:
        found = base.join(url) if base else httpx.URL(url)
        in_range = found.port is None or 0 < found.port < 65536
    except (httpx.InvalidURL, UnicodeError) as error:
        raise SourceError(f"not a web address ({phrases.short(str(error), 120)}); check it") from error
    if found.scheme not in ("http", "https") or not found.raw_host or not in_range:
        raise SourceError(f"{shown(str(found))!r} is not a web address; it must begin with https:// or http://")
    return found


# --- waiting ---------------------------------------------------------------------------------


def _may_pass(error: httpcore.ConnectError) -> bool:
    cause = error.__context__  # httpcore's pool raises "from None", which empties __cause__
    if isinstance(cause, socket.gaierror):
        return cause.errno == socket.EAI_AGAIN
    return not isinstance(cause, ssl.SSLError | UnicodeError)


def _pause_s(attempt: int) -> float:
    return 0.25 * 2.0**attempt * random.uniform(0.5, 1)  # noqa: S311  no secret: it spreads retries


def _asked_pause_s(response: Response) -> float:
    """RFC 9110, section 10.2.3: seconds, or a date; 0 when the server names neither."""
    value = response.headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        until: datetime = parsedate_to_datetime(value)
        return max(0.0, (until - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return 0.0


def _waited(pause_s: float, limits: Limits) -> bool:
    """False, at once, when the pause would outlast the deadline."""
    if pause_s >= limits.left_s():
        return False
    time.sleep(pause_s)
    return True


# --- words -----------------------------------------------------------------------------------


@contextmanager
def _in_plain_words(url: str, deadline_s: float) -> Iterator[None]:
    try:
        yield
    except httpcore.TimeoutException as error:
        raise SourceError(f"{shown(url)}: no whole answer within {deadline_s:.3g} s; run again later") from error
    except zlib.error as error:
        raise SourceError(f"{shown(url)}: the answer's gzip is broken ({error}); run again later") from error
    except (httpcore.NetworkError, httpcore.ProtocolError) as error:
        raise SourceError(f"{shown(url)}: {_cause(error)}") from error
    except SourceError as error:
        raise SourceError(f"{shown(url)}: {error}") from error


def _cause(error: Exception) -> str:
    cause = error.__context__
    if isinstance(cause, socket.gaierror | UnicodeError):
        return f"the name cannot be resolved ({error}); check its spelling and this machine's network"
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"its certificate cannot be trusted ({cause.verify_message}); the site must renew or correct it"
    if isinstance(cause, ssl.SSLError):
        return f"no secure connection ({cause.reason or error}); check that the site speaks https"
    if isinstance(error, httpcore.ConnectError):
        return f"no connection ({error}); check the address and that the site is up"
    return f"the connection broke off ({phrases.short(ascii(str(error)), 120)}); run again later"


def _advice(status: int) -> str:
    if status in (401, 403):
        return "it wants a login or refuses programs; ask its owner to allow digest"
    if status == 404:
        return "nothing is there; check the address"
    if status == 410:
        return "it is gone for good; remove the source or give its new address"
    if status == 429 or status >= 500:
        return "it is busy or broken; run again later"
    return "that is not a page; check the address"


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
