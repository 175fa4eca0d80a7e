"""What a worker looks after: batches of the dead, doubts that are due, jobs that got lost, too many rejections."""

import time

import pytest

from digest.config import Settings
from digest.models import Counts, Event, Outcome, Settled
from digest.pipeline.workers import Sender
from digest.store.fleet import Beat, Jobs
from digest.store.issues import IssueRecord
from digest.store.opened import Store
from tests.fakes import MailgunFake, ResendFake
from tests.fleet import scene


def steady(worker: Sender) -> Sender:
    """It has beaten for longer than its lease."""
    worker.done.beating_since = time.monotonic() - scene.LEASE_S - 1
    return worker


def claimed_by(s: Store, record: IssueRecord, owner: str) -> None:
    """The first batch is in its hands."""
    assert s.ledger.claim(record.id, issue_key=record.key, owner=owner, at=scene.job().now)


def test_what_the_dead_held_is_in_doubt_and_what_the_living_hold_is_theirs(s: Store, found: Settings) -> None:
    record = scene.handed_over(found, s, 40)
    claimed_by(s, record, "living:1:x:1")
    claimed_by(s, record, "dead:2:y:1")
    claimed_by(s, record, "unknown:3:z:1")
    s.fleet.beat(Beat("living:1:x", 1), 60)
    s.fleet.beat(Beat("dead:2:y", 1), -1)
    with scene.sender(found, s) as worker:
        steady(worker).look()
    assert [doubt.seq for doubt in s.ledger.in_doubt(record.id)] == [2, 3]
    assert s.ledger.counts(record.id) == Counts(audience=40, pending=10, in_flight=10, in_doubt=20)


def test_after_an_outage_nobody_is_taken_for_dead_at_once(s: Store, found: Settings) -> None:
    record = scene.handed_over(found, s, 10)
    claimed_by(s, record, "late:2:y:1")
    with scene.sender(found, s) as worker:
        worker.look()
        worker.done.beating_since = time.monotonic()
        worker.look()
        assert s.ledger.counts(record.id).in_flight == 10
        steady(worker).look()
    assert s.ledger.counts(record.id).in_doubt == 10


def test_an_answer_that_comes_after_its_sender_was_taken_for_dead_still_counts(s: Store, found: Settings) -> None:
    record = scene.handed_over(found, s, 10)
    batch = s.ledger.claim(record.id, issue_key=record.key, owner="slow:2:y:1", at=scene.job().now)
    assert batch
    with scene.sender(found, s) as worker:
        steady(worker).look()
    assert s.ledger.counts(record.id).in_doubt == 10
    taken = Settled(tuple(Outcome(d.number, "accepted") for d in batch.deliveries))
    assert s.ledger.settle(record.id, batch, taken, owner="slow:2:y:1", at=scene.scene.NOW)
    assert s.ledger.counts(record.id) == Counts(audience=10, accepted=10)


def test_a_batch_of_the_dead_is_asked_for_again_where_the_provider_knows_it(s: Store, url, tmp_path) -> None:
    with ResendFake() as fake:
        found = scene.by_workers(tmp_path, url, fake.name, fake.url, batch=10)
        record = scene.handed_over(found, s, 10)
        assert s.ledger.claim(record.id, issue_key=record.key, owner="dead:2:y:1", at=scene.job().now)
        with scene.sender(found, s) as worker:
            steady(worker).look()
            assert s.ledger.counts(record.id).pending == 10
            assert worker.send_batch(record.id, 1) is None
        assert s.ledger.counts(record.id) == Counts(audience=10, accepted=10)


def test_a_batch_without_a_job_gets_one_and_only_one(s: Store, found: Settings) -> None:
    record = scene.handed_over(found, s, 30)
    with s._db.write() as connection:
        connection.exec_driver_sql("delete from procrastinate_jobs where args ->> 'batch' <> '2'")
    with scene.sender(found, s) as worker:
        worker.look()
        worker.look()
    assert s.fleet.jobs() == Jobs(due=3, later=0, doing=0)
    assert s.fleet.defer(record.id) == 0


def test_the_jobs_of_the_dead_are_for_others_to_take(s: Store, found: Settings) -> None:
    scene.handed_over(found, s, 30)
    with s._db.write() as connection:
        for age_s in (0, 100):
            connection.exec_driver_sql(
                f"insert into procrastinate_workers (last_heartbeat) values (now() - interval '{age_s} s')"
            )
        for batch, host in ((1, "1"), (2, "2"), (3, "null")):
            connection.exec_driver_sql(
                f"update procrastinate_jobs set status = 'doing', worker_id = {host} where args ->> 'batch' = '{batch}'"
            )
    assert s.fleet.jobs() == Jobs(due=0, later=0, doing=3)
    with scene.sender(found, s) as worker:
        worker.look()
    assert s.fleet.jobs() == Jobs(due=2, later=0, doing=1)


def test_an_issue_of_which_too_much_is_rejected_is_paused_whoever_sent_it(s: Store, found: Settings) -> None:
    """Each of many workers may see too few of them to tell."""
    record = scene.handed_over(found, s, 200)
    for n in range(20):
        batch = s.ledger.claim(record.id, issue_key=record.key, owner=f"w{n}:1:x:1", at=scene.job().now)
        assert batch
        states = ["rejected", *["accepted"] * 9]
        outcomes = tuple(Outcome(d.number, state) for d, state in zip(batch.deliveries, states, strict=True))
        s.ledger.settle(record.id, batch, Settled(outcomes), owner=f"w{n}:1:x:1", at=scene.scene.NOW)
        if n < 9:
            continue
        with scene.sender(found, s) as worker:
            worker.look()
        break
    halt = s.ledger.halt(record.id)
    assert halt
    assert (halt.what, halt.reason.partition(";")[0]) == (
        "paused", "10 recipients were rejected, 10% of 100, more than 5%",
    )  # fmt: skip
    s.ledger.resume(record.id, "Olena", scene.scene.NOW)
    with scene.sender(found, s) as worker:
        worker.look()
    assert s.ledger.halt(record.id) is None


def test_an_issue_that_many_call_spam_is_paused_for_all_workers(s: Store, found: Settings) -> None:
    record = scene.handed_over(found, s, 60)
    batch = s.ledger.claim(record.id, issue_key=record.key, owner="w:1:x:1", at=scene.job().now)
    assert batch
    outcomes = tuple(Outcome(each.number, "accepted") for each in batch.deliveries)
    s.ledger.settle(record.id, batch, Settled(outcomes), owner="w:1:x:1", at=scene.scene.NOW)
    heard = [
        Event(f"e{d.number}", "complained", d.address, scene.scene.NOW, issue_key=record.key, number=d.number)
        for d in batch.deliveries
    ]
    for several, paused in ((5, None), (6, "paused")):
        s.events.record([("mailgun", each) for each in heard[:several]], scene.scene.NOW)
        with scene.sender(found, s) as worker:
            worker.look()
        halt = s.ledger.halt(record.id)
        assert (halt.what if halt else None) == paused
    assert halt
    assert halt.reason.startswith("6 recipients called it spam")
    assert f"`digest resume {record.key}` where workers send" in halt.reason


@pytest.mark.parametrize("send", [{"engine": "embedded"}], ids=["embedded"])
def test_an_issue_that_is_sent_without_workers_is_left_alone(s: Store, found: Settings, send: dict[str, str]) -> None:
    record = scene.handed_over(found, s, 20)
    claimed_by(s, record, "another:1:x:1")
    other = found.model_copy(update={"send": found.send.model_copy(update=send)})
    with scene.sender(other, s) as worker:
        steady(worker).look()
        assert worker.send_batch(record.id, 2)
    assert s.ledger.counts(record.id) == Counts(audience=20, pending=10, in_flight=10)


def test_nothing_is_looked_at_while_another_process_decides(s: Store, found: Settings) -> None:
    record = scene.handed_over(found, s, 10)
    claimed_by(s, record, "dead:1:x:1")
    with s.lock(), scene.sender(found, s) as worker:
        steady(worker).look()
    assert s.ledger.counts(record.id).in_flight == 10


def test_a_doubt_that_is_due_is_asked_about(s: Store, found: Settings, fake: MailgunFake) -> None:
    record = scene.handed_over(found, s, 10)
    claimed_by(s, record, "dead:1:x:1")
    with s._db.write() as connection:  # two days ago: the quiet period is over
        connection.exec_driver_sql("update attempt set started = started - 172800000000")
    with scene.sender(found, s) as worker:
        steady(worker).look()
        worker.look()
    assert [doubt.told for doubt in s.ledger.in_doubt(record.id)] == ["it knows 0 of 10, and has not taken the others"]
    assert any("/events" in call.path for call in fake.calls)
