"""One pace for all who use an account: places in a row of the database."""

import itertools
import threading
import time

import pytest

from digest.config import Settings
from digest.send.shared import SharedPace, account
from digest.store.opened import Store
from digest.store.paces import Place
from tests.fakes import ResendFake
from tests.fleet import scene


def close(wait_s: float) -> object:
    """About so long: the clock goes on between two questions."""
    return pytest.approx(wait_s, abs=0.4)


def test_each_call_waits_until_those_before_it_are_paid_for(s: Store) -> None:
    waits = [s.paces.take("a", 100, per_s=10).wait_s for _ in range(4)]
    assert waits == [0, close(10), close(20), close(30)]
    assert s.paces.take("another", 100, per_s=10).wait_s == 0


def test_after_a_rest_a_burst_may_go_at_once(s: Store) -> None:
    waits = [s.paces.take("a", 50, per_s=10, burst=100).wait_s for _ in range(4)]
    assert waits == [0, 0, 0, close(5)]


def test_without_a_rate_nobody_waits(s: Store) -> None:
    assert [s.paces.take("a", 1000).wait_s for _ in range(3)] == [0, 0, 0]


def test_a_place_too_far_away_is_not_taken(s: Store) -> None:
    s.paces.rest("a", 600)
    far = s.paces.take("a", 100, per_s=10)
    assert far == Place(close(600), taken=False)
    assert s.paces.take("a", 100, per_s=10, longest_s=900).wait_s == close(600)


def test_what_goes_before_the_bulk_waits_for_nothing_and_is_paid_for(s: Store) -> None:
    s.paces.take("a", 100, per_s=10)
    s.paces.pay("a", 20, per_s=10)
    assert s.paces.take("a", 100, per_s=10).wait_s == close(12)
    s.paces.pay("without a limit", 20)
    assert s.paces.take("without a limit", 100).wait_s == 0


def test_a_refusal_slows_everybody_once_for_all_calls_under_way(s: Store) -> None:
    under_way = [s.paces.take("a", 1) for _ in range(3)]
    for place in under_way:
        s.paces.refused("a", place.at)
    slower = [s.paces.take("a", 1) for _ in range(3)]
    assert all(place.slowed for place in slower)
    assert slower[2].wait_s - slower[1].wait_s == pytest.approx(0.05, abs=0.03)
    s.paces.refused("a", slower[2].at)
    gaps = [s.paces.take("a", 1).at for _ in range(2)]
    assert gaps[1] - gaps[0] == pytest.approx(0.1, abs=0.03)


def test_what_is_accepted_quickens_it_again(s: Store) -> None:
    s.paces.refused("a", s.paces.take("a", 1).at)
    for _ in range(21):
        s.paces.accepted("a")
    places = [s.paces.take("a", 1) for _ in range(2)]
    assert places[1].at - places[0].at == pytest.approx(0.05 / 2.05, abs=0.005)


def test_places_are_given_out_once_to_many_at_a_time(s: Store) -> None:
    got: list[float] = []

    def ask() -> None:
        got.extend([s.paces.take("a", 10, per_s=100).at for _ in range(20)])

    askers = [threading.Thread(target=ask) for _ in range(6)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    got.sort()
    assert len(got) == 120
    assert min(b - a for a, b in itertools.pairwise(got)) >= 0.0999


def test_newsletters_with_one_account_have_one_pace(found: Settings) -> None:
    other = found.send.model_copy(update={"rate_per_s": 5.0})
    assert account(found.send) == account(other) == "mailgun T"


def test_a_limit_that_one_worker_hears_of_holds_for_all(s: Store, found: Settings) -> None:
    hears, other = SharedPace(s.paces, found.send), SharedPace(s.paces, found.send)
    hears.place(10)
    hears.hear({"ratelimit-remaining": "0", "ratelimit-reset": "50"})
    assert other.place(10).wait_s == close(50)


def test_a_pace_that_cannot_be_told_costs_no_email(s: Store, found: Settings) -> None:
    pace = SharedPace(s.paces, found.send)
    place = pace.place(10)
    with s._db.write() as connection:
        connection.exec_driver_sql("alter table pace rename to gone")
    pace.refused()
    assert place.taken


def test_an_issue_goes_out_at_the_pace(s: Store, url, tmp_path) -> None:
    with ResendFake() as fake:
        found = scene.by_workers(tmp_path, url, fake.name, fake.url, batch=10, rate_per_s=50.0)
        record = scene.handed_over(found, s, 40)
        began = time.monotonic()
        with scene.sender(found, s) as one, scene.sender(found, s, "other:2:x") as other:
            for seq in range(1, 5):
                assert (one if seq % 2 else other).send_batch(record.id, seq) is None
        assert len(fake.accepted) == 40
        assert 0.6 <= time.monotonic() - began < 5
