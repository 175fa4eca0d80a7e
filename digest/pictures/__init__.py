"""Covers made ready for the email: fetched, checked, cropped and compressed; and charts, drawn.

shapes     where a picture stands, and how large    fetching   the bytes, from the web
reading    bytes -> pixels                          framing    the part of them that is shown
writing    pixels -> the file that an email shows    charts     numbers -> such a file

A picture that cannot be had is no error: its memory says why, and the issue goes on without it.
"""

from __future__ import annotations

import struct
import time
import zlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path
from threading import BoundedSemaphore

from msgspec.structs import replace

from digest.errors import PictureError, SourceError
from digest.models import Bar, Picture, PictureMemory
from digest.pictures import fetching
from digest.pictures.fetching import Wanted
from digest.pictures.shapes import LEAD, STORY, Shape

__all__ = ["LEAD", "STORY", "Shape", "Wanted", "line", "made", "plate", "ready"]

_FETCHED_AT_ONCE = 8
_DEADLINE_S = 60.0
"""For all pictures of an issue together."""
_READ_AT_ONCE = BoundedSemaphore(2)
"""Of the largest pictures that are read at all, with transparency, two take a gigabyte."""


def made(
    wanted: Sequence[Wanted],
    memories: Mapping[str, PictureMemory],
    now: datetime,
    *,
    contact: str,
    on_done: Callable[[PictureMemory], None],
) -> dict[str, PictureMemory]:
    """`Wanted.key` -> what came of it, for each; `on_done` gets each as soon as it is there.

    `memories` are what the same keys gave earlier: a server that says "not modified", or does not
    answer, leaves a picture as it was.
    """
    until = time.monotonic() + _DEADLINE_S
    found: dict[str, PictureMemory] = {}
    with ThreadPoolExecutor(_FETCHED_AT_ONCE) as pool:
        tasks = [pool.submit(_one, each, memories.get(each.key), now, contact, until) for each in wanted]
        for task in as_completed(tasks):
            memory = task.result()
            found[memory.key] = memory
            on_done(memory)
    return found


def ready(content: bytes, shape: Shape, ground: str) -> Picture:
    """The file for this place in the email. Raises PictureError in words that follow the picture's address.

    `ground` (`#RRGGBB`) stands behind light art that has no ground of its own.
    """
    from digest.pictures import framing, reading, writing  # Pillow takes 50 ms to import

    with _READ_AT_ONCE:
        image = reading.opened(content)
        as_it_is = writing.is_ready(image, content, shape.pixels, shape.most_bytes)
        drawn = image.format in ("PNG", "GIF")
        pixels = reading.decoded(image, shape.pixels)
        if as_it_is:
            return Picture(content, "image/jpeg", *shape.pixels)
        return writing.written(framing.framed(pixels, shape.pixels, ground), shape.most_bytes, drawn=drawn)


def line(points: Sequence[Bar], colour: str, number: Callable[[float], str]) -> Picture | None:
    """A line over time on a plate of its own; None where its labels hold letters that it cannot write.

    `colour` (`#RRGGBB`) is the line's, and `number` writes a value as the issue's language does.
    """
    from digest.pictures import charts  # Pillow takes 50 ms to import

    return charts.drawn(points, colour, number)


@cache
def plate(shape: Shape) -> Picture:
    """A light grey that takes up this place; without Pillow, which is not imported for it."""
    width, height = shape.width, shape.height
    parts = {
        b"IHDR": struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0),  # 8 bits of grey for each pixel
        b"IDAT": zlib.compress((b"\0" + b"\xdd" * width) * height),
        b"IEND": b"",
    }
    chunks = (
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in parts.items()
    )
    return Picture(b"\x89PNG\r\n\x1a\n" + b"".join(chunks), "image/png", width, height)


@lru_cache(maxsize=64)
def _packaged(file: Path, shape: Shape, ground: str) -> Picture:
    """Of a file that comes with the program: made once, however often a preview is refreshed."""
    return ready(file.read_bytes(), shape, ground)


def _one(wanted: Wanted, memory: PictureMemory | None, now: datetime, contact: str, until: float) -> PictureMemory:
    known = memory if memory and memory.picture else None
    try:
        if wanted.file:
            return PictureMemory(wanted.key, wanted.url, now, _packaged(wanted.file, wanted.shape, wanted.ground))
        answer = fetching.answer(wanted, known.etag if known else "", contact, until)
        if answer.unmodified and known:
            return replace(known, asked_at=now)
        picture = ready(answer.content, wanted.shape, wanted.ground)
    except SourceError as error:  # nothing was learnt of it
        return replace(known, asked_at=now) if known else PictureMemory(wanted.key, wanted.url, now, None, str(error))
    except PictureError as error:
        return PictureMemory(wanted.key, wanted.url, now, None, str(error))
    return PictureMemory(wanted.key, wanted.url, now, picture, etag=answer.etag)
