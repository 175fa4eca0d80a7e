"""What an operator does at night: status, resolve, pause, resume, cancel, providers; through `main`."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest

from digest import cli, store
from digest.models import Event, Subscriber
from tests.builders import REPOSITORY
from tests.fakes import DOMAIN, TOKEN, Fault, MailgunFake, ResendFake

SHIPPED = (REPOSITORY / "config.toml").read_text(encoding="utf-8")
KEY, AS_OF = "weekly-2026-W47", ("--as-of", "2026-11-20T10:00")
TABLES = {"resend": "", "mailgun": f'domain = "{DOMAIN}"\n'}


def said(capsys, *words):
    """Exit code, and everything that was said."""
    code = cli.main(list(words))
    captured = capsys.readouterr()
    return code, captured.out + captured.err


def configured(folder, fake, name, **send):
    own = f'\n[send.{name}]\ntoken = {{ env = "T" }}\nbase_url = "{fake.url}"\n{TABLES[name]}'
    keys = "".join(f"{key} = {json.dumps(value)}\n" for key, value in send.items())
    text = SHIPPED.replace('provider = "outbox"', f'provider = "{name}"\n{keys}', 1)
    (folder / "config.toml").write_text(text + own, encoding="utf-8")


def opened(folder):
    return store.open("sqlite:///digest.db", folder=folder)


def subscribe(folder, number):
    with opened(folder) as s:
        s.people.add(
            [Subscriber(f"reader{n}@readers.org", origin="people.csv") for n in range(number)],
            "weekly",
            datetime.now(UTC),
        )


def counts(folder):
    with opened(folder) as s:
        return s.ledger.counts(s.issues.get(KEY).id)


@pytest.fixture(scope="session")
def approved(tmp_path_factory):
    """A store with the issue of the sample, frozen and approved: to make it takes longer than to send it."""
    folder = tmp_path_factory.mktemp("approved")
    (folder / "config.toml").write_text(SHIPPED, encoding="utf-8")
    for words in (["freeze", *AS_OF], ["approve", KEY, "--yes"]):
        assert cli.main(["--config", str(folder / "config.toml"), *words]) == 0
    return folder / "digest.db"


@pytest.fixture
def here(tmp_path, monkeypatch, approved):
    shutil.copy(approved, tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("T", TOKEN)
    monkeypatch.setenv("COLUMNS", "300")
    return tmp_path


@pytest.fixture
def doubtful(here, capsys):
    """An issue of which one batch of four, which the provider never took, is in doubt, and two are accepted."""
    with MailgunFake() as fake:
        configured(here, fake, "mailgun", batch=4)
        subscribe(here, 12)
        fake.faults.extend([None, Fault(500, {"message": "broken"})])
        code, out = said(capsys, "run", *AS_OF)
        assert (code, "4 in doubt" in out, f"`digest resolve {KEY}` settles it" in out) == (3, True, True), out
        yield fake


def test_status_says_what_is_known_what_is_not_and_what_can_be_done(doubtful, here, capsys):
    code, out = said(capsys, "status", KEY)
    assert code == 0
    assert f"{KEY}: in doubt; 8 accepted, 4 in doubt" in out
    for words in (
        "batch 2: 4, handed over",
        "known:   500 broken",
        "unknown: whether 4 people have it",
        f"under the tag {KEY}-2-",
        f"digest resolve {KEY} --assume-sent   they count as sent; who did not get it never will",
        f"digest resolve {KEY} --resend        they get it with the next send; who has it already gets it twice",
    ):
        assert words in out
    told = json.loads(said(capsys, "status", KEY, "--json")[1])
    assert [(d["seq"], d["size"], d["reason"]) for d in told["in_doubt"]] == [(2, 4, "500 broken")]


@pytest.mark.parametrize(
    ("choice", "sent", "recorded"),
    [
        ([], 8, []),
        (["--ask"], 8, []),
        (["--assume-sent"], 8, ["batch 2: 4 assumed to have it"]),
        (["--resend", "--batch", "2"], 12, ["batch 2: 4 to be sent again"]),
    ],
    ids=["look", "ask too early", "assume-sent", "resend"],
)
def test_a_doubt_ends_as_the_operator_decides(doubtful, here, capsys, choice, sent, recorded):
    code, out = said(capsys, "resolve", KEY, *choice, "--by", "Olena")
    assert code == (0 if recorded else 3)
    assert "mailgun was asked: it knows 0 of 4; it is too early to believe it about the others" in out
    said(capsys, "send", KEY)
    assert (len(doubtful.addresses), counts(here).finished) == (sent, bool(recorded))
    with opened(here) as s:
        decisions = s.issues.decisions(s.issues.get(KEY).id)
    assert [(d.by, d.reason) for d in decisions if d.what == "resolved"] == [("Olena", text) for text in recorded]


def test_what_the_provider_took_is_settled_by_its_word(here, capsys):
    with MailgunFake() as fake:
        configured(here, fake, "mailgun", batch=4)
        subscribe(here, 4)
        fake.faults.append(Fault(500, {"message": "broken"}, taken=True))
        assert said(capsys, "run", *AS_OF)[0] == 3
        code, out = said(capsys, "resolve", KEY)
        assert (code, "it knows all 4" in out, "✓ 4 people settled" in out) == (0, True, True)
        assert (counts(here).accepted, len(fake.addresses)) == (4, 4)


def test_a_batch_that_is_not_in_doubt_is_named(doubtful, here, capsys):
    code, out = said(capsys, "resolve", KEY, "--resend", "--batch", "3")
    assert (code, "batch 3 is not in doubt; 2" in out) == (1, True)


def test_where_the_provider_knows_its_key_sending_again_is_what_status_advises(here, capsys):
    with ResendFake() as fake:
        configured(here, fake, "resend", batch=4)
        subscribe(here, 4)
        fake.latency_s = 0.2
        sender = subprocess.Popen([sys.executable, "-m", "digest", "run", *AS_OF], cwd=here)
        wait_for(lambda: fake.calls, sender)
        sender.kill()
        sender.wait()
        code, out = said(capsys, "resolve", KEY)
        assert code == 3
        assert f"`digest send {KEY}` makes the same call again" in out
        assert said(capsys, "send", KEY)[0] == 0
    assert sorted(fake.addresses) == [f"reader{n}@readers.org" for n in range(4)]


def wait_for(is_time, process):
    while not is_time():
        assert process.poll() is None, "it ended too early"
        time.sleep(0.005)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_a_signal_ends_a_run_after_the_calls_under_way_and_says_how_to_go_on(here, capsys, number):
    with MailgunFake(latency_s=0.3) as fake:
        configured(here, fake, "mailgun", batch=2)
        subscribe(here, 10)
        command = [sys.executable, "-m", "digest", "run", *AS_OF]
        sender = subprocess.Popen(command, cwd=here, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        wait_for(lambda: len(fake.calls) >= 2, sender)
        os.kill(sender.pid, number)
        out, _ = sender.communicate(timeout=30)
        assert sender.returncode == 1, out
        assert re.search(rf"`digest send {KEY}` goes on with the other \d; nobody gets it twice", out)
        so_far = counts(here)
        assert (so_far.in_doubt, so_far.in_flight, so_far.accepted) == (0, 0, len(fake.addresses))
        fake.latency_s = 0
        assert said(capsys, "send", KEY)[0] == 0
    assert sorted(fake.addresses) == sorted(f"reader{n}@readers.org" for n in range(10))


def test_a_pause_reaches_a_running_sender_within_a_batch_and_outlives_it(here, capsys):
    with MailgunFake(latency_s=0.2) as fake:
        configured(here, fake, "mailgun", batch=1)
        subscribe(here, 20)
        command = [sys.executable, "-m", "digest", "run", *AS_OF]
        sender = subprocess.Popen(command, cwd=here, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        wait_for(lambda: fake.calls, sender)
        assert said(capsys, "pause", KEY, "--by", "Olena", "--reason", "a typo")[0] == 0
        sent = len(fake.calls)
        out, _ = sender.communicate(timeout=30)
        assert (sender.returncode, len(fake.calls) - sent) in [(3, 0), (3, 1)], out
        assert f"{KEY} was paused by Olena" in out
        assert f"to go on: digest resume {KEY} && digest send {KEY}" in out
        code, out = said(capsys, "send", KEY)
        assert (code, "a typo" in out) == (3, True)
        assert "paused by Olena since" in said(capsys, "status", KEY)[1]
        fake.latency_s = 0
        assert said(capsys, "resume", KEY)[0] == 0
        assert said(capsys, "send", KEY)[0] == 0
    assert sorted(fake.addresses) == sorted(f"reader{n}@readers.org" for n in range(20))


def test_a_cancelled_issue_never_goes_out(here, capsys):
    with MailgunFake() as fake:
        configured(here, fake, "mailgun", batch=4)
        subscribe(here, 8)
        fake.faults.extend([None, Fault(401, "Forbidden")])
        assert said(capsys, "run", *AS_OF)[0] == 1
        assert "the last run stopped" in said(capsys, "status", KEY)[1]
        code, out = said(capsys, "cancel", KEY, "--reason", "the wrong list", "--by", "Olena")
        assert (code, "4 accepted, 4 cancelled" in out) == (0, True)
        for words in (["send", KEY], ["run", *AS_OF]):
            code, out = said(capsys, *words)
            assert (code, "was cancelled by Olena" in out, "4 of 8 got it before" in out) == (3, True, True)
        assert said(capsys, "resume", KEY)[0] == 1
    assert len(fake.addresses) == 4


def test_an_audience_that_changed_by_a_third_waits_for_a_person(here, capsys):
    with MailgunFake() as fake:
        configured(here, fake, "mailgun")
        subscribe(here, 40)
        assert said(capsys, "run", "--as-of", "2026-11-13T10:00")[0] == 0
        subscribe(here, 60)
        code, out = said(capsys, "run", *AS_OF)
        assert code == 3
        assert f"{KEY} was not sent: 60 people would get it, 50% more than the 40 of weekly-2026-W46" in out
        assert len(fake.addresses) == 40
        assert said(capsys, "send", KEY, "--accept", "audience")[0] == 0
        assert len(fake.addresses) == 100


def test_an_issue_that_readers_call_spam_goes_on_only_when_a_person_says_so(here, capsys):
    with MailgunFake() as fake:
        configured(here, fake, "mailgun", batch=10)
        subscribe(here, 20)
        fake.faults.extend([None, Fault(401, "Forbidden")])
        assert said(capsys, "run", *AS_OF)[0] == 1
        with opened(here) as s:
            complaints = [
                ("mailgun", Event(f"e{n}", "complained", email.address, datetime.now(UTC), issue_key=KEY))
                for n, email in enumerate(fake.accepted[:6])
            ]
            assert s.events.record(complaints, datetime.now(UTC)) == 6
        code, out = said(capsys, "send", KEY)
        assert (code, len(fake.calls)) == (1, 2)
        assert f"{KEY}: 6 recipients called it spam, 60.0% of the 10 that went out, more than 0.3%" in out
        assert "10 of 20 were accepted, 10 are still to be sent" in out
        assert re.search("the last run stopped .*: 6 recipients called it spam", said(capsys, "status", KEY)[1])
        assert said(capsys, "send", KEY, "--accept", "complaints")[0] == 0
        assert len(fake.addresses) == 20


def test_no_more_people_get_it_than_the_settings_allow(here, capsys):
    with MailgunFake() as fake:
        configured(here, fake, "mailgun", at_most=5)
        subscribe(here, 6)
        code, out = said(capsys, "run", *AS_OF, "--accept", "audience")
        assert (code, "6 people would get it, send.at_most is 5" in out, fake.calls) == (3, True, [])


def test_what_a_provider_cannot_do_is_a_mistake_of_the_config(here, capsys):
    with MailgunFake() as fake:
        configured(here, fake, "mailgun", batch=2000, in_doubt="ask")
        for words in (["config", "check"], ["run", *AS_OF]):
            code, out = said(capsys, *words)
            assert code == 2
            assert re.search(r"config\.toml:\d+: send\.batch: 2000 is too many; mailgun takes 1000 in one call", out)
        assert fake.calls == []


def test_the_table_of_providers_names_each_with_what_it_can_do(here, capsys):
    code, out = said(capsys, "providers", "--json")
    told = json.loads(out)
    assert (code, told["mailgun"]["largest_batch"], told["resend"]["replay_within_s"]) == (0, 1000, 23 * 3600)
    table = said(capsys, "providers")[1]
    assert all(name in table for name in told)


def test_a_provider_is_tried_without_sending(here, capsys):
    (here / "config.toml").write_text(SHIPPED, encoding="utf-8")
    code, out = said(capsys, "providers", "try")
    assert (code, f"✓ outbox: {here / 'outbox'} can be written" in out) == (0, True)
    assert said(capsys, "providers", "try", "pigeon")[0] == 2
    assert said(capsys, "providers", "try", "mailgun")[0] == 2
