import pytest

from digest.send import Pace
from digest.send.pace import asked_pause_s


def test_a_call_waits_until_the_earlier_ones_are_paid_for():
    now = 0.0
    pace = Pace(10, clock=lambda: now)
    waits = [pace.wait_s()]
    pace.spend(5)
    waits.append(pace.wait_s())
    now = 0.2
    waits.append(pace.wait_s())
    now = 0.6
    waits.append(pace.wait_s())

    assert [round(wait, 6) for wait in waits] == [0.0, 0.5, 0.3, 0.0]


def test_time_without_calls_is_not_saved_up():
    now = 0.0
    pace = Pace(10, clock=lambda: now)
    now = 100.0
    pace.spend(5)

    assert pace.wait_s() == 0.5


def test_calls_that_start_together_are_paid_together():
    pace = Pace(10, clock=lambda: 0.0)
    pace.spend(5)
    pace.spend(5)

    assert pace.wait_s() == 1.0


def test_a_burst_goes_out_at_once_after_a_rest():
    now = 100.0
    pace = Pace(10, burst=20, clock=lambda: now)
    now = 200.0
    waits = []
    for _ in range(4):
        pace.spend(10)
        waits.append(pace.wait_s())

    assert waits == [0.0, 0.0, 1.0, 2.0]


def test_a_refusal_halves_the_rate_of_calls_and_success_raises_it_little_by_little():
    now = 0.0
    pace = Pace(clock=lambda: now)
    for _ in range(5):
        pace.spend(1)
        now += 0.1
    pace.refused()
    halved = pace.wait_s()
    pace.refused()
    quartered = pace.wait_s()
    now += quartered
    gaps = []
    for _ in range(60):
        pace.accepted()
        pace.spend(1)
        gaps.append(pace.wait_s())
        now += gaps[-1]

    assert (round(halved, 3), round(quartered, 3)) == (0.2, 0.4)
    assert gaps == sorted(gaps, reverse=True)
    assert gaps[-1] == pytest.approx(0.1, abs=0.01)


def test_refusals_never_slow_it_to_a_standstill():
    pace = Pace(clock=lambda: 0.0)
    for _ in range(99):
        pace.refused()

    assert pace.wait_s() == 60.0


NOW = "Fri, 20 Nov 2026 14:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "pause"),
    [
        ({"ratelimit-remaining": "0", "ratelimit-reset": "7"}, 7.0),
        ({"ratelimit-remaining": "1", "ratelimit-reset": "7"}, 0.0),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1795183230", "date": NOW}, 30.0),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1795183230000", "date": NOW}, 30.0),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1795183230"}, 0.0),
        ({"x-sib-ratelimit-remaining": "-1", "x-sib-ratelimit-reset": "1.5"}, 1.5),
        ({"x-ratelimit-remaining": "0"}, 0.0),
        ({"x-ratelimit-remaining": "none", "x-ratelimit-reset": "soon"}, 0.0),
        ({}, 0.0),
    ],
    ids=["seconds", "room left", "a time", "milliseconds", "no date", "brevo", "no reset", "nonsense", "nothing"],
)
def test_a_providers_own_limit_is_waited_for(headers, pause):
    now = Pace(clock=lambda: 0.0)
    now.hear(headers)

    assert (asked_pause_s(headers), now.wait_s()) == (pause, pause)
