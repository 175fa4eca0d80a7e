"""Which part of a picture is shown, on what ground, and how heavy the file is."""

import random
from io import BytesIO

import pytest
from PIL import Image, ImageChops, ImageCms, ImageDraw

from digest import pictures
from digest.errors import PictureError
from digest.models import Picture
from digest.pictures import LEAD, STORY, Shape
from tests.pictures.files import logo, photograph, saved, shown

GROUND = "#0A2A52"
RED = (200, 16, 46)


def made(image: Image.Image, shape: Shape = STORY, kind: str = "PNG", **options: object) -> Image.Image:
    return shown(pictures.ready(saved(image, kind, **options), shape, GROUND).content).convert("RGB")


def near(colour: object, other: tuple[int, int, int], within: int = 12) -> bool:
    assert isinstance(colour, tuple)
    return all(abs(a - b) <= within for a, b in zip(colour, other, strict=True))


def where(image: Image.Image, colour: tuple[int, int, int]) -> tuple[int, int, int, int]:
    """The box around all pixels of about that colour."""
    far = ImageChops.difference(image, Image.new("RGB", image.size, colour)).split()
    mask = ImageChops.lighter(far[0], ImageChops.lighter(far[1], far[2])).point([255] * 50 + [0] * 206)
    box = mask.getbbox()
    assert box, "none is there"
    return box


@pytest.mark.parametrize("shape", [LEAD, STORY], ids=["lead", "story"])
@pytest.mark.parametrize("size", [(1200, 675), (4000, 3000), (1600, 1600), (900, 1600), (3000, 800), (601, 339)])
def test_a_photograph_of_any_form_fills_its_place(size: tuple[int, int], shape: Shape) -> None:
    picture = pictures.ready(saved(photograph(*size)), shape, GROUND)
    assert (picture.type, picture.width, picture.height, shown(picture.content).size) == (
        "image/jpeg",
        *shape.pixels,
        shape.pixels,
    )
    assert len(picture.content) <= shape.most_bytes


def with_detail(size: tuple[int, int], box: tuple[int, int, int, int]) -> Image.Image:
    """Soft sky with a crowd of strokes in one place, red ones at its ends."""
    image = Image.linear_gradient("L").resize(size).convert("RGB")
    image = Image.blend(image, Image.new("RGB", size, (120, 150, 190)), 0.8)
    draw, chance = ImageDraw.Draw(image), random.Random(5)
    for _ in range(300):
        x, y = chance.randrange(box[0], box[2] - 20), chance.randrange(box[1], box[3] - 20)
        draw.rectangle((x, y, x + 8, y + 8), fill=chance.choice([(20, 20, 20), (240, 240, 240)]))
    for x, y in (box[:2], (box[2] - 20, box[3] - 20)):
        draw.rectangle((x, y, x + 20, y + 20), fill=RED)
    return image


@pytest.mark.parametrize(
    ("size", "box"),
    [
        pytest.param((800, 1400), (300, 60, 500, 260), id="a-face-high-in-a-portrait"),
        pytest.param((800, 1400), (200, 1000, 600, 1300), id="people-low-in-a-portrait"),
        pytest.param((2400, 800), (100, 300, 500, 600), id="left-in-a-panorama"),
        pytest.param((2400, 800), (1900, 300, 2300, 600), id="right-in-a-panorama"),
    ],
)
def test_what_has_detail_stays_in_the_picture(size: tuple[int, int], box: tuple[int, int, int, int]) -> None:
    scale = max(336 / size[0], 224 / size[1])
    left, top, right, bottom = where(made(with_detail(size, box)), RED)
    assert ((right - left) / scale, (bottom - top) / scale) == pytest.approx((box[2] - box[0], box[3] - box[1]), abs=16)


def test_a_picture_without_detail_is_cut_in_the_middle_and_a_tall_one_above_it() -> None:
    wide, tall = (
        Image.linear_gradient("L").rotate(90).resize((2400, 800)),
        Image.linear_gradient("L").resize((800, 2400)),
    )
    middle = made(wide, kind="JPEG").convert("L")
    assert abs(middle.getpixel((168, 112)) - 128) <= 12
    assert 60 <= made(tall, kind="JPEG").convert("L").getpixel((168, 112)) <= 120


def test_the_same_picture_gives_the_same_bytes() -> None:
    content = saved(photograph(1500, 1500))
    assert pictures.ready(content, STORY, GROUND) == pictures.ready(content, STORY, GROUND)


def test_what_is_ready_stays_as_it_is() -> None:
    for shape in (LEAD, STORY):
        first = pictures.ready(saved(photograph(2000, 1500)), shape, GROUND)
        assert pictures.ready(first.content, shape, GROUND) is not first
        assert pictures.ready(first.content, shape, GROUND) == first


@pytest.mark.parametrize("shape", [LEAD, STORY], ids=["lead", "story"])
def test_a_logo_is_shown_whole_on_its_own_ground(shape: Shape) -> None:
    for ground, size in (("#FFE680", (1000, 300)), ("#FFFFFF", (500, 900))):
        picture = made(logo(*size, ground=ground), shape)
        corner = picture.getpixel((1, 1))
        assert near(corner, tuple(int(ground[at : at + 2], 16) for at in (1, 3, 5)))  # type: ignore[arg-type]
        assert all(near(picture.getpixel(at), corner) for at in ((picture.width - 2, 1), (1, picture.height - 2)))
        left, top, right, bottom = where(picture, RED)
        assert (left + right, top + bottom) == pytest.approx(picture.size, abs=6)
        assert left > 0 or top > 0


def test_a_column_of_figures_is_cropped_to_where_they_are() -> None:
    column = Image.new("RGB", (600, 3000), "#F4F4F4")
    ImageDraw.Draw(column).rectangle((100, 2500, 500, 2700), fill=RED)
    left, top, right, bottom = where(made(column), RED)
    assert ((right - left) / 336, (bottom - top) / 224) == pytest.approx((400 / 600, 200 / 400), abs=0.02)


def test_art_without_a_ground_stands_on_white_and_light_art_on_the_brands_colour() -> None:
    dark, light = made(logo(colour="#101820")), made(logo(colour="#FFFFFF"))
    assert near(dark.getpixel((0, 0)), (255, 255, 255))
    assert near(light.getpixel((0, 0)), (10, 42, 82))
    assert where(light, (255, 255, 255))


def test_flat_art_stays_sharp_as_png_and_a_photograph_becomes_jpeg() -> None:
    assert pictures.ready(saved(logo(), "PNG"), STORY, GROUND).type == "image/png"
    assert pictures.ready(saved(logo(ground="#FFFFFF"), "GIF"), LEAD, GROUND).type == "image/png"
    assert pictures.ready(saved(photograph(), "PNG"), STORY, GROUND).type == "image/jpeg"
    assert pictures.ready(saved(logo(ground="#FFFFFF")), STORY, GROUND).type == "image/jpeg"


def noise(width: int, height: int) -> Image.Image:
    """As heavy as a picture can be."""
    return Image.frombytes("RGB", (width, height), random.Random(4).randbytes(width * height * 3))


@pytest.mark.parametrize("shape", [LEAD, STORY], ids=["lead", "story"])
def test_a_heavy_picture_loses_quality_until_it_is_light_enough(shape: Shape) -> None:
    soft = noise(shape.pixels[0] // 2, shape.pixels[1] // 2).resize(shape.pixels, Image.Resampling.BILINEAR)
    picture = pictures.ready(saved(soft, quality=97), shape, GROUND)
    assert shape.most_bytes * 0.6 < len(picture.content) <= shape.most_bytes


def test_one_that_is_heavy_at_any_quality_is_refused() -> None:
    with pytest.raises(PictureError, match=r"^cannot be made lighter than \d+ KB, and 120 is the most$"):
        pictures.ready(saved(noise(1200, 675), quality=97), LEAD, GROUND)


@pytest.mark.parametrize(
    ("size", "fits"), [((600, 338), True), ((590, 400), False), ((700, 330), False), ((599, 2000), False)]
)
def test_a_small_picture_is_not_blown_up(size: tuple[int, int], fits: bool) -> None:
    content = saved(photograph(*size))
    if fits:
        assert pictures.ready(content, LEAD, GROUND).width == 1200
        return
    with pytest.raises(
        PictureError, match=f"^is too small: {size[0]} x {size[1]} pixels, and its place needs 600 x 338 at least$"
    ):
        pictures.ready(content, LEAD, GROUND)


def test_a_small_logo_is_not_blown_up_either() -> None:
    with pytest.raises(PictureError, match=r"^is too small: 88 x 31 pixels"):
        pictures.ready(saved(logo(88, 31, ground="#FFFFFF"), "PNG"), LEAD, GROUND)


def swapped() -> bytes:
    """A colour profile in which red stands where others have green, so that passing it over would show."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    tags = {
        bytes(profile[at : at + 4]): at + 4 for at in range(132, 132 + 12 * int.from_bytes(profile[128:132], "big"), 12)
    }
    red, green = tags[b"rXYZ"], tags[b"gXYZ"]
    profile[red : red + 8], profile[green : green + 8] = profile[green : green + 8], profile[red : red + 8]
    return bytes(profile)


def test_colours_are_those_of_the_profile_and_the_profile_goes() -> None:
    plain = Image.new("RGB", (800, 600), (200, 30, 30))
    plain.paste((30, 30, 200), (0, 0, 400, 600))
    for kind in ("JPEG", "PNG", "WEBP"):
        picture = made(plain, kind=kind, icc_profile=swapped())
        red, green, _ = picture.getpixel((300, 112))
        assert green > red + 60, kind
        assert b"ICC_PROFILE" not in pictures.ready(saved(plain, kind, icc_profile=swapped()), STORY, GROUND).content


@pytest.mark.parametrize("profile", [b"no profile", swapped()[:200]])
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_a_broken_or_foreign_profile_is_passed_over(profile: bytes, mode: str) -> None:
    image = photograph(800, 600)
    picture = made(image.convert(mode), kind="JPEG", icc_profile=profile)
    assert picture.resize((1, 1)).getpixel((0, 0)) == pytest.approx(
        made(image.convert(mode), kind="JPEG").resize((1, 1)).getpixel((0, 0)), abs=6
    )


def test_a_name_is_of_the_content_and_the_address_of_the_public_site() -> None:
    picture = Picture(b"abc", "image/png", 336, 224)
    name = "ba7816bf8f01cfea414140de5dae2223.png"  # FIPS 180-2, appendix B.1
    assert (picture.name, picture.address("https://digest.example/a")) == (
        name,
        f"https://digest.example/a/pictures/{name}",
    )
    assert Image.open(BytesIO(pictures.ready(saved(logo(), "PNG"), STORY, GROUND).content)).info == {}
