"""SIGKILL in the middle of writing files, and then the run again. Those of providers: tests/faults/test_kills.py."""

import subprocess
import sys
import time

from digest.models import Counts
from tests.builders import REPOSITORY
from tests.send.scene import KEY, frozen

PEOPLE, BATCH = 120, 5
EVERYONE = {f"reader{n}@readers.org" for n in range(1, PEOPLE + 1)}


def sender(folder):
    command = [sys.executable, "-m", "tests.send.process", str(folder), "3"]
    return subprocess.Popen(command, cwd=REPOSITORY)


def test_outbox_after_a_kill_everyone_has_one_whole_file(store, tmp_path):
    record, folder = frozen(store, PEOPLE, BATCH), tmp_path / "outbox" / KEY
    killed = sender(tmp_path)
    while len(list(folder.glob("*.eml"))) < 8:
        assert killed.poll() is None, "it ended before it could be killed"
        time.sleep(0.002)
    killed.kill()
    killed.wait()

    assert sender(tmp_path).wait() == 0

    assert store.ledger.counts(record.id) == Counts(audience=PEOPLE, accepted=PEOPLE)
    assert {file.name.partition("-")[2] for file in folder.iterdir()} == {f"{a}.eml" for a in EVERYONE} | {""}
    assert len(list(folder.iterdir())) == PEOPLE + 1
    assert all(file.read_bytes().endswith(b"--\r\n") for file in folder.glob("*.eml"))
