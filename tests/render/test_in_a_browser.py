"""The finished email in a real Chromium: accessibility, forced dark mode, narrow screens, well-formed markup."""

import pytest
from msgspec.structs import replace

from digest import compose, render
from digest.collect import sample
from digest.models import Correction, History
from tests import builders, real
from tests.render import arabic
from tests.render.sample import BLOCKS, EDITED


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


@pytest.fixture(scope="module", params=["en", "uk", "ar", "en-page", "uk-page"])
def page(request, tmp_path_factory):
    """The sample issue in one language as an email with a reader's values in it, or as its corrected page; a file."""
    return written(request.param, tmp_path_factory.mktemp(request.param))


@pytest.fixture(scope="module", params=["fr", "de"])
def wordy(request, tmp_path_factory):
    """The same in languages with longer words: nothing but the width is another matter there."""
    return written(request.param, tmp_path_factory.mktemp(request.param))


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
    file = folder / "issue.html"
    file.write_text(html, encoding="utf-8")
    return file


COVERS = str(builders.REPOSITORY / "digest" / "collect" / "sample_data" / "covers")


def test_axe_finds_nothing_in_light_and_dark_wide_and_narrow(page):
    real.judged("node", "axe.mjs", str(page), "--assets", COVERS)


def test_forced_dark_mode_leaves_everything_readable(page, tmp_path):
    real.judged("node", "darksim.mjs", str(page), str(tmp_path), "--assets", COVERS)


def test_nothing_is_wider_than_a_small_phone(page, tmp_path):
    real.judged(
        "node", "shots.mjs", str(page), str(tmp_path), "--only", "mobile320,mobile,nostyle-mobile", "--assets", COVERS
    )


def test_longer_words_are_not_wider_than_a_small_phone(wordy, tmp_path):
    real.judged(
        "node", "shots.mjs", str(wordy), str(tmp_path), "--only", "mobile320,nostyle-mobile", "--assets", COVERS
    )


def test_the_markup_is_well_formed(page):
    real.judged("npx", "html-validate", "-c", "htmlvalidate.json", str(page))
