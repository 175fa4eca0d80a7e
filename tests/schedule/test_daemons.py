"""Four real daemons on one store, killed and started again: one issue for each slot, nobody gets it twice."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest

from digest import config, store
from digest.compose import window
from digest.models import Subscriber
from tests.builders import REPOSITORY
from tests.fakes import DOMAIN, TOKEN, MailgunFake
from tests.schedule.process import START

SLOTS = int(os.environ.get("DIGEST_TEST_SLOTS", "2"))
"""Of days, each of which lasts `DAY_S` seconds; the long form is 20."""
DAY_S = 6.0
PATIENCE_S = 45
"""On a machine that is busy with other things."""
PEOPLE = 40

DAILY = """
[schedule]
every = "day"
closes = "18:00"
send = "19:00"
approval = "automatic"
late_by_at_most = "23h"
"""


def daemon(folder, began):
    arguments = [sys.executable, "-m", "tests.schedule.process", folder, str(began), str(86400 / DAY_S)]
    with (folder / "daemon.log").open("ab") as log:
        given = os.environ | {"MAILGUN_TOKEN": TOKEN}
        return subprocess.Popen(arguments, cwd=REPOSITORY, env=given, stderr=log, stdout=log)


def skipped_before(opened, settings):
    """An issue of the day before, so that the newsletter is no new one: a day lasts less than its look back."""
    slot = window.latest_due(settings.schedule, settings.newsletter.zone, START)
    record = opened.issues.begin("weekly", slot, f"weekly-{slot.period}", START)
    opened.issues.skip(record.id, "before the test", START)


def configured(folder, url):
    shipped = (REPOSITORY / "config.toml").read_text(encoding="utf-8")
    before, _, rest = shipped.partition("[schedule]")
    _, _, after = rest.partition("# Where the articles come from.")
    send = f'[send.mailgun]\ntoken = {{ env = "MAILGUN_TOKEN" }}\ndomain = "{DOMAIN}"\nbase_url = "{url}"\n'
    text = f"{before}{DAILY}\n# Where the articles come from.{after}\n{send}"
    text = text.replace('provider = "outbox"', 'provider = "mailgun"\nbatch = 10').replace("workers = 1", "workers = 2")
    text = text.replace('kind = "sample"', 'every = "30d"\nkind = "sample"', 1)
    (folder / "config.toml").write_text(text, encoding="utf-8")


def sent(opened):
    """Issues that went out, or are going out."""
    return [record for record in opened.issues.all() if record.state == "approved"]


def settled(opened, record):
    counts = opened.ledger.counts(record.id)
    return counts.audience and not (counts.pending or counts.in_flight)


@pytest.mark.timeout(180)
def test_four_daemons_that_are_killed_send_each_slot_once(tmp_path):
    seed = int.from_bytes(os.urandom(2))
    dice = random.Random(seed)
    with MailgunFake(latency_s=0.02) as fake, store.open("sqlite:///digest.db", folder=tmp_path) as opened:
        configured(tmp_path, fake.url)
        opened.people.add([Subscriber(f"r{n}@readers.org", origin="a test") for n in range(PEOPLE)], "weekly", START)
        skipped_before(opened, config.load(tmp_path / "config.toml"))
        began = time.time()
        running = [daemon(tmp_path, began) for _ in range(4)]
        kills = 0
        try:
            while len(sent(opened)) < SLOTS and time.time() - began < SLOTS * DAY_S + PATIENCE_S:
                time.sleep(dice.uniform(0.5, 1.5) * DAY_S / 4)
                up = [at for at, each in enumerate(running) if (tmp_path / f"{each.pid}.up").exists()]
                if not up:  # on a busy machine: to kill what has not begun would show nothing
                    continue
                at = dice.choice(up)
                running[at].kill()
                running[at].wait()
                running[at] = daemon(tmp_path, began)
                kills += 1
            done_by = time.time() + PATIENCE_S  # who was started last comes up, and does what is left
            while time.time() < done_by and not all(settled(opened, record) for record in sent(opened)):
                time.sleep(0.2)
        finally:
            for each in running:
                each.terminate()
            codes = [each.wait(30) for each in running]
        issues = sent(opened)
        counts = [opened.ledger.counts(record.id) for record in issues]
    mails = Counter((mail.address, tag) for mail in fake.accepted for tag in mail.tags if tag.count("-") == 3)
    twice = {who: n for who, n in mails.items() if n > 1}
    told = f"seed {seed}: {kills} kills, {len(issues)} issues, {sum(c.in_doubt for c in counts)} in doubt"
    (tmp_path / "told").write_text(told, encoding="utf-8")
    assert (twice, len({r.period for r in issues})) == ({}, len(issues)), told
    assert len(issues) >= SLOTS, (told, (tmp_path / "daemon.log").read_text(encoding="utf-8")[-3000:])
    assert all(c.accepted + c.in_doubt == PEOPLE for c in counts), told
    assert set(codes) <= {0, -signal.SIGTERM}, codes  # one that had only just begun has no drain yet
