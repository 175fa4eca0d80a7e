"""A test of an email: to whom it goes, what differs from the real one, and what it leaves alone."""

import tempfile
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest import cli, pipeline, store
from digest.errors import DigestError, UsageError
from digest.models import Subscriber
from digest.pipeline import Job, testing
from digest.pipeline.mail import Sent
from tests import tables
from tests.builders import settings as build_settings
from tests.fakes import DOMAIN, TOKEN, Fault, MailgunFake, ResendFake
from tests.send.scene import EMAIL, LETTER
from tests.test_pipeline import KEY, NOW, WATCH

ANN, BOB = "ann@readers.org", "bob@readers.org"


def mails(folder):
    found = sorted(folder.glob("outbox/*/*.eml"))
    return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in found]


def through(folder, monkeypatch, fake, name, **own):
    monkeypatch.setenv("T", TOKEN)
    table = {"token": {"env": "T"}, "base_url": fake.url, **own}
    return build_settings(folder, send={"provider": name, name: table})


@pytest.fixture
def settings(tmp_path):
    return build_settings(tmp_path)


def test_a_test_differs_from_the_real_email_in_its_mark_and_its_link_alone(settings, tmp_path):
    tested = testing.send_test(settings, EMAIL, [ANN], NOW)

    (mail,) = mails(tmp_path)
    real = LETTER.email
    link = f"{settings.newsletter.public_url}/u/test"
    assert tested == (Sent(ANN, accepted=True, said="0001-ann@readers.org.eml"),)
    assert mail["Subject"] == f"[test] {real.subject}"
    assert mail["List-Unsubscribe"].startswith(f"<{link}>")
    for kind, text in (("html", real.html), ("plain", real.text)):
        expected = text.replace("zNAME0z", "").replace("zADDRESS0z", ANN).replace("zLEAVE0z", link)
        assert mail.get_body((kind,)).get_content().splitlines() == expected.splitlines()


def test_two_tests_are_two_emails_although_the_provider_remembers_keys(tmp_path, monkeypatch):
    with ResendFake() as fake:
        settings = through(tmp_path, monkeypatch, fake, "resend")
        for _ in range(2):
            testing.send_test(settings, EMAIL, [ANN, BOB], NOW)
    assert fake.addresses == [ANN, BOB, ANN, BOB]
    assert len(fake.calls) == 2


def test_a_bad_address_among_good_ones_fails_alone(tmp_path, monkeypatch):
    with MailgunFake() as fake:
        fake.bad_addresses.add(BOB)
        settings = through(tmp_path, monkeypatch, fake, "mailgun", domain=DOMAIN)
        tested = testing.send_test(settings, EMAIL, [ANN, BOB], NOW)
    assert [(each.address, each.accepted) for each in tested] == [(ANN, True), (BOB, False)]
    assert "not a valid address" in tested[1].said


def test_a_provider_that_says_no_is_quoted(tmp_path, monkeypatch):
    with ResendFake() as fake:
        fake.faults.append(Fault(401, {"name": "restricted_api_key", "message": "API key is invalid"}))
        tested = testing.send_test(through(tmp_path, monkeypatch, fake, "resend"), EMAIL, [ANN], NOW)
    assert tested == (Sent(ANN, accepted=False, said="401 restricted_api_key: API key is invalid"),)


@pytest.mark.parametrize(
    ("addresses", "why"),
    [
        ([], "1 to 5 addresses that you name, not to 0"),
        ([f"p{n}@readers.org" for n in range(6)], "1 to 5 addresses that you name, not to 6"),
        ([ANN, "ANN@readers.org"], "is named twice"),
        (["all"], "'all' is no email address"),
        (["ann@readers.org, bob@readers.org"], "is no email address"),
    ],
    ids=["none", "six", "twice", "a word", "two in one"],
)
def test_only_named_and_valid_addresses_get_a_test(settings, tmp_path, addresses, why):
    with pytest.raises(DigestError, match=why) as caught:
        testing.send_test(settings, EMAIL, addresses, NOW)
    assert (caught.value.exit_code, mails(tmp_path)) == (2, [])


@given(
    addresses=st.lists(st.sampled_from([ANN, BOB, "", "*", "c@d.org", "E@d.org", "x@y", "all", "f@d.org", "g@d.org"]))
)
def test_whatever_is_asked_for_a_test_reaches_those_who_are_named_and_at_most_five(addresses):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        try:
            testing.send_test(build_settings(folder), EMAIL, addresses, NOW)
        except UsageError:
            assert mails(folder) == []
        else:
            reached = [mail["To"] for mail in mails(folder)]
            assert sorted(reached) == sorted(addresses)
            assert len(reached) <= 5


def test_a_test_counts_nowhere_and_the_readers_get_nothing(settings, tmp_path):
    with tables.opened(tmp_path) as opened:
        opened.people.add([Subscriber(BOB)], "weekly", NOW)
        run = pipeline.run(settings, opened, Job(NOW, WATCH))
        before = opened.ledger.counts(run.record.id), len(mails(tmp_path))
        email = opened.issues.email(run.record.id)
        testing.send_test(settings, email, [ANN], NOW)
        assert (opened.ledger.counts(run.record.id), len(mails(tmp_path))) == (before[0], before[1] + 1)
        assert [record.key for record in opened.issues.all()] == [KEY]


def test_the_command_tests_a_draft_and_then_the_frozen_bytes(tmp_path, monkeypatch, capsys):
    build_settings(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert cli.main(["send", KEY, "--test", ANN]) == 0
    assert f"✓ {ANN}" in capsys.readouterr().out
    assert not (tmp_path / "digest.db").exists()
    assert cli.main(["run", "--as-of", "2026-11-20T10:00"]) == 0
    assert cli.main(["send", KEY, "--test", ANN, BOB]) == 0
    with store.open(tables.URL, folder=tmp_path) as opened:
        frozen = opened.issues.email(opened.issues.get(KEY).id)
    tests = [mail for mail in mails(tmp_path) if mail["Subject"].startswith("[test] ")]
    assert sorted((mail["To"], mail["Subject"]) for mail in tests) == [
        (to, f"[test] {frozen.subject}") for to in (ANN, ANN, BOB)
    ]


def test_a_test_without_an_address_is_a_mistake_of_usage(tmp_path, monkeypatch):
    build_settings(tmp_path)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match="2"):
        cli.main(["send", KEY, "--test"])
    assert cli.main(["send", KEY, "--test", ANN, ANN]) == 2
