import pytest

from digest.config import Overlay
from digest.errors import ConfigError
from digest.models import History
from tests.builders import END, WEEK, article
from tests.compose.weekly import HOUR, KEY, abc, made, placed


def test_an_article_that_is_not_there_names_the_nearest(mistakes):
    articles = [article("a", title="Candles in nine cities"), article("b", title="Grain for the south")]
    text = 'lead = "Candle in nine city"\nhide = ["https://news.example/bb", "nothing like it at all"]'
    assert mistakes(text, articles) == [
        f"{KEY}.toml:1: lead: is 'Candle in nine city'; expected the id, address or whole title of a candidate; "
        'the nearest is site:a "Candles in nine cities"; name that one, or remove the entry',
        f"{KEY}.toml:2: hide[0]: is 'https://news.example/bb'; expected the id, address or whole title of a candidate; "
        'the nearest is site:b "Grain for the south"; name that one, or remove the entry',
        f"{KEY}.toml:2: hide[1]: is 'nothing like it at all'; expected the id, address or whole title of a candidate; "
        "look for its id in `digest explain`, or remove the entry",
    ]


def test_a_title_that_two_articles_have_asks_for_an_id(mistakes):
    articles = [article("a", title="The week in pictures"), article("b", title="The week in pictures", published=None)]
    assert mistakes('lead = "The Week in Pictures"', articles) == [
        f"{KEY}.toml:1: lead: is 'The Week in Pictures'; 2 articles have this title or address; "
        "write the id of one: site:a (16 Nov), site:b"
    ]


def test_an_overlay_for_an_article_that_is_gone(mistakes, edited):
    text = '[[stories]]\narticle = "site:a"\nsection = "#News"'
    gone = {"site:a": "it was taken down, seen on 2026-11-18"}
    assert mistakes(text, abc(), gone=gone) == [
        f'{KEY}.toml:2: stories[0].article: site:a "Title of a" is out: it was taken down, seen on 2026-11-18; '
        "it cannot be brought in: remove the entry"
    ]


def test_what_was_sent_before_cannot_be_brought_in(mistakes):
    history = History(1, WEEK.start, WEEK.start + HOUR, {"site:a": "weekly-2026-W46"})
    assert mistakes('[[stories]]\narticle = "site:a"\nsection = "#News"', abc(), history=history) == [
        f'{KEY}.toml:2: stories[0].article: site:a "Title of a" is out: it was in issue weekly-2026-W46; '
        "it cannot be brought in: remove the entry"
    ]


@pytest.mark.parametrize(
    ("text", "path"),
    [
        pytest.param('lead = "site:x"', "1: lead", id="lead"),
        pytest.param('order = ["site:a", "site:x"]', "1: order[1]", id="order"),
        pytest.param('[[stories]]\narticle = "site:x"\nplace = 1', "2: stories[0].article", id="place"),
        pytest.param('[[stories]]\narticle = "site:x"\ntitle = "Y"', "2: stories[0].article", id="title"),
    ],
)
def test_what_is_out_and_not_brought_in_can_have_no_place_and_no_words(mistakes, text, path):
    assert mistakes(text, [*abc(), article("x", published=END + 3 * HOUR)]) == [
        f'{KEY}.toml:{path}: site:x "Title of x" is out: it was published 3 hours after the close, Thu 19 Nov 18:00; '
        'bring it in (`digest edit move site:x "#Theme"`), or remove the entry'
    ]


def test_two_of_one_address_cannot_both_be_brought_in(mistakes):
    twin = article("other", url_key="news.example/a", source="zz")
    text = '[[stories]]\narticle = "site:a"\nsection = "#News"\n[[stories]]\narticle = "zz:other"\nsection = "#News"'
    assert mistakes(text, [article("a"), twin]) == [
        f'{KEY}.toml:5: stories[1].article: zz:other "Title of other" is out: it has the same address as site:a; '
        "name that one, or remove the entry"
    ]


def test_two_on_one_place_in_one_section(mistakes, edited):
    text = '[[stories]]\narticle = "site:a"\nplace = 2\n[[stories]]\narticle = "site:b"\nplace = 2'
    assert mistakes(text, abc()) == [
        f'{KEY}.toml:6: stories[1].place: is 2; site:a "Title of a" has this place in #News already; give one of them another'
    ]
    issue = edited(text, [article("a"), article("c"), article("b", tags=("Rally",)), article("d", tags=("Rally",))])
    assert placed(issue) == {"#News": ["c", "a"], "#Rally": ["d", "b"]}


def test_an_unknown_theme_names_the_nearest(mistakes):
    text = '[[stories]]\narticle = "site:a"\nsection = "#Raly"\n[[stories]]\narticle = "site:b"\nsection = "#Sport"'
    assert mistakes(text, abc()) == [
        f"{KEY}.toml:3: stories[0].section: is '#Raly'; expected the tag of a theme of config.toml; the nearest is \"#Rally\"",
        f"{KEY}.toml:6: stories[1].section: is '#Sport'; expected the tag of a theme of config.toml; there are #News, #Rally",
    ]


@pytest.mark.parametrize(
    ("text", "path"),
    [
        pytest.param('lead = "site:a"\nhide = ["site:a"]', "1: lead", id="lead"),
        pytest.param('order = ["site:a"]\nhide = ["site:a"]', "1: order[0]", id="order"),
        pytest.param('hide = ["site:a"]\n[[stories]]\narticle = "site:a"\nplace = 1', "4: stories[0].place", id="place"),
        pytest.param('hide = ["site:a"]\n[[stories]]\narticle = "site:a"\nsection = "#News"', "4: stories[0].section", id="section"),
    ],
)  # fmt: skip
def test_hidden_and_placed_at_once(mistakes, text, path):
    assert mistakes(text, abc()) == [
        f'{KEY}.toml:{path}: site:a "Title of a" is hidden too (`hide`); remove it from one of the two'
    ]


def test_a_hidden_article_may_keep_its_other_title(edited):
    assert placed(edited('hide = ["site:a"]\n[[stories]]\narticle = "site:a"\ntitle = "Y"', abc())) == {
        "#News": ["b", "c"]
    }


def test_the_lead_has_no_place_in_a_section(mistakes):
    assert mistakes('lead = "site:a"\n[[stories]]\narticle = "site:a"\nplace = 2', abc()) == [
        f'{KEY}.toml:4: stories[0].place: site:a "Title of a" is the `lead`, so it has no place in a section; remove one of the two'
    ]


def test_one_article_has_one_entry(mistakes):
    text = '[[stories]]\narticle = "site:a"\ntitle = "X"\n[[stories]]\narticle = "https://news.example/a"\nlede = "Y"'
    assert mistakes(text, abc()) == [
        f'{KEY}.toml:5: stories[1].article: site:a "Title of a" has an entry already, stories[0]; make one of the two'
    ]


def test_words_for_a_picture_that_is_not_there(mistakes):
    assert mistakes('[[stories]]\narticle = "site:a"\n[stories.cover]\ncredit = "B."', abc()) == [
        f'{KEY}.toml:3: stories[0].cover: site:a "Title of a" has no picture of its own; give this one a url, or remove the table'
    ]


def test_every_mistake_is_told_at_once_in_the_order_of_the_file(mistakes):
    text = 'lead = "site:zzz"\nhide = ["site:a"]\n[[stories]]\narticle = "site:a"\nsection = "#Sport"\nplace = 1'
    told = mistakes(text, [*abc(), article("old", published=WEEK.start - HOUR)])
    assert [line.split(": ")[1] for line in told] == ["lead", "stories[0].section", "stories[0].section"]


def test_an_overlay_without_a_file_is_told_without_a_line():
    with pytest.raises(ConfigError, match=r"^overlay: lead: is 'site:zzz'"):
        made([], overlay=Overlay(lead="site:zzz"))
