"""Workers as processes: they share an issue, die in the middle of it, and are told to end."""

import signal
from collections import Counter
from pathlib import Path

import pytest

from digest.config import Settings
from digest.models import Counts
from digest.store.opened import Store
from tests.fakes import Fake, MailgunFake, ResendFake
from tests.faults.scene import until
from tests.fleet import scene
from tests.fleet.scene import Process, Workers


@pytest.fixture(scope="module")
def workers():
    """What starts them."""
    with Workers() as launcher:
        yield launcher


def process(folder: Path, url: str, fake: Fake, **changes: object) -> Process:
    return Process(str(folder), url, fake.name, fake.url, **changes)


def settled(s: Store, issue_id: int, within_s: float = 30) -> Counts:
    """How things stand when nothing is left to send."""

    def over() -> bool:
        counts = s.ledger.counts(issue_id)
        return not (counts.pending or counts.in_flight)

    until(over, within_s)
    return s.ledger.counts(issue_id)


def ended(workers: Workers, *pids: int) -> bool:
    for pid in pids:
        workers.signal(pid, signal.SIGTERM)
    return until(lambda: all(workers.ended(pid) for pid in pids), 20)


def test_two_workers_share_an_issue_and_sign_off(
    s: Store, found: Settings, fake: MailgunFake, url: str, tmp_path: Path, workers: Workers
) -> None:
    fake.latency_s = 0.05
    record = scene.handed_over(found, s, 400)
    pids = [workers.start(process(tmp_path, url, fake)) for _ in range(2)]

    assert settled(s, record.id) == Counts(audience=400, accepted=400)
    shown = s.fleet.workers()
    assert len(shown) == 2
    assert ended(workers, *pids)
    assert set(Counter(scene.taken(fake)).values()) == {1}
    assert (s.fleet.workers(), s.fleet.jobs().due + s.fleet.jobs().doing) == ((), 0)


def test_what_a_dead_worker_held_is_in_doubt_and_the_others_go_on(
    s: Store, found: Settings, fake: MailgunFake, url: str, tmp_path: Path, workers: Workers
) -> None:
    fake.latency_s = 0.5
    record = scene.handed_over(found, s, 200)
    first = workers.start(process(tmp_path, url, fake, slots=2))
    assert until(lambda: s.ledger.counts(record.id).in_flight == 20, 20)
    workers.signal(first, signal.SIGKILL)
    held = s.ledger.counts(record.id).in_flight
    second = workers.start(process(tmp_path, url, fake, slots=4))

    counts = settled(s, record.id)
    assert ended(workers, second)
    assert 0 < held <= 20
    assert counts == Counts(audience=200, accepted=200 - held, in_doubt=held)
    assert set(Counter(scene.taken(fake)).values()) == {1}
    assert {doubt.reason for doubt in s.ledger.in_doubt(record.id)} == {"the sender ended in the middle of the call"}


def test_a_provider_that_knows_a_call_by_its_key_is_called_again(
    s: Store, url: str, tmp_path: Path, workers: Workers
) -> None:
    with ResendFake(latency_s=0.5) as fake:
        found = scene.by_workers(tmp_path, url, fake.name, fake.url, batch=10)
        record = scene.handed_over(found, s, 60)
        first = workers.start(process(tmp_path, url, fake))
        assert until(lambda: s.ledger.counts(record.id).in_flight == 20, 20)
        workers.signal(first, signal.SIGKILL)
        second = workers.start(process(tmp_path, url, fake))

        assert settled(s, record.id) == Counts(audience=60, accepted=60)
        assert ended(workers, second)
        assert set(Counter(scene.taken(fake)).values()) == {1}


def test_a_batch_in_living_hands_is_nobodys_to_take(
    s: Store, found: Settings, fake: MailgunFake, url: str, tmp_path: Path, workers: Workers
) -> None:
    """However long its provider takes: twice the lease, here."""
    fake.latency_s = 2 * scene.LEASE_S
    record = scene.handed_over(found, s, 20)
    pids = [workers.start(process(tmp_path, url, fake)) for _ in range(2)]

    assert settled(s, record.id) == Counts(audience=20, accepted=20)
    assert len(fake.calls) == 2
    assert ended(workers, *pids)


def test_a_worker_that_is_told_to_end_finishes_what_it_holds_and_another_goes_on(
    s: Store, found: Settings, fake: MailgunFake, url: str, tmp_path: Path, workers: Workers
) -> None:
    fake.latency_s = 0.4
    record = scene.handed_over(found, s, 100)
    first = workers.start(process(tmp_path, url, fake))
    assert until(lambda: s.ledger.counts(record.id).in_flight > 0, 20)
    assert ended(workers, first)
    between = s.ledger.counts(record.id)
    second = workers.start(process(tmp_path, url, fake))

    assert (between.in_flight, between.in_doubt) == (0, 0)
    assert between.accepted < 100
    assert settled(s, record.id) == Counts(audience=100, accepted=100)
    assert ended(workers, second)


def test_an_issue_that_is_resumed_goes_on_by_itself(
    s: Store, found: Settings, fake: MailgunFake, url: str, tmp_path: Path, workers: Workers
) -> None:
    record = scene.handed_over(found, s, 50)
    s.ledger.pause(record.id, "Olena", "wait", scene.scene.NOW)
    pid = workers.start(process(tmp_path, url, fake))
    assert until(lambda: s.fleet.jobs().due == 0, 20)
    assert fake.calls == []
    s.ledger.resume(record.id, "Olena", scene.scene.NOW)

    assert settled(s, record.id) == Counts(audience=50, accepted=50)
    assert ended(workers, pid)
