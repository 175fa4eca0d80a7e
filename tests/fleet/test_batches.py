"""One batch in a worker's hands, by way of a job that may come at any time."""

import threading
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest

from digest.config import Settings
from digest.errors import StoreError
from digest.models import Counts, Subscriber
from digest.send import work
from digest.store.fleet import Beat, Jobs
from digest.store.issues import IssueRecord
from digest.store.ledger import Ledger
from digest.store.opened import Store
from tests.builders import SLOT
from tests.fakes import Fault, MailgunFake
from tests.fleet import scene


def addresses(first: int, last: int) -> list[str]:
    return sorted(f"reader{n}@readers.org" for n in range(first, last + 1))


def test_a_job_hands_over_its_batch_and_no_other(s: Store, found: Settings, fake: MailgunFake) -> None:
    record = scene.handed_over(found, s, 30)
    assert s.fleet.jobs() == Jobs(due=3, later=0, doing=0)
    with scene.sender(found, s) as worker:
        assert worker.send_batch(record.id, 2) is None
    assert scene.taken(fake) == addresses(11, 20)
    assert s.ledger.counts(record.id) == Counts(audience=30, pending=20, accepted=10)
    assert (worker.done.batches, worker.done.emails, worker.done.doing) == (1, 10, {})


def test_a_job_that_comes_twice_does_nothing_the_second_time(s: Store, found: Settings, fake: MailgunFake) -> None:
    record = scene.handed_over(found, s, 10)
    with scene.sender(found, s) as worker:
        assert [worker.send_batch(record.id, 1) for _ in range(2)] == [None, None]
        assert worker.send_batch(record.id, 99) is None
    assert (len(fake.calls), scene.taken(fake)) == (1, addresses(1, 10))


def test_of_many_workers_with_one_batch_one_hands_it_over(s: Store, found: Settings, fake: MailgunFake) -> None:
    record = scene.handed_over(found, s, 10)
    fake.latency_s = 0.1
    together = threading.Barrier(6)

    def race(name: str) -> None:
        with scene.sender(found, s, name) as worker:
            together.wait()
            worker.send_batch(record.id, 1)

    racers = [threading.Thread(target=race, args=(f"host:{n}:x",)) for n in range(6)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert (len(fake.calls), s.ledger.counts(record.id)) == (1, Counts(audience=10, accepted=10))


def test_what_is_not_taken_waits_for_its_time(s: Store, found: Settings, fake: MailgunFake) -> None:
    record = scene.handed_over(found, s, 10)
    fake.faults.append(Fault(429, headers={"Retry-After": "3000"}))
    with scene.sender(found, s) as worker:
        pause = worker.send_batch(record.id, 1)
        assert pause
        assert timedelta(minutes=49) < pause <= timedelta(minutes=50)
        again = worker.send_batch(record.id, 1)
        assert again
        assert again <= pause
    assert len(fake.calls) == 1
    assert s.ledger.halt(record.id) is None


@pytest.mark.parametrize("what", ["claim", "settle"])
def test_a_database_that_fails_at_any_step_leaves_nothing_in_living_hands(
    s: Store, found: Settings, fake: MailgunFake, what: str
) -> None:
    """The step was done, and its answer lost."""
    record = scene.handed_over(found, s, 10)
    failed = []

    class Flaky(Ledger):
        def claim(self, *given, **named):
            return self._lost("claim", super().claim(*given, **named))

        def settle(self, *given, **named):
            return self._lost("settle", super().settle(*given, **named))

        def _lost(self, step, came):
            if step == what and not failed:
                failed.append(step)
                raise StoreError("the answer was lost")
            return came

    s.ledger = Flaky(s._db)
    with scene.sender(found, s) as worker:
        assert worker.send_batch(record.id, 1) is None
    assert (failed, len(fake.calls)) == ([what], 1)
    assert s.ledger.counts(record.id) == Counts(audience=10, accepted=10)


def test_a_provider_that_is_away_for_days_is_tried_every_minute() -> None:
    assert [work._backoff(tries) for tries in (1, 5, 5_000)] == [timedelta(seconds=s) for s in (2, 32, 60)]


def test_a_batch_that_is_split_gets_a_job_for_its_other_half(s: Store, found: Settings, fake: MailgunFake) -> None:
    record = scene.handed_over(found, s, 10)
    fake.bad_addresses.add("reader9@readers.org")
    with scene.sender(found, s) as worker:
        assert worker.send_batch(record.id, 1) == timedelta()
    # No engine has taken the first half's job here: it has its own still, and the upper half got one.
    assert s.fleet.jobs().due == 2


@pytest.mark.parametrize("what", ["paused", "cancelled"])
def test_a_job_of_a_halted_issue_ends_without_sending(s: Store, found: Settings, fake: MailgunFake, what: str) -> None:
    record = scene.handed_over(found, s, 10)
    {"paused": s.ledger.pause, "cancelled": s.ledger.cancel}[what](record.id, "Olena", "wait", scene.scene.NOW)
    with scene.sender(found, s) as worker:
        assert worker.send_batch(record.id, 1) is None
        assert fake.calls == []
        if what == "paused":
            s.ledger.resume(record.id, "Olena", scene.scene.NOW)
            assert worker.send_batch(record.id, 1) is None
    assert s.ledger.counts(record.id) == (
        Counts(audience=10, accepted=10) if what == "paused" else Counts(audience=10, cancelled=10)
    )


def test_what_no_worker_can_mend_pauses_the_issue_for_all(s: Store, found: Settings, fake: MailgunFake) -> None:
    record = scene.handed_over(found, s, 20)
    fake.faults.append(Fault(401, body="Forbidden"))
    with scene.sender(found, s) as worker, scene.sender(found, s, "other:2:def") as other:
        worker.send_batch(record.id, 1)
        halt = s.ledger.halt(record.id)
        assert halt
        assert (halt.what, halt.by) == ("paused", "the breaker")
        assert "401" in halt.reason
        assert other.send_batch(record.id, 2) is None
        assert len(fake.calls) == 1
        s.ledger.resume(record.id, "Olena", scene.scene.NOW)
        assert [worker.send_batch(record.id, n) for n in (1, 2)] == [None, None]
    assert s.ledger.counts(record.id) == Counts(audience=20, accepted=20)


def by_turns(s: Store, found: Settings, record: IssueRecord, batches: int) -> None:
    """Four workers, each with the next batch, none of which waits after a doubt."""
    with ExitStack() as stack:
        workers = [stack.enter_context(scene.sender(found, s, f"host:{n}:x")) for n in range(4)]
        for seq in range(1, batches + 1):
            with s._db.write() as connection:
                connection.exec_driver_sql("update pace set next_at = 0")
            workers[seq % 4].send_batch(record.id, seq)


def test_three_doubts_in_a_row_pause_the_issue_whoever_had_them(s: Store, found: Settings, fake: MailgunFake) -> None:
    record = scene.handed_over(found, s, 50)
    fake.faults += [None, Fault(500), Fault(500), Fault(500)]
    by_turns(s, found, record, 5)
    assert s.ledger.counts(record.id) == Counts(audience=50, pending=10, accepted=10, in_doubt=30)
    halt = s.ledger.halt(record.id)
    assert halt
    assert halt.by == "the breaker"
    assert halt.reason.startswith("3 batches in a row may have been taken or not: 500")


@pytest.mark.parametrize("between", ["an answer", "a person's word"])
def test_doubts_with_something_in_between_are_no_row(
    s: Store, found: Settings, fake: MailgunFake, between: str
) -> None:
    record = scene.handed_over(found, s, 50)
    fake.faults += [Fault(500), Fault(500)]
    by_turns(s, found, record, 2)
    if between == "an answer":
        fake.faults += [None, Fault(500), Fault(500)]
    else:
        s.ledger.pause(record.id, "Olena", "", datetime.now(UTC))
        s.ledger.resume(record.id, "Olena", datetime.now(UTC))
        fake.faults += [Fault(500), Fault(500)]
    by_turns(s, found, record, 5)
    assert s.ledger.halt(record.id) is None
    assert s.ledger.counts(record.id) == Counts(audience=50, accepted=10, in_doubt=40)


def test_what_a_person_sends_again_is_no_alarm(s: Store, found: Settings, fake: MailgunFake) -> None:
    record = scene.handed_over(found, s, 10)
    fake.faults.append(Fault(500))
    with scene.sender(found, s) as worker:
        assert worker.send_batch(record.id, 1) is None
        assert s.ledger.counts(record.id).in_doubt == 10
        s.ledger.send_again(record.id, 1, "Olena", scene.scene.NOW)
        worker._store.paces.rest("mailgun T", 0)
        place = s.paces.take("mailgun T", 0)
        if place.wait_s:  # the pause after a doubt
            worker._stop.wait(place.wait_s)
        assert worker.send_batch(record.id, 1) is None
    assert s.ledger.counts(record.id) == Counts(audience=10, accepted=10)


def test_a_batch_of_a_copied_database_is_not_sent(s: Store, found: Settings, fake: MailgunFake) -> None:
    record = scene.handed_over(found, s, 10)
    s.instance.paused("weekly", scene.scene.NOW)
    with s._db.write() as connection:
        connection.exec_driver_sql("update instance set identity = 'elsewhere'")
    with scene.sender(found, s) as worker:
        assert worker.send_batch(record.id, 1) == timedelta(minutes=1)
        s.instance.resume("", scene.scene.NOW)
        assert worker.send_batch(record.id, 1) is None
    assert len(fake.calls) == 1


def test_a_short_issue_does_not_wait_for_the_end_of_a_long_one(s: Store, found: Settings) -> None:
    """Its first batch stands beside what is next of the other, its second beside what comes after that."""
    long = scene.handed_over(found, s, 80)
    with s._db.write() as connection:
        connection.exec_driver_sql("delete from procrastinate_jobs where args ->> 'batch' in ('1', '2', '3')")
    s.people.add([Subscriber(f"p{n}@readers.org") for n in range(20)], "daily", scene.scene.NOW)
    short = s.issues.begin("daily", SLOT, "daily-2026-W47", scene.scene.NOW)
    s.ledger.freeze_audience(
        short.id,
        provider="mailgun",
        batch_size=10,
        unsubscribe_url="https://n.example/u/",
        at=scene.scene.NOW,
        jobs=True,
    )
    with s._db.read() as connection:
        found_jobs = connection.exec_driver_sql(
            "select (args ->> 'issue')::int, (args ->> 'batch')::int from procrastinate_jobs order by priority desc, id"
        ).all()
    assert [tuple(job) for job in found_jobs] == [
        (long.id, 4), (long.id, 5), (short.id, 1), (long.id, 6), (short.id, 2), (long.id, 7), (long.id, 8),
    ]  # fmt: skip


def test_a_worker_that_left_is_not_shown(s: Store) -> None:
    s.fleet.beat(Beat("a:1:x", 2, "weekly batch 3", 4, 40), 60)
    s.fleet.beat(Beat("b:1:y", 1), -1)
    shown = [(w.name, w.alive, w.slots, w.doing, w.batches, w.emails) for w in s.fleet.workers()]
    assert shown == [("a:1:x", True, 2, "weekly batch 3", 4, 40), ("b:1:y", False, 1, "", 0, 0)]
    s.fleet.leave("a:1:x")
    assert [w.name for w in s.fleet.workers()] == ["b:1:y"]
