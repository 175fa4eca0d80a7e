"""What stands before every page: who is asking, how often, how much they may send, and what the browser is told."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import parse_qsl

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from digest.web.public.door import Door

FORM_BYTES = 16_384
HOOK_BYTES = 1_000_000
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' https: data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
ISSUE_POLICY = _POLICY.replace("style-src 'self'", "style-src 'unsafe-inline'")
"""An issue carries its styles within, as the email does."""
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "interest-cohort=()",
}


class Shield:
    """Puts the headers on every answer and counts it."""

    def __init__(self, app: ASGIApp, door: Door) -> None:
        self._app = app
        self._counts = door.counts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def sealed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                route = scope.get("route")
                path = getattr(route, "path", "other")
                self._counts["digest_requests_total", path, scope["method"], str(message["status"])] += 1
            await send(message)

        await self._app(scope, receive, sealed)


class Rates:
    """How often each client may do a thing in an hour, by its address; a client of IPv6 is a /64."""

    def __init__(self, an_hour: int, known_at_most: int = 100_000) -> None:
        self._an_hour = an_hour
        self._at_most = known_at_most
        self._left: dict[str, tuple[float, float]] = {}

    def allows(self, client: str) -> bool:
        """Whether it may once more; each call counts."""
        now, key = time.monotonic(), _group(client)
        left, at = self._left.pop(key, (float(self._an_hour), now))
        left = min(float(self._an_hour), left + (now - at) * self._an_hour / 3600)
        if len(self._left) >= self._at_most:  # the one that was not seen for longest is forgotten
            del self._left[next(iter(self._left))]
        self._left[key] = (left - 1 if left >= 1 else left, now)
        return left >= 1


def client(scope: Mapping[str, object], trusted: Sequence[str]) -> str:
    """The network address of who is asking; a proxy is believed only if it is trusted."""
    peer = scope.get("client")
    address = str(peer[0]) if isinstance(peer, tuple | list) else "unknown"
    headers = scope.get("headers")
    given = [v.decode("latin-1") for k, v in headers if k == b"x-forwarded-for"] if isinstance(headers, list) else []
    # From the right: what a client wrote itself stands left of what our proxies added.
    for hop in reversed(",".join(given).split(",") if given else []):
        if not within(address, trusted):
            break
        address = hop.strip() or address
    return address


def within(address: str, networks: Sequence[str]) -> bool:
    """Whether an address is in one of the networks."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    return any(found in network for network in _networks(tuple(networks)))


async def body(request: Request, at_most: int, within_s: float) -> bytes:
    """The whole body. Raises HTTPException for one that is too long or too slow."""
    declared = request.headers.get("content-length", "0")
    if declared.isdecimal() and int(declared) > at_most:
        raise HTTPException(413, headers={"Connection": "close"})
    found, size = [], 0
    try:
        async with asyncio.timeout(within_s):
            async for chunk in request.stream():
                size += len(chunk)
                if size > at_most:
                    raise HTTPException(413, headers={"Connection": "close"})
                found.append(chunk)
    except (TimeoutError, ClientDisconnect) as error:
        raise HTTPException(408, headers={"Connection": "close"}) from error
    return b"".join(found)


def form(raw: bytes) -> list[tuple[str, str]]:
    """The fields of an urlencoded form. Raises HTTPException for nonsense."""
    try:
        return parse_qsl(raw.decode("ascii"), keep_blank_values=True, max_num_fields=50, errors="strict")
    except (ValueError, UnicodeDecodeError) as error:
        raise HTTPException(400) from error


def _group(address: str) -> str:
    try:
        found = ip_address(address)
    except ValueError:
        return address[:64]
    return str(ip_network(f"{found}/64", strict=False)) if isinstance(found, IPv6Address) else str(found)


@lru_cache(maxsize=8)
def _networks(names: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(name) for name in names)
