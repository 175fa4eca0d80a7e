import re

import pytest

from digest.send import inert

BRACES = re.compile(r"\{(?=[{%])")


@pytest.mark.parametrize(
    ("plain", "harmless"),
    [
        ("one { and } two }}", "one { and } two }}"),
        ("{{x}} and {% y %}", "{\u200c{x}} and {\u200c% y %}"),
        ("{{{x}}}", "{\u200c{\u200c{x}}}"),
        ("see https://x.org/{{a}}?b={%c now {{d}}", "see https://x.org/%7B{a}}?b=%7B%c now {\u200c{d}}"),
    ],
)
def test_plain_text_keeps_its_signs_and_loses_every_opening(plain, harmless):
    assert inert.text(BRACES, plain) == harmless
    assert not BRACES.search(harmless)


def test_html_shows_the_same_signs_and_keeps_its_style_sheets():
    markup = '<style>a{{b}}</style><a href="/?q={{x}}" title="{{{">{%y%}</a>'

    assert inert.html(BRACES, markup) == (
        '<style>a{{b}}</style><a href="/?q=&#123;{x}}" title="&#123;&#123;{">&#123;%y%}</a>'
    )
