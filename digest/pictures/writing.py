"""Pixels -> the file that an email shows: light enough for its place, and without a word about its origin."""

from __future__ import annotations

from bisect import bisect_left
from io import BytesIO

from PIL import Image

from digest.errors import PictureError
from digest.models import Picture

_QUALITIES = (84, 78, 72, 66, 60, 54, 48, 42, 36, 30, 24, 18)
"""Best first. Below 60 a photograph shows it, but a heavy one holds up everything that stands below."""
_FLAT_COLOURS = 16
_FLAT_SHARE = 0.85
_PNG_COLOURS = 128


def written(image: Image.Image, most_bytes: int, *, drawn: bool) -> Picture:
    """A progressive JPEG at the best quality that fits; PNG for flat art that was `drawn` without loss.

    Raises PictureError for one that fits at no quality.
    """
    if drawn and _flat(image):
        content = _png(image)
        if len(content) <= most_bytes:
            return Picture(content, "image/png", *image.size)
    tried: dict[int, bytes] = {}

    def fits(quality: int) -> bool:
        tried[quality] = _jpeg(image, quality)
        return len(tried[quality]) <= most_bytes

    if fits(_QUALITIES[0]):
        return Picture(tried[_QUALITIES[0]], "image/jpeg", *image.size)
    best = bisect_left(_QUALITIES, True, lo=1, key=fits)  # noqa: FBT003  the first that fits
    if best == len(_QUALITIES):
        lightest = min(len(content) for content in tried.values())
        raise PictureError(f"cannot be made lighter than {lightest // 1000} KB, and {most_bytes // 1000} is the most")
    return Picture(tried[_QUALITIES[best]], "image/jpeg", *image.size)


def is_ready(image: Image.Image, content: bytes, pixels: tuple[int, int], most_bytes: int) -> bool:
    """Whether the file can stand as it is: another compression would only take from it."""
    bare = [name for name, segment in getattr(image, "applist", ()) if name != "APP0" or len(segment) > 14]
    fits = image.size == pixels and len(content) <= most_bytes
    return image.format == "JPEG" and image.mode == "RGB" and fits and not bare and content.endswith(b"\xff\xd9")


def _flat(image: Image.Image) -> bool:
    """Whether a few colours fill most of it; looked for in every fourth pixel of every fourth line."""
    small = image.resize((image.width // 4, image.height // 4), Image.Resampling.NEAREST)
    counts = sorted((count for count, _ in small.getcolors(small.width * small.height) or ()), reverse=True)
    return sum(counts[:_FLAT_COLOURS]) >= _FLAT_SHARE * small.width * small.height


def _png(image: Image.Image) -> bytes:
    few = image.quantize(_PNG_COLOURS, dither=Image.Dither.NONE)
    file = BytesIO()
    few.save(file, "PNG", optimize=True)
    return file.getvalue()


def _jpeg(image: Image.Image, quality: int) -> bytes:
    file = BytesIO()
    # Given here or Pillow copies them out of `info`.
    image.save(file, "JPEG", quality=quality, progressive=True, optimize=True, exif=b"", icc_profile=None, comment=b"")
    return file.getvalue()
