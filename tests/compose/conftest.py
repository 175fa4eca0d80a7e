import pytest

from digest import config
from digest.errors import ConfigError
from tests.compose.weekly import KEY, THEMES, made, rules


@pytest.fixture
def edited(tmp_path):
    """Composes `articles` with an overlay that is written as an editor writes it."""

    def issue(text, articles, history=None, gone=None, **options):
        (tmp_path / "issues").mkdir(exist_ok=True)
        (tmp_path / "issues" / f"{KEY}.toml").write_text(text, encoding="utf-8")
        overlay = config.overlay(tmp_path, KEY)
        themes = options.pop("themes", THEMES)
        return made(articles, history, gone=gone, rules=rules(themes=themes, overlay=overlay, **options))

    return issue


@pytest.fixture
def mistakes(edited):
    """The mistakes that composing tells, without the folder of the overlay."""

    def told(text, articles, **options):
        with pytest.raises(ConfigError) as error:
            edited(text, articles, **options)
        return [problem[problem.index(KEY) :] for problem in error.value.problems]

    return told
