import pytest

from digest.compose import headline
from digest.models import Section, Story, Theme
from tests.builders import article

THEME = Theme("#News", "News")


def story(title):
    return Story(article(title=title), THEME)


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        pytest.param("Short enough", "Short enough", id="whole"),
        pytest.param(
            "Communities in nine countries light candles: a report on the evening that nobody planned",
            "Communities in nine countries light candles",
            id="first clause",
        ),
        pytest.param(
            "Volunteers: how a small office in the north became the place where every parcel is counted twice",
            "Volunteers: how a small office in the north became the place where…",
            id="a clause too short says nothing",
        ),
        pytest.param(
            "Mobile clinics see their fifty-thousandth patient on the roads near the front line",
            "Mobile clinics see their fifty-thousandth patient on the roads…",
            id="no small words at the end",
        ),
        pytest.param("Позиція " * 12, ("Позиція " * 8).strip() + "…", id="Ukrainian"),
        pytest.param("x" * 80, "x" * 69 + "…", id="no place to cut"),
    ],
)  # fmt: skip
def test_a_subject_never_cuts_a_word_where_there_is_one(title, expected):
    assert headline.shortened(title, 70) == expected
    assert len(expected) <= 70


def test_subject_is_the_lead_and_the_preheader_names_the_next_heads():
    sections = (
        Section(THEME, (story("First of one"), story("Second of one"))),
        Section(THEME, (story("First of two"),)),
    )
    assert headline.lines(story("The lead"), sections, "The Week") == (
        "The lead",
        "First of one · First of two · Second of one",
    )


def test_without_a_lead_the_first_section_gives_the_subject():
    assert headline.lines(None, (Section(THEME, (story("First"),)),), "The Week") == ("First", "")


def test_the_preheader_stops_before_it_is_too_long():
    sections = tuple(Section(THEME, (story(f"{n} " + "word " * 9 + "end"),)) for n in range(5))
    _, preheader = headline.lines(story("Lead"), sections, "The Week")
    assert preheader.count(" · ") == 1
    assert len(preheader) <= 110
