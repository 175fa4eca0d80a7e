"""Colours as CSS writes them, what a reader sees of them, and how well one reads on another (WCAG 2.2)."""

from __future__ import annotations

import re
from functools import lru_cache

from digest.config import colours

Rgb = tuple[int, int, int]
_NAMES: dict[str, Rgb] = {
    "white": (255, 255, 255), "black": (0, 0, 0), "red": (255, 0, 0), "green": (0, 128, 0), "blue": (0, 0, 255),
    "yellow": (255, 255, 0), "gray": (128, 128, 128), "grey": (128, 128, 128), "silver": (192, 192, 192),
    "navy": (0, 0, 128), "maroon": (128, 0, 0), "orange": (255, 165, 0), "gold": (255, 215, 0), "purple": (128, 0, 128),
    "lightgray": (211, 211, 211), "lightgrey": (211, 211, 211), "darkgray": (169, 169, 169),
}  # fmt: skip
_HEX = re.compile(r"#([0-9a-f]{8}|[0-9a-f]{6}|[0-9a-f]{3,4})(?![0-9a-f])")
_FUNCTION = re.compile(r"rgba?\(\s*(\d+)[\s,]+(\d+)[\s,]+(\d+)(?:[\s,/]+([\d.]+)(%?))?\s*\)")


@lru_cache(maxsize=512)
def read(value: str) -> tuple[Rgb, float] | None:
    """Colour and opacity of a value in lower case, the first if it holds several; None when it names none."""
    if found := _HEX.search(value):
        digits = found[1]
        if len(digits) < 6:
            digits = "".join(2 * digit for digit in digits)
        r, g, b = (int(digits[at : at + 2], 16) for at in (0, 2, 4))
        return (r, g, b), int(digits[6:8], 16) / 255 if len(digits) == 8 else 1.0
    if found := _FUNCTION.search(value):
        alpha = float(found[4]) / (100 if found[5] else 1) if found[4] else 1.0
        return (min(int(found[1]), 255), min(int(found[2]), 255), min(int(found[3]), 255)), alpha
    if "transparent" in value:
        return (0, 0, 0), 0.0
    named = next((word for word in re.findall(r"[a-z]+", value) if word in _NAMES), None)
    return (_NAMES[named], 1.0) if named else None


def over(top: Rgb, opacity: float, below: Rgb) -> Rgb:
    """What is seen of a colour that lets another through."""
    r, g, b = (round(t * opacity + u * (1 - opacity)) for t, u in zip(top, below, strict=True))
    return r, g, b


@lru_cache(maxsize=512)
def ratio(one: Rgb, other: Rgb) -> float:
    """From 1 to 21."""
    return colours.contrast(shown(one), shown(other))


def shown(colour: Rgb) -> str:
    """`#0057B7`"""
    return "#{:02X}{:02X}{:02X}".format(*colour)
