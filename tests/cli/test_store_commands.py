"""`digest store`, as an operator types it."""

import json

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
