from datetime import date

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

[figure]
number = "1,400"
counts = "letters in a day"
source = "The post office"
url = "https://news.example/post"

[chart]
title = "Letters"
unit = "thousands"
rows = [{ label = "May", value = 12 }, { label = "June", value = 20.5 }]

[quote]
words = "One table was enough."
who = "H. Example"

[[events]]
date = 2026-11-28
title = "A reading"
place = "Ottawa"

[[events]]
date = "2026-11-26"
title = "A rally"
url = "https://news.example/rally"
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
        figure=config.FigureEdit(
            number="1,400", counts="letters in a day", source="The post office", url="https://news.example/post"
        ),
        chart=config.ChartEdit(
            title="Letters",
            unit="thousands",
            rows=(config.BarEdit(label="May", value=12), config.BarEdit(label="June", value=20.5)),
        ),
        quote=config.QuoteEdit(words="One table was enough.", who="H. Example"),
        events=(
            config.EventEdit(date=date(2026, 11, 28), title="A reading", place="Ottawa"),
            config.EventEdit(date=date(2026, 11, 26), title="A rally", url="https://news.example/rally"),
        ),
    )
    assert config.overlay(tmp_path, KEY).model_dump() == wanted.model_dump()


def test_mistakes_in_the_editors_blocks_are_told_each_with_what_was_expected(tmp_path):
    text = """\
[figure]
number = "1,400 of the letters that were sent"
url = "ftp://post.example"
[chart]
title = "Letters\\nby month"
rows = [{ label = "May", value = -1 }, { label = "June", value = inf }, { label = "July", value = "3" }, { lable = "x" }]
[quote]
words = "\\u202Eback"
[[events]]
date = 2026-11-28T10:00:00
title = "A reading"
url = "https://news.example/a b"
[[events]]
date = "2026-11-31"
"""
    assert problems(tmp_path, text) == [
        ':1: figure.counts: is missing; add it, as counts = "parcels left in one day"',
        ":2: figure.number: is '1,400 of the letters that were sent'; expected one line of text, at most 20 characters",
        ":3: figure.url: is 'ftp://post.example'; expected a web address that begins with \"https://\"",
        ":5: chart.title: is 'Letters\\nby month'; expected one line of text, at most 200 characters",
        ":6: chart.rows[0].value: is -1; expected at least 0",
        ":6: chart.rows[1].value: is inf; expected a number such as 12 or 12.5",
        ":6: chart.rows[2].value: is '3'; expected a number, without quotes",
        ':6: chart.rows[3].label: is missing; add it, as label = "October"',
        ":6: chart.rows[3].value: is missing; add it, as value = 12",
        ':6: chart.rows[3].lable: unknown key; nearest known: "label"',
        ':7: quote.who: is missing; add it, as who = "Olena Example, headteacher"',
        ":8: quote.words: is '\\u202eback'; expected one line of text, at most 400 characters",
        ":10: events[0].date: is 2026-11-28 10:00:00; expected a day, as 2026-11-28",
        ":12: events[0].url: is 'https://news.example/a b'; expected a web address that begins with \"https://\"",
        ':13: events[1].title: is missing; add it, as title = "What stands in bold"',
        ":14: events[1].date: is '2026-11-31'; expected a day, as 2026-11-28",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("rows = []", "expected at least 2 of them", id="none"),
        pytest.param("rows = [" + '{ label = "x", value = 1 }, ' * 21 + "]", "expected at most 20 of them", id="many"),
    ],
)
def test_a_chart_has_two_to_twenty_rows(tmp_path, text, said):
    (told,) = problems(tmp_path, f"[chart]\ntitle = 'Letters'\n{text}\n")
    assert told == f":3: chart.rows: {said}"


def line(many, kind="line"):
    return f"[chart]\ntitle = 'Letters'\nkind = '{kind}'\nrows = [" + '{ label = "x", value = 1 }, ' * many + "]\n"


def test_a_line_has_two_to_sixty_points(tmp_path):
    written(tmp_path, line(60))
    chart = config.overlay(tmp_path, KEY).chart
    assert (chart.kind, len(chart.rows)) == ("line", 60)
    assert problems(tmp_path, line(61)) == [":4: chart.rows: expected at most 60 of them"]
    assert problems(tmp_path, line(21, "bars")) == [":4: chart.rows: expected at most 20 of them"]
    assert [told.split(";")[0] for told in problems(tmp_path, line(30, "pie"))] == [":3: chart.kind: is 'pie'"]


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
        pytest.param("quote = { words = ' ', who = 'A.' }", ":1: quote.words: is ' '; expected one line of text", id="blank"),
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
