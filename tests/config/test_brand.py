"""How the email looks: colours that can be read, fonts that every machine has, sizes within bounds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from digest import config
from digest.config import brand, colours
from digest.errors import ConfigError
from tests import builders

COLOURS = st.integers(0, 0xFFFFFF).map("#{:06X}".format)
SHIPPED = (builders.REPOSITORY / "config.toml").read_text(encoding="utf-8")


def problems(tmp_path, text):
    """What is wrong with the shipped config.toml, `text` in place of its [brand]; without line numbers before it."""
    file = tmp_path / "config.toml"
    before, _, after = SHIPPED.partition("[brand]")
    file.write_text(f"{before}{text}\n[send]{after.partition('[send]')[2]}", encoding="utf-8")
    first = before.count("\n")
    with pytest.raises(ConfigError) as raised:
        config.load(file)
    told = (problem.removeprefix(f"{file}:").partition(": ") for problem in raised.value.problems)
    return [f"{int(line) - first}: {said}" for line, _, said in told]


def test_the_defaults_can_be_read():
    assert list(brand.unreadable(brand.BrandSettings())) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param(
            '[brand.light]\nlink = "#5BA4FF"',
            "2: brand.light.link: a link on the page would be #5BA4FF on #EEF2F7, a contrast of 2.27",
            id="link",
        ),
        pytest.param(
            '[brand.light]\npage = "#8090A0"',
            "2: brand.light.page: small print would be #56657A on #8090A0, a contrast of 1.81",
            id="page",
        ),
        pytest.param(
            '[brand.dark]\n\ncard = "#FFFFFF"',
            "3: brand.dark.card: small print would be #A3B2C4 on #FFFFFF, a contrast of 2.15",
            id="a white card by night",
        ),
        pytest.param(
            '[brand]\ncolour = "#7A8087"',
            "2: brand.colour: the newsletter's name would be #14202E on #7A8087, a contrast of 4.12",
            id="masthead",
        ),
        pytest.param(
            '[brand]\nlight = { page = "#FFFFFF", link = "#0A84FF" }',
            "2: brand.light.link: a link on the page would be #0A84FF on #FFFFFF, a contrast of 3.64",
            id="in one line",
        ),
    ],
)
def test_what_no_reader_could_read_is_refused_with_key_measure_and_need(tmp_path, text, told):
    assert problems(tmp_path, text)[0] == f"{told}; expected at least 4.5, so make it lighter or darker"


def test_an_edition_with_colours_of_its_own_is_measured_too(tmp_path):
    file = tmp_path / "config.toml"
    file.write_text(SHIPPED + '\n[editions.uk.newsletter]\nlanguage = "uk"\n[editions.uk.brand]\ncolour = "#7A8087"\n')
    with pytest.raises(ConfigError, match=r"editions\.uk\.brand\.colour: the newsletter's name would be"):
        config.editions(file)


@given(page=COLOURS, card=COLOURS, link=COLOURS, masthead=COLOURS)
def test_what_is_not_refused_can_be_read_wherever_it_is_shown(page, card, link, masthead):
    for mode in ("light", "dark"):
        made = brand.BrandSettings.model_validate(
            {"colour": masthead, mode: {"page": page, "card": card, "link": link}}
        )
        if list(brand.unreadable(made)):
            continue
        shades = getattr(made, mode)
        texts = [shades.ink, shades.body, shades.muted, shades.link]
        pairs = [(text, ground) for text in texts for ground in (page, card)]
        pairs += [(text, shades.plate) for text in (shades.ink, shades.body, shades.link)]
        pairs += [(shades.on_link, link), (made.on_colour, masthead)]
        assert [pair for pair in pairs if colours.contrast(*pair) < 4.5] == []


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#FFFFFF", "#000000", 21.0),
        ("#0057B7", "#FFFFFF", 6.89),
        ("#FFFFFF", "#0057B7", 6.89),
        ("#777777", "#777777", 1.0),
    ],
)
def test_contrast_is_that_of_wcag(one, other, ratio):
    assert round(colours.contrast(one, other), 2) == ratio


def test_colours_are_mixed_by_percent():
    mixed = [colours.mixed("#FFFFFF", "#0057B7", percent) for percent in (0, 11, 100)]
    assert mixed == ["#FFFFFF", "#E3EDF7", "#0057B7"]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("georgia, 'times new roman' , SERIF", "Georgia,Times New Roman,serif"),
        ("Verdana,sans-serif", "Verdana,sans-serif"),
        ("monospace", "monospace"),
    ],
)
def test_fonts_that_every_machine_has_are_taken_as_they_are_named(given, kept):
    assert brand.BrandSettings(heading_font=given).heading_font == kept


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("Open Sans, sans-serif", '"Open Sans" is a web font or unknown; nearest known: "Noto Sans"'),
        ("Helvetca, sans-serif", 'nearest known: "Helvetica"'),
        ("Georgia", 'expected "serif", "sans-serif" or "monospace" as the last one'),
        ("serif, Georgia", 'expected "serif", "sans-serif" or "monospace" as the last one'),
        ("", '"" is a web font or unknown'),
        ("Georgia;color:red", '"Georgia;color:red" is a web font or unknown'),
        ("url(https://fonts.example/a.woff), serif", "is a web font or unknown"),
    ],
)
def test_a_font_that_a_reader_would_have_to_fetch_is_refused(given, said):
    with pytest.raises(ValidationError) as raised:
        brand.BrandSettings(text_font=given)
    assert said in str(raised.value)


def test_sizes_have_bounds(tmp_path):
    text = "[brand]\nwidth = 900\nlogo_width = 400\nlogo_height = 8"
    assert problems(tmp_path, text) == [
        "2: brand.width: is 900; expected at most 720",
        "3: brand.logo_width: is 400; expected at most 280",
        "4: brand.logo_height: is 8; expected at least 16",
    ]
