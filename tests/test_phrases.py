"""How long a time is, in words, and texts cut short."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest import phrases

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("delta", "said"),
    [
        (timedelta(), "0 seconds"),
        (SECOND, "1 second"),
        (119.9 * SECOND, "119 seconds"),
        (120 * SECOND, "2 minutes"),
        (59 * MINUTE, "59 minutes"),
        (HOUR, "1 hour"),
        (HOUR + MINUTE, "1 hour 1 minute"),
        (2 * HOUR + 5 * MINUTE, "2 hours 5 minutes"),
        (DAY - SECOND, "23 hours 59 minutes"),
        (DAY, "1 day"),
        (DAY + 59 * MINUTE, "1 day"),
        (2 * DAY + HOUR, "2 days 1 hour"),
        (7 * DAY + 20 * HOUR, "7 days"),
        (1234 * DAY, "1,234 days"),
        (-3 * HOUR, "3 hours"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_span_is_said_by_its_largest_parts(delta, said):
    assert phrases.span(delta) == said


@pytest.mark.parametrize(
    ("at_most", "said"),
    [(14, "one two, three"), (13, "one two…"), (9, "one two…"), (8, "one…"), (3, "on…"), (1, "…")],
)
def test_a_text_is_cut_after_a_word(at_most, said):
    assert phrases.short("one two, three", at_most) == said


@given(st.text(" ab,"), st.integers(1, 12))
def test_no_cut_is_too_long(text, at_most):
    assert len(phrases.short(text, at_most)) <= at_most
