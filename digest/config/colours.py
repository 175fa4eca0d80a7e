"""Colours as `#RRGGBB`: how bright, how far apart, and mixed."""

from __future__ import annotations

from collections.abc import Iterable


def contrast(one: str, other: str) -> float:
    """1 to 21; text needs 4.5 on its ground (https://www.w3.org/TR/WCAG22/#contrast-minimum)."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def clearest_on(colours: Iterable[str], ground: str) -> str:
    """The one of `colours` with the highest contrast on `ground`."""
    return max(colours, key=lambda colour: contrast(colour, ground))


def mixed(ground: str, tint: str, percent: int) -> str:
    """`ground` with so much of `tint` over it."""
    pairs = zip(_channels(ground), _channels(tint), strict=True)
    return "#" + "".join(f"{below + round((above - below) * percent / 100):02X}" for below, above in pairs)


def _channels(colour: str) -> list[int]:
    return [int(colour[at : at + 2], 16) for at in (1, 3, 5)]


def _luminance(colour: str) -> float:
    """https://www.w3.org/TR/WCAG22/#dfn-relative-luminance"""
    shares = (channel / 255 for channel in _channels(colour))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
