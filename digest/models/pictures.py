"""Pictures made ready for the email, and how they are found again."""

from __future__ import annotations

import hashlib
import html
import re
from datetime import datetime
from typing import Literal

from msgspec import Struct

_ADDRESS = re.compile(r'https?://[^\s"<>]+/pictures/([0-9a-f]{32}\.(?:jpg|png))(?=")')


class Picture(Struct, frozen=True):
    """A file that an email shows; it holds pixels and nothing else."""

    content: bytes
    type: Literal["image/jpeg", "image/png"]
    width: int
    height: int
    """Of the file: twice what it takes up in the email, for sharp screens."""

    @property
    def name(self) -> str:
        """Made from the content, so that what a name stands for never changes."""
        ending = {"image/jpeg": "jpg", "image/png": "png"}[self.type]
        return f"{hashlib.sha256(self.content).hexdigest()[:32]}.{ending}"

    def address(self, public_url: str) -> str:
        """Where readers find it: on the public site."""
        return f"{public_url}/pictures/{self.name}"


class PictureMemory(Struct, frozen=True):
    """What an address gave when it was last asked for a picture of one shape."""

    key: str
    """Of address and shape."""
    url: str
    asked_at: datetime
    picture: Picture | None
    reason: str = ""
    """Why there is no picture, in words that follow its address; empty when there is one."""
    etag: str = ""


def pictures_in(page: str) -> dict[str, str]:
    """Address -> name of our own pictures that an html page shows."""
    return {html.unescape(match[0]): match[1] for match in _ADDRESS.finditer(page)}
