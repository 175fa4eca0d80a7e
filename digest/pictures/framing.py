"""Pixels of any size -> exactly those of a place in the email: the part that tells most, in sRGB and opaque.

A photograph fills its place and is cropped. A drawing on a ground of one colour, or on none, is
shown whole: a logo without its ends, or a chart without its axis, says nothing.
"""

from __future__ import annotations

from io import BytesIO
from itertools import accumulate

from PIL import Image, ImageChops, ImageCms, ImageColor, ImageFilter, ImageStat

from digest.errors import PictureError

_LARGEST_SCALE = 2.0
"""A file has twice the pixels that a place takes up: enlarged more, a picture is coarse on any screen."""
_SMALL = 160
"""Pixels of the longer side of the copy in which a crop is looked for."""
_FINER = 8
"""Detail is multiplied by it, so that the mean of a line, a whole number, keeps its differences."""
_GRAIN = 8
"""Detail that every line is said to have: in soft light a little more of it somewhere says nothing."""
_EVEN = 16
"""Levels of 256 by which a ground of one colour may vary: JPEG leaves traces around a drawing."""
_LIGHT = 190
"""Mean level from which on a drawing does not show on white."""

_Box = tuple[float, float, float, float]


def framed(image: Image.Image, pixels: tuple[int, int], ground: str) -> Image.Image:
    """RGB of that size. `ground` (`#RRGGBB`) stands behind light art that has no ground of its own.

    Raises PictureError for a picture that is too small, or of one colour.
    """
    profile = image.info.get("icc_profile")
    image, own = _opaque(image, ground)
    fitted = _cropped(image, pixels) if own is None else _whole(image, pixels, own)
    if all(most - least <= _EVEN for least, most in ImageStat.Stat(fitted).extrema):
        raise PictureError("shows nothing: it is of one colour")
    return _srgb(fitted, profile)


def _opaque(image: Image.Image, ground: str) -> tuple[Image.Image, tuple[int, ...] | None]:
    """The picture without transparency, and the colour of its ground; None where there is no even one."""
    if image.mode == "RGBA":
        alpha = image.getchannel("A")
        if alpha.getextrema()[0] == 255:
            return _opaque(image.convert("RGB"), ground)
        light = ImageStat.Stat(image.convert("L"), alpha.point(lambda level: level and 255)).mean[0] >= _LIGHT
        edge = max(image.size) // 16  # or it would touch the ends of its place
        colour = ImageColor.getrgb(ground if light else "#FFFFFF")
        plate = Image.new("RGB", (image.width + 2 * edge, image.height + 2 * edge), colour)
        plate.paste(image, (edge, edge), alpha)
        return plate, colour
    return image, _even_edge(image)


def _even_edge(image: Image.Image) -> tuple[int, ...] | None:
    """The colour along all four edges, if it is one; a column of text and figures has none, to be cropped."""
    width, height = image.size
    if height > 2 * width:
        return None
    edges = ((0, 0, width, 1), (0, height - 1, width, height), (0, 0, 1, height), (width - 1, 0, width, height))
    stats = [ImageStat.Stat(image.crop(edge)) for edge in edges]
    colour = []
    for band in range(len(image.getbands())):
        extrema = [level for stat in stats for level in stat.extrema[band]]
        if max(extrema) - min(extrema) > _EVEN:
            return None
        colour.append(round(sum(stat.mean[band] for stat in stats) / len(stats)))
    return tuple(colour)


def _whole(image: Image.Image, pixels: tuple[int, int], ground: tuple[int, ...]) -> Image.Image:
    scale = min(pixels[0] / image.width, pixels[1] / image.height)
    _refuse_small(image, scale, pixels)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    plate = Image.new(image.mode, pixels, ground if len(ground) > 1 else ground[0])
    corner = ((pixels[0] - size[0]) // 2, (pixels[1] - size[1]) // 2)
    plate.paste(image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3), corner)
    return plate


def _cropped(image: Image.Image, pixels: tuple[int, int]) -> Image.Image:
    scale = max(pixels[0] / image.width, pixels[1] / image.height)
    _refuse_small(image, scale, pixels)
    if image.size == pixels:
        return image
    return image.resize(pixels, Image.Resampling.LANCZOS, _best(image, pixels[0] / scale, pixels[1] / scale), 3)


def _refuse_small(image: Image.Image, scale: float, pixels: tuple[int, int]) -> None:
    if scale > _LARGEST_SCALE:
        least = f"{round(pixels[0] / _LARGEST_SCALE)} x {round(pixels[1] / _LARGEST_SCALE)}"
        raise PictureError(f"is too small: {image.width} x {image.height} pixels, and its place needs {least} at least")


def _best(image: Image.Image, width: float, height: float) -> _Box:
    """Of all parts of that size the one with most detail, near the middle; of a tall picture near a third."""
    shrink = _SMALL / max(image.size)
    size = (max(1, round(image.width * shrink)), max(1, round(image.height * shrink)))
    small = image.resize(size, Image.Resampling.BOX, reducing_gap=3).convert("L")
    # Detail is what a blur takes away.
    detail = ImageChops.difference(small, small.filter(ImageFilter.GaussianBlur(2)))
    detail = detail.point([min(255, level * _FINER) for level in range(256)])
    columns = detail.resize((detail.width, 1), Image.Resampling.BOX).tobytes()
    lines = detail.resize((1, detail.height), Image.Resampling.BOX).tobytes()
    # Within the picture to the last digit: Pillow refuses a part that begins at -1e-13.
    left = min(max(0.0, _offset(columns, width / image.width, 1 / 2) * image.width), image.width - 1.0)
    top = min(max(0.0, _offset(lines, height / image.height, 1 / 3) * image.height), image.height - 1.0)
    return left, top, min(left + width, image.width), min(top + height, image.height)


def _offset(detail: bytes, share: float, preferred: float) -> float:
    """Where a window over `share` of the length begins, as a share of the length."""
    steps = len(detail) - max(1, round(share * len(detail)))
    if steps <= 0:
        return (1 - share) * preferred
    sums = [0, *accumulate(level + _GRAIN for level in detail)]
    window = len(detail) - steps

    def worth(start: int) -> float:
        held = (sums[start + window] - sums[start]) / sums[-1]
        return held - (start / steps - preferred) ** 2 / 4

    best = max(range(steps + 1), key=lambda start: (worth(start), -abs(start / steps - preferred)))
    return best / steps * (1 - share)


def _srgb(image: Image.Image, profile: object) -> Image.Image:
    """In the colours of the web; a profile that is broken or of another kind of picture is passed over."""
    if isinstance(profile, bytes):
        try:
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
            return converted if converted is not None else image.convert("RGB")
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass
    return image.convert("RGB")
