"""Where a picture stands in the email: the one place that names sizes and weights."""

from __future__ import annotations

from msgspec import Struct


class Shape(Struct, frozen=True):
    """What a place in the email asks of a picture."""

    width: int
    """As the template shows it, in pixels of the page."""
    height: int
    pixels: tuple[int, int]
    """Of the file: twice as many, for sharp screens."""
    most_bytes: int


# 675 and not 676 lines, half a line less than twice 338: what sites publish is 16:9, and their
# 1200 x 675 then needs no resampling.
LEAD = Shape(600, 338, (1200, 675), 120_000)
STORY = Shape(168, 112, (336, 224), 30_000)
