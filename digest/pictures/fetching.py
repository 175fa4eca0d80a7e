"""The bytes of one cover, through the guarded client."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path

from msgspec import Struct

from digest.errors import PictureError, SourceError
from digest.pictures.shapes import Shape

_RECIPE = "1"
"""Another number when pictures are made otherwise: those that are kept are then made anew."""
_MOST_BYTES = 20_000_000
_DEADLINE_S = 15.0
_ACCEPT = "image/jpeg, image/png, image/gif, image/webp, image/avif;q=0.9, */*;q=0.1"


class Wanted(Struct, frozen=True):
    """A picture that one place of an issue asks for."""

    url: str
    shape: Shape
    ground: str
    """`#RRGGBB`, behind light art that has no ground of its own."""
    allow_private: bool = False
    """Whether its address may lie inside a network."""
    file: Path | None = None
    """Where it is, when no server has it."""

    @property
    def key(self) -> str:
        """Equal for what gives the same picture."""
        parts = (
            _RECIPE,
            self.url,
            self.shape.pixels,
            self.shape.most_bytes,
            self.ground,
            self.allow_private,
            self.file,
        )
        return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()


class Answer(Struct, frozen=True):
    """What a server gave."""

    content: bytes
    etag: str = ""
    unmodified: bool = False


def answer(wanted: Wanted, etag: str, contact: str, until: float) -> Answer:
    """The file, or that it is still the one with this `etag`.

    Raises PictureError when there is no such file, SourceError when that could not be learnt by
    `until` (on the monotonic clock); both in words that follow the address.
    """
    from digest import net

    try:
        response = net.get(
            wanted.url,
            allow_private=wanted.allow_private,
            contact=contact,
            deadline_s=max(0.0, min(_DEADLINE_S, until - time.monotonic())),
            cap_bytes=_MOST_BYTES,
            headers={"Accept": _ACCEPT} | net.conditions(etag, ""),
        )
    except SourceError as error:
        said = str(error).removeprefix(f"{net.shown(wanted.url)}: ")
        raise SourceError(f"did not come: {said}") from error
    if response.status == 200:
        return Answer(response.body, response.headers.get("etag", ""))
    if response.status == 304 and etag:
        return Answer(b"", etag, unmodified=True)
    if response.status == 429 or response.status >= 500:
        raise SourceError(f"did not come: the site answered {response.status}")
    raise PictureError(f"is not there: the site answered {response.status}")
