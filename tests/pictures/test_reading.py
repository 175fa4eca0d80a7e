"""Whatever lies at a cover's address: a picture comes out of it, or a sentence."""

import random
import resource
import struct
import time
import zlib
from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import Image

from digest import pictures
from digest.errors import PictureError
from tests.pictures.files import logo, photograph, saved, shown

GROUND = "#0A2A52"
of_notes = pytest.mark.filterwarnings("ignore::UserWarning")
"""Pillow warns of a camera's broken notes: digest hides it, pytest shows all."""
PHOTO, OTHER = photograph(1200, 800), photograph(1200, 800, seed=2)


def made(content: bytes, shape: pictures.Shape = pictures.STORY) -> Image.Image:
    return shown(pictures.ready(content, shape, GROUND).content)


def refusal(content: bytes) -> str:
    with pytest.raises(PictureError) as caught:
        pictures.ready(content, pictures.STORY, GROUND)
    return str(caught.value)


def alike(one: Image.Image, other: Image.Image, within: int = 30) -> bool:
    """Whether no part of the one differs much from the same part of the other."""
    small = [image.convert("RGB").resize((12, 8), Image.Resampling.BOX).tobytes() for image in (one, other)]
    return max(abs(a - b) for a, b in zip(*small, strict=True)) <= within


AS_RGB = made(saved(PHOTO, "PNG"))


@pytest.mark.parametrize(
    "made_by",
    [
        pytest.param(lambda: saved(PHOTO), id="jpeg"),
        pytest.param(lambda: saved(PHOTO, progressive=True), id="progressive"),
        pytest.param(lambda: saved(PHOTO.convert("CMYK")), id="cmyk"),
        pytest.param(lambda: saved(PHOTO.convert("RGBA"), "PNG"), id="opaque-rgba"),
        pytest.param(lambda: saved(PHOTO.quantize(256), "PNG"), id="palette"),
        pytest.param(lambda: saved(PHOTO, "WEBP"), id="webp"),
        pytest.param(lambda: saved(PHOTO, "AVIF"), id="avif"),
        pytest.param(lambda: saved(PHOTO, "GIF", save_all=True, append_images=[OTHER]), id="moving-gif"),
        pytest.param(lambda: saved(PHOTO, "WEBP", save_all=True, append_images=[OTHER]), id="moving-webp"),
        pytest.param(lambda: saved(PHOTO, "MPO", save_all=True, append_images=[OTHER]), id="two-in-one-jpeg"),
    ],
)
def test_every_kind_of_picture_looks_the_same_in_the_end(made_by: Callable[[], bytes]) -> None:
    picture = made(made_by())
    assert (picture.format, picture.mode, picture.size) == ("JPEG", "RGB", (336, 224))
    assert alike(picture, AS_RGB)


@pytest.mark.parametrize(
    "image",
    [
        pytest.param(PHOTO.convert("L"), id="grey"),
        pytest.param(PHOTO.convert("L").convert("I;16").point(lambda level: level * 257), id="16-bit"),
        pytest.param(PHOTO.convert("LA"), id="grey-alpha"),
    ],
)
def test_grey_of_any_depth_keeps_its_levels(image: Image.Image) -> None:
    assert alike(made(saved(image, "PNG")), AS_RGB.convert("L"))


def test_one_bit_a_pixel_is_a_picture_too() -> None:
    picture = made(saved(PHOTO.convert("1"), "PNG"))
    assert picture.size == (336, 224)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_stands_upright_however_the_camera_was_held(orientation: int) -> None:
    back = {
        1: None, 2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE, 8: Image.Transpose.ROTATE_270,
    }[orientation]  # fmt: skip
    exif = Image.Exif()
    exif[0x0112] = orientation
    held = PHOTO if back is None else PHOTO.transpose(back)
    assert alike(made(saved(held, exif=exif)), AS_RGB)


def test_nothing_that_a_camera_noted_goes_out() -> None:
    exif = Image.Exif()
    exif[0x010F] = "A Camera"
    exif.get_ifd(0x8825)[1] = "N"
    for size in ((1200, 675), (2000, 1500)):  # the first would fit as it is
        content = saved(photograph(*size), exif=exif, comment=b"secret", xmp=b"<x:xmpmeta/>", dpi=(72, 72))
        picture = pictures.ready(content, pictures.LEAD, GROUND)
        found = shown(picture.content)
        assert sorted(set(found.info) - {"jfif", "jfif_version", "jfif_unit", "jfif_density"}) == [
            "progression",
            "progressive",
        ]
        for word in (b"Exif", b"Camera", b"secret", b"xmp", b"ICC"):
            assert word not in picture.content
    with_words_behind = saved(photograph(1200, 675)) + b"secret"
    assert b"secret" not in pictures.ready(with_words_behind, pictures.LEAD, GROUND).content


SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    ("made_by", "said"),
    [
        (lambda: b"", "is empty"),
        (lambda: SVG, "is an SVG drawing, which email programs do not show; give it as PNG or JPEG"),
        (lambda: b"\xef\xbb\xbf\n<!DOCTYPE html><title>Not found</title>", "is a page and not a picture; the address of the file itself is needed"),
        (lambda: b"%PDF-1.7 ...", "is no JPEG, PNG, GIF, WebP or AVIF; give it as one of these"),
        (lambda: saved(PHOTO, "TIFF"), "is no JPEG, PNG, GIF, WebP or AVIF; give it as one of these"),
        (lambda: saved(PHOTO, "BMP"), "is no JPEG, PNG, GIF, WebP or AVIF; give it as one of these"),
        (lambda: saved(PHOTO, "EPS"), "is no JPEG, PNG, GIF, WebP or AVIF; give it as one of these"),
        (lambda: saved(PHOTO)[:9000], "is broken: it stops in the middle or holds what no picture can"),
        (lambda: saved(PHOTO, "PNG")[:9000], "is broken: it stops in the middle or holds what no picture can"),
        (lambda: saved(PHOTO, "WEBP")[:900], "is broken: it cannot be opened"),
        (lambda: saved(PHOTO.resize((150, 100))), "is too small: 150 x 100 pixels, and its place needs 168 x 112 at least"),
        (lambda: saved(PHOTO.resize((1200, 90))), "is too small: 1200 x 90 pixels, and its place needs 168 x 112 at least"),
        (lambda: saved(Image.new("RGB", (800, 600), "#DDDDDD")), "shows nothing: it is of one colour"),
        (lambda: saved(Image.new("RGBA", (800, 600)), "PNG"), "shows nothing: it is of one colour"),
        (lambda: saved(Image.new("RGB", (1, 1))), "is too small: 1 x 1 pixels, and its place needs 168 x 112 at least"),
        (lambda: saved(Image.new("RGBA", (1, 1)), "PNG"), "is too small: 1 x 1 pixels, and its place needs 168 x 112 at least"),
    ],
    ids=["empty", "svg", "html", "pdf", "tiff", "bmp", "postscript", "half-jpeg", "half-png", "half-webp", "small", "flat", "blank", "clear", "pixel", "clear-pixel"],
)  # fmt: skip
def test_what_cannot_be_shown_is_refused_in_plain_words(made_by: Callable[[], bytes], said: str) -> None:
    assert refusal(made_by()) == said


def png_of(width: int, height: int, pixels: bytes = b"") -> bytes:
    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def bomb_of_text() -> bytes:
    png = png_of(400, 300)
    name = b"zTXt"
    content = b"a\0\0" + zlib.compress(b"\0" * 20_000_000, 9)
    return (
        png[:33]
        + struct.pack(">I", len(content))
        + name
        + content
        + struct.pack(">I", zlib.crc32(name + content))
        + png[33:]
    )


def bomb_of_scans() -> bytes:
    """A progressive JPEG whose last scan is there 20,000 times: each is a pass over all its pixels."""
    whole = saved(photograph(3000, 2000), progressive=True)
    last = whole.rindex(b"\xff\xda")
    return whole[:last] + whole[last : last + 40] * 20_000 + b"\xff\xd9"


BOMBS: dict[str, tuple[Callable[[], bytes], str]] = {
    "png": (lambda: png_of(20_000, 20_000, zlib.compress(b"\0" * 50_000_000)), "has more than 50 million pixels"),
    "a-little-over": (lambda: png_of(10_000, 6_000), "has more than 50 million pixels"),
    "gif": (lambda: b"GIF89a\xff\xff\xff\xff\x80\0\0" + b"\0" * 6 + b",\0\0\0\0\xff\xff\xff\xff\0\x02\x02D\x01\0;", "has more than 50 million pixels"),
    "text": (bomb_of_text, "is broken"),
    "scans": (bomb_of_scans, "is a JPEG in more than 100 passes, which is how sites attack their readers"),
}  # fmt: skip


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_before_it_takes_time_or_memory(name: str) -> None:
    bomb, said = BOMBS[name]
    content = bomb()
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    assert refusal(content).startswith(said)
    assert time.process_time() - began < 1
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # KB


@of_notes
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "AVIF"])
def test_no_damage_to_a_file_makes_more_of_it_than_a_picture_or_a_refusal(kind: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    whole = saved(photograph(400, 300), kind, **({} if kind == "GIF" else {"exif": exif}))
    chance = random.Random(kind)
    for _ in range(120):
        damaged = bytearray(whole)
        for _ in range(chance.choice((1, 5, 50))):
            damaged[chance.randrange(chance.choice((300, len(damaged))))] = chance.randrange(256)
        try:
            picture = pictures.ready(
                bytes(damaged[: chance.choice((len(whole), chance.randrange(len(whole))))]), pictures.STORY, GROUND
            )
        except PictureError:
            continue
        assert shown(picture.content).size == (336, 224)


@of_notes
def test_the_orientation_of_broken_notes_is_passed_over() -> None:
    content = saved(photograph(400, 300), exif=b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12")
    assert Image.open(BytesIO(content)).size == (400, 300)
    assert made(content).size == (336, 224)


def test_a_logo_of_a_palette_with_transparency_is_a_picture() -> None:
    assert made(saved(logo().quantize(16), "PNG")).size == (336, 224)
