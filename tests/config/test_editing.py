import tomllib
from datetime import date
from functools import partial

import pytest

from digest import config
from digest.config import editing
from digest.errors import ConfigError

KEY = "weekly-2026-W47"
HEAD = "# The editors' changes to issue weekly-2026-W47; `digest explain` lists its articles and their ids.\n"
BY_HAND = """\
# What the desk decided on Thursday

subject = 'A "big" week'   # Olena's
# preheader = "not yet"

hide = [
  "site:1",  # too old
  "site:2",
]

# Our own headline, agreed with the author
[[stories]]
  article = "site:3"
  title = "Ours"    # was too long

# This one is urgent
[[stories]]
article = "https://news.example/four"
place = 1
[stories.cover]
url = "https://news.example/a.jpg"
credit = "O. K."

# The sponsor pays until May
[sponsor]
title = "A bank"
button = "Go"
url = "https://bank.example"
"""


@pytest.fixture
def file(tmp_path):
    return config.overlay_file(tmp_path, KEY)


@pytest.fixture
def by_hand(file):
    file.parent.mkdir()
    file.write_text(BY_HAND, encoding="utf-8")
    return file


def text(file):
    return file.read_bytes().decode()


def edited(old, new):
    assert BY_HAND.count(old) == 1
    return BY_HAND.replace(old, new)


def test_a_new_file_says_what_it_is(file):
    assert editing.set_value(file, "subject", "A week")
    assert text(file) == f'{HEAD}\nsubject = "A week"\n'
    assert editing.edit_story(file, "site:1", says="The title", title="A", place=2)
    assert editing.set_value(file, "lead", "site:1", says="The title")
    assert editing.hide(file, "site:2", says="Another\n[x]\u2028 title")
    assert editing.add_link(file, config.LinkEdit(title="A report", url="https://a.example/"))
    assert text(file) == (
        f"{HEAD}\n"
        'subject = "A week"\n'
        'lead = "site:1" # The title\n'
        'hide = [\n    "site:2", # Another [x] title\n]\n'
        "\n"
        "[[stories]]\n"
        'article = "site:1" # The title\n'
        'title = "A"\n'
        "place = 2\n"
        "\n"
        "[[links]]\n"
        'title = "A report"\n'
        'url = "https://a.example"\n'
    )


@pytest.mark.parametrize(
    ("change", "old", "new"),
    [
        pytest.param(partial(editing.set_value, name="subject", value="New"), "'A \"big\" week'   # O", '"New"   # O', id="value"),
        pytest.param(partial(editing.set_value, name="subject", value=None), "subject = 'A \"big\" week'   # Olena's\n", "", id="value-out"),
        pytest.param(partial(editing.set_value, name="note", value="N"), "]\n\n# Our", ']\nnote = "N"\n\n# Our', id="value-new"),
        pytest.param(partial(editing.set_value, name="lead", value="site:3", says="T"), "]\n\n# Our", ']\nlead = "site:3" # T\n\n# Our', id="lead"),
        pytest.param(partial(editing.set_order, refs=["site:3", "site:4"]), "]\n\n# Our", ']\norder = ["site:3", "site:4"]\n\n# Our', id="order"),
        pytest.param(partial(editing.hide, ref="site:9"), '  "site:2",\n', '  "site:2",\n  "site:9",\n', id="hide"),
        pytest.param(partial(editing.hide, ref="site:9", says="Nine"), '  "site:2",\n', '  "site:2",\n  "site:9", # Nine\n', id="hide-titled"),
        pytest.param(partial(editing.show, ref="site:1"), '  "site:1",  # too old\n', "", id="show"),
        pytest.param(partial(editing.edit_story, ref="site:3", title="T"), 'title = "Ours" ', 'title = "T" ', id="story"),
        pytest.param(partial(editing.edit_story, ref="site:3", lede="L", says="x"), "too long\n", 'too long\n  lede = "L"\n', id="story-new-key-as-far-in"),
        pytest.param(partial(editing.edit_story, ref="site:3", title=None), '[[stories]]\n  article = "site:3"\n  title = "Ours"    # was too long\n', "", id="story-emptied-below-its-comment"),
        pytest.param(partial(editing.edit_story, ref="site:9", place=1), "# The sponsor", '[[stories]]\narticle = "site:9"\nplace = 1\n\n# The sponsor', id="story-new"),
        pytest.param(partial(editing.edit_story, ref="https://news.example/four", lede="L"), "place = 1\n", 'place = 1\nlede = "L"\n', id="story-above-its-table"),
        pytest.param(partial(editing.edit_story, ref="https://news.example/four", cover={"credit": "N", "url": None}), 'place = 1\n[stories.cover]\nurl = "https://news.example/a.jpg"\ncredit = "O. K."\n', 'place = 1\ncover = {credit = "N"}\n', id="cover"),
        pytest.param(partial(editing.reset, ref="site:2"), '  "site:2",\n', "", id="reset-hidden"),
        pytest.param(partial(editing.set_panel, kind="sponsor", panel=None), '\n[sponsor]\ntitle = "A bank"\nbutton = "Go"\nurl = "https://bank.example"\n', "\n", id="panel-out"),
        pytest.param(partial(editing.set_panel, kind="sponsor", panel=config.PanelEdit(title="A bank", text="Hi", button="Go", url="https://b.example")), '"https://bank.example"\n', '"https://b.example"\ntext = "Hi"\n', id="panel"),
        pytest.param(partial(editing.set_panel, kind="quote", panel=config.QuoteEdit(words="Yes.", who="A. B.")), '"https://bank.example"\n', '"https://bank.example"\n\n[quote]\nwords = "Yes."\nwho = "A. B."\n', id="quote"),
        pytest.param(partial(editing.set_panel, kind="chart", panel=config.ChartEdit(title="C", rows=[{"label": "a", "value": 12.0}, {"label": "b", "value": 0.5}])), '"https://bank.example"\n', '"https://bank.example"\n\n[chart]\ntitle = "C"\nrows = [\n    {label = "a", value = 12},\n    {label = "b", value = 0.5},\n]\n', id="chart"),
        pytest.param(partial(editing.add_event, event=config.EventEdit(date="2026-11-28", title="A", place="B")), '"https://bank.example"\n', '"https://bank.example"\n\n[[events]]\ndate = 2026-11-28\ntitle = "A"\nplace = "B"\n', id="event"),
        pytest.param(partial(editing.add_link, link=config.LinkEdit(title="A", url="https://a.example")), '"https://bank.example"\n', '"https://bank.example"\n\n[[links]]\ntitle = "A"\nurl = "https://a.example"\n', id="link"),
    ],
)  # fmt: skip
def test_a_change_leaves_every_other_line_as_it_was(by_hand, change, old, new):
    assert change(by_hand)
    assert text(by_hand) == edited(old, new)
    config.overlay(by_hand.parents[1], KEY)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(partial(editing.set_value, name="subject", value='A "big" week'), id="value"),
        pytest.param(partial(editing.set_value, name="intro", value=None), id="value-out"),
        pytest.param(partial(editing.hide, ref="site:1", says="A title"), id="hide"),
        pytest.param(partial(editing.show, ref="site:9"), id="show"),
        pytest.param(partial(editing.set_order, refs=[]), id="order"),
        pytest.param(partial(editing.edit_story, ref="site:3", title="Ours", says="A title"), id="story"),
        pytest.param(partial(editing.edit_story, ref="site:9", title=None), id="story-out"),
        pytest.param(partial(editing.edit_story, ref="https://news.example/four", cover={"url": "https://news.example/a.jpg", "credit": "O. K."}), id="cover"),
        pytest.param(partial(editing.reset, ref="site:9"), id="reset"),
        pytest.param(partial(editing.remove_link, url="https://a.example"), id="unlink"),
        pytest.param(partial(editing.set_panel, kind="action", panel=None), id="panel-out"),
        pytest.param(partial(editing.set_panel, kind="sponsor", panel=config.PanelEdit(title="A bank", button="Go", url="https://bank.example")), id="panel"),
    ],
)  # fmt: skip
def test_a_change_that_is_none_does_not_touch_the_file(by_hand, change):
    before = by_hand.stat()
    assert not change(by_hand)
    after = by_hand.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_change_that_is_none_makes_no_file(file):
    assert not editing.show(file, "site:1")
    assert not file.parent.exists()


def test_a_chart_and_a_date_that_are_there_are_changed_in_their_places(file):
    bars = [{"label": "a", "value": 1}, {"label": "b", "value": 2}]
    editing.set_panel(file, "chart", config.ChartEdit(title="C", unit="kg", rows=bars))
    editing.add_event(file, config.EventEdit(date="2026-11-28", title="A", place="B"))
    editing.add_event(file, config.EventEdit(date="2026-11-29", title="D"))
    before = text(file)
    editing.set_panel(file, "chart", config.ChartEdit(title="C", rows=[*bars, {"label": "c", "value": 3.5}]))
    editing.add_event(file, config.EventEdit(date="2026-12-01", title="A"))
    changed = before.replace('unit = "kg"\n', "").replace('place = "B"\n', "").replace("2026-11-28", "2026-12-01")
    assert text(file) == changed.replace("2},\n", '2},\n    {label = "c", value = 3.5},\n')
    assert not editing.add_event(file, config.EventEdit(date="2026-11-29", title="D"))
    assert editing.remove_event(file, "A")
    assert not editing.remove_event(file, "A")
    assert editing.set_panel(file, "chart", None)
    assert tomllib.loads(text(file)) == {"events": [{"date": date(2026, 11, 29), "title": "D"}]}


def test_several_changes_of_one_article_are_one_entry(file):
    editing.edit_story(file, "site:1", title="A")
    editing.edit_story(file, "site:2", title="B")
    editing.edit_story(file, "site:1", lede="C", section="#One")
    editing.edit_story(file, "site:1", title=None, place=3)
    assert tomllib.loads(text(file))["stories"] == [
        {"article": "site:1", "lede": "C", "section": "#One", "place": 3},
        {"article": "site:2", "title": "B"},
    ]
    editing.edit_story(file, "site:1", lede=None, section="", place=None)
    assert tomllib.loads(text(file))["stories"] == [{"article": "site:2", "title": "B"}]


def test_entries_of_one_article_that_were_split_by_hand_do_not_contradict_a_change(file):
    editing.edit_story(file, "site:1", title="A")
    file.write_text(f'{text(file)}\n[[stories]]\narticle = "site:1"\ntitle = "B"\nplace = 1\n', encoding="utf-8")
    editing.edit_story(file, "site:1", title="C")
    assert tomllib.loads(text(file))["stories"] == [
        {"article": "site:1", "title": "C"},
        {"article": "site:1", "place": 1},
    ]


def test_reset_takes_out_all_about_an_article_and_nothing_else(file):
    editing.set_value(file, "lead", "site:1")
    editing.hide(file, "site:1")
    editing.hide(file, "site:2")
    editing.set_order(file, ["site:2", "site:1"])
    editing.edit_story(file, "site:1", title="A", cover={"credit": "C"})
    editing.edit_story(file, "site:2", title="B")
    assert editing.reset(file, "site:1")
    assert tomllib.loads(text(file)) == {
        "hide": ["site:2"],
        "order": ["site:2"],
        "stories": [{"article": "site:2", "title": "B"}],
    }


def test_a_link_that_is_there_gets_the_new_words(file):
    editing.add_link(file, config.LinkEdit(title="A", url="https://a.example/", text="Read"))
    editing.add_link(file, config.LinkEdit(title="B", url="https://b.example"))
    editing.add_link(file, config.LinkEdit(title="C", url="https://a.example"))
    assert tomllib.loads(text(file))["links"] == [
        {"title": "C", "url": "https://a.example"},
        {"title": "B", "url": "https://b.example"},
    ]
    assert editing.remove_link(file, "https://a.example/")
    assert tomllib.loads(text(file))["links"] == [{"title": "B", "url": "https://b.example"}]


def test_a_text_of_several_lines_is_written_as_it_reads(file):
    intro = 'Dear reader,\r\n\r\nsay "no", or C:\\dir 🌻\rПривіт """quoted"""\n'
    editing.set_value(file, "intro", intro)
    assert (
        text(file) == f'{HEAD}\nintro = """\nDear reader,\n\nsay "no", or C:\\\\dir 🌻\nПривіт ""\\"quoted""\\"\n"""\n'
    )
    assert config.overlay(file.parents[1], KEY).intro == intro.replace("\r\n", "\n").replace("\r", "\n")


def test_windows_line_ends_a_byte_order_mark_and_a_missing_last_one_are_kept(by_hand):
    by_hand.write_bytes(b"\xef\xbb\xbf" + BY_HAND.removesuffix("\n").replace("\n", "\r\n").encode())
    editing.set_value(by_hand, "note", "one\ntwo")
    editing.hide(by_hand, "site:9", says="Nine")
    editing.edit_story(by_hand, "site:8", title="Eight")
    wanted = edited("]\n\n# Our", ']\nnote = """\none\ntwo"""\n\n# Our')
    wanted = wanted.replace('  "site:2",\n', '  "site:2",\n  "site:9", # Nine\n')
    wanted = wanted.replace("# The sponsor", '[[stories]]\narticle = "site:8"\ntitle = "Eight"\n\n# The sponsor')
    assert text(by_hand) == "\ufeff" + wanted.removesuffix("\n").replace("\n", "\r\n")


def test_a_table_behind_a_last_line_without_end_stands_on_its_own(by_hand):
    by_hand.write_text("subject = 'A'\r\n# end", newline="")
    editing.add_link(by_hand, config.LinkEdit(title="A", url="https://a.example"))
    assert text(by_hand) == 'subject = \'A\'\r\n# end\r\n\r\n[[links]]\r\ntitle = "A"\r\nurl = "https://a.example"'


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param(partial(editing.set_value, name="subject", value="two\nlines"), "subject: is 'two\\nlines'; expected one line of text", id="value"),
        pytest.param(partial(editing.set_value, name="subjct", value="x"), 'subjct: unknown key; nearest known: "subject"', id="name"),
        pytest.param(partial(editing.hide, ref="x"), "hide[2]: is 'x'; expected at least 3 characters", id="reference"),
        pytest.param(partial(editing.edit_story, ref="site:3", place=0), "stories[0].place: is 0; expected at least 1", id="place"),
        pytest.param(partial(editing.edit_story, ref="site:3", section="One"), "stories[0].section: is 'One'; expected one hashtag", id="section"),
        pytest.param(partial(editing.edit_story, ref="site:9", titel="One"), 'stories[2].titel: unknown key; nearest known: "title"', id="key"),
        pytest.param(partial(editing.edit_story, ref="site:3", cover={"url": "https://a.example/a.jpg"}), 'stories[0].cover: a picture needs its "credit"', id="cover"),
        pytest.param(partial(editing.set_value, name="note", value="\udcff"), "note: is '\\udcff'; expected text that can be saved as UTF-8", id="surrogate"),
    ],
)  # fmt: skip
def test_a_wrong_value_never_reaches_the_file(by_hand, change, said):
    with pytest.raises(ConfigError) as raised:
        change(by_hand)
    (problem,) = raised.value.problems
    assert problem.startswith(f"{by_hand}: {said}")
    assert text(by_hand) == BY_HAND


def test_a_file_with_mistakes_is_refused_with_them_and_not_touched(by_hand):
    wrong = BY_HAND.replace("place = 1", "place = 0")
    by_hand.write_text(wrong, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"W47.toml:19: stories\[1\].place: is 0"):
        editing.set_value(by_hand, "subject", "x")
    assert text(by_hand) == wrong


def test_the_file_keeps_its_mode_its_link_and_its_neighbours(by_hand, tmp_path):
    real = tmp_path / "shared.toml"
    by_hand.rename(real)
    real.chmod(0o640)
    by_hand.symlink_to(real)
    editing.set_value(by_hand, "subject", "New")
    assert by_hand.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    assert 'subject = "New"' in text(real)
    assert {each.name for each in tmp_path.rglob("*")} == {"issues", by_hand.name, "shared.toml"}


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "issues").write_text("a file")
    with pytest.raises(ConfigError, match="cannot be read: Not a directory"):
        editing.hide(config.overlay_file(tmp_path, KEY), "site:1")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("hide = []", 'hide = [\n    "site:9", # Nine\n]'),
        ('hide = ["site:1"] # all', 'hide = [\n    "site:1",\n    "site:9", # Nine\n] # all'),
        ('hide = [\n\t"site:1"\n]', 'hide = [\n\t"site:1",\n\t"site:9", # Nine\n]'),
        ('hide = [ "site:1", # one\n "site:2" ]', 'hide = [ "site:1", # one\n "site:2",\n "site:9" ]'),
        ("hide = [\n# none\n]", 'hide = [\n# none\n"site:9", # Nine\n]'),
    ],
    ids=["empty", "one-line", "tabs", "no-line-for-a-comment", "comment-only"],
)
def test_a_list_of_any_layout_takes_one_more(by_hand, before, after):
    by_hand.write_text(before + "\n", encoding="utf-8")
    editing.hide(by_hand, "site:9", says="Nine")
    assert tomllib.loads(text(by_hand))["hide"][-1] == "site:9"
    assert text(by_hand) == after + "\n"


def test_a_list_that_tomlkit_would_break_is_written_anew(by_hand):
    """With a comma below its item, tomlkit 0.15 puts the next item behind a comment."""
    by_hand.write_text('hide = [\n"site:1" # one\n, "site:2" # two\n ] # all\n', encoding="utf-8")
    editing.hide(by_hand, "site:9")
    assert text(by_hand) == 'hide = ["site:1", "site:2", "site:9"] # all\n'


def test_entries_in_one_line_are_changed_in_their_line(by_hand):
    by_hand.write_text('stories = [{ article = "site:1", title = "A" }, { article = "site:2", place = 1 }] # two\n')
    editing.edit_story(by_hand, "site:1", title="B")
    editing.edit_story(by_hand, "site:2", place=None)
    editing.edit_story(by_hand, "site:3", place=2)
    assert text(by_hand) == 'stories = [{ article = "site:1", title = "B" }, {article = "site:3", place = 2}] # two\n'
    editing.reset(by_hand, "site:1")
    editing.reset(by_hand, "site:3")
    assert text(by_hand) == ""


def test_half_a_character_is_refused_and_leaves_nothing_behind(by_hand):
    with pytest.raises(ConfigError, match=r"'\\ud800' is no character"):
        editing.set_value(by_hand, "subject", "A \ud800 week")
    assert ([file.name for file in by_hand.parent.iterdir()], text(by_hand)) == ([by_hand.name], BY_HAND)
