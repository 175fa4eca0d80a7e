"""SIGKILL and SIGTERM at random moments of a sending, again and again until everybody is accounted for."""

from __future__ import annotations

import random
import signal
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

from tests.fakes import Fake, MailgunFake, ResendFake
from tests.faults import scene
from tests.faults.scene import Launcher, Sender, Verdict

POLICIES: dict[str, tuple[type[Fake], str]] = {
    "hold": (MailgunFake, "hold"),
    "ask": (MailgunFake, "ask"),
    "key": (ResendFake, "hold"),
}
"""What becomes of a doubt -> the provider, and `send.in_doubt`."""
HOUR_S = 3600.0


@dataclass(frozen=True, slots=True)
class Killed:
    """What came of one policy."""

    policy: str
    kills: int
    campaigns: int
    people: int
    duplicates: int
    lost: int
    false_accepted: int
    in_doubt: int
    """At the end of all campaigns."""
    most_at_once: int
    """In doubt after one kill: at most a batch for each worker."""


def killed(policy: str, kills: int, people: int, batch: int, *, workers: int = 3, seed: int = 1) -> Killed:
    """So many kills, over as many campaigns of `people` as that takes."""
    chance, done, verdicts, most = random.Random(seed), 0, [], 0
    with Launcher() as launcher:
        while done < kills:
            with tempfile.TemporaryDirectory() as folder:
                number, verdict, worst = _campaign(
                    launcher, Path(folder), policy, (people, batch, workers), chance, kills - done
                )
            done, most = done + number, max(most, worst)
            verdicts.append(verdict)
    return Killed(
        policy, done, len(verdicts), sum(v.people for v in verdicts), sum(v.duplicates for v in verdicts),
        sum(v.forgotten for v in verdicts), sum(v.false_accepted for v in verdicts),
        sum(v.in_doubt for v in verdicts), most,
    )  # fmt: skip


def _campaign(
    launcher: Launcher, folder: Path, policy: str, size: tuple[int, int, int], chance: random.Random, most_kills: int
) -> tuple[int, Verdict, int]:
    """Kills a campaign until it has ended; how often, what became of it, and the most that a kill left in doubt."""
    (kind, in_doubt), (people, batch, workers) = POLICIES[policy], size
    kills, worst, before = 0, 0, 0
    with kind(latency_s=0.01) as fake, scene.issue(folder, people, batch) as store:
        record = store.issues.get(scene.scene.KEY)
        assert record
        sender = Sender(str(folder), fake.name, fake.url, workers=workers, in_doubt=in_doubt)
        while kills < most_kills:
            seen = len(fake.calls) + chance.randrange(1, 12)
            pid = launcher.start(sender)
            scene.until(lambda seen=seen: len(fake.calls) >= seen, 1.0)
            time.sleep(chance.random() * 0.01)
            scene.kill(pid, signal.SIGKILL)
            if launcher.wait() == 0:
                break
            kills += 1
            unknown = store.ledger.counts(record.id)
            worst = max(worst, unknown.in_flight)
            before = unknown.in_doubt
            sender = replace(sender, ahead_s=sender.ahead_s + HOUR_S * (policy == "ask"))
        time.sleep(0.05)  # what a killed sender had handed over has arrived by then
        while launcher.run(replace(sender, ahead_s=sender.ahead_s + HOUR_S)) != 0:
            pass
        assert before <= people
        return kills, scene.verdict(store, fake), worst


def drained(times: int, people: int, batch: int, *, seed: int = 2) -> tuple[int, float, Verdict]:
    """SIGTERM at random: how often a sending was drained, the longest it took, and what became of it."""
    chance, drains, longest = random.Random(seed), 0, 0.0
    with tempfile.TemporaryDirectory() as folder, MailgunFake(latency_s=0.02) as fake, Launcher() as launcher:
        with scene.issue(Path(folder), people, batch) as store:
            sender = Sender(folder, fake.name, fake.url, workers=3)
            for _ in range(times):
                seen = len(fake.calls) + chance.randrange(1, 4)
                pid = launcher.start(sender)
                scene.until(lambda seen=seen: len(fake.calls) >= seen, 5.0)
                scene.kill(pid, signal.SIGTERM)
                began = time.monotonic()
                assert launcher.wait() >= 0
                longest, drains = max(longest, time.monotonic() - began), drains + 1
            launcher.run(sender)
            return drains, longest, scene.verdict(store, fake)
