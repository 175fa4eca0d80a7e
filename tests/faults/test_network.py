"""The short form: a few cuts. `python -m tests.faults network` is the long one."""

import pytest

from tests.faults import network


@pytest.mark.parametrize("policy", network.POLICIES)
def test_a_network_that_is_cut_costs_nobody_an_email_and_gives_nobody_two(policy):
    cuts, verdict = network.cut(policy, 3, people=200, batch=5)

    assert (cuts, verdict.clean, verdict.pending) == (3, True, 0), verdict
    assert verdict.in_doubt <= (cuts * 3 * 5 if policy == "hold" else 0)
