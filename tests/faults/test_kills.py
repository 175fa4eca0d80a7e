"""The short form: a few kills and drains. `python -m tests.faults` is the long one."""

import pytest

from tests.faults import kills


@pytest.mark.parametrize("policy", kills.POLICIES)
def test_a_sender_that_is_killed_again_and_again_sends_nobody_two_and_forgets_nobody(policy):
    done = kills.killed(policy, kills=8, people=120, batch=5, workers=3)

    assert (done.duplicates, done.lost, done.false_accepted) == (0, 0, 0)
    assert done.kills == 8
    assert 5 <= done.most_at_once <= 3 * 5
    assert done.in_doubt == 0 if policy != "hold" else done.in_doubt <= done.kills * 3 * 5


def test_a_sender_that_is_told_to_end_leaves_nothing_in_doubt():
    drains, longest_s, verdict = kills.drained(6, people=200, batch=5)

    assert (drains, verdict.clean, verdict.in_doubt, verdict.pending) == (6, True, 0, 0)
    assert longest_s < 20
