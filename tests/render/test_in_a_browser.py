"""The finished email in a real Chromium: accessibility, forced dark mode, narrow screens, well-formed markup."""

import pytest
from msgspec.structs import replace

from digest import compose, render
from digest.collect import sample
from digest.models import Correction, History
from tests import builders
from tests.render import arabic, judging
from tests.render.sample import BLOCKS, EDITED

FORMS = ("en", "uk", "ar", "en-page", "uk-page")
COVERS = builders.REPOSITORY / "digest" / "collect" / "sample_data" / "covers"


def edited(issue):
    """`issue` with each block of the editor's, and with two corrections."""
    story = issue.sections[0].stories[0].article.id
    blocks = {name: getattr(EDITED, name) for name in BLOCKS}
    return replace(
        issue,
        **blocks,
        corrections=tuple(Correction(builders.END, "Olha", "It was twelve, not ten.", of) for of in ("", story)),
    )


def composed(language, settings):
    """The sample issue; in a language that the sample has no articles in, around English ones."""
    if language == "ar":
        return arabic.ISSUE
    spoken = language if language in ("en", "uk") else "en"
    newsletter = settings.newsletter.model_copy(update={"language": spoken})
    rules = compose.Rules(newsletter, settings.themes, settings.compose)
    articles = sample.articles(builders.END, "sample")
    return replace(edited(compose.issue(articles, builders.SLOT, History(), rules)), language=language)


@pytest.fixture(params=FORMS)
def page(request, browser, tmp_path):
    """The sample issue in one language as an email with a reader's values in it, or as its corrected page."""
    with judging.shown(browser, written(request.param, tmp_path), COVERS) as shown:
        yield shown


@pytest.fixture(params=["fr", "de"])
def wordy(request, browser, tmp_path):
    """The same in languages with longer words: nothing but the width is another matter there."""
    with judging.shown(browser, written(request.param, tmp_path), COVERS) as shown:
        yield shown


def written(form, folder):
    language, _, kind = form.partition("-")
    settings = builders.settings(folder)
    templates = arabic.templates(folder / "templates") if language == "ar" else settings.templates
    issue = composed(language, settings)
    assert len(issue.stories) >= 5
    email = render.email(issue, settings.newsletter, settings.brand, templates)
    html = email.web if kind else email.html
    assert html.count("corrected-") == (2 if kind else 0)
    for name, token in email.tokens.items():
        html = html.replace(
            token, "https://digest.example.org/u/x" if name == "unsubscribe_url" else "reader@example.org"
        )
    file = folder / f"{form}.html"
    file.write_text(html, encoding="utf-8")
    return file


def test_axe_finds_nothing_in_light_and_dark_wide_and_narrow(page):
    assert page.found_by_axe("serious") == []


def test_forced_dark_mode_leaves_everything_readable(page):
    assert page.unreadable_when_darkened() == []


def test_nothing_is_wider_than_a_small_phone(page):
    assert [page.sideways(judging.SMALL_PHONE), page.sideways(judging.PHONE)] == [0, 0]
    assert page.sideways(judging.PHONE, styled=False) == 0


def test_longer_words_are_not_wider_than_a_small_phone(wordy):
    assert [wordy.sideways(judging.SMALL_PHONE), wordy.sideways(judging.PHONE, styled=False)] == [0, 0]


def test_the_markup_is_well_formed(tmp_path):
    judging.well_formed(written(form, tmp_path) for form in FORMS)
