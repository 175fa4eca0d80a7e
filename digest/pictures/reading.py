"""Bytes -> pixels. What is no picture, or one built to exhaust its reader, is refused in plain words."""

from __future__ import annotations

import re
import struct
import warnings
import zlib
from io import BytesIO

from PIL import Image, UnidentifiedImageError

from digest.errors import PictureError

MOST_PIXELS = 50_000_000
"""Of the picture as it comes; the largest cameras make 45 million."""
_FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "AVIF")
_MOST_SCANS = 100
"""Of a progressive JPEG: each is a pass over all pixels; ordinary ones have ten."""
# What Pillow's decoders were seen to raise on mutated files, beside what they are documented to.
_BROKEN = (
    *(OSError, SyntaxError, ValueError, EOFError, LookupError, TypeError, AttributeError),
    *(OverflowError, MemoryError, RuntimeError, struct.error, zlib.error),
)
_ORIENTATION = 0x0112
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""EXIF orientation -> what makes it upright."""
_SIDEWAYS = tuple(_UPRIGHT[orientation] for orientation in (5, 6, 7, 8))

# What Pillow finds wrong in a camera's notes concerns nobody here.
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")
# It looks at the size before it decodes: it warns above this and refuses above twice as much.
Image.MAX_IMAGE_PIXELS = MOST_PIXELS
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)
_TOO_LARGE = (Image.DecompressionBombError, Image.DecompressionBombWarning)


def opened(content: bytes) -> Image.Image:
    """The picture, its size and format known and no pixel decoded. Raises PictureError."""
    if content.count(b"\xff\xda") > _MOST_SCANS and content.startswith(b"\xff\xd8"):
        raise PictureError(f"is a JPEG in more than {_MOST_SCANS} passes, which is how sites attack their readers")
    try:
        return Image.open(BytesIO(content), formats=_FORMATS)
    except _TOO_LARGE as error:
        raise PictureError(f"has more than {MOST_PIXELS // 1_000_000} million pixels") from error
    except UnidentifiedImageError as error:
        raise PictureError(_kind(content)) from error
    except _BROKEN as error:
        raise PictureError("is broken: it cannot be opened") from error


def decoded(image: Image.Image, pixels: tuple[int, int]) -> Image.Image:
    """Its first frame, upright, as L, RGB, RGBA or CMYK, with its colour profile in `info`.

    One that has far more than the `pixels` that are wanted is made smaller, to twice as many at
    least; a JPEG is decoded so. Raises PictureError.
    """
    profile = image.info.get("icc_profile")
    turn = _turn(image)
    try:
        wanted = pixels[::-1] if turn in _SIDEWAYS else pixels
        if image.format in ("JPEG", "MPO"):
            image.draft(image.mode, (2 * wanted[0], 2 * wanted[1]))
        image.load()
        plain = _smaller(_plain(image), wanted)
        upright = plain if turn is None else plain.transpose(turn)
    except _BROKEN as error:
        raise PictureError("is broken: it stops in the middle or holds what no picture can") from error
    upright.info = {"icc_profile": profile} if isinstance(profile, bytes) else {}
    return upright


def _turn(image: Image.Image) -> Image.Transpose | None:
    try:
        return _UPRIGHT.get(image.getexif().get(_ORIENTATION, 1))
    except _BROKEN:  # notes about the picture are broken, not the picture
        return None


def _plain(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):
        return _of_16_bits(image)
    if image.mode in ("RGBA", "CMYK"):
        return image
    if image.has_transparency_data:
        return image.convert("RGBA")
    if image.mode in ("L", "RGB"):
        return image
    return image.convert("L" if image.mode == "1" else "RGB")


def _smaller(image: Image.Image, pixels: tuple[int, int]) -> Image.Image:
    by = min(image.width // (2 * pixels[0]), image.height // (2 * pixels[1]))
    if by < 2:
        return image
    return image.resize((image.width // by, image.height // by), Image.Resampling.BOX)


def _of_16_bits(image: Image.Image) -> Image.Image:
    """Its upper 8 bits: Pillow's own conversion cuts everything above 255 off."""
    return image.convert("I").point([min(value >> 8, 255) for value in range(65536)], "L")


def _kind(content: bytes) -> str:
    """What the bytes are instead, as far as their beginning tells."""
    start = content[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not content:
        return "is empty"
    if re.search(rb"<svg\b", start):
        return "is an SVG drawing, which email programs do not show; give it as PNG or JPEG"
    if start.startswith((b"<!doctype html", b"<html", b"<?xml", b"<head", b"<body", b"<!--")):
        return "is a page and not a picture; the address of the file itself is needed"
    return "is no JPEG, PNG, GIF, WebP or AVIF; give it as one of these"
