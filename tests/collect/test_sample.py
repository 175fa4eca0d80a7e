"""The invented newsroom: that it is full whenever it is asked, and that nothing in it leaves this machine."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from digest.collect import clean, identity, sample
from digest.models import Article

END = datetime(2026, 11, 19, 23, 0, tzinfo=UTC)
EVERY_HOUR = [END + timedelta(hours=n) for n in range(14 * 24)]
ENDS = [
    pytest.param(END, id="Thursday 18:00 in Toronto"),
    pytest.param(datetime(2026, 3, 12, 22, 0, tzinfo=UTC), id="the week the clocks go forward"),
    pytest.param(datetime(2026, 11, 5, 23, 0, tzinfo=UTC), id="the week the clocks go back"),
    pytest.param(datetime(2024, 2, 29, 0, 0, tzinfo=UTC), id="before the first cycle, on a leap day"),
    pytest.param(datetime(2031, 7, 7, 12, 25, 30, 1, tzinfo=UTC), id="years later, between two minutes"),
    pytest.param(datetime(2026, 11, 19, 16, 5, tzinfo=UTC), id="the very minute of an article"),
]
THEMES = {"DefeatRussia", "UAinNATO", "UAtoEU", "UniteWithUkraine", "HolodomorRemembrance", "UWC news"}


def week(end: datetime, language: str = "en", hours: int = 168) -> list[Article]:
    return [
        a
        for a in sample.articles(end, "sample", language)
        if a.published and a.published >= end - timedelta(hours=hours)
    ]


def themes(articles: list[Article]) -> set[str]:
    """Each article's first tag, which is the theme that takes it."""
    return {a.tags[0] for a in articles if a.tags}


def texts(article: Article) -> list[str]:
    cover = [article.cover.alt, article.cover.credit] if article.cover else []
    return [article.title, article.lede, *article.tags, *cover]


def jpeg_size(picture: bytes) -> tuple[int, int]:
    """Width and height, from the start of its frame (ITU T.81, B.2.2)."""
    assert picture.startswith(b"\xff\xd8\xff")
    at = 2
    while picture[at + 1] not in (0xC0, 0xC1, 0xC2):
        at += 2 + int.from_bytes(picture[at + 2 : at + 4])
    return int.from_bytes(picture[at + 7 : at + 9]), int.from_bytes(picture[at + 5 : at + 7])


@pytest.mark.parametrize("end", ENDS)
def test_the_fortnight_before_any_end_holds_every_article_once(end):
    found = sample.articles(end, "sample")
    assert (len(found), len({a.title for a in found})) == (60, 60)
    assert all(end - timedelta(days=14) <= a.published < end for a in found)
    assert [a.published for a in found] == sorted((a.published for a in found), reverse=True)


@pytest.mark.parametrize("hours", [167, 168, 169])
def test_a_week_that_ends_at_any_hour_is_full_and_has_every_theme(hours):
    weeks = [week(end, hours=hours) for end in EVERY_HOUR]
    assert min(map(len, weeks)) >= 22
    assert all(themes(w) == THEMES for w in weeks)


def test_a_day_that_ends_at_any_hour_is_not_empty():
    assert min(len(week(end, hours=20)) for end in EVERY_HOUR) >= 2


def test_a_ukrainian_week_has_every_theme():
    assert all(themes(week(end, "uk")) == THEMES for end in EVERY_HOUR)


def test_an_article_of_the_last_issue_keeps_its_id_text_and_day():
    """Else the next issue would take it for one that came late."""
    first = {a.id: (a.published, a.title, a.url_key) for a in sample.articles(END, "sample")}
    for hours in (167, 168, 169):
        second = sample.articles(END + timedelta(hours=hours), "sample")
        of_last_week = {a.id: (a.published, a.title, a.url_key) for a in second if a.published < END}
        assert len(of_last_week) >= 28
        assert of_last_week.items() <= first.items()


def test_two_consecutive_weeks_share_no_text():
    titles = [{a.title for a in week(END + timedelta(weeks=n))} for n in range(3)]
    assert all(not a & b for a, b in pairwise(titles))
    assert titles[0] == titles[2]


def test_the_same_end_gives_equal_values():
    assert sample.articles(END, "sample") == sample.articles(END, "sample")


def test_one_article_whole():
    (found,) = [a for a in sample.articles(END, "desk") if a.native_id.endswith("/youth-council-nominations")]
    url = f"https://news.example.org/{found.published:%Y/%m/%d}/youth-council-nominations"
    assert found == Article(
        source="desk",
        native_id=f"{found.published:%Y-%m-%d}/youth-council-nominations",
        url=url,
        url_key=identity.url_key(url),
        title="Congress opens nominations for its youth council, with a seat for every region",
        lede="Members aged 18 to 30 may put themselves forward until the end of the month. The council advises the board, "
        "runs its own small budget, and for the first time will speak before the general meeting votes.",
        tags=("UWC news",),
        published=datetime(2026, 11, 6, 16, 45, tzinfo=UTC),
        views=388,
        views_at=END,
        language="en",
        words=260,
    )


def test_the_mix_is_what_an_editor_meets():
    found = sample.articles(END, "sample")
    assert Counter(a.language for a in found) == {"en": 48, "uk": 12}
    english = [a for a in found if a.language == "en"]
    assert Counter(len(a.tags) for a in english) == {0: 2, 1: 40, 2: 6}
    assert {sign for a in english for sign in "—“”’&<" if sign in a.title} == set("—“”’&<")
    assert len([a for a in english if a.cover is None]) >= 15
    assert all(len(a.tags) == 2 and a.tags[1] not in THEMES for a in found if a.language == "uk")


def test_every_text_is_clean_and_has_a_newsroom_s_measure():
    for article in sample.articles(END, "sample"):
        assert texts(article) == [clean.plain(text) for text in texts(article)]
        assert 23 <= len(article.title) <= 110, article.title
        assert 25 <= len(article.lede.split()) <= 45, article.lede
        assert 80 <= (article.views or 0) <= 6_000, article.title
        assert 180 <= article.words <= 900, article.title


def test_the_slug_says_one_article_in_the_url():
    slugs = [a.native_id.partition("/")[2] for a in sample.articles(END, "sample")]
    assert len(set(slugs)) == len(slugs)
    assert all(clean.plain(slug).isascii() and slug.replace("-", "").isalnum() and slug.islower() for slug in slugs)


def test_every_packaged_picture_is_used_and_every_cover_is_packaged():
    covers = [a.cover for a in sample.articles(END, "sample") if a.cover]
    assert len(covers) >= 14
    assert {c.url for c in covers} == set(sample.pictures())
    assert all(c.alt and c.credit for c in covers)


def test_an_aligned_week_shows_no_picture_twice():
    for end in (END, END + timedelta(weeks=1)):
        for language in ("en", "uk"):
            shown = [a.cover.url for a in week(end, language) if a.cover]
            assert len(shown) == len(set(shown))


def test_the_pictures_are_small_and_sharp():
    files = list(sample.pictures().values())
    sizes = {file.stem: jpeg_size(file.read_bytes()) for file in files}
    assert sizes.pop("five-ears") == (840, 840)
    assert set(sizes.values()) == {(1200, 675)}
    assert max(f.stat().st_size for f in files) <= 90_000
    assert sum(f.stat().st_size for f in files) <= 1_048_576


def test_no_reader_can_ever_be_reached():
    assert [r.address.rpartition(".")[2] for r in sample.READERS] == ["example"] * 3  # RFC 2606
    assert {r.origin for r in sample.READERS} == {"sample"}
    assert any(not r.name.isascii() for r in sample.READERS)


def test_the_caller_may_change_what_it_was_given():
    sample.pictures().clear()
    assert len(sample.pictures()) == 16
