"""The pictures of an issue: 25 covers as a camera leaves them, fetched from loopback and made ready."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from io import BytesIO
from random import Random

from PIL import Image

from digest import pictures
from digest.pictures import LEAD, STORY, Wanted
from tests.collect.loopback import reply, site
from tests.pictures.files import photograph, saved

COVERS, DIFFERENT = 25, 5
Rows = list[tuple[str, str, str, str]]


def rows() -> Rows:
    """The figure, beside decoding the same files one after another in Pillow, without anything else."""
    files = [cover(seed) for seed in range(DIFFERENT)]
    with site(lambda path: reply(files[int(path[1:-4]) % DIFFERENT])) as here:
        wanted = [
            Wanted(f"{here.url}/{n}.jpg", LEAD if n == 0 else STORY, "#0A2A52", allow_private=True)
            for n in range(COVERS)
        ]
        began = time.perf_counter()
        made = pictures.made(wanted, {}, datetime.now(UTC), contact="", on_done=lambda _: None)
        took = time.perf_counter() - began
    assert all(memory.picture for memory in made.values())
    began = time.perf_counter()
    for n in range(COVERS):
        Image.open(BytesIO(files[n % DIFFERENT])).load()
    bound = time.perf_counter() - began
    name = f"{COVERS} covers of {sum(map(len, files)) / DIFFERENT / 1e6:.1f} MB"
    return [
        ("", "", "", ""),
        ("pictures", "took", "decoded only", "ratio"),
        (name, f"{took * 1000:,.0f} ms", f"{bound * 1000:,.0f} ms", f"{took / bound:.1f}"),
    ]


def cover(seed: int) -> bytes:
    """Twelve megapixels with the grain of a camera, about 2 MB."""
    grain = Image.frombytes("L", (1000, 667), Random(seed).randbytes(667_000)).resize((4000, 2667))
    grainy = Image.blend(photograph(4000, 2667, seed), Image.merge("RGB", (grain, grain, grain)), 0.2)
    return saved(grainy, quality=85)
