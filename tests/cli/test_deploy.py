"""The files that `digest deploy` prints do what they say, as far as their own programs can be asked here."""

import re
import shutil
import subprocess

import pytest
import yaml

from digest import cli
from tests import real
from tests.builders import REPOSITORY

SECRETS = """
[send.resend]
token = { env = "RESEND_TOKEN" }
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A newsletter in a folder whose name every one of these files has to quote."""
    made = tmp_path / "100% our news"
    made.mkdir()
    shipped = (REPOSITORY / "config.toml").read_text(encoding="utf-8")
    (made / "config.toml").write_text(shipped + SECRETS, encoding="utf-8")
    monkeypatch.chdir(made)
    return made


@pytest.fixture
def printed(folder, capsys):
    def way(name):
        assert cli.main(["deploy", name]) == 0
        return capsys.readouterr().out

    return way


@pytest.fixture
def by_workers(folder):
    """The same, sent by many machines."""
    file = folder / "config.toml"
    text = file.read_text(encoding="utf-8").replace('engine = "embedded"', 'engine = "workers"')
    file.write_text(text.replace("sqlite:///digest.db", "postgresql://db.example/digest"), encoding="utf-8")


def verified(unit):
    """What systemd has to say of a unit's file."""
    if shutil.which("systemd-analyze") is None:
        real.missing("systemd-analyze is not installed")
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True, check=False)
    return [line for line in done.stderr.splitlines() if unit.stem in line]


def test_systemd_finds_nothing_wrong_with_its_unit(printed, tmp_path):
    unit = tmp_path / "digest.service"
    unit.write_text(printed("systemd"), encoding="utf-8")
    assert verified(unit) == []
    assert "RESEND_TOKEN" in unit.read_text(encoding="utf-8")


def test_systemd_starts_the_schedule_and_a_worker_by_one_unit(printed, by_workers, tmp_path):
    text = printed("systemd")
    assert "systemctl enable --now digest@schedule digest@worker" in text
    unit = tmp_path / "digest@.service"
    unit.write_text(text, encoding="utf-8")
    assert verified(unit) == []
    (start,) = [line for line in text.splitlines() if line.startswith("ExecStart=")]
    assert start.endswith('config.toml" %i')
    unit.write_text(text.replace(start, "ExecStart=/there/is/none %i"), encoding="utf-8")
    assert verified(unit) != []


def test_the_image_sends_as_a_worker_too(printed, by_workers):
    lines = printed("docker").splitlines()
    (schedule, worker) = [line for line in lines if "docker run" in line]
    assert worker == f"{schedule} worker"
    assert any("'/src[worker]'" in line for line in lines)


def test_the_line_for_cron_runs_what_is_due_from_any_folder(printed, folder):
    (line,) = [line for line in printed("cron").splitlines() if not line.startswith("#")]
    fields = line.split(None, 5)
    assert fields[:5] == ["*/10", "*", "*", "*", "*"]
    assert not re.search(r"(?<!\\)%", fields[5])
    done = subprocess.run(["sh", "-c", fields[5].replace(r"\%", "%")], cwd="/", check=False, timeout=50)
    assert done.returncode == 0
    assert (folder / "digest.db").exists()
    assert '"event": "source read"' in (folder / "digest.log").read_text(encoding="utf-8")


def test_the_workflow_is_one_job_that_is_given_the_secrets(printed):
    workflow = yaml.safe_load(printed("github-actions"))
    steps = workflow["jobs"]["digest"]["steps"]
    assert steps[-1] == {
        "run": "digest --config config.toml schedule --once",
        "env": {"RESEND_TOKEN": "${{ secrets.RESEND_TOKEN }}"},
    }
    assert workflow["concurrency"] == "digest"


def test_a_database_in_a_file_is_told_to_be_lost_in_a_workflow(printed):
    assert "set store.url to a PostgreSQL server" in printed("github-actions")


def test_the_image_starts_the_schedule_and_names_the_secrets(printed):
    lines = printed("docker").splitlines()
    assert lines[-2:] == ['ENTRYPOINT ["digest", "--config", "/data/config.toml"]', 'CMD ["schedule"]']
    assert any("-e RESEND_TOKEN" in line and "'" in line for line in lines)
