from datetime import timedelta

import pytest
from msgspec.structs import replace

from digest import compose
from digest.config import ThemeSettings
from digest.models import Cover
from tests.builders import END, article
from tests.compose.weekly import HOUR, NEWSLETTER, made, rules

THEMES = (ThemeSettings(tag="#News", aliases=("#Новини",)), ThemeSettings(tag="#Rally"))


def edition(language, articles):
    newsletter = NEWSLETTER.model_copy(update={"language": language, "key": f"weekly-{language}"})
    chosen = rules(themes=THEMES, newsletter=newsletter, order="oldest")
    return made([replace(a, language=language) for a in articles], rules=chosen)


def english(name="one", **changes):
    return article(name, **{"published": END - 30 * HOUR, "lede": ""} | changes)


def ukrainian(name="odyn", **changes):
    return article(name, **{"published": END - 28 * HOUR, "title": "Стаття", "lede": ""} | changes)


def whys(ours, theirs):
    """English and Ukrainian id of each pair -> why."""
    found = compose.parity(edition("en", ours), edition("uk", theirs))
    return {(p.one.article.native_id, p.other.article.native_id): p.why for p in found.pairs}


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        pytest.param("https://news.example/en/2026/winter/", "https://news.example/uk/2026/winter", id="segment"),
        pytest.param("https://news.example/2026/winter", "https://news.example/ua/2026/winter", id="one without"),
        pytest.param("https://www.news.example/winter", "https://uk.news.example/winter", id="host"),
        pytest.param("https://news.example/winter?id=4", "https://news.example/winter?id=4&lang=uk", id="query"),
        pytest.param("https://news.example/winter-en", "https://news.example/winter-ukr", id="ending"),
    ],
)
def test_one_address_but_for_the_language_is_one_story(ours, theirs):
    assert whys([english(url=ours)], [ukrainian(url=theirs)]) == {
        ("one", "odyn"): "the same address but for the language"
    }


def test_the_front_pages_of_two_languages_are_no_story():
    assert whys([english(url="https://news.example/en/")], [ukrainian(url="https://news.example/uk/")]) == {}


def picture(name):
    return Cover(f"https://news.example/2026/11/{name}", "", "")


@pytest.mark.parametrize(
    ("ours", "theirs", "told"),
    [
        pytest.param("choir-in-ottawa.jpg", "choir-in-ottawa.jpg", "choir-in-ottawa.jpg", id="same"),
        pytest.param("choir-in-ottawa-1024x768.jpg", "choir-in-ottawa-scaled.jpg", "choir-in-ottawa.jpg", id="sizes"),
        pytest.param("choir-en.jpg", "choir-ua.jpg", "choir.jpg", id="languages"),
    ],
)
def test_one_picture_is_one_story(ours, theirs, told):
    assert whys([english(cover=picture(ours))], [ukrainian(cover=picture(theirs))]) == {
        ("one", "odyn"): f"the same picture ({told}); the same theme, published 2 hours apart"
    }


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        pytest.param({"published": END - 60 * HOUR}, "the same theme, published 1 day 6 hours apart", id="days apart"),
        pytest.param({"tags": ("Rally",)}, "published 2 hours apart", id="another theme"),
    ],
)
def test_a_picture_alone_may_come_from_stock(changes, told):
    cover = picture("choir-in-ottawa.jpg")
    found = whys([english(cover=cover)], [ukrainian(cover=cover, **changes)])
    assert found == {("one", "odyn"): f"weak, please check: the same picture (choir-in-ottawa.jpg); {told}"}


def test_a_picture_that_many_stories_have_tells_nothing():
    logo = picture("our-emblem.jpg")
    assert whys([english("a", cover=logo), english("b", cover=logo)], [ukrainian(cover=logo)]) == {}


def test_a_file_name_that_says_nothing_counts_with_its_folder():
    one, other = Cover("https://news.example/x/1.jpg", "", ""), Cover("https://news.example/y/1.jpg", "", "")
    assert whys([english(cover=one)], [ukrainian(cover=other)]) == {}
    assert len(whys([english(cover=one)], [ukrainian(cover=one)])) == 1


def test_numbers_and_names_are_evidence_when_theme_and_time_are_the_same():
    ours = english(title="NATO sends 1.2 million shells and 50,000 drones to Kharkiv")
    theirs = ukrainian(
        title="НАТО (NATO) передає 1,2 млн снарядів і 50 000 дронів для Харкова", tags=("Новини", "News")
    )
    assert whys([ours], [theirs]) == {
        (
            "one",
            "odyn",
        ): "the same numbers (1.2, 50000); the same names (Kharkiv, NATO); the same theme, published 2 hours apart"
    }


def test_names_are_known_by_their_sound_in_the_other_alphabet():
    ours = english(title="Anna Lindqvist opens the hall in Lviv, Ottawa and Toronto")
    theirs = ukrainian(title="Анна Ліндквіст відкриває зал у Львові, Оттаві та Торонто")
    found = whys([ours], [theirs])
    assert found == {
        (
            "one",
            "odyn",
        ): "the same names (Anna, Lindqvist, Lviv, Ottawa, Toronto); the same theme, published 2 hours apart"
    }


def test_much_evidence_outweighs_another_theme():
    ours = english(title="1,200 litres, 35 beds and 17 doctors")
    theirs = ukrainian(title="1200 літрів, 35 ліжок, 17 лікарів, 4800 км", tags=("Rally",), lede="33 44")
    ours = replace(ours, lede="33 and 4800 km")
    assert whys([ours], [theirs]) == {
        ("one", "odyn"): "the same numbers (1200, 17, 33, 35, 4800); published 2 hours apart"
    }


def test_thin_evidence_says_so():
    ours, theirs = english(title="42 ships in port"), ukrainian(title="У порту 42 судна")
    assert whys([ours], [theirs]) == {
        ("one", "odyn"): "weak, please check: the same numbers (42); the same theme, published 2 hours apart"
    }


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        pytest.param({"title": "In 2026, 5 plans"}, {"title": "У 2026 році 5 планів"}, id="a year and one digit"),
        pytest.param({"title": "42 ships"}, {"title": "42 судна", "published": END - 30 * HOUR - timedelta(days=5)}, id="far apart"),
        pytest.param({"title": "42 ships"}, {"title": "42 судна", "tags": ("Rally",)}, id="another theme"),
        pytest.param({"title": "420 ships"}, {"title": "42 судна"}, id="another number"),
    ],
)  # fmt: skip
def test_chance_makes_no_pair(ours, theirs):
    assert whys([english(**ours)], [ukrainian(**theirs)]) == {}


def test_a_number_that_many_stories_have_tells_little():
    ours = [english(f"e{n}", title="The 300th day") for n in range(3)]
    assert whys(ours, [ukrainian(title="300-й день")]) == {}


def test_a_name_that_many_stories_have_tells_little():
    ours = [english(f"e{n}", title="Toronto and Ottawa meet") for n in range(3)]
    assert whys(ours, [ukrainian(title="Торонто та Оттава зустрілися")]) == {}


def test_each_story_is_in_one_pair_and_the_best_match_comes_first():
    same, far = picture("candles-in-windows.jpg"), "https://news.example/{}/candles"
    ours = [
        english("a", title="Candles 1932 in 71 cities", url=far.format("en"), url_key="a"),
        english("b", title="Candles", cover=same, url=far.format("en"), url_key="b"),
        english("c", title="Alone", published=END - HOUR),
    ]
    theirs = [
        ukrainian("x", title="Свічки 1932 у 71 місті", cover=same, url=far.format("uk"), url_key="x"),
        ukrainian("y", title="Сама", published=END - HOUR),
    ]
    found = compose.parity(edition("en", ours), edition("uk", theirs))
    assert [(p.one.article.native_id, p.other.article.native_id) for p in found.pairs] == [("b", "x")]
    assert [s.article.native_id for s in found.only_one] == ["a", "c"]
    assert [s.article.native_id for s in found.only_other] == ["y"]


def test_an_empty_edition_has_no_counterparts():
    assert compose.parity(edition("en", [english()]), edition("uk", [])).only_one == edition("en", [english()]).stories
