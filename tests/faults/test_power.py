"""The short form: the disks that a power cut leaves around each call. `python -m tests.faults power` tries all."""

import pytest

from tests.faults import mutants, power, syscalls


@pytest.mark.parametrize(("policy", "in_doubt"), [("hold", syscalls.BATCH), ("key", 0)])
def test_a_power_cut_costs_nobody_an_email_and_gives_nobody_two(policy, in_doubt):
    syscalls.require()
    verdicts = list(power.all_resumed(policy, short=True))

    assert len(verdicts) >= 2 * syscalls.PEOPLE // syscalls.BATCH
    assert [v for v in verdicts if not v.clean or v.pending or v.in_doubt > in_doubt] == []


def test_a_commit_that_does_not_wait_for_the_disk_is_noticed():
    syscalls.require()
    assert mutants.caught("a commit is not synced")
