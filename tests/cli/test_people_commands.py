"""`digest subscribers`, `digest report` and `digest serve` as an operator uses them."""

import csv
import json
import os
import signal
import socket
import subprocess
import sys
import time

import httpx
import pytest

from digest import cli, store
from digest.models import Event
from tests.builders import REPOSITORY
from tests.store import scene
from tests.web.public.conftest import sent

PEOPLE = (
    "email,name,status\nann@news.example,Ann,\nbad,\nANN@news.example,Ann again,\n"
    'left@news.example,Left,unsubscribed\n"=cmd@news.example",=1+1,\n'
)


@pytest.fixture
def here(tmp_path, monkeypatch):
    (tmp_path / "config.toml").write_text((REPOSITORY / "config.toml").read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "people.csv").write_text(PEOPLE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def said(capsys, *arguments):
    code = cli.main([*arguments])
    out, err = capsys.readouterr()
    return code, out, err


def test_a_dry_run_says_line_by_line_what_would_happen_and_writes_nothing(here, capsys):
    code, out, _ = said(capsys, "subscribers", "import", "people.csv", "--dry-run")
    assert code == 1
    assert out.splitlines()[:5] == [
        "  people.csv:2: ann@news.example would be added",
        "  people.csv:4: ANN@news.example is on the list already, or stands twice",
        "  people.csv:5: left@news.example would be kept as one who left",
        "  people.csv:6: =cmd@news.example would be added",
        "✗ people.csv:3: 'bad' is no email address: An email address must have an @-sign.",
    ]
    assert not (here / "digest.db").exists()


def test_a_dry_run_beside_a_list_knows_who_is_on_it_and_changes_nothing(here, capsys):
    said(capsys, "subscribers", "add", "ann@news.example", "--consent", "by phone")
    before = said(capsys, "subscribers", "list", "--json")[1]
    out = json.loads(said(capsys, "subscribers", "import", "people.csv", "--dry-run", "--json")[1])
    assert [each["verdict"] for each in out["lines"]] == ["known", "known", "gone", "new"]
    assert said(capsys, "subscribers", "list", "--json")[1] == before


@pytest.mark.parametrize(
    "command", [["import", "people.csv"], ["add", "x@news.example"], ["add", "x@news.example", "--consent", " "]]
)
def test_nobody_is_added_without_a_word_on_what_they_agreed_to(here, capsys, command):
    code, _, err = said(capsys, "subscribers", *command)
    assert (code, "--consent" in err, (here / "digest.db").exists()) == (2, True, False)


def test_an_export_is_safe_for_a_spreadsheet_and_comes_in_again(here, capsys):
    said(capsys, "subscribers", "import", "people.csv", "--consent", "at the fair")
    assert said(capsys, "subscribers", "export", "all.csv")[:2] == (0, "all.csv: 3 lines\n")
    assert (here / "all.csv").stat().st_mode & 0o777 == 0o600
    rows = list(csv.DictReader((here / "all.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert [(row["email"], row["name"], row["status"]) for row in rows] == [
        ("ann@news.example", "Ann", "active"),
        ("left@news.example", "Left", "unsubscribed"),
        ("'=cmd@news.example", "'=1+1", "active"),
    ]
    assert said(capsys, "subscribers", "export", "all.csv")[0] == 1
    out = json.loads(said(capsys, "subscribers", "import", "all.csv", "--consent", "again", "--json")[1])
    assert (out["new"], out["known"], out["left_before"], out["problems"]) == (0, 2, 1, [])
    assert said(capsys, "subscribers", "export")[1].splitlines()[0].startswith("email,name,language,status")


def test_all_that_is_kept_of_one_person_is_shown_and_then_forgotten(here, capsys):
    said(capsys, "subscribers", "add", "ann@news.example", "--name", "Ann", "--consent", "by phone on 3 May")
    shown = json.loads(said(capsys, "subscribers", "show", "ANN@news.example", "--json")[1])["person"]
    assert (shown["address"], shown["consents"][0]["wording"]) == ("ann@news.example", "by phone on 3 May")
    assert "token" not in shown
    assert "by phone on 3 May" in said(capsys, "subscribers", "show", "ann@news.example")[1]
    assert said(capsys, "subscribers", "erase", "ann@news.example")[0] == 0
    assert said(capsys, "subscribers", "show", "ann@news.example")[0] == 1
    assert said(capsys, "subscribers", "add", "ann@news.example", "--consent", "again")[0] == 3


def test_a_new_key_leaves_the_old_links_good(here, capsys):
    said(capsys, "subscribers", "add", "ann@news.example", "--consent", "by phone")
    assert "1 older key still good" in said(capsys, "subscribers", "new-key")[1]


@pytest.fixture
def issue(here):
    """An issue of long ago that two people got, of whom one is reported."""
    with store.open("sqlite:///digest.db", folder=here) as s:
        record = sent(s, "ann@news.example", "bob@news.example")
        event = Event("1", "delivered", "ann@news.example", record.due, issue_key=record.key, number=1)
        s.events.record([("mailgun", event)], record.due)
    return record


def test_a_report_sounds_the_alarm_when_too_few_were_delivered_after_a_day(here, capsys, issue):
    code, out, _ = said(capsys, "report", issue.key, "--html", "report.html")
    assert code == 3
    assert "✗ weekly-2026-W47: only 50 % are delivered after a day" in out
    page = (here / "report.html").read_text(encoding="utf-8")
    assert "only 50 % are delivered after a day" in page
    assert scene.EMAIL.subject in page
    assert "@" not in page.replace("@media", "")
    assert "only 50 % are delivered" in said(capsys, "status")[1]
    figures = json.loads(said(capsys, "report", issue.key, "--json")[1])
    assert {key: figures["issue"][key] for key in ("audience", "accepted", "delivered", "heard", "unsubscribed")} == {
        "audience": 2, "accepted": 2, "delivered": 1, "heard": 1, "unsubscribed": 0,
    }  # fmt: skip
    with store.open("sqlite:///digest.db", folder=here) as s:
        more = Event("2", "complained", "bob@news.example", issue.due, issue_key=issue.key, number=2)
        s.events.record([("mailgun", more)], issue.due)
    assert said(capsys, "report", issue.key)[0] == 0


def test_a_report_of_no_named_issue_is_of_the_latest_that_was_sent(here, capsys):
    assert "there is no issue yet; `digest run` makes one" in said(capsys, "report")[2]
    with store.open("sqlite:///digest.db", folder=here) as s:
        code, _, err = said(capsys, "report")
        assert (code, "no issue of weekly was sent yet" in err) == (1, True)
        older = sent(s, "ann@news.example", "bob@news.example")
        code, _, err = said(capsys, "report", "--edition", "other")
        assert (code, "has no such edition" in err) == (2, True)
        scene.frozen(s, 2, "not sent")
        assert json.loads(said(capsys, "report", "--json")[1])["issue"]["key"] == older.key
        newer = scene.frozen(s, 1, "one")
        s.issues.approve(newer.id, newer.sha256, "Olena", newer.due)
        s.ledger.freeze_audience(newer.id, provider="mailgun", batch_size=9, unsubscribe_url="", at=newer.due)
    told = json.loads(said(capsys, "report", "--json")[1])
    assert (told["issue"]["key"], [each["key"] for each in told["last"]]) == (newer.key, [newer.key, older.key])
    assert json.loads(said(capsys, "report", older.key, "--json")[1])["issue"]["key"] == older.key


def test_a_provider_that_reports_nothing_is_named(here, capsys):
    with store.open("sqlite:///digest.db", folder=here) as s:
        record = sent(s, "ann@news.example")
    code, out, _ = said(capsys, "report", record.key)
    assert (code, "mailgun has reported nothing" in out, "not reported" in out) == (0, True, True)


def test_serve_answers_until_it_is_told_to_stop(here):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "digest", "serve", "--port", str(port)]
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    process = subprocess.Popen(command, cwd=here, stderr=subprocess.PIPE, text=True, env=environment)
    try:
        deadline = time.monotonic() + 40
        while True:
            try:
                answer = httpx.get(f"http://127.0.0.1:{port}/healthz", trust_env=False)
                break
            except httpx.ConnectError:
                assert time.monotonic() < deadline
                time.sleep(0.1)
        assert answer.text == "ok\n"
        assert "server" not in answer.headers
    finally:
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=30)
    assert process.returncode in (0, -signal.SIGTERM)
    assert "reports of no provider" in err
