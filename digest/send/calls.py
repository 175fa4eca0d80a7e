"""What every call to a provider's API carries, and a JSON API as the calls that can be made to it."""

from __future__ import annotations

import base64
from collections.abc import Mapping

import httpx
import orjson
from msgspec import Struct

from digest import __version__

AGENT = {"User-Agent": f"digest/{__version__}"}
JSON = {"Content-Type": "application/json", **AGENT}
"""Of a call with a JSON body; an API's credentials come to it."""


def basic(user: str, password: str) -> dict[str, str]:
    """Credentials by RFC 7617."""
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


class JsonApi(Struct, frozen=True):
    """An address that everything begins with, and the headers of every call."""

    base: str
    headers: Mapping[str, str]

    def call(
        self, method: str, path: str, body: Mapping[str, object] | None = None, query: Mapping[str, str] | None = None
    ) -> httpx.Request:
        """One call of it."""
        url = httpx.URL(f"{self.base}/{path}", params=query)
        return httpx.Request(method, url, headers=self.headers, content=None if body is None else orjson.dumps(body))
