"""`digest store`, as an operator types it."""

import json
import sqlite3
from contextlib import closing

import pytest

from digest import cli
from tests.builders import REPOSITORY


@pytest.fixture
def here(tmp_path, monkeypatch):
    """The shipped config.toml and its articles, collected."""
    (tmp_path / "config.toml").write_text((REPOSITORY / "config.toml").read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert cli.main(["collect"]) == 0
    return tmp_path


def test_a_move_tells_what_it_moved_and_what_to_do_next(here, capsys):
    capsys.readouterr()
    assert cli.main(["store", "move", "--to", "sqlite:///new.db"]) == 0
    said = capsys.readouterr()
    assert "article" in said.out
    assert f"everything is in {here}/new.db, which goes on from here: let store.url name it" in said.out
    assert "compared: article, 60 rows" in said.err
    assert cli.main(["status"]) == 1
    assert f"is moved to {here}/new.db; let store.url name that one" in capsys.readouterr().err


def test_a_move_as_json_names_every_table(here, capsys):
    capsys.readouterr()
    assert cli.main(["store", "move", "--to", "sqlite:///new.db", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["source"], told["target"]) == (str(here / "digest.db"), str(here / "new.db"))
    assert {"article", "subscriber", "delivery"} <= {
        table["name"] for table in told["tables"] if len(table["sha256"]) == 64
    }


def test_a_store_that_was_moved_is_taken_back(here, capsys):
    assert cli.main(["store", "move", "--to", "sqlite:///new.db"]) == 0
    assert cli.main(["store", "move", "--take-back"]) == 0
    assert "it is paused: see that the other one sends nothing" in capsys.readouterr().out
    assert cli.main(["run"]) == 3
    assert "the schedule is paused (moved to" in capsys.readouterr().err


@pytest.fixture
def year_old(here, capsys):
    """The key of an issue that everybody of the sample got more than a year ago."""
    assert cli.main(["run", "--as-of", "2026-11-20T09:00"]) == 0
    with closing(sqlite3.connect(here / "digest.db", isolation_level=None)) as db:
        db.execute("update audience set frozen_at = frozen_at - 401 * 86400 * 1000000")
    capsys.readouterr()
    return "weekly-2026-W47"


def keep(here, span):
    file = here / "config.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('# keep_deliveries = "400d"', f'keep_deliveries = "{span}"'), encoding="utf-8")


def said(capsys, *words):
    code = cli.main(list(words))
    return code, *capsys.readouterr()


def test_old_deliveries_are_removed_only_where_the_config_says_so(here, year_old, capsys):
    code, _, err = said(capsys, "store", "prune")
    assert code == 2
    assert 'keep_deliveries is not set, so everything is kept; set keep_deliveries = "400d" and run again' in err
    keep(here, "500d")
    code, out, _ = said(capsys, "store", "prune")
    assert (code, "nothing to remove: no issue that is finished began before" in out) == (0, True)
    assert json.loads(said(capsys, "status", year_old, "--recipients", "--json")[1])["recipients"]


def test_a_dry_run_says_what_would_go_and_changes_nothing(here, year_old, capsys):
    keep(here, "400d")
    told = json.loads(said(capsys, "store", "prune", "--dry-run", "--json")[1])
    assert told["dry_run"]
    assert [(each["key"], each["emails"], each["rows"]) for each in told["issues"]] == [(year_old, 3, 8)]
    code, out, _ = said(capsys, "store", "prune", "--dry-run")
    assert (code, "rows to go" in out, "nothing was changed" in out) == (0, True, True)
    assert json.loads(said(capsys, "store", "prune", "--dry-run", "--json")[1]) == told


def test_late_reports_that_belong_to_no_email_go_too(here, year_old, capsys):
    keep(here, "400d")
    assert said(capsys, "store", "prune")[0] == 0
    with closing(sqlite3.connect(here / "digest.db", isolation_level=None)) as db:
        db.execute("insert into event values ('mailgun', 'late', null, null, 'delivered', false, 0, 0, '')")
    assert json.loads(said(capsys, "store", "prune", "--dry-run", "--json")[1])["strays"] == 1
    code, out, err = said(capsys, "store", "prune")
    assert (code, "late reports" in out, "removed: late reports, 1 row\n" in err) == (0, True, True)
    assert "nothing to remove" in said(capsys, "store", "prune")[1]


def test_an_issue_whose_deliveries_were_removed_says_so_and_keeps_its_figures(here, year_old, capsys):
    asked = [("report", year_old, "--json"), ("status", "--json"), ("send", year_old), ("resolve", year_old)]
    before = [said(capsys, *words)[:2] for words in asked]
    keep(here, "400d")
    code, out, err = said(capsys, "store", "prune")
    assert (code, "✓ their figures stay" in out, f"removed: {year_old}, 8 rows" in err) == (0, True, True)
    assert [said(capsys, *words)[:2] for words in asked] == before
    assert f"{year_old} went out already: 3 accepted" in before[2][1]
    assert "who got it is not kept any longer, since" in said(capsys, "status", year_old, "--recipients")[1]
    told = json.loads(said(capsys, "status", year_old, "--recipients", "--json")[1])
    assert (told["recipients"], bool(told["pruned_at"]), told["counts"]["accepted"]) == ([], True, 3)
    assert json.loads(said(capsys, "store", "prune", "--json")[1])["issues"] == []
