"""A line over time, as a reader sees it: pixels, weight, lettering."""

import math
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from digest import pictures
from digest.models import Bar, Picture
from digest.pictures import charts
from tests.pictures.files import shown

BLUE = "#0057B7"
FONT = Path(charts.__file__).parent / "fonts" / "DejaVuSansCondensed.ttf"
YEAR = [
    Bar(month, value)
    for month, value in zip("Jan Feb Mar Apr May Jun".split(), (12, 20.5, 31, 28, 17, 24), strict=True)
]


def number(value: float) -> str:
    return f"{value:,.12g}" if abs(value) < 1e12 else f"{value:,.0f}"


def line(points: list[Bar]) -> Picture:
    picture = pictures.line(points, BLUE, number)
    assert picture is not None
    return picture


def points(*values: float) -> list[Bar]:
    return [Bar(str(2000 + at), value) for at, value in enumerate(values)]


def rows(image: Image.Image, colour: str, column: int) -> list[int]:
    """Where that colour stands in one column of pixels."""
    wanted = tuple(bytes.fromhex(colour[1:]))
    return [y for y in range(image.height) if image.getpixel((column, y)) == wanted]


def written(image: Image.Image, text: str) -> bool:
    """Whether these letters stand in the line of labels, pixel by pixel."""
    font = ImageFont.truetype(FONT, 34, layout_engine=ImageFont.Layout.BASIC)
    stamp = Image.new("L", (math.ceil(font.getlength(text)), 480), 255)
    ImageDraw.Draw(stamp).text((0, 450), text, 0, font, anchor="ls")
    dark = [(x, y) for x in range(stamp.width) for y in range(415, 465) if stamp.getpixel((x, y)) == 0]
    levels = image.convert("L")
    found = [x for x in range(28, 1044 - stamp.width) if all(levels.getpixel((x + a, b)) < 110 for a, b in dark)]
    return len(found) == 1


@pytest.mark.parametrize(
    "given",
    [
        pytest.param(YEAR, id="half a year"),
        pytest.param(points(5), id="one point"),
        pytest.param(points(*(500 + 300 * math.sin(at / 5) + at for at in range(60))), id="sixty points"),
        pytest.param(points(0, 0, 0), id="nothing at all"),
        pytest.param(points(-5, 12, -30), id="below zero"),
        pytest.param(points(1e12, 999_999_999_999.999, 3), id="huge"),
        pytest.param(points(1e-9, 2e-9), id="tiny"),
        pytest.param(points(*[1000, 1001] * 10), id="far from zero"),
        pytest.param([Bar("й" * 40, 1), Bar("W" * 40, 2), Bar("<b>&amp;{{ x }}%s\\", 3)], id="hostile labels"),
        pytest.param([Bar("", 1), Bar(" ", 2)], id="no labels"),
    ],
)
def test_a_line_is_a_light_picture_of_sixteen_colours_on_white_and_the_same_every_time(given: list[Bar]) -> None:
    picture = line(given)
    assert (picture.type, picture.width, picture.height) == ("image/png", 1072, 480)
    assert 1_000 < len(picture.content) < 20_000
    image = shown(picture.content)
    assert (image.format, image.size, image.info.get("transparency")) == ("PNG", (1072, 480), None)
    seen = image.convert("RGB")
    colours = seen.getcolors(16)
    assert colours is not None
    corners = [seen.getpixel((x, y)) for x in (0, 1071) for y in (0, 479)]
    assert corners == [(255, 255, 255)] * 4
    assert (0, 0x57, 0xB7) in [colour for _, colour in colours]
    assert line(given) == picture
    edge = [
        seen.crop(box).getcolors()
        for box in ((0, 0, 20, 480), (1052, 0, 1072, 480), (0, 0, 1072, 10), (0, 465, 1072, 480))
    ]
    assert [len(each or ()) for each in edge] == [1, 1, 1, 1]


def test_the_line_runs_from_low_to_high_and_ends_in_a_dot_beside_its_number() -> None:
    image = shown(line(points(0, 50, 100)).content).convert("RGB")
    ends = [x for x in range(1072) if rows(image, BLUE, x)]
    middle = rows(image, BLUE, (ends[0] + ends[-1]) // 2)
    first, dot = rows(image, BLUE, ends[0] + 8), max((rows(image, BLUE, x) for x in range(900, 1000)), key=len)
    assert first[0] > middle[0] > dot[0]
    assert 20 <= len(dot) <= 26


@pytest.mark.parametrize(
    ("values", "scale"),
    [
        ([12, 20.5, 31], [0, 10, 20, 30, 40]),
        ([1, 2, 3], [0, 1, 2, 3]),
        ([0, 0], [0, 1]),
        ([5], [0, 2, 4, 6]),
        ([980, 1010, 1003], [980, 990, 1000, 1010]),
        ([-5, 12, -30], [-40, -20, 0, 20]),
        ([-3, -1], [-3, -2, -1, 0]),
        ([0.2, 0.35], [0, 0.1, 0.2, 0.3, 0.4]),
        ([1e12, 2.3e11], [0, 5e11, 1e12]),
        ([1e-9, 2e-9], [0, 0.001]),
    ],
)
def test_the_scale_has_round_numbers_and_whole_ones_for_whole_values(values: list[float], scale: list[float]) -> None:
    assert charts._scale(values) == pytest.approx(scale)


def test_the_first_and_the_last_label_are_written_and_between_them_what_has_room() -> None:
    def fitting(many: int, width: float) -> list[int]:
        starts = [at * 100 for at in range(many)]
        return charts._fitting(starts, [start + width for start in starts])

    assert fitting(6, 70) == [0, 1, 2, 3, 4, 5]
    assert fitting(7, 90) == [0, 2, 4, 6]
    assert fitting(6, 90) == [0, 2, 5]
    assert fitting(60, 1000) == [0, 11, 22, 33, 44, 59]
    assert (fitting(9, 790), fitting(2, 10), fitting(1, 10)) == ([0, 8], [0, 1], [0])


def test_cyrillic_labels_are_letters_and_no_boxes() -> None:
    image = shown(line([Bar("Ґанок", 1), Bar("Їжак", 2), Bar("щука", 3)]).content)
    assert [written(image, word) for word in ("Ґанок", "Їжак", "щука", "щукі", "\uffff\uffff")] == [
        True,
        True,
        True,
        False,
        False,
    ]


@pytest.mark.parametrize("label", ["نيسان", "אפריל", "四月", "🙂", "a\u200bb", "\u202eApril", "\x00"])
def test_a_label_that_the_fonts_cannot_write_gives_no_picture(label: str) -> None:
    assert pictures.line([Bar("May", 1), Bar(label, 2)], BLUE, number) is None
    assert pictures.line(points(1, 2), BLUE, lambda value: f"{label}{value}") is None


def test_a_letter_and_its_accent_are_written_as_one() -> None:
    assert line([Bar("Z\u030cofi\u0301n", 1), Bar("x", 2)]) == line([Bar("Žofín", 1), Bar("x", 2)])
