"""The short form: a few workers killed and cut off, a server that crashes. `python -m tests.faults fleet` is the long one."""

from tests.faults import fleet

SMALL = fleet.Size(people=600, batch=10, workers=2, latency_s=0.02)


def test_workers_that_are_killed_and_cut_off_send_nobody_two_and_forget_nobody():
    done = fleet.killed(3, 3, SMALL)

    assert (done.duplicates, done.lost, done.false_accepted, done.left) == (0, 0, 0, 0)
    assert done.in_doubt <= 3 * SMALL.slots * SMALL.batch


def test_a_server_that_crashes_under_workers_costs_nothing():
    done = fleet.restarted(3, SMALL)

    assert (done.duplicates, done.lost, done.false_accepted, done.left, done.in_doubt) == (0, 0, 0, 0, 0)
