from digest.send import Pace


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
