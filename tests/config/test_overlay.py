import pytest

from digest import config
from digest.errors import ConfigError

KEY = "weekly-2026-W47"
WHOLE = '''\
# Written on Thursday
subject = "What a week"
preheader = "And what comes next"
intro = """
Dear reader,

this is **new**."""
note = "Ask Olena about the second picture"
lead = "site:12"
order = ["site:12", "https://news.example/two"]
hide = ["An old story"]

[[stories]]
article = "site:12"
title = "A better headline"
cover = { url = "https://news.example/a.jpg", credit = "O. K." }

[[stories]]
article = "site:13"
section = "#UAinNATO"
place = 2

[[links]]
title = "The report"
url = "https://news.example/report/"

[action]
title = "Write to your member"
button = "Write"
url = "https://news.example/write"
'''


def written(tmp_path, text):
    file = config.overlay_file(tmp_path, KEY)
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def problems(tmp_path, text):
    file = written(tmp_path, text)
    with pytest.raises(ConfigError) as raised:
        config.overlay(tmp_path, KEY)
    return [p.removeprefix(str(file)) for p in raised.value.problems]


def test_an_overlay_lies_beside_the_config_under_the_key_of_its_issue(tmp_path):
    assert config.overlay_file(tmp_path, KEY) == tmp_path / "issues" / "weekly-2026-W47.toml"


def test_without_a_file_nothing_is_changed(tmp_path):
    found = config.overlay(tmp_path, KEY)
    assert found.model_dump() == config.Overlay().model_dump()
    assert found.at("lead") == f"{config.overlay_file(tmp_path, KEY)}: lead"


def test_everything_that_an_editor_may_write_is_read(tmp_path):
    written(tmp_path, WHOLE)
    cover = config.CoverEdit(url="https://news.example/a.jpg", credit="O. K.")
    wanted = config.Overlay(
        subject="What a week",
        preheader="And what comes next",
        intro="Dear reader,\n\nthis is **new**.",
        note="Ask Olena about the second picture",
        lead="site:12",
        order=("site:12", "https://news.example/two"),
        hide=("An old story",),
        stories=(
            config.StoryEdit(article="site:12", title="A better headline", cover=cover),
            config.StoryEdit(article="site:13", section="#UAinNATO", place=2),
        ),
        links=(config.LinkEdit(title="The report", url="https://news.example/report"),),
        action=config.PanelEdit(title="Write to your member", button="Write", url="https://news.example/write"),
    )
    assert config.overlay(tmp_path, KEY).model_dump() == wanted.model_dump()


def test_a_mistake_found_in_use_names_file_line_and_key(tmp_path):
    file = written(tmp_path, WHOLE)
    found = config.overlay(tmp_path, KEY)
    assert found.at("stories", 1, "place") == f"{file}:21: stories[1].place"
    assert found.at("hide", 0) == f"{file}:11: hide[0]"


def test_all_mistakes_are_reported_at_once_each_with_line_key_and_expectation(tmp_path):
    text = """\
subjet = "x"
hide = "site:1"
lead = "x"
[[stories]]
titel = "A"
place = 0
section = "UAinNATO"
cover = { url = "https://news.example/a.jpg" }
[[stories]]
article = 12
place = "first"
[[links]]
url = "example.org"
[action]
title = 3
[sponsr]
"""
    assert problems(tmp_path, text) == [
        ':1: subjet: unknown key; nearest known: "subject"',
        ":2: hide: is 'site:1'; expected a list in brackets, as [\"…\"]",
        ":3: lead: is 'x'; expected at least 3 characters",
        ':4: stories[0].article: is missing; add it, as article = "site:1234", its id, its address or its whole title;'
        " `digest explain` lists them",
        ':5: stories[0].titel: unknown key; nearest known: "title"',
        ":6: stories[0].place: is 0; expected at least 1",
        ':7: stories[0].section: is \'UAinNATO\'; expected one hashtag that begins with "#", as "#DefeatRussia"',
        ':8: stories[0].cover: a picture needs its "credit"',
        ":10: stories[1].article: is 12; expected text in quotes",
        ":11: stories[1].place: is 'first'; expected a whole number, without quotes",
        ':12: links[0].title: is missing; add it, as title = "What stands in bold"',
        ":13: links[0].url: is 'example.org'; expected a web address that begins with \"https://\"",
        ':14: action.button: is missing; add it, as button = "Read on"',
        ':14: action.url: is missing; add it, as url = "https://www.example.org/page"',
        ":15: action.title: is 3; expected text in quotes",
        ':16: sponsr: unknown key; nearest known: "sponsor"',
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("subject = 'x", ":1: not valid TOML: ", id="toml"),
        pytest.param(b"# one\nsubject = \"caf\xe9\"\n", ":2: not UTF-8; save the file as UTF-8", id="latin-1"),
        pytest.param(b"\xff\xfes\x00u\x00", ":1: not UTF-8", id="utf-16"),
        pytest.param("# " + "x" * 10_000_000, ": holds more than 1000 kB; is it the right file?", id="10-MB"),
        pytest.param("[stories]\narticle = 'site:1'", ":1: stories: expected [[stories]] tables", id="one-bracket"),
        pytest.param("stories = [3]", ":1: stories[0]: is 3; expected a table with its keys", id="no-table"),
        pytest.param("intro = '" + "x" * 5001 + "'", f":1: intro: is '{'x' * 78}…; expected at most 5000 characters", id="long"),
        pytest.param("x = " + "{a=" * 4000 + "1" + "}" * 4000, ": not valid TOML", id="deep"),
    ],
)  # fmt: skip
def test_what_cannot_be_an_overlay_is_told_with_its_line(tmp_path, text, said):
    (found,) = problems(tmp_path, text)
    assert said in found


def test_a_folder_in_place_of_the_file_is_told(tmp_path):
    config.overlay_file(tmp_path, KEY).mkdir(parents=True)
    with pytest.raises(ConfigError, match=r"W47.toml: cannot be read: Is a directory"):
        config.overlay(tmp_path, KEY)


def test_ten_thousand_mistakes_are_told_in_seconds(tmp_path):
    assert len(problems(tmp_path, "[[stories]]\n" * 10_000)) == 10_000


def test_a_byte_order_mark_and_windows_line_ends_are_fine(tmp_path):
    written(tmp_path, WHOLE)
    plain = config.overlay(tmp_path, KEY)
    written(tmp_path, "\ufeff" + WHOLE.replace("\n", "\r\n"))
    windows = config.overlay(tmp_path, KEY)
    assert windows.model_dump() == plain.model_dump()
    assert windows.at("stories", 1, "place") == plain.at("stories", 1, "place")


def test_a_table_that_stands_in_no_file_yet_is_checked_by_key():
    link = {"title": "The report", "url": "https://news.example/report"}
    assert config.checked(config.LinkEdit, link) == config.LinkEdit(**link)
    with pytest.raises(ConfigError) as raised:
        config.checked(config.PanelEdit, {"title": "", "url": "x", "buton": "Go"})
    assert raised.value.problems == [
        "title: is ''; expected one line of text, at most 200 characters",
        'button: is missing; add it, as button = "Read on"',
        "url: is 'x'; expected a web address that begins with \"https://\"",
        'buton: unknown key; nearest known: "button"',
    ]
