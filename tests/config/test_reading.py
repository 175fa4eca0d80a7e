from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from digest import config
from digest.errors import ConfigError
from tests.builders import REPOSITORY, settings

SHIPPED = (REPOSITORY / "config.toml").read_text(encoding="utf-8")


def problems(tmp_path, text):
    file = tmp_path / "config.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as raised:
        config.load(file)
    return [p.removeprefix(f"{file}") for p in raised.value.problems]


def changed(old, new):
    assert old in SHIPPED
    return SHIPPED.replace(old, new, 1)


def line_of(text, start):
    return next(n for n, line in enumerate(text.splitlines(), 1) if line.startswith(start))


def test_the_shipped_file_is_good_and_every_commented_key_in_it_is_known(tmp_path):
    """A line "# key = value" is an offer to the editor: uncommented, it must be accepted."""
    text = SHIPPED
    for line in SHIPPED.splitlines():
        offer = line.removeprefix("# ")
        if line.startswith("# [") or (
            line.startswith("# ") and " = " in offer and offer.split(" = ")[0].isidentifier()
        ):
            text = text.replace(line, offer, 1)
    file = tmp_path / "config.toml"
    file.write_text(text, encoding="utf-8")
    main, edition = config.editions(file)
    assert {s.kind for s in main.sources} == {"sample", "wordpress", "ghost", "feed", "webpage", "folder"}
    assert (main.schedule.min_stories, main.themes[0].at_least) == (3, 2)
    assert main.themes[0].keywords == ("sanction", "frozen asset")
    assert main.themes[5].theme("uk").title == "Разом з Україною"
    assert (edition.edition, edition.newsletter.key, edition.newsletter.language) == ("uk", "weekly-uk", "uk")
    assert (edition.schedule.closes, edition.schedule.send.at.hour) == (main.schedule.closes, 11)
    assert [theme.title for theme in edition.themes] == ["Новини Конгресу"]


def test_workers_are_refused_with_a_database_that_is_a_file(tmp_path):
    file = tmp_path / "config.toml"
    text = SHIPPED.replace('engine = "embedded"', 'engine = "workers"')
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"send\.engine: workers on several.*SQLite is a file on this one; set store"):
        config.load(file)
    file.write_text(text.replace("sqlite:///digest.db", "postgresql://user@host/digest"), encoding="utf-8")
    assert config.load(file).send.engine == "workers"


def test_all_mistakes_are_reported_at_once_each_with_line_key_and_expectation(tmp_path):
    text = SHIPPED.replace('name = "The Week', 'nmae = "The Week').replace('every = "week"', 'every = "fortnight"')
    text = text.replace('tag = "#UAtoEU"', 'tag = "UAtoEU"').replace("look_back_days = 14", 'look_back_days = "14"')
    at = partial(line_of, text)
    tag = at('tag = "UAtoEU"')
    assert problems(tmp_path, text) == [
        f':{at("[newsletter]")}: newsletter.name: is missing; add it, as name = "The Week in Short"',
        f':{at("nmae")}: newsletter.nmae: unknown key; nearest known: "name"',
        f":{at('every')}: schedule.every: is 'fortnight'; expected one of 'day', 'week' or 'month'",
        f':{tag}: themes[2].tag: is \'UAtoEU\'; expected one hashtag that begins with "#", as "#DefeatRussia"',
        f":{at('look_back_days')}: compose.look_back_days: is '14'; expected a whole number, without quotes",
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        pytest.param('kind = "sample"', 'kind = "feed"', 'sources[0]: a source of kind "feed" needs "url"', id="no-url"),
        pytest.param('timezone = "America/Toronto"', 'timezone = "America/Toronot"', 'nearest known: "America/Toronto"', id="zone"),
        pytest.param('closes = "Thu 18:00"', 'closes = "18:00"', '"closes" is written as "Thu 18:00"', id="closes-day"),
        pytest.param('closes = "Thu 18:00"', 'closes = "Thu 25:00"', 'expected "Thu 18:00" for a week', id="closes-hour"),
        pytest.param('late_by_at_most = "7d"', 'late_by_at_most = "soon"', 'expected a time span, as "90m", "3h"', id="span"),
        pytest.param('provider = "outbox"', 'provider = "resend"', 'provider = "resend" needs a table [send.resend]', id="provider"),
        pytest.param('# [send.resend]\n# token = { env = "RESEND_TOKEN" }', '[send.resend]\ntoken = "re_123"', "a secret never stands in the file", id="secret"),
        pytest.param('contact = "desk@news.example.org"', 'contact = "desk"', "expected an email address", id="contact"),
        pytest.param('site_url = "https://', 'site_url = "ftp://', 'begins with "https://"', id="address"),
        pytest.param('accent = "#FFD500"', 'accent = "yellow"', 'expected a colour as "#0057B7"', id="colour"),
        pytest.param('url = "sqlite:///digest.db"', 'url = "mysql://x/y"', 'expected "sqlite:///FILE"', id="store"),
        pytest.param('# keep_deliveries = "400d"', 'keep_deliveries = "89d"', 'expected at least "90d": who has had the one issue of a month', id="retention"),
        pytest.param('tag = "#UAtoEU"', 'tag = "#UA in NATO"', 'belongs to the theme #UAinNATO already', id="tag-twice"),
        pytest.param('aliases = ["#UkraineInNATO"]', 'aliases = ["#uwc-news"]', "belongs to the theme #UAinNATO already", id="alias-claimed"),
        pytest.param('[compose]', '[compose]\noverlpa = "all"', 'compose.overlpa: unknown key; nearest known: "overlap"', id="nearest"),
        pytest.param('[store]', '[stroe]', 'stroe: unknown key; nearest known: "store"', id="table"),
        pytest.param('key = "weekly"', 'key = "weekly', "not valid TOML", id="toml"),
        pytest.param('[newsletter]', 'newsletter = 3\n[x]', "expected a table with its keys", id="no-table"),
    ],
)  # fmt: skip
def test_a_mistake_names_its_key_and_what_was_expected(tmp_path, old, new, said):
    found = problems(tmp_path, changed(old, new))
    assert any(said in problem for problem in found), found


def test_two_sources_of_one_name_are_named_with_their_line(tmp_path):
    second = '[[sources]]\nname = "sample"\nkind = "sample"\n\n# The sections'
    found = problems(tmp_path, changed("# The sections", second))
    assert len(found) == 1
    assert 'sources[1].name: "sample" names source 1 already' in found[0]
    lines = changed("# The sections", second).splitlines()
    second_line = len(lines) - lines[::-1].index('name = "sample"')
    assert found[0].startswith(f":{second_line}: ")


def test_a_byte_order_mark_is_fine(tmp_path):
    file = tmp_path / "config.toml"
    file.write_bytes(b"\xef\xbb\xbf" + SHIPPED.encode())
    assert config.load(file).newsletter.key == "weekly"


def test_a_file_that_is_not_utf8_names_the_line(tmp_path):
    file = tmp_path / "config.toml"
    file.write_bytes(b'[newsletter]\nname = "caf\xe9"\n')
    with pytest.raises(ConfigError, match=r":2: not UTF-8"):
        config.load(file)


def test_a_missing_file_says_how_to_get_one(tmp_path):
    with pytest.raises(ConfigError, match="digest init"):
        config.load(tmp_path / "none.toml")


def test_a_secret_comes_from_the_environment_or_a_file_and_never_shows(tmp_path, monkeypatch):
    monkeypatch.setenv("A_TOKEN", "s3cret")
    (tmp_path / "token").write_text("fr0mfile\n")
    found = settings(tmp_path, send={"provider": "resend", "resend": {"token": {"env": "A_TOKEN"}}})
    assert found.send.resend is not None
    assert found.reveal(found.send.resend.token, "send", "resend", "token") == "s3cret"
    assert found.reveal(config.Secret(file="token")) == "fr0mfile"
    assert "s3cret" not in str(list(config.shown(found))) + repr(found)


def test_a_secret_that_is_not_there_names_its_key_and_place(tmp_path, monkeypatch):
    monkeypatch.delenv("NO_TOKEN", raising=False)
    found = settings(tmp_path, send={"provider": "resend", "resend": {"token": {"env": "NO_TOKEN"}}})
    with pytest.raises(ConfigError, match=r"send\.resend\.token: the environment variable NO_TOKEN is not set"):
        found.reveal(config.Secret(env="NO_TOKEN"), "send", "resend", "token")


def test_show_tells_the_line_of_what_is_set_and_marks_defaults(tmp_path):
    (tmp_path / "config.toml").write_text(SHIPPED, encoding="utf-8")
    shown = {key: (value, line) for key, value, line in config.shown(config.load(tmp_path / "config.toml"))}
    assert shown["schedule.closes"] == ("Thu 18:00", line_of(SHIPPED, "closes"))
    assert shown["themes[1].tag"] == ("#UAinNATO", line_of(SHIPPED, 'tag = "#UAinNATO"'))
    assert shown["sources[0].allow_private_addresses"] == ("False", None)


@pytest.mark.parametrize("spelling", ["#UWC news", "UWC News", "#uwc-news", "uwc_news", "#UWCnews"])
def test_spellings_of_one_hashtag_have_one_key(spelling):
    assert config.tag_key(spelling) == "uwcnews"


def test_what_is_missing_is_shown_as_it_would_stand(tmp_path):
    text = changed('[[sources]]\nname = "sample"', "[[sources]]").replace('tag = "#UAtoEU"\n', "")
    assert [p.split(": ", 1)[1] for p in problems(tmp_path, text)] == [
        'sources[0].name: is missing; add it, as name = "sample"',
        'themes[2].tag: is missing; add it, as tag = "#DefeatRussia"',
    ]


def test_no_secret_is_repeated_when_it_is_written_down(tmp_path):
    text = changed('# [send.resend]\n# token = { env = "RESEND_TOKEN" }', '[send.resend]\ntoken = "re_S3CRET"')
    assert "S3CRET" not in str(problems(tmp_path, text))
    (tmp_path / "config.toml").write_text(
        changed('"sqlite:///digest.db"', '"postgresql://u:S3CRET@h/d"'), encoding="utf-8"
    )
    assert "S3CRET" not in str(list(config.shown(config.load(tmp_path / "config.toml"))))


def test_a_language_without_words_is_found_before_anything_is_built(tmp_path):
    found = problems(tmp_path, changed('language = "en"', 'language = "pl"'))
    assert "newsletter.language: there are no words for it, only for" in found[0]


@pytest.mark.parametrize(("text", "line"), [("a = 1\nb = [1\n[c]\n", 3), ('a = 1\nb = """x\n', 3), ("[a]\n[a]\n", 2)])
def test_a_mistake_in_the_syntax_names_its_line(tmp_path, text, line):
    assert problems(tmp_path, text)[0].startswith(f":{line}: not valid TOML: ")


def test_deliveries_are_kept_for_good_or_so_many_whole_days(tmp_path):
    at = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
    file = tmp_path / "config.toml"
    file.write_text(SHIPPED, encoding="utf-8")
    assert config.load(file).store.prunes_before(at) is None
    file.write_text(changed('# keep_deliveries = "400d"', 'keep_deliveries = "90d"'), encoding="utf-8")
    kept = config.load(file).store
    assert kept.prunes_before(at) == kept.prunes_before(at - timedelta(hours=23)) == datetime(2026, 8, 22, tzinfo=UTC)
    assert kept.prunes_before(at + timedelta(hours=1)) == datetime(2026, 8, 23, tzinfo=UTC)
