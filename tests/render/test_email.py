"""The whole way from an issue to an email, with the templates that are shipped."""

from __future__ import annotations

import html
import os
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest import render
from digest.config import BrandSettings
from digest.errors import RenderError
from digest.models import Cover, Email, Issue, Section, Story
from tests.render import sample

GOLDEN = Path(__file__).parent / "golden"
CLEAN_TEXT = st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn", "Zl", "Zp"]), min_size=1, max_size=80).map(
    lambda text: " ".join(text.split()) or "x"
)


def tags(page: str) -> list[str]:
    return re.findall(r"<(/?[a-z][a-z0-9:-]*)", page)


def parts(email: Email) -> dict[str, str]:
    """One tag per line, so that a golden file can be read and compared."""
    return {
        "small.html": email.html.replace("><", ">\n<"),
        "small-web.html": email.web.replace("><", ">\n<"),
        "small.txt": email.text,
    }


@pytest.mark.parametrize("name", ["small.html", "small-web.html", "small.txt"])
def test_the_small_issue_looks_as_reviewed(name: str) -> None:
    """After a change that is meant: DIGEST_WRITE_GOLDEN=1 pytest tests/render, then read the difference."""
    made = parts(sample.email(sample.SMALL))[name]
    if os.environ.get("DIGEST_WRITE_GOLDEN"):
        (GOLDEN / name).write_text(made, encoding="utf-8")
    assert made == (GOLDEN / name).read_text(encoding="utf-8")


def test_the_same_tokens_give_the_same_bytes() -> None:
    assert sample.email(sample.SMALL) == sample.email(sample.SMALL)


def test_fresh_tokens_differ_each_time_and_stand_in_both_parts() -> None:
    first, second = (render.email(sample.SMALL, sample.NEWSLETTER, sample.BRAND, sample.TEMPLATES) for _ in range(2))
    assert not set(first.tokens.values()) & set(second.tokens.values())
    for name in ("address", "unsubscribe_url"):
        assert first.tokens[name] in first.html
        assert first.tokens[name] in first.text


def test_a_token_that_occurs_in_an_article_stops_the_render() -> None:
    shown = sample.issue_of(sample.article(f"Odd {sample.TOKENS['name']} title"))
    with pytest.raises(RenderError, match='field "name" occurs in the content'):
        sample.email(shown)


def test_the_web_page_holds_no_field_no_preheader_and_an_anchor_per_section() -> None:
    email = sample.email(sample.SMALL)
    assert not [token for token in sample.TOKENS.values() if token in email.web]
    assert "Unsubscribe" not in email.web
    assert "display:none" not in email.web
    assert re.findall(r' id="([^"]+)"', email.web) == ["defeatrussia", "uwc-news"]
    assert re.findall(r'href="(#[^"]+)"', email.web) == ["#defeatrussia", "#uwc-news"]


def test_the_email_has_no_link_into_itself() -> None:
    email = sample.email(sample.SMALL)
    assert 'href="#' not in email.html
    assert 'href="https://digest.example.org/issues/weekly-2024-W26#uwc-news"' in email.html


def test_a_web_page_that_uses_a_field_is_refused_with_the_reason(tmp_path: Path) -> None:
    templates = copied(tmp_path)
    footer = templates / "partials" / "footer.mjml.j2"
    footer.write_text(footer.read_text("utf-8").replace("{% if not web %}", "{% if true %}"), "utf-8")
    with pytest.raises(RenderError, match=r"footer\.mjml\.j2:6: 'fields' is undefined"):
        sample.email(sample.SMALL, templates=templates)


@given(title=CLEAN_TEXT, lede=CLEAN_TEXT)
def test_any_title_and_lede_reach_the_html_unchanged_and_add_no_tag(title: str, lede: str) -> None:
    plain = sample.email(sample.issue_of(sample.article())).html
    made = sample.email(sample.issue_of(sample.article(title, lede=lede))).html
    heading = re.search(r"<h3[^>]*><a[^>]*>(.*?)</a></h3><p[^>]*>(.*?)</p>", made)
    assert heading is not None
    assert (html.unescape(heading[1]), html.unescape(heading[2])) == (title, lede)
    assert tags(made) == tags(plain)


@given(alt=CLEAN_TEXT, credit=CLEAN_TEXT)
def test_any_alt_text_and_credit_reach_the_html_unchanged(alt: str, credit: str) -> None:
    cover = Cover("https://www.example.org/a.jpg?w=1&h=2", alt, credit)
    made = sample.email(sample.issue_of(sample.article(cover=cover))).html
    image = re.search(r'<img class="pic" src="([^"]*)"[^>]* alt="([^"]*)"', made)
    assert image is not None
    assert (html.unescape(image[1]), html.unescape(image[2])) == (cover.url, alt)
    assert credit in html.unescape(made)


@pytest.mark.parametrize(
    ("cover", "shown"),
    [
        pytest.param(Cover("https://www.example.org/a.jpg", "", "K. Sample"), "Photo: K. Sample", id="picture"),
        pytest.param(Cover(None, "", "K. Sample"), "Cover: K. Sample", id="no-picture"),
        pytest.param(Cover(None, "", "Bild: K. Sample"), "Bild: K. Sample", id="labelled-by-itself"),
    ],
)
def test_a_credit_is_shown_once_with_or_without_its_picture(cover: Cover, shown: str) -> None:
    story = Story(sample.article(cover=cover), sample.DEFEAT)
    for where in (sample.issue_of(story.article), sample.issue(lead=story)):
        email = sample.email(where)
        assert email.html.count("K. Sample") == email.text.count("K. Sample") == 1
        assert f"<br />{shown}</p>" in email.html


def test_the_house_picture_stands_in_for_the_lead_alone() -> None:
    brand = BrandSettings(house_image_url="https://www.example.org/house.jpg")
    bare = Story(sample.article(), sample.DEFEAT)
    shown = sample.issue(Section(sample.DEFEAT, (bare,)), lead=bare)
    assert sample.email(shown, brand).html.count("house.jpg") == 1
    assert "<img" not in sample.email(shown).html


def test_a_logo_takes_the_place_of_the_monogram() -> None:
    brand = BrandSettings(logo_url="https://www.example.org/logo.png")
    made = sample.email(sample.SMALL, brand).html
    assert 'src="https://www.example.org/logo.png" width="52" height="52" alt=""' in made
    assert ">E</td>" not in made
    assert ">E</td>" in sample.email(sample.SMALL).html


def test_text_on_a_light_band_is_dark() -> None:
    band = sample.email(sample.SMALL, BrandSettings(colour="#FFD500")).html
    assert re.search(r"<h1[^>]*color:(#\w+)", band)[1] == "#14202E"  # type: ignore[index]


def test_a_single_section_has_no_table_of_contents() -> None:
    assert "In this issue" not in sample.email(sample.issue_of(sample.article())).html
    assert "In this issue" in sample.email(sample.SMALL).html


def test_an_article_in_another_language_says_so_where_it_stands() -> None:
    made = sample.email(sample.SMALL).html
    assert re.findall(r'<(\w+)[^>]* lang="uk"', made) == ["h3", "p"]


def test_minutes_are_left_out_where_nobody_knows_them() -> None:
    email = sample.email(sample.issue_of(sample.article()))
    assert "min" not in email.text.partition("Shelters open")[2]


def test_every_layout_table_is_marked_and_every_picture_has_its_size() -> None:
    made = sample.email(sample.SMALL).html
    layout = [table for table in re.findall(r"<table[^>]*>", made) if 'role="presentation"' not in table]
    assert len(layout) == 1
    assert "<th" in made
    for image in re.findall(r"<img[^>]*>", made):
        assert re.search(r' width="\d+" height="\d+" alt=', image)


def many(count: int) -> Issue:
    story = sample.SMALL.sections[0].stories[0]
    long = replace(story.article, lede="Twelve words that say what a reader has to know about it. " * 4)
    return sample.issue(Section(sample.DEFEAT, (replace(story, article=long),) * count))


def test_twenty_five_stories_with_pictures_stay_under_80_kib() -> None:
    assert len(sample.email(many(25)).html.encode()) < 80 * 1024


def test_a_long_lede_ends_with_a_whole_sentence() -> None:
    lede = "A first sentence. " + "word " * 100
    assert sample.email(sample.issue_of(sample.article(lede="Short. " * 60))).html.count("Short.") == 43
    assert "word…" in sample.email(sample.issue_of(sample.article(lede=lede))).html


def test_ukrainian_is_ukrainian_throughout() -> None:
    text = sample.email(replace(sample.SMALL, language="uk")).text
    assert "20–27 червня 2024\u00a0р. · Випуск 112 · 5 статей за 1\u00a0хв" in text
    assert "27 червня 2024\u00a0р. · 1\u00a0717 переглядів · 2\u00a0хв читання · Також у #UWC news" in text.replace(
        "\n", " "
    )
    assert not re.search(r"\b(views?|Issue|Sent|Unsubscribe|June)\b", text)


def copied(folder: Path) -> Path:
    for file in sample.TEMPLATES.rglob("*"):
        target = folder / file.relative_to(sample.TEMPLATES)
        if file.is_dir():
            target.mkdir(parents=True, exist_ok=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.read_bytes())
    return folder
