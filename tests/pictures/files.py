"""Pictures for tests, made here by Pillow."""

from __future__ import annotations

import random
from io import BytesIO
from typing import Any

from PIL import Image, ImageDraw


def photograph(width: int = 1600, height: int = 1000, seed: int = 1) -> Image.Image:
    """Soft shapes of many colours up to the edges, as a camera would see them; the same for the same seed."""
    dots = random.Random(seed).randbytes(12 * 8 * 3)
    return Image.frombytes("RGB", (12, 8), dots).resize((width, height), Image.Resampling.BICUBIC)


def logo(width: int = 800, height: int = 400, colour: str = "#C8102E", ground: str | None = None) -> Image.Image:
    """A ring in a box, on a ground of one colour or on none."""
    picture = Image.new("RGB", (width, height), ground) if ground else Image.new("RGBA", (width, height), (0, 0, 0, 0))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((10, 10, width - 10, height - 10), outline=colour, width=12)
    draw.ellipse((width // 3, height // 4, width * 2 // 3, height * 3 // 4), outline=colour, width=20)
    return picture


def saved(image: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    """The picture as a file of that kind."""
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def shown(content: bytes) -> Image.Image:
    """What a reader's program makes of the file."""
    image = Image.open(BytesIO(content))
    image.load()
    return image
