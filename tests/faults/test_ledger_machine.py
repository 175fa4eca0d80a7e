"""The ledger's promises under any order of events, mutants that break them, full disks, two senders, a restarted server."""

import threading

import pytest

from tests import postgres
from tests.builders import REPOSITORY
from tests.fakes import MailgunFake
from tests.faults import machine, mutants, restarts, scene
from tests.faults.scene import Launcher, Sender


def test_the_ledger_keeps_its_promises_whatever_happens_in_whatever_order():
    machine.run(25)


def test_the_judges_pass_the_code_as_it_is():
    assert mutants.judged(REPOSITORY, "chaos") == 0


@pytest.mark.parametrize("name", ["an orphan is rescued", "who left is not looked for", "a 500 was not sent"])
def test_a_mutant_is_caught(name):
    assert mutants.caught(name)


def test_every_mutant_is_one_of_the_code_as_it_stands():
    for name, mutant in mutants.MUTANTS.items():
        assert mutant.right in (REPOSITORY / mutant.file).read_text(encoding="utf-8"), name


def test_a_full_disk_sends_nothing_that_is_not_written_down_and_goes_on_when_there_is_room(tmp_path):
    with MailgunFake() as fake, scene.issue(tmp_path, 40, 2) as store, Launcher() as launcher:
        largest = max(file.stat().st_size for file in tmp_path.iterdir())
        sender = Sender(str(tmp_path), fake.name, fake.url)
        assert (
            launcher.run(Sender(str(tmp_path), fake.name, fake.url, most_bytes=largest + 40_000, patience_s=0.5)) != 0
        )
        part = scene.verdict(store, fake)
        assert (part.clean, part.in_doubt + part.pending > 0) == (True, True)
        assert launcher.run(sender) == 0
        verdict = scene.verdict(store, fake)
    assert (verdict.clean, verdict.pending) == (True, 0)
    assert verdict.in_doubt <= 2


def test_of_two_senders_one_is_turned_away_and_nobody_gets_two(tmp_path):
    with (
        MailgunFake(latency_s=0.05) as fake,
        scene.issue(tmp_path, 40, 2) as store,
        Launcher() as one,
        Launcher() as other,
    ):
        sender, codes = Sender(str(tmp_path), fake.name, fake.url), []
        threads = [
            threading.Thread(target=lambda which=which: codes.append(which.run(sender))) for which in (one, other)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        verdict = scene.verdict(store, fake)
    assert sorted(codes) == [0, 75]
    assert (verdict.clean, verdict.in_doubt, verdict.pending, len(fake.accepted)) == (True, 0, 0, 40)


def test_a_database_server_that_crashes_costs_nobody_an_email_and_gives_nobody_two(tmp_path):
    postgres.require()
    counts, verdict = restarts.crashed(1, people=60, batch=3, folder=tmp_path)
    assert (verdict.clean, verdict.in_doubt, verdict.pending) == (True, 0, 0), counts
