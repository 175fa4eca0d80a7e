"""The second template, "briefing": as `digest init --template briefing` writes it, and in a real Chromium."""

import html
import os
import re
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from digest import cli, compose, render
from digest.collect import sample as newsroom
from digest.config import BrandSettings
from digest.models import Correction, History, Section
from tests import builders
from tests.render import arabic, judging, sample

GOLDEN = Path(__file__).parent / "golden"
SHIPPED = sample.TEMPLATES
WORDS = st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn", "Zl", "Zp"]), min_size=1, max_size=80).map(
    lambda text: " ".join(text.split()) or "x"
)


@pytest.fixture(scope="module")
def templates(tmp_path_factory):
    return written(tmp_path_factory.mktemp("briefing"), "--template", "briefing")


def written(folder, *options):
    """The templates that `digest init` writes into a new folder."""
    assert cli.main(["init", str(folder / "letter"), *options]) == 0
    return folder / "letter" / "templates"


def files(folder):
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def briefing(issue, templates):
    return sample.email(issue, templates=templates)


def web(issue, templates):
    return render.web(issue, sample.NEWSLETTER, sample.BRAND, templates)


def test_init_alone_writes_the_default_template_and_no_other(tmp_path):
    shipped = {name: content for name, content in files(SHIPPED).items() if not name.startswith("briefing")}
    assert files(written(tmp_path)) == shipped


def test_init_writes_the_template_that_is_named_and_what_it_shares_with_the_default(templates):
    own, default, made = files(SHIPPED / "briefing"), files(SHIPPED), files(templates)
    assert own.keys() <= made.keys()
    assert not [name for name in made if name.startswith("briefing")]
    assert made == {name: own.get(name, default.get(name)) for name in made}
    assert {name for name in made if name.startswith("text")} == {n for n in default if n.startswith("text")}


def test_what_init_writes_is_enough_for_a_build(tmp_path, capsys):
    config = written(tmp_path, "--template", "briefing").parent / "config.toml"
    arguments = ["build", "--as-of", "2026-11-20T09:00", "--out", str(tmp_path / "out")]
    assert cli.main(["--config", str(config), *arguments]) == 0
    assert "<img" not in (tmp_path / "out" / "issue.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["paper", "", "text", "partials", "../templates"])
def test_an_unknown_template_is_refused_with_those_that_there_are(tmp_path, capsys, name):
    assert cli.main(["init", str(tmp_path / "letter"), "--template", name]) == 2
    said = capsys.readouterr().err
    assert said == f"digest: --template {name}: no such template; there are default and briefing\n"
    assert not (tmp_path / "letter").exists()


def test_init_never_overwrites_with_another_template(tmp_path, capsys):
    before = files(written(tmp_path))
    assert cli.main(["init", str(tmp_path / "letter"), "--template", "briefing"]) == 1
    assert "nothing was written" in capsys.readouterr().err
    assert files(tmp_path / "letter" / "templates") == before


@pytest.mark.parametrize("name", ["briefing.html", "briefing-web.html", "briefing.txt"])
def test_the_sample_issue_looks_as_reviewed(name, templates):
    """After a change that is meant: DIGEST_WRITE_GOLDEN=1 pytest tests/render, then read the difference."""
    email = briefing(sample.EDITED, templates)
    spread = {
        "briefing.html": email.html.replace("><", ">\n<"),
        "briefing-web.html": web(sample.CORRECTED, templates).replace("><", ">\n<"),
        "briefing.txt": email.text,
    }
    if os.environ.get("DIGEST_WRITE_GOLDEN"):
        (GOLDEN / name).write_text(spread[name], encoding="utf-8")
    assert spread[name] == (GOLDEN / name).read_text(encoding="utf-8")


def test_it_shows_every_story_and_no_picture(templates):
    email = briefing(sample.SMALL, templates)
    for page in (email.html, email.web, email.text):
        for story in sample.SMALL.stories:
            assert page.count(story.article.url) == 1
            assert story.article.title in page
    assert not re.search("<img|Zorenko|Kim Won|Взірцева", email.html + email.text)


def test_the_editors_blocks_stand_in_the_same_order_in_html_and_text(templates):
    email = briefing(sample.EDITED, templates)
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


@pytest.mark.parametrize(("language", "label"), [("en", "Sponsored"), ("uk", "Реклама")])
def test_a_sponsor_is_always_labelled_before_its_name(language, label, templates):
    email = briefing(replace(sample.SMALL, language=language, panels=(sample.SPONSOR,)), templates)
    for page in (email.html, email.web):
        assert re.search(rf"<h2[^>]*>{label}</h2><p[^>]*><strong[^>]*>Sample Credit Union</strong>", page)
    assert f"{label.upper()}\n{'=' * len(label)}\n\nSample Credit Union\n" in email.text


def test_only_the_email_has_fields_and_only_the_page_has_anchors_and_corrections(templates):
    email = briefing(sample.CORRECTED, templates)
    assert not [token for token in sample.TOKENS.values() if token in email.web]
    assert "Unsubscribe" not in email.web
    assert not re.search(r' id="|href="#|Corrected on', email.html)
    targets = re.findall(r' id="([^"]+)"', email.web)
    assert sorted(targets) == sorted(
        ["defeatrussia", "uwc-news", *(f"correction-{n}" for n in (1, 2, 3)), "corrected-1", "corrected-3"]
    )
    assert set(re.findall(r'href="#([^"]+)"', email.web)) == set(targets) - {"correction-2"}


def test_the_brand_is_seen_wherever_a_colour_a_font_or_the_width_is_named(templates):
    shades = {
        "light": {"card": "#FFFDF8", "link": "#8A1C1C"},
        "dark": {"page": "#1A1410", "card": "#241C16", "link": "#F2B8A0"},
    }
    looks = {
        "colour": "#5B0E0E",
        "accent": "#E0A030",
        "heading_font": "Palatino, serif",
        "text_font": "Verdana, sans-serif",
    }
    brand = BrandSettings.model_validate({**looks, **shades, "width": 640})
    plain = briefing(sample.CORRECTED, templates)
    made = sample.email(sample.CORRECTED, brand, templates)
    text = {getattr(side, name) for side in (brand.light, brand.dark) for name in ("ink", "body", "muted")}
    for page, other in ((made.html, plain.html), (made.web, plain.web)):
        assert {*re.findall("#[0-9A-F]{6}", page)} & {*re.findall("#[0-9A-F]{6}", other)} <= text
        assert set(re.findall(r"font-family:([^;]*);", page)) <= {"Palatino,serif", "Verdana,sans-serif"}
        assert "width:563px" in page


def test_headings_go_down_one_level_at_a_time(templates):
    assert re.findall(r"<(h\d)", briefing(sample.EDITED, templates).html) == [
        *("h1", "h2"),  # its name, the lead
        *("h2", "h3", "h3", "h2", "h3"),  # the two themes
        *("h2", "h2", "h2", "h2", "h2", "h2"),  # figure, chart, events, links, action, sponsor
    ]


@given(title=WORDS, lede=WORDS)
def test_any_title_and_lede_reach_the_html_unchanged_and_add_no_tag(templates, title, lede):
    plain = briefing(sample.issue_of(sample.article()), templates).html
    made = briefing(sample.issue_of(sample.article(title, lede=lede)), templates).html
    heading = re.search(r"<h3[^>]*><a[^>]*>(.*?)</a></h3><p[^>]*>(.*?)</p>", made)
    assert heading is not None
    assert (html.unescape(heading[1]), html.unescape(heading[2])) == (title, lede)
    assert re.findall("<(/?[a-z0-9]+)", made) == re.findall("<(/?[a-z0-9]+)", plain)


def test_a_bare_story_leaves_no_empty_line(templates):
    bare = sample.article(lede="", published=None, views=None)
    assert not re.search(r"<p[^>]*>\s*</p>", briefing(sample.issue_of(bare), templates).html)


def arabic_too(templates, folder):
    """The same with the Arabic catalogue."""
    shutil.copytree(templates, folder)
    (folder / "text" / "ar.ftl").write_text(arabic.CATALOGUE, encoding="utf-8")
    return folder


def test_a_right_to_left_issue_begins_every_line_at_the_right(templates, tmp_path):
    """What is in another language says so with its direction."""
    made = briefing(arabic.ISSUE, arabic_too(templates, tmp_path / "templates")).web
    assert "direction:ltr" not in made
    assert re.findall(r'<td class="px"[^>]*text-align:(\w+)', made) == ["right"]
    assert set(re.findall(r"<th [^>]*text-align:(\w+)", made)) == {"right"}
    assert not re.search("padding:0 0 0 [1-9]|<[^t][^>]*padding-left", made)
    body = made.partition('role="article"')[2].partition(">")[2]
    assert set(re.findall(r' lang="([^"]*)" dir="([^"]*)"', body)) == {("uk", "ltr"), ("en", "ltr")}
    english = briefing(sample.EDITED, templates).html
    assert set(re.findall(r"<t(?:h |d class=\"px\")[^>]*text-align:(\w+)", english)) == {"left"}


def test_sixty_stories_stay_under_80_kib(templates):
    story = sample.SMALL.sections[0].stories[0]
    long = replace(story.article, lede="Twelve words that say what a reader has to know about it. " * 4)
    issue = sample.issue(Section(sample.DEFEAT, (replace(story, article=long),) * 60))
    assert len(briefing(issue, templates).html.encode()) < 80 * 1024


def composed(settings):
    """The newsroom's issue with each block of the editor's, and with a correction."""
    rules = compose.Rules(settings.newsletter, settings.themes, settings.compose)
    issue = compose.issue(newsroom.articles(builders.END, "sample"), builders.SLOT, History(), rules)
    corrected = Correction(builders.END, "Olha", "It was twelve, not ten.", issue.sections[0].stories[0].article.id)
    blocks = {name: getattr(sample.EDITED, name) for name in sample.BLOCKS}
    return replace(issue, corrections=(corrected,), **blocks)


FORMS = ("en", "uk", "ar", "en-page", "uk-page")


@pytest.fixture(params=FORMS)
def page(request, browser, tmp_path, templates):
    """An issue in one language as an email with a reader's values in it, or as its corrected page."""
    with judging.shown(browser, finished(request.param, tmp_path, templates)) as shown:
        yield shown


def finished(form, folder, templates):
    language, _, kind = form.partition("-")
    settings = builders.settings(folder, newsletter={"language": "en" if language == "ar" else language})
    issue = arabic.ISSUE if language == "ar" else composed(settings)
    assert len(issue.stories) >= 5
    own = arabic_too(templates, folder / f"templates of {form}")
    email = render.email(issue, settings.newsletter, settings.brand, own)
    shown = email.web if kind else email.html
    assert shown.count("corrected-") == (2 if kind else 0)
    for name, token in email.tokens.items():
        shown = shown.replace(token, "https://digest.example.org/u/x" if name == "unsubscribe_url" else "a@b.example")
    file = folder / f"{form}.html"
    file.write_text(shown, encoding="utf-8")
    return file


def test_axe_finds_nothing_in_light_and_dark_wide_and_narrow(page):
    assert page.found_by_axe("minor") == []


def test_forced_dark_mode_leaves_everything_readable(page):
    assert page.unreadable_when_darkened() == []


def test_nothing_is_wider_than_a_small_phone(page):
    assert [page.sideways(judging.SMALL_PHONE), page.sideways(judging.PHONE)] == [0, 0]
    assert page.sideways(judging.PHONE, styled=False) == 0


def test_the_markup_is_well_formed(tmp_path, templates):
    judging.well_formed(finished(form, tmp_path, templates) for form in FORMS)
