"""The short form: some of the places. `python -m tests.faults` visits all of them."""

import pytest

from digest.send.breaker import DOUBTS
from tests.faults import syscalls
from tests.faults.scene import Launcher

KILLS = [
    ("fdatasync", "2"),
    ("fdatasync", "3"),
    ("pwrite64", "9"),
    ("sendto", "1"),
    ("recvfrom", "1"),
    ("recvfrom", "2"),
]
ERRORS = [
    ("pwrite64", "9", "error=ENOSPC"),
    ("pwrite64", "9+", "error=EROFS"),
    ("fdatasync", "2", "error=EIO"),
    ("sendto", "2", "error=EPIPE"),
    ("recvfrom", "1+", "error=ECONNRESET"),
]


@pytest.fixture(scope="module")
def launcher():
    syscalls.require()
    with Launcher() as started:
        yield started


@pytest.mark.parametrize(("call", "when"), KILLS, ids=lambda value: value)
def test_a_kill_at_a_call_to_the_system_costs_nobody_an_email_and_gives_nobody_two(launcher, call, when):
    verdict = syscalls.disturbed(launcher, "key", syscalls.Point(call, when, "signal=KILL"))

    assert (verdict.clean, verdict.in_doubt, verdict.pending) == (True, 0, 0), verdict


@pytest.mark.parametrize(("call", "when", "what"), ERRORS, ids=lambda value: value)
def test_an_error_of_the_system_costs_nobody_an_email_and_gives_nobody_two(launcher, call, when, what):
    verdict = syscalls.disturbed(launcher, "hold", syscalls.Point(call, when, what))

    assert (verdict.clean, verdict.pending) == (True, 0), verdict
    assert verdict.in_doubt <= DOUBTS * syscalls.BATCH
