"""The whole way from an issue to an email, with the templates that are shipped."""

from __future__ import annotations

import html
import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from selectolax.lexbor import LexborHTMLParser

from digest import render
from digest.config import BrandSettings
from digest.errors import RenderError
from digest.models import Cover, Issue, Section, Story, Theme
from tests.render import sample

GOLDEN = Path(__file__).parent / "golden"
CLEAN_TEXT = st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn", "Zl", "Zp"]), min_size=1, max_size=80).map(
    lambda text: " ".join(text.split()) or "x"
)


def tags(page: str) -> list[str]:
    return re.findall(r"<(/?[a-z][a-z0-9:-]*)", page)


def golden() -> dict[str, str]:
    """The reviewed files, with one tag per line, so that they can be read and compared."""
    small, edited = sample.email(sample.SMALL), sample.email(sample.EDITED)
    pages = {
        "small.html": small.html,
        "small-web.html": small.web,
        "edited.html": edited.html,
        "corrected-web.html": sample.web(sample.CORRECTED),
    }
    spread = {name: page.replace("><", ">\n<") for name, page in pages.items()}
    return spread | {"small.txt": small.text, "edited.txt": edited.text}


@pytest.mark.parametrize("name", golden())
def test_the_sample_issues_look_as_reviewed(name: str) -> None:
    """After a change that is meant: DIGEST_WRITE_GOLDEN=1 pytest tests/render, then read the difference."""
    made = golden()[name]
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
    image = re.search(r'<img class="pic thumb" src="([^"]*)"[^>]* alt="([^"]*)"', made)
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
    bare = Story(sample.article(), sample.DEFEAT)
    house = Cover("https://digest.example.org/pictures/house.jpg", "", "", 600, 338)
    shown = sample.issue(Section(sample.DEFEAT, (bare,)), lead=bare)
    pictures = re.findall("<img [^>]*>", sample.email(replace(shown, house_picture=house)).html)
    assert [re.findall(r' (src|width|height|alt)="([^"]*)"', each) for each in pictures] == [
        [("src", house.url), ("width", "600"), ("height", "338"), ("alt", "")]
    ]
    assert "<img" not in sample.email(shown).html


def test_a_picture_takes_up_the_space_that_it_was_made_for() -> None:
    cover = Cover("https://digest.example.org/pictures/a.jpg", "", "", 321, 123)
    story = Story(sample.article(cover=cover), sample.DEFEAT)
    small = (sample.issue_of(story.article), 'width="321" height="123"')
    wide = (sample.issue(lead=story), 'width="600" height="230"')  # the lead's fills the email
    for where, size in (small, wide):
        for page in (sample.email(where).html, sample.web(where)):
            assert f'src="https://digest.example.org/pictures/a.jpg" {size}' in page


def test_a_logo_takes_the_place_of_the_monogram() -> None:
    brand = BrandSettings(logo_url="https://www.example.org/logo.png")
    made = sample.email(sample.SMALL, brand).html
    assert 'src="https://www.example.org/logo.png" width="52" height="52" alt=""' in made
    wide = brand.model_copy(update={"logo_width": 160, "logo_height": 40})
    shown = sample.email(sample.SMALL, wide).html
    assert 'width="160" height="40" alt="" style="display:block;border:0;width:160px;height:40px;"' in shown
    assert re.search(r'<td width="176"[^>]*>.{0,99}<td bgcolor="#FFFFFF"', shown)  # a plate of its own
    assert ">E</td>" not in made
    assert ">E</td>" in sample.email(sample.SMALL).html


def test_text_on_a_light_band_is_dark() -> None:
    band = sample.email(sample.SMALL, BrandSettings(colour="#FFD500")).html
    assert re.search(r"<h1[^>]*color:(#\w+)", band)[1] == "#14202E"  # type: ignore[index]


def test_a_single_section_has_no_table_of_contents() -> None:
    assert "In this issue" not in sample.email(sample.issue_of(sample.article())).html
    assert "In this issue" in sample.email(sample.SMALL).html


def counts(*numbers: int) -> str:
    """The table of contents of an issue whose sections have so many stories."""
    story = Story(sample.article(), sample.DEFEAT)
    sections = (Section(Theme(f"#T{at}", f"Theme {at}"), (story,) * number) for at, number in enumerate(numbers))
    return sample.email(sample.issue(*sections)).html.partition("In this issue")[2].partition("<h2")[0]


@pytest.mark.parametrize(
    ("numbers", "shares"),
    [
        pytest.param((1, 1, 1), [], id="the-same-everywhere"),
        pytest.param((1, 2), [17, 33], id="few"),
        pytest.param((12, 6, 1), [100, 50, 8], id="many"),
    ],
)
def test_a_bar_of_the_contents_is_as_long_as_its_section_and_few_stories_never_fill_it(
    numbers: tuple[int, ...], shares: list[int]
) -> None:
    made = counts(*numbers)
    assert [int(share) for share in re.findall(r'class="fill" width="(\d+)%"', made)] == shares
    assert re.findall(r">(\d+ stor(?:y|ies))</td>", made) == [
        f"{n} {'story' if n == 1 else 'stories'}" for n in numbers
    ]


def test_the_page_names_its_address_and_the_feed_and_is_fit_for_sharing_and_for_paper() -> None:
    email = sample.email(sample.SMALL)
    head = LexborHTMLParser(email.web).head
    links = [(a["rel"], a.get("type"), a["href"]) for a in (node.attributes for node in head.css("link"))]
    address = "https://digest.example.org/issues/weekly-2024-W26"
    assert links == [
        ("canonical", None, address),
        ("alternate", "application/atom+xml", "https://digest.example.org/feed.xml"),
    ]
    graph = {a["property"]: a["content"] for a in (node.attributes for node in head.css("meta[property]"))}
    assert graph == {
        "og:type": "article",
        "og:title": sample.SMALL.subject,
        "og:description": sample.SMALL.preheader,
        "og:url": address,
        "og:site_name": "Weekly Digest",
    }
    assert "@media print" in email.web
    assert not re.search("canonical|alternate|og:|@media print", email.html)


def test_the_brand_is_seen_wherever_a_colour_a_font_or_the_width_is_named() -> None:
    own = {"page": "#FAF6EF", "card": "#FFFDF8", "link": "#8A1C1C"}
    night = {"page": "#1A1410", "card": "#241C16", "link": "#F2B8A0"}
    looks = {
        "colour": "#5B0E0E",
        "accent": "#E0A030",
        "heading_font": "Palatino, serif",
        "text_font": "Verdana, sans-serif",
    }
    brand = BrandSettings.model_validate({**looks, "width": 640, "light": own, "dark": night})
    made = sample.email(sample.CORRECTED, brand)
    for page in (made.html, made.web):
        plain = sample.email(sample.CORRECTED)
        known = set(re.findall(r"#[0-9A-F]{6}", plain.html)) & set(re.findall(r"#[0-9A-F]{6}", page))
        text = (brand.light.ink, brand.light.body, brand.light.muted, brand.dark.ink, brand.dark.body, brand.dark.muted)
        assert known == {*text, "#FFFFFF"}  # text stays, and so does the plate of the logo
        assert set(re.findall(r"font-family:([^;]*);", page)) <= {"Palatino,serif", "Verdana,sans-serif"}
        assert 'width="640" height="360"' in page
        assert "width:640px" in page


def test_an_article_in_another_language_says_so_where_it_stands() -> None:
    made = sample.email(sample.SMALL).html
    assert re.findall(r'<(\w+)[^>]* lang="uk"', made) == ["h3", "p"]


def test_minutes_are_left_out_where_nobody_knows_them() -> None:
    email = sample.email(sample.issue_of(sample.article()))
    assert "min" not in email.text.partition("Shelters open")[2]


@pytest.mark.parametrize(("page", "data"), [("small.html", 1), ("edited.html", 3), ("corrected-web.html", 3)])
def test_every_layout_table_is_marked_and_every_picture_has_its_size(page: str, data: int) -> None:
    """What is left are tables of data: what is in the issue, a chart, dates."""
    made = golden()[page]
    tables = [table for table in re.findall(r"<table[^>]*>", made) if 'role="presentation"' not in table]
    assert len(tables) == data
    assert made.count("<th ") == made.count('<th scope="row"') >= data
    for image in re.findall(r"<img[^>]*>", made):
        assert re.search(r' width="\d+" height="\d+" alt=', image)


def many(count: int) -> Issue:
    story = sample.SMALL.sections[0].stories[0]
    long = replace(story.article, lede="Twelve words that say what a reader has to know about it. " * 4)
    return sample.issue(Section(sample.DEFEAT, (replace(story, article=long),) * count))


def test_the_editors_blocks_stand_in_a_stated_order_in_html_and_text() -> None:
    """The note above everything; what is worth a look, the thing to do and the sponsor below all stories."""
    email = sample.email(sample.EDITED)
    marks = (
        *("Dear friends", "Twelve parliaments get one list", "Office hours move", "The number", "Letters by month"),
        *("“We wrote the list at one kitchen table.”", "Hanna Zrazkova", "Coming up", "Also worth your time"),
        *("Bring the list", "Sponsored", "Sample Credit Union", "145 Sample Avenue"),
    )
    for page in (email.html, email.web, email.text):
        words = html.unescape(page).casefold().partition("</head>")
        places = [(words[2] or words[0]).find(mark.casefold()) for mark in marks]
        assert -1 not in places
        assert places == sorted(places)


def test_an_issue_without_the_editors_blocks_shows_none_of_their_words() -> None:
    email = sample.email(sample.SMALL)
    for page in (email.html, email.web, email.text.casefold()):
        assert not re.search(r"worth your time|sponsored|Corrected on|The number|Coming up|<blockquote", page)


@pytest.mark.parametrize(("language", "label"), [("en", "Sponsored"), ("uk", "Реклама")])
def test_a_sponsor_is_always_labelled_before_its_name(language: str, label: str) -> None:
    email = sample.email(replace(sample.SMALL, language=language, panels=(sample.SPONSOR,)))
    for page in (email.html, email.web):
        assert re.search(rf"<h2[^>]*>{label}</h2><p[^>]*>Sample Credit Union</p>", page)
    assert f"{label.upper()}\n{'=' * 72}\n\nSample Credit Union\n" in email.text


def test_a_panel_without_a_sentence_leaves_no_empty_paragraph() -> None:
    bare = replace(sample.EDITED, panels=tuple(replace(panel, text="") for panel in sample.EDITED.panels))
    assert not re.search(r"<p[^>]*>\s*</p>", sample.email(bare).html)


def test_a_panel_of_a_kind_without_a_template_is_refused_by_name() -> None:
    odd = replace(sample.ACTION, kind="banner")  # type: ignore[arg-type]
    with pytest.raises(RenderError, match=r'issue\.mjml\.j2:\d+: the template "partials/banner\.mjml\.j2" is not'):
        sample.email(sample.issue(panels=(odd,)))


def test_an_email_never_shows_a_correction_and_its_page_does() -> None:
    plain, corrected = sample.email(sample.EDITED), sample.email(sample.CORRECTED)
    assert (corrected.html, corrected.text) == (plain.html, plain.text)
    assert corrected.web == sample.web(sample.CORRECTED) != plain.web == sample.web(sample.EDITED)


def test_corrections_stand_newest_first_and_lead_to_their_stories_and_back() -> None:
    page = sample.web(sample.CORRECTED)
    assert re.findall(r'<p id="(correction-\d)"[^>]*><strong[^>]*>(.*?):</strong>', page) == [
        ("correction-3", "Corrected on 30 June 2024"),
        ("correction-2", "Corrected on 29 June 2024"),
        ("correction-1", "Corrected on 28 June 2024"),
    ]
    assert re.findall(r'href="#(corrected-\d)"[^>]*>(.*?)</a>', page) == [
        ("corrected-3", "A short guide to tariffs"),
        ("corrected-1", "Twelve parliaments get one list"),
    ]
    assert re.findall(r'<p id="(corrected-\d)"[^>]*><a class="link" href="#(.*?)"', page) == [
        ("corrected-1", "correction-1"),
        ("corrected-3", "correction-3"),
    ]
    assert page.index("correction-1") < page.index("Dear friends")


def test_two_corrections_of_one_story_are_both_marked_there_the_newer_first() -> None:
    first, second = sample.CORRECTED.corrections[:2]
    twice = replace(sample.SMALL, corrections=(first, replace(second, article_id=first.article_id)))
    assert re.findall(r'<p id="corrected-(\d)"', sample.web(twice)) == ["2", "1"]


def test_a_very_long_headline_of_the_lead_is_set_smaller() -> None:
    story = Story(sample.article("Long headline " * 10), sample.DEFEAT)
    assert "font-size:26px;line-height:33px" in sample.email(sample.issue(lead=story)).html
    assert "font-size:32px;line-height:39px" in sample.email(sample.SMALL).html


@given(words=CLEAN_TEXT)
def test_any_words_in_links_panels_and_corrections_reach_the_page_and_add_no_tag(words: str) -> None:
    link = replace(sample.EDITED.links[0], title=words, text=words)
    panels = tuple(replace(panel, title=words, text=words, button=words) for panel in sample.EDITED.panels)
    correction = replace(sample.CORRECTED.corrections[0], text=words)
    shown = replace(sample.EDITED, links=(link,), panels=panels, corrections=(correction,))
    made = sample.web(shown)
    calm = replace(link, title="x", text="x"), tuple(replace(p, title="x", text="x", button="x") for p in panels)
    plain = replace(shown, links=calm[:1], panels=calm[1], corrections=(replace(correction, text="x"),))
    assert tags(made) == tags(sample.web(plain))
    assert html.unescape(made).count(words) >= 9


def test_a_sample_with_every_block_stays_under_80_kib() -> None:
    full = replace(sample.EDITED, sections=many(22).sections, links=sample.EDITED.links * 3)
    assert len(sample.email(full).html.encode()) < 80 * 1024


@pytest.mark.parametrize(("count", "most"), [(25, 50_000), (60, 95_000)])
def test_an_issue_full_of_pictures_is_not_clipped(count: int, most: int) -> None:
    """Gmail cuts at 102,400 bytes, and a provider that counts clicks makes every link longer."""
    assert len(sample.email(many(count)).html.encode()) < most


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


def test_the_editors_blocks_speak_ukrainian_too() -> None:
    page = sample.web(replace(sample.CORRECTED, language="uk"))
    for words in (
        *("Також варте уваги", "Реклама", "Виправлено 28 червня 2024\u00a0р.:", "Головне число", "Що попереду"),
        *("«We wrote the list at one kitchen table.»", "вт, 2 лип.", "Джерело:", ">20,5<"),
    ):
        assert words in page


def copied(folder: Path) -> Path:
    for file in sample.TEMPLATES.rglob("*"):
        target = folder / file.relative_to(sample.TEMPLATES)
        if file.is_dir():
            target.mkdir(parents=True, exist_ok=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.read_bytes())
    return folder
