"""SIGKILL in the middle of a run, with calls in flight, and then the run again."""

import subprocess
import sys
import time
from collections import Counter

from digest.models import Counts
from tests.builders import REPOSITORY
from tests.send.scene import KEY, frozen

PEOPLE, BATCH, WORKERS = 120, 5, 3
EVERYONE = {f"reader{n}@readers.org" for n in range(1, PEOPLE + 1)}


def sender(folder, name, url):
    command = [sys.executable, "-m", "tests.send.process", str(folder), name, url, str(WORKERS)]
    return subprocess.Popen(command, cwd=REPOSITORY)


def kill_when(process, is_time):
    while not is_time():
        assert process.poll() is None, "it ended before it could be killed"
        time.sleep(0.002)
    process.kill()
    process.wait()


def interrupted(store, folder, fake, name):
    """The counts after a run that was killed and one that was not."""
    fake.latency_s = 0.1
    record = frozen(store, PEOPLE, BATCH)
    kill_when(sender(folder, name, fake.url), lambda: len(fake.calls) >= 8)
    killed = store.ledger.counts(record.id)
    assert 1 <= killed.in_flight <= WORKERS * BATCH
    fake.latency_s = 0.0
    assert sender(folder, name, fake.url).wait() == 0
    return store.ledger.counts(record.id)


def test_resend_after_a_kill_everyone_has_it_once(store, tmp_path, resend):
    counts = interrupted(store, tmp_path, resend, "resend")

    assert counts == Counts(audience=PEOPLE, accepted=PEOPLE)
    assert Counter(resend.addresses) == Counter(EVERYONE)


def test_mailgun_after_a_kill_nobody_has_it_twice_and_the_unknown_is_bounded(store, tmp_path, mailgun):
    counts = interrupted(store, tmp_path, mailgun, "mailgun")

    assert max(Counter(mailgun.addresses).values()) == 1
    assert BATCH <= counts.in_doubt <= WORKERS * BATCH
    assert counts == Counts(audience=PEOPLE, accepted=PEOPLE - counts.in_doubt, in_doubt=counts.in_doubt)
    states = {address: state for address, state, _ in store.ledger.recipients(store.issues.get(KEY).id)}
    assert EVERYONE - set(mailgun.addresses) <= {a for a, state in states.items() if state == "in doubt"}


def test_outbox_after_a_kill_everyone_has_one_whole_file(store, tmp_path):
    record, folder = frozen(store, PEOPLE, BATCH), tmp_path / "outbox" / KEY
    kill_when(sender(tmp_path, "outbox", ""), lambda: len(list(folder.glob("*.eml"))) >= 8)

    assert sender(tmp_path, "outbox", "").wait() == 0

    assert store.ledger.counts(record.id) == Counts(audience=PEOPLE, accepted=PEOPLE)
    assert {file.name.partition("-")[2] for file in folder.iterdir()} == {f"{a}.eml" for a in EVERYONE} | {""}
    assert len(list(folder.iterdir())) == PEOPLE + 1
    assert all(file.read_bytes().endswith(b"--\r\n") for file in folder.glob("*.eml"))
