"""What a person sees when the provider keeps the list: no audience of ours, one campaign."""

import json
from datetime import timedelta

import pytest

from digest import cli, schedule, store
from digest.config import load
from tests.builders import REPOSITORY
from tests.fakes import TOKEN, Fault
from tests.fakes.campaigns import ListmonkFake

KEY = "weekly-2026-W47"
AS_OF = "--as-of", "2026-11-20T10:00"
SHIPPED = (REPOSITORY / "config.toml").read_text(encoding="utf-8")


@pytest.fixture
def listmonk():
    with ListmonkFake() as fake:
        yield fake


@pytest.fixture
def here(tmp_path, monkeypatch, listmonk):
    own = (
        f'[send.listmonk]\nuser = "digest"\ntoken = {{ env = "LISTMONK" }}\nlists = [3]\nbase_url = "{listmonk.url}"\n'
    )
    text = SHIPPED.replace('provider = "outbox"', 'provider = "listmonk"').replace("[store]", f"{own}\n[store]", 1)
    (tmp_path / "config.toml").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LISTMONK", TOKEN)
    return tmp_path


def said(capsys, *words):
    code = cli.main(list(words))
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_run_hands_the_issue_over_once_and_status_tells_what_came_of_it(here, listmonk, capsys):
    code, out, err = said(capsys, "run", *AS_OF)
    assert (code, "the campaign is sending (running), 0 emails, at listmonk" in out) == (0, True), out + err

    assert said(capsys, "run", *AS_OF)[0] == 0
    assert (len(listmonk.campaigns), listmonk.sends) == (1, [KEY])
    assert f"{KEY}: sending; the campaign is sending (running), 0 emails, at listmonk" in said(capsys, "status", KEY)[1]

    listmonk.campaigns[0] |= {"status": "finished", "sent": 1234}
    assert "the campaign is sent (finished), 1,234 emails, at listmonk" in said(capsys, "send", KEY)[1]
    assert json.loads(said(capsys, "status", KEY, "--json")[1])["campaign"]["campaign"] == {
        "state": "sent", "id": "1", "sent": 1234, "said": "finished",
    }  # fmt: skip
    calls = len(listmonk.calls)
    assert said(capsys, "run", *AS_OF)[0] == 0
    assert len(listmonk.calls) == calls


def test_a_doubt_asks_a_person_to_wait_and_to_run_again(here, listmonk, capsys):
    listmonk.faults.extend([None, Fault(500, "")])

    code, _, err = said(capsys, "run", *AS_OF)

    assert code == 3
    assert f"wait ten minutes, then: digest send {KEY}" in err
    assert f"{KEY}: in doubt; the campaign is in doubt" in said(capsys, "status", KEY)[1]


def test_a_campaign_that_was_stopped_there_asks_a_person(here, listmonk, capsys):
    listmonk.made(name=KEY, status="cancelled")

    code, _, err = said(capsys, "run", *AS_OF)

    assert code == 3
    assert "the campaign is cancelled, and will not go on by itself" in err


def test_another_provider_is_refused_for_an_issue_that_was_handed_over(here, capsys):
    said(capsys, "run", *AS_OF)
    file = here / "config.toml"
    file.write_text(file.read_text("utf-8").replace('provider = "listmonk"', 'provider = "outbox"'), encoding="utf-8")

    code, _, err = said(capsys, "send", KEY)

    assert code == 1
    assert f'{KEY} was begun through listmonk, which alone knows whom it took; set send.provider = "listmonk"' in err


def test_the_schedule_looks_at_a_campaign_until_it_is_sent(here, listmonk, capsys):
    said(capsys, "run", *AS_OF)
    settings = load(here / "config.toml")
    with store.open("sqlite:///digest.db", folder=here) as opened:
        record = opened.issues.get(KEY)
        moment = record.due + timedelta(minutes=1)
        for state, after, due in [
            ("sending", 1, False),
            ("sending", 11, True),
            ("sent", 11, False),
            ("stopped", 11, False),
        ]:
            seen = opened.campaigns.get(record.id).campaign
            opened.campaigns.seen(record.id, type(seen)(state), moment - timedelta(minutes=after))
            assert bool(schedule.steps(settings, opened, moment)) == due, (state, after)
