"""What an editor types and sees: edit, explain, freeze, approve, diff, issues, correct, editions."""

import io
import json
import re

import pytest

from tests.cli.test_command_line import AS_OF, SHIPPED, here, said

__all__ = ["here"]  # the fixture

KEY = "weekly-2026-W47"
ISSUE = "--issue", KEY
UKRAINIAN = '\n[editions.uk.newsletter]\nlanguage = "uk"\nname = "Тиждень"\n'


@pytest.fixture
def required(here):
    (here / "config.toml").write_text(SHIPPED.replace('"automatic"', '"required"'), encoding="utf-8")
    return here


def placed(capsys, *words):
    """Title -> section and position of every story that the issue has now."""
    found = json.loads(said(capsys, "explain", *AS_OF, "--json", *words)[1])
    return {v["title"]: (v["section"], v["position"]) for v in found["verdicts"] if v["placed"]}


def second_of_a_section(capsys):
    return next(title for title, (_, position) in placed(capsys).items() if position == 2)


def test_an_editors_changes_are_in_the_issue_and_in_a_file_that_people_can_read(here, capsys):
    title = second_of_a_section(capsys)
    section = placed(capsys)[title][0]
    code, out, err = said(capsys, "edit", "pin", title, *AS_OF)
    assert (code, err) == (0, "✓ sample: 60 articles\n")
    assert f"issues/{KEY}.toml" in out
    assert placed(capsys)[title] == (section, 1)
    assert said(capsys, "edit", "title", title, "A headline of the desk", *AS_OF)[0] == 0
    assert said(capsys, "edit", "intro", "Dear readers, **welcome**.", *AS_OF)[0] == 0
    assert said(capsys, "edit", "link", "The report", "https://example.org/report", *AS_OF)[0] == 0
    said(capsys, "build", *AS_OF)
    text = (here / "preview" / KEY / "issue.txt").read_text(encoding="utf-8")
    for words in ("A headline of the desk", "Dear readers, welcome.", "https://example.org/report"):
        assert words in text
    written = (here / "issues" / f"{KEY}.toml").read_text(encoding="utf-8")
    assert f"# {title}" in written
    code, out, _ = said(capsys, "edit", "show", *AS_OF)
    assert written.strip() in out


def test_hiding_and_taking_it_back(here, capsys):
    before = placed(capsys)
    title = second_of_a_section(capsys)
    assert "hidden by the editor" in said(capsys, "edit", "hide", title, *AS_OF)[1]
    assert title not in placed(capsys)
    assert said(capsys, "edit", "unhide", title, *AS_OF)[0] == 0
    assert placed(capsys) == before
    said(capsys, "edit", "hide", title, *AS_OF)
    assert said(capsys, "edit", "reset", title, *AS_OF)[0] == 0
    assert placed(capsys) == before


def test_leading_moving_ordering_and_a_cover(here, capsys):
    title = second_of_a_section(capsys)
    assert said(capsys, "edit", "lead", title, *AS_OF)[0] == 0
    assert placed(capsys)[title][1] == 0
    other = second_of_a_section(capsys)
    assert said(capsys, "edit", "move", other, "#UAtoEU", *AS_OF)[0] == 0
    assert placed(capsys)[other][0] == "#UAtoEU"
    assert said(capsys, "edit", "order", other, *AS_OF)[0] == 0
    assert placed(capsys)[other] == ("#UAtoEU", 1)
    assert said(capsys, "edit", "cover", other, "--credit", "Another photographer", *AS_OF)[0] == 0
    said(capsys, "build", *AS_OF)
    assert "Another photographer" in (here / "preview" / KEY / "issue.html").read_text(encoding="utf-8")


def test_a_panel_comes_and_goes(here, capsys):
    words = ("--title", "Write a letter", "--button", "Begin", "--url", "https://example.org/write")
    assert said(capsys, "edit", "action", *words, *AS_OF)[0] == 0
    shown = json.loads(said(capsys, "edit", "show", *AS_OF, "--json")[1])["overlay"]
    assert shown["action"]["title"] == "Write a letter"
    assert said(capsys, "edit", "action", "--remove", *AS_OF)[0] == 0
    assert json.loads(said(capsys, "edit", "show", *AS_OF, "--json")[1])["overlay"]["action"] is None
    code, _, err = said(capsys, "edit", "sponsor", "--title", "Example Bank", "--url", "nowhere", *AS_OF)
    assert (code, "url" in err, "button" in err) == (2, True, True)


def overlay(capsys):
    return json.loads(said(capsys, "edit", "show", *AS_OF, "--json")[1])["overlay"]


def test_a_figure_a_quote_a_chart_and_dates_come_are_shown_and_go(here, capsys):
    for words in (
        ("figure", "--number", "1,400", "--counts", "parcels in a day", "--source", "Example Aid"),
        ("quote", "--words", "“Nine weeks.”", "--who", "O. Example", "--url", "https://example.org/school"),
        ("chart", "--title", "Parcels", "--unit", "tonnes", "--row", "October = 80.5", "--row", "November=120"),
        ("event", "Vigil", "--date", "2026-11-28", "--place", "City Hall"),
        ("event", "Rally", "--date", "2026-11-26"),
        ("event", "Rally", "--date", "2026-11-27"),
    ):
        assert (words, said(capsys, "edit", *words, *AS_OF)[0]) == (words, 0)
    now = overlay(capsys)
    bars = [{"label": "October", "value": 80.5}, {"label": "November", "value": 120}]
    assert (now["figure"]["number"], now["quote"]["who"], now["chart"]["rows"]) == ("1,400", "O. Example", bars)
    assert [(each["date"], each["title"]) for each in now["events"]] == [
        ("2026-11-28", "Vigil"),
        ("2026-11-27", "Rally"),
    ]
    assert said(capsys, "build", *AS_OF)[0] == 0
    text = (here / "preview" / KEY / "issue.txt").read_text(encoding="utf-8")
    for words in (
        "1,400\nparcels in a day\nSource: Example Aid\n",
        "“Nine weeks.”\n— O. Example\nhttps://example.org/school\n",
        f"October   80.5  {'█' * 21}\nNovember   120  {'█' * 30}\n",
        "Fri, 27 Nov: Rally\n\nSat, 28 Nov: Vigil\nCity Hall\n",
    ):
        assert words in text
    for words in (["figure"], ["quote"], ["chart"], ["event", "Rally"], ["event", "Vigil"]):
        assert said(capsys, "edit", *words, "--remove", *AS_OF)[0] == 0
    now = overlay(capsys)
    assert [now[key] for key in ("figure", "quote", "chart", "events")] == [None, None, None, []]


def test_a_line_over_time_is_a_picture_beside_the_page_and_bars_again_when_nothing_is_said(here, capsys):
    rows = ("--title", "Parcels", "--row", "October=80.5", "--row", "November=120")
    folder = here / "preview" / KEY
    for kind, drawn in ((("--kind", "line"), 1), ((), 0)):
        assert said(capsys, "edit", "chart", *rows, *kind, *AS_OF)[0] == 0
        assert said(capsys, "build", *AS_OF)[0] == 0
        page = (folder / "issue.html").read_text(encoding="utf-8")
        assert page.count('alt="Line chart: up from 80.5 (October) to 120 (November)."') == drawn
        assert page.count(">October</th>") == 1 - drawn


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("quote", "--who", "O."), 'words: is missing; add it, as words = "What was said"'),
        (("event", "Rally", "--date", "28 Nov"), "date: is '28 Nov'; expected a day, as 2026-11-28"),
        (("chart", "--title", "A", "--row", "a=1"), "rows: expected at least 2 of them"),
        (("chart", "--title", "A", "--row", "a=nan", "--row", "b=1"), "rows[0].value: is nan; expected a number"),
        (("figure", "--number", "1", "--counts", "x", "--url", "javascript:1"), "expected a web address"),
    ],
)
def test_a_block_that_cannot_be_is_refused_and_nothing_is_written(here, capsys, words, told):
    code, _, err = said(capsys, "edit", *words, *AS_OF)
    assert (code, told in err) == (2, True)
    assert not (here / "issues").exists()


@pytest.mark.parametrize("row", ["October", "October=", "October=many", "=", ""])
def test_a_row_that_is_none_is_told_how_to_write_one(here, capsys, row):
    with pytest.raises(SystemExit) as stopped:
        said(capsys, "edit", "chart", "--title", "A", "--row", row, *AS_OF)
    assert stopped.value.code == 2
    assert "write a row as October=12" in capsys.readouterr().err


def test_an_intro_comes_through_a_pipe(here, capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("Two lines,\n\nand *one* more.\n"))
    assert said(capsys, "edit", "intro", "-", *AS_OF)[0] == 0
    overlay = json.loads(said(capsys, "edit", "show", *AS_OF, "--json")[1])["overlay"]
    assert overlay["intro"].strip() == "Two lines,\n\nand *one* more."
    assert said(capsys, "edit", "intro", "", *AS_OF)[0] == 0
    assert json.loads(said(capsys, "edit", "show", *AS_OF, "--json")[1])["overlay"]["intro"] == ""


def test_an_article_that_several_words_fit_is_asked_for_by_its_id(here, capsys):
    code, _, err = said(capsys, "edit", "pin", "the", *AS_OF)
    assert (code, "name one by its id" in err, (here / "issues").exists()) == (1, True, False)


@pytest.mark.usefixtures("required")
def test_freeze_differ_make_anew_approve_send(capsys):
    code, out, _ = said(capsys, "freeze", *AS_OF, "--by", "Olena")
    assert (code, f"digest approve {KEY}" in out) == (0, True)
    assert "nothing would differ" in said(capsys, "diff", KEY)[1]
    code, out, _ = said(capsys, "edit", "subject", "A subject of the desk", *ISSUE)
    assert (code, f"digest diff {KEY}" in out) == (0, True)
    out = said(capsys, "diff", KEY, "--text")[1]
    assert "A subject of the desk" in out
    frozen = re.search(r"sha256 (\w{12})", out)[1]
    assert said(capsys, "freeze", *ISSUE)[0] == 0
    code, _, err = said(capsys, "approve", KEY, "--hash", frozen)
    assert (code, "made anew since" in err) == (3, True)
    assert said(capsys, "approve", KEY, "--by", "Olena")[0] == 0
    assert said(capsys, "send", KEY)[0] == 0
    code, out, _ = said(capsys, "issues")
    assert (code, KEY in out, "A subject of the desk" in out) == (0, True, True)
    decisions = json.loads(said(capsys, "issues", KEY, "--json")[1])["decisions"]
    assert [d["what"] for d in decisions] == ["frozen", "frozen", "approved"]
    assert "Olena" in said(capsys, "issues", KEY)[1]


def test_an_issue_whose_window_is_open_is_not_frozen(here, capsys):
    code, _, err = said(capsys, "freeze", "--issue", "weekly-2099-W01")
    assert (code, "weekly-2099-W01 closes" in err) == (1, True)


@pytest.mark.usefixtures("required")
def test_holding_and_skipping_say_what_follows(capsys):
    assert "it goes out after" in said(capsys, "hold", KEY, "--reason", "the vote")[1]
    code, _, err = said(capsys, "run", *AS_OF)
    assert (code, "held: the vote" in err) == (3, True)
    assert "its articles stand in the next issue" in said(capsys, "skip", KEY)[1]
    code, out, _ = said(capsys, "run", *AS_OF)
    assert (code, f"{KEY} was skipped" in out) == (0, True)


@pytest.mark.parametrize("key", ["weekly", "weekly-2026-W54", "monthly-2026-W47", "weekly-2026-11-20", "../../etc"])
def test_a_key_that_no_issue_can_have_is_told_with_one_that_it_can(here, capsys, key):
    code, _, err = said(capsys, "skip", key)
    assert (code, "keys look like weekly-20" in err) == (2, True)


def test_a_correction_is_on_the_page_and_in_the_list(here, capsys):
    said(capsys, "run", *AS_OF)
    code, out, _ = said(capsys, "correct", KEY, "The vote was on Tuesday.", "--by", "Olena")
    assert (code, "no email was sent" in out) == (0, True)
    page = (here / "preview" / KEY / "web.html").read_text(encoding="utf-8")
    assert "The vote was on Tuesday." in page
    assert "corrected" in said(capsys, "issues")[1]
    assert "The vote was on Tuesday." in said(capsys, "issues", KEY)[1]


@pytest.mark.usefixtures("required")
def test_an_issue_that_has_not_gone_out_is_made_anew_instead_of_corrected(capsys):
    said(capsys, "freeze", *AS_OF)
    code, _, err = said(capsys, "correct", KEY, "The vote was on Tuesday.")
    assert (code, "freeze it again" in err) == (1, True)


def test_the_story_of_one_article_names_its_source_and_who_took_it(here, capsys):
    said(capsys, "run", *AS_OF)
    title = next(iter(placed(capsys)))
    code, out, _ = said(capsys, "explain", title)
    assert code == 0
    for words in (title, "from", "first seen", f"{KEY}", "took it"):
        assert words in out
    told = json.loads(said(capsys, "explain", title, "--json")[1])
    assert told["took"] == [[KEY, "approved"]]


def test_the_frozen_verdicts_are_told_as_they_were(here, capsys):
    said(capsys, "run", *AS_OF)
    live = json.loads(said(capsys, "explain", *ISSUE, "--json")[1])["verdicts"]
    frozen = json.loads(said(capsys, "explain", *ISSUE, "--frozen", "--json")[1])["verdicts"]
    assert [v["article_id"] for v in frozen if v["placed"]] == [v["article_id"] for v in live if v["placed"]]
    code, _, err = said(capsys, "explain", "--frozen")
    assert (code, "--issue" in err) == (2, True)


def test_after_the_send_the_next_issue_is_looked_at(here, capsys):
    said(capsys, "run", "--as-of", "2026-11-20T10:00")
    first = json.loads(said(capsys, "explain", "--json", *ISSUE)[1])["issue"]
    assert first == KEY


def test_commands_work_for_every_edition_and_for_the_one_that_is_named(here, capsys):
    (here / "config.toml").write_text(SHIPPED + UKRAINIAN, encoding="utf-8")
    both = said(capsys, "explain", *AS_OF, "--json")[1]
    assert [each["issue"] for each in json.loads(both)] == [KEY, "weekly-uk-2026-W47"]
    for command in ("build", "check"):
        of_each = json.loads(said(capsys, command, *AS_OF, "--json")[1])
        assert (command, len(of_each)) == (command, 2)
    assert json.loads(said(capsys, "explain", *AS_OF, "--edition", "uk", "--json")[1])["issue"] == "weekly-uk-2026-W47"
    assert said(capsys, "subscribers", "add", "olha@news.example", "--edition", "uk", "--consent", "by phone")[0] == 0
    people = json.loads(said(capsys, "subscribers", "list", "--edition", "weekly", "--json")[1])
    assert people == []
    code, _, err = said(capsys, "build", "--edition", "fr")
    assert (code, "it has weekly, uk" in err) == (2, True)


def test_parity_lists_what_has_no_counterpart(here, capsys):
    code, _, err = said(capsys, "parity", *AS_OF)
    assert (code, "no edition in another language" in err) == (2, True)
    (here / "config.toml").write_text(SHIPPED + UKRAINIAN, encoding="utf-8")
    code, out, _ = said(capsys, "parity", *AS_OF, "--json")
    found = json.loads(out)
    assert code == 0
    assert len(found["pairs"]) + len(found["only_main"]) == len(placed(capsys, "--edition", "weekly"))
    assert all(pair["why"].startswith("weak") for pair in found["pairs"])  # invented articles share their pictures
    assert "no counterpart in weekly-uk-2026-W47" in said(capsys, "parity", *AS_OF)[1]


def test_a_time_that_the_clocks_skip_is_told(here, capsys):
    code, _, err = said(capsys, "build", "--as-of", "2027-03-14T02:30")
    assert code == 2
    assert err.strip() == (
        "digest: --as-of 2027-03-14T02:30: there is no such time in America/Toronto, "
        "where the clocks go forward; write 2027-03-14T03:30"
    )


def test_a_retitled_story_is_corrected_by_the_title_that_its_source_gave_it(here, capsys):
    said(capsys, "edit", "title", "Night train", "Two networks, one night", "--issue", KEY)
    said(capsys, "run", *AS_OF)
    for title in ("Night train", "Two networks"):
        assert said(capsys, "correct", KEY, "The vote was on Tuesday.", "--article", title)[0] == 0
