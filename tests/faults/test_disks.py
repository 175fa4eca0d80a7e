"""The short form. `python -m tests.faults disks` goes from no room at all to enough of it."""

import pytest

from tests.fakes import MailgunFake
from tests.faults import disks, scene
from tests.faults.scene import Launcher, Sender


@pytest.fixture(autouse=True)
def _may_mount():
    disks.require()


@pytest.mark.parametrize("room_kib", [0, 100])
def test_a_full_disk_costs_nobody_an_email_and_gives_nobody_two(room_kib):
    verdict = disks.full(40, 2, room_kib)

    assert (verdict.clean, verdict.pending) == (True, 0), verdict
    assert verdict.in_doubt <= 2


def test_nothing_is_sent_from_a_disk_that_cannot_be_written(tmp_path):
    with MailgunFake() as fake, disks.disk(tmp_path, "size=64m"), Launcher() as launcher:
        with scene.issue(tmp_path, 4, 2) as store:
            pass
        sender = Sender(str(tmp_path), fake.name, fake.url)
        disks.change(tmp_path, "ro")
        assert launcher.run(sender) == 1
        assert fake.calls == []
        disks.change(tmp_path, "rw")
        assert launcher.run(sender) == 0
        with scene.stores.open(scene.URL, folder=tmp_path) as store:
            verdict = scene.verdict(store, fake)
    assert (verdict.clean, verdict.pending, len(fake.addresses)) == (True, 0, 4)
