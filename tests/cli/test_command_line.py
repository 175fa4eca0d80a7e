"""What a person sees: exit codes, messages, JSON. In this process, through `main`."""

import json
import os
import re
import subprocess
import sys

import pytest

from digest import cli
from tests.builders import REPOSITORY

SHIPPED = (REPOSITORY / "config.toml").read_text(encoding="utf-8")
AS_OF = "--as-of", "2026-11-20T10:00"


@pytest.fixture
def here(tmp_path, monkeypatch):
    (tmp_path / "config.toml").write_text(SHIPPED, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def said(capsys, *words):
    """Exit code, standard output, error output."""
    code = cli.main(list(words))
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def replace_sample(here, source):
    (here / "config.toml").write_text(SHIPPED.replace('kind = "sample"', source, 1), encoding="utf-8")


def files(folder):
    return sorted(str(f.relative_to(folder)) for f in folder.rglob("*") if f.is_file())


def test_run_sends_the_sample_to_its_three_readers_and_the_second_time_nothing(here, capsys):
    code, out, _ = said(capsys, "run", *AS_OF)
    assert code == 0, out
    assert "3 accepted" in out
    outbox = files(here / "outbox")
    assert sum(name.endswith(".eml") for name in outbox) == 3
    assert "weekly-2026-W47/index.html" in outbox
    code, out, _ = said(capsys, "run", *AS_OF)
    assert (code, files(here / "outbox")) == (0, outbox)
    assert "weekly-2026-W47 went out already: 3 accepted. Nothing was sent." in out


def test_build_writes_the_issue_and_nothing_else(here, capsys):
    code, out, _ = said(capsys, "build", *AS_OF)
    assert code == 0, out
    made = [name for name in files(here) if name != "config.toml"]
    assert all(name.startswith("preview/weekly-2026-W47/") for name in made)
    assert {name.rsplit("/", 1)[1] for name in made if "/pictures/" not in name} == {
        "issue.html", "issue.txt", "issue.eml", "web.html", "report.json",
    }  # fmt: skip


def test_build_gives_its_report_as_json(here, capsys):
    code, out, _ = said(capsys, "build", "--json", "--out", "made", *AS_OF)
    report = json.loads(out)
    assert (code, report["issue"]["key"]) == (0, "weekly-2026-W47")
    assert report == {
        **json.loads((here / "made" / "report.json").read_text(encoding="utf-8")),
        "files": report["files"],
    }


def test_explain_gives_every_candidate_a_reason(here, capsys):
    code, out, _ = said(capsys, "explain", "--json", *AS_OF)
    verdicts = json.loads(out)["verdicts"]
    assert code == 0
    assert {v["reason"] for v in verdicts} >= {"lead", "placed", "other-language"}
    assert all(v["why"].startswith("in: " if v["placed"] else "out: ") for v in verdicts)


def test_explain_tells_of_one_article_and_of_one_that_is_not_there(here, capsys):
    title = json.loads(said(capsys, "explain", "--json", *AS_OF)[1])["verdicts"][0]["title"]
    code, out, _ = said(capsys, "explain", title[:30].upper(), *AS_OF)
    assert (code, title in out) == (0, True)
    code, _, err = said(capsys, "explain", "no such article", *AS_OF)
    assert (code, err.splitlines()[-1]) == (
        1,
        "digest: no candidate of weekly-2026-W47 and no article of the archive matches 'no such article'",
    )


def test_check_of_the_sample_finds_nothing_that_stops_it(here, capsys):
    code, out, _ = said(capsys, "check", *AS_OF)
    assert (code, "nothing stops weekly-2026-W47" in out) == (0, True)


def test_an_empty_week_is_stopped_loudly_and_sends_nothing(here, capsys):
    (here / "empty").mkdir()
    replace_sample(here, 'kind = "folder"\npath = "empty"')
    code, _, err = said(capsys, "run", *AS_OF)
    assert code == 3
    assert "the issue has no story: the sources gave no article" in err
    assert not (here / "outbox").exists()
    code, out, _ = said(capsys, "status")
    assert (code, "stopped" in out) == (0, True)


def test_an_unreachable_source_is_named_and_nothing_is_sent(here, capsys):
    replace_sample(here, 'kind = "feed"\nurl = "http://127.0.0.1:9/feed"\nallow_private_addresses = true')
    code, _, err = said(capsys, "run", *AS_OF)
    assert code == 3
    assert 'source "sample"' in err
    assert not (here / "outbox").exists()
    assert said(capsys, "collect", *AS_OF)[0] == 1


@pytest.mark.parametrize(
    "command", [["run"], ["build"], ["collect"], ["status"], ["config", "check"], ["subscribers", "list"]]
)
def test_a_missing_config_is_a_plain_word_and_exit_code_2(tmp_path, monkeypatch, capsys, command):
    monkeypatch.chdir(tmp_path)
    code, out, err = said(capsys, *command)
    assert (code, out) == (2, "")
    assert err == "digest: config.toml: not found; `digest init` writes one, `--config FILE` names another\n"
    assert files(tmp_path) == []


def test_a_broken_config_names_line_and_key_and_sends_nothing(here, capsys):
    (here / "config.toml").write_text(SHIPPED.replace("postal_address", "postal_adress"), encoding="utf-8")
    code, _, err = said(capsys, "run")
    assert code == 2
    assert "newsletter.postal_adress: unknown key" in err
    assert files(here) == ["config.toml"]
    code, out, _ = said(capsys, "config", "check", "--json")
    assert (code, len(json.loads(out)["problems"])) == (2, 2)


def test_config_commands_tell_what_is_in_force(here, capsys):
    assert said(capsys, "config", "check")[0] == 0
    shown = json.loads(said(capsys, "config", "show", "--json")[1])
    assert shown["schedule.closes"]["value"] == "Thu 18:00"
    assert "newsletter" in json.loads(said(capsys, "config", "schema")[1])["properties"]


def test_init_writes_what_build_can_use_and_never_overwrites(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert said(capsys, "init", "mine")[0] == 0
    assert said(capsys, "--config", "mine/config.toml", "build", *AS_OF)[0] == 0
    (tmp_path / "mine" / "config.toml").write_text("mine", encoding="utf-8")
    code, _, err = said(capsys, "init", "mine")
    assert (code, "nothing was written" in err) == (1, True)
    assert (tmp_path / "mine" / "config.toml").read_text(encoding="utf-8") == "mine"


def test_subscribers_are_imported_added_removed_and_listed(here, capsys):
    (here / "people.csv").write_text("email,name\nann@news.example,Ann\nbad\n", encoding="utf-8")
    code, out, _ = said(capsys, "subscribers", "import", "people.csv", "--dry-run")
    assert (code, "people.csv:3" in out, (here / "digest.db").exists()) == (1, True, False)
    assert "1 new" in said(capsys, "subscribers", "import", "people.csv", "--consent", "asked at the fair")[1]
    assert (
        "added" in said(capsys, "subscribers", "add", "bob@news.example", "--name", "Bob", "--consent", "by phone")[1]
    )
    assert said(capsys, "subscribers", "remove", "ann@news.example")[0] == 0
    assert "1 left before" in said(capsys, "subscribers", "import", "people.csv", "--consent", "asked at the fair")[1]
    assert said(capsys, "subscribers", "add", "ann@news.example", "--consent", "by phone")[0] == 3
    people = json.loads(said(capsys, "subscribers", "list", "--json")[1])
    assert {p["address"]: p["state"] for p in people} == {
        "ann@news.example": "unsubscribed",
        "bob@news.example": "active",
    }


def test_a_run_that_stops_for_a_person_says_so_as_json(here, capsys):
    (here / "config.toml").write_text(SHIPPED.replace('"automatic"', '"required"'), encoding="utf-8")
    code, out, err = said(capsys, "run", "--json", *AS_OF)
    told = json.loads(out)
    assert (code, told["issue"], told["state"], told["exit_code"]) == (3, "weekly-2026-W47", "frozen", 3)
    assert len(told["sha256"]) == 64
    assert f"digest: {told['error']}" in err


def test_approval_when_required_waits_for_a_person(here, capsys):
    (here / "config.toml").write_text(SHIPPED.replace('"automatic"', '"required"'), encoding="utf-8")
    code, _, err = said(capsys, "run", *AS_OF)
    assert code == 3
    assert "digest approve weekly-2026-W47 && digest send weekly-2026-W47" in err
    assert said(capsys, "send", "weekly-2026-W47")[0] == 3
    assert said(capsys, "approve", "weekly-2026-W47", "--by", "Olena")[0] == 0
    code, out, _ = said(capsys, "send", "weekly-2026-W47", "--json")
    assert (code, json.loads(out)["counts"]["accepted"]) == (0, 3)


def test_status_names_issues_slots_and_sources(here, capsys):
    assert "No issue yet" in said(capsys, "status")[1]
    said(capsys, "run", *AS_OF)
    status = json.loads(said(capsys, "status", "--json")[1])
    assert [(i["issue"]["key"], i["state"], i["counts"]["accepted"]) for i in status["issues"]] == [
        ("weekly-2026-W47", "sent", 3)
    ]
    assert len(status["next_slots"]) == 5
    assert [s["source"] for s in status["sources"]] == ["sample"]
    one = json.loads(said(capsys, "status", "weekly-2026-W47", "--recipients", "--json")[1])
    assert {r["outcome"] for r in one["recipients"]} == {"accepted"}


def test_an_unknown_issue_names_those_that_are_there(here, capsys):
    said(capsys, "run", *AS_OF)
    code, _, err = said(capsys, "send", "weekly-2020-W01")
    assert (code, err) == (1, "digest: there is no issue weekly-2020-W01; the latest: weekly-2026-W47\n")


@pytest.mark.parametrize("time", ["yesterday", "2026-13-01", "0001-01-01"])
def test_a_time_that_is_none_is_refused(here, capsys, time):
    code, _, err = said(capsys, "build", "--as-of", time)
    assert (code, err.startswith(f"digest: --as-of {time}: ")) == (2, True)


def test_a_store_that_cannot_be_written_is_told_in_plain_words(here, capsys):
    (here / "config.toml").write_text(
        SHIPPED.replace("sqlite:///digest.db", "sqlite:///nowhere/digest.db"), encoding="utf-8"
    )
    code, _, err = said(capsys, "run")
    assert code == 1
    assert "nowhere" in err
    assert "Traceback" not in err


def test_an_outbox_that_cannot_be_written_loses_nothing(here, capsys):
    (here / "outbox").write_text("a file where the folder should be", encoding="utf-8")
    code, _, err = said(capsys, "run", *AS_OF)
    assert code == 1
    assert "outbox" in err
    (here / "outbox").unlink()
    code, out, _ = said(capsys, "run", *AS_OF)
    assert (code, "3 accepted" in out) == (0, True)


def test_help_imports_nothing_heavy():
    heavy = ["pydantic", "httpx", "jinja2", "sqlalchemy", "rich", "apscheduler", "babel", "feedparser"]
    code = f"import sys; from digest import cli; cli.parser.whole().format_help(); print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=REPOSITORY)
    assert done.stdout == "[]\n"


def test_a_reader_that_stops_reading_is_no_error(here):
    """`digest explain | head -1`"""
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "digest", "--config", str(here / "config.toml"), "explain", *AS_OF],
        stdout=write, stderr=subprocess.PIPE, text=True, check=False, env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    )  # fmt: skip
    os.close(write)
    assert "Traceback" not in done.stderr
    assert done.returncode in (0, 1)


def test_sources_shows_each_ones_tags_and_what_no_theme_takes(here, capsys):
    (here / "config.toml").write_text(SHIPPED.replace('tag = "#UAtoEU"', 'tag = "#Another"'), encoding="utf-8")
    code, out, _ = said(capsys, "sources", "--json", *AS_OF)
    shown = json.loads(out)
    assert (code, [s["source"] for s in shown["sources"]]) == (0, ["sample"])
    assert "#UAtoEU" in shown["tags_without_a_theme"]
    assert "#DefeatRussia" not in shown["tags_without_a_theme"]
    code, out, _ = said(capsys, "sources", *AS_OF)
    assert (code, "no theme takes" in out) == (0, True)
    assert files(here) == ["config.toml"]


def test_sources_tells_of_one_that_fails(here, capsys):
    replace_sample(here, 'kind = "folder"\npath = "none"')
    code, out, _ = said(capsys, "sources", *AS_OF)
    assert (code, "failed" in out, "none" in out) == (1, True, True)


def test_a_failing_source_can_be_accepted_for_one_run(here, capsys):
    second = '[[sources]]\nname = "desk"\nkind = "folder"\npath = "none"\n\n# Where the articles'
    (here / "config.toml").write_text(SHIPPED.replace("# Where the articles", second, 1), encoding="utf-8")
    assert said(capsys, "run", *AS_OF)[0] == 3
    code, out, _ = said(capsys, "run", "--accept", "source-failed", *AS_OF)
    assert (code, "3 accepted" in out) == (0, True)


def test_only_what_can_be_accepted_is(here, capsys):
    code, _, err = said(capsys, "run", "--accept", "no-stories", *AS_OF)
    assert (code, "late-arrivals, source-failed" in err) == (2, True)


def test_help_lists_every_command_once_under_what_it_is_for(capsys):
    commands = next(each.choices for each in cli.parser.whole()._actions if each.choices)
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    listed = re.findall(r"^  ([a-z]+) +\S", capsys.readouterr().out, re.M)
    assert sorted(listed) == sorted(commands)


def test_a_fresh_folder_says_how_to_go_on(here, capsys):
    assert "next: cd 'my letter', digest build" in said(capsys, "init", "my letter")[1]


def test_status_shows_what_is_decided_about_an_issue_to_come(here, capsys):
    said(capsys, "collect")
    key = next(line for line in said(capsys, "status")[1].splitlines() if "UTC" not in line and "weekly-" in line)
    key = key.split()[0]
    said(capsys, "skip", key, "--reason", "holidays")
    lines = [line for line in said(capsys, "status")[1].splitlines() if line.startswith(key)]
    assert len(lines) == 2
    assert all("skipped: holidays" in line for line in lines)


def test_a_change_by_hand_is_seen_by_the_command_that_is_named(here, capsys):
    out = said(capsys, "edit", "subject", "Two bridges", "--issue", "weekly-2026-W45")[1]
    assert "see it: digest build --issue weekly-2026-W45" in out


def test_what_went_out_is_called_sent_and_cannot_be_stopped(here, capsys):
    said(capsys, "run", *AS_OF)
    assert "sent" in said(capsys, "issues")[1].splitlines()[1].split()
    for words in (("pause", "weekly-2026-W47"), ("cancel", "weekly-2026-W47", "--reason", "wrong list")):
        code, _, err = said(capsys, *words)
        assert (code, "it went out already" in err) == (1, True)
    assert said(capsys, "status", "weekly-2026-W47")[1] == "weekly-2026-W47: sent; 3 accepted\n"
