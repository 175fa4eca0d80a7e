"""Numbers -> the picture of a line over time, with lettering of its own; the same bytes for the same numbers."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Sequence
from functools import cache
from io import BytesIO
from itertools import pairwise
from pathlib import Path

from msgspec import Struct
from PIL import Image, ImageDraw, ImageFont

from digest.config import colours
from digest.models import Bar, Picture

PIXELS = (1072, 480)
"""Twice what it takes up in the email; a phone shows it smaller, so its lettering is large."""
_PLATE, _INK, _MUTED, _GRID = "#FFFFFF", "#14202E", "#56657A", "#D3DCE6"
_EDGE = 28
_GAP = 24
"""Least room between two pieces of lettering in a row."""
_TYPE = 34
_LINE = 7
_DOT = 12
_FINER = 3
"""Lines are drawn so many times larger and made smaller: Pillow's own have steps."""
_STEPS = 4
"""Of the scale, at most one more."""
_FONTS = Path(__file__).parent / "fonts"

_Written = Callable[[float], str]


def drawn(points: Sequence[Bar], colour: str, number: _Written) -> Picture | None:
    """The points in their order, evenly spaced, the last and the highest with their numbers.

    None where the fonts lack a letter of what would be written: they have Latin, Greek and Cyrillic.
    `number` writes a value; `colour` (`#RRGGBB`) is the line's.
    """
    points = [Bar(unicodedata.normalize("NFC", point.label), point.value) for point in points]
    scale = _scale([point.value for point in points])
    numbers = "".join(map(number, (*scale, *(point.value for point in points))))
    if not (_has("", "".join(point.label for point in points)) and _has("", numbers) and _has("-Bold", numbers)):
        return None
    sheet = Image.new("RGB", PIXELS, _PLATE)
    area = _area(points, scale, number)
    _draw_scale(sheet, area, scale, number)
    _draw_labels(sheet, area, [point.label for point in points])
    _draw_line(sheet, area, [point.value for point in points], colour)
    _draw_numbers(sheet, area, [point.value for point in points], colour, number)
    return Picture(_png(sheet, colour), "image/png", *PIXELS)


class _Area(Struct, frozen=True):
    """Where the line may run, and what its upper and lower ends stand for."""

    left: int
    top: int
    right: int
    bottom: int
    least: float
    most: float
    points: int

    def x(self, index: int) -> float:
        if self.points == 1:
            return self.right
        return self.left + (self.right - self.left) * index / (self.points - 1)

    def y(self, value: float) -> float:
        return self.bottom - (self.bottom - self.top) * (value - self.least) / (self.most - self.least)


def _area(points: Sequence[Bar], scale: Sequence[float], number: _Written) -> _Area:
    left = _EDGE + max(_width(number(tick)) for tick in scale) + _GAP
    right = PIXELS[0] - _EDGE - _width(number(points[-1].value), "-Bold") - _DOT - 10
    return _Area(left, _EDGE + 52, right, PIXELS[1] - _EDGE - 48, scale[0], scale[-1], len(points))


def _scale(values: Sequence[float]) -> list[float]:
    """Round numbers from below the lowest value to above the highest.

    From 0 on, unless all values lie so far from it that the line would seem flat; whole ones for
    whole values, and none finer than the three digits that are written.
    """
    least, most = min(values), max(values)
    least, most = (min(least, 0), max(most, 0)) if least <= most * 2 / 3 or least == most else (least, most)
    rough = max((most - least) / _STEPS, 1 if all(value == round(value) for value in values) else 0.001)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(each * power for each in (1, 2, 5, 10) if each * power >= rough * (1 - 1e-9))
    first, last = math.floor(least / step + 1e-9), math.ceil(most / step - 1e-9)
    return [index * step for index in range(first, max(last, first + 1) + 1)]


def _draw_scale(sheet: Image.Image, area: _Area, scale: Sequence[float], number: _Written) -> None:
    draw = ImageDraw.Draw(sheet)
    for tick in scale:
        y = round(area.y(tick))
        draw.rectangle((_EDGE, y - 1, area.right, y if tick else y + 1), _GRID if tick else _MUTED)
        draw.text((_EDGE, y - 9), number(tick), _MUTED, _font(), anchor="ls")


def _draw_labels(sheet: Image.Image, area: _Area, labels: Sequence[str]) -> None:
    draw = ImageDraw.Draw(sheet)
    shown = [_shortened(label, (PIXELS[0] - 2 * _EDGE - _GAP) // 2) for label in labels]
    starts = [_kept_within(area.x(at) - _width(text) / 2, _width(text)) for at, text in enumerate(shown)]
    ends = [start + _width(text) for start, text in zip(starts, shown, strict=True)]
    labelled = _fitting(starts, ends)
    every = area.right - area.left >= _GAP * (len(labels) - 1)
    for at, text in enumerate(shown):
        x = round(area.x(at))
        if every or at in labelled:
            draw.rectangle((x - 1, area.bottom, x, area.bottom + 10), _MUTED)
        if at in labelled:
            draw.text((starts[at], area.bottom + 46), text, _MUTED, _font(), anchor="ls")


def _fitting(starts: Sequence[float], ends: Sequence[float]) -> list[int]:
    """Which labels are written: the first, the last, and between them as many as have room, evenly if three are."""
    last = len(starts) - 1
    ways = [_every(stride, last) for stride in range(1, last)]
    fitting = [way for way in ways if all(starts[b] - ends[a] >= _GAP for a, b in pairwise(way))]
    even = [way for way in fitting if len(way) > 2 and last % way[1] == 0]
    return next(iter(even or fitting), sorted({0, last}))


def _every(stride: int, last: int) -> list[int]:
    """Each so many from the first one on, and the last; one that would stand close before the last is left out."""
    return [at for at in range(0, last, stride) if at == 0 or last - at > stride / 2] + [last]


def _draw_line(sheet: Image.Image, area: _Area, values: Sequence[float], colour: str) -> None:
    mask = Image.new("L", (PIXELS[0] * _FINER, PIXELS[1] * _FINER))
    draw = ImageDraw.Draw(mask)
    path = [(area.x(at) * _FINER, area.y(value) * _FINER) for at, value in enumerate(values)]
    draw.line(path, 255, _LINE * _FINER, "curve")
    for (x, y), size in ((path[0], _LINE / 2), (path[-1], _DOT)):
        reach = size * _FINER
        draw.ellipse((x - reach, y - reach, x + reach, y + reach), 255)
    sheet.paste(colour, (0, 0), mask.reduce(_FINER))


def _draw_numbers(sheet: Image.Image, area: _Area, values: Sequence[float], colour: str, number: _Written) -> None:
    draw = ImageDraw.Draw(sheet)
    draw.text((area.right + _DOT + 10, area.y(values[-1])), number(values[-1]), colour, _font("-Bold"), anchor="lm")
    highest = max(values)
    if highest > values[-1]:
        text = number(highest)
        width = _width(text, "-Bold")
        x = min(max(area.x(values.index(highest)) - width / 2, area.left), area.right - width)
        place = (x, area.y(highest) - 16)
        draw.text(place, text, _INK, _font("-Bold"), anchor="ls", stroke_width=6, stroke_fill=_PLATE)


def _kept_within(start: float, width: int) -> int:
    return max(_EDGE, min(round(start), PIXELS[0] - _EDGE - width))


def _shortened(text: str, room: int) -> str:
    if _width(text) <= room:
        return text
    kept = next(length for length in range(len(text), -1, -1) if _width(text[:length] + "…") <= room)
    return text[:kept].rstrip() + "…"


@cache
def _font(weight: str = "") -> ImageFont.FreeTypeFont:
    # Pillow's own layout: the other one is not on every machine, and sets letters elsewhere.
    file = _FONTS / f"DejaVuSansCondensed{weight}.ttf"
    return ImageFont.truetype(file, _TYPE, layout_engine=ImageFont.Layout.BASIC)


def _width(text: str, weight: str = "") -> int:
    return math.ceil(_font(weight).getlength(text))


def _has(weight: str, text: str) -> bool:
    """Whether the font has every letter; it shows the same box for all that it has not."""
    font = _font(weight)
    box = bytes(font.getmask("\uffff"))
    return all(bytes(font.getmask(letter)) != box for letter in set(text))


def _png(sheet: Image.Image, colour: str) -> bytes:
    """In 16 colours: those of lines and lettering, and what lies between them and the plate."""
    shades = [_PLATE, _GRID]
    shades += [colours.mixed(_PLATE, colour, share) for share in (15, 30, 45, 60, 80, 100)]
    shades += [colours.mixed(_PLATE, _MUTED, share) for share in (25, 50, 75, 100)]
    shades += [colours.mixed(_PLATE, _INK, share) for share in (25, 50, 75, 100)]
    palette = Image.new("P", (1, 1))
    palette.putpalette(bytes.fromhex("".join(shades).replace("#", "")))
    file = BytesIO()
    sheet.quantize(palette=palette, dither=Image.Dither.NONE).save(file, "PNG", optimize=True, bits=4)
    return file.getvalue()
