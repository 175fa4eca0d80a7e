"""A small sending that is killed, or told an error, at each of its calls to the system in turn (strace)."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.fakes import Fake
from tests.faults import scene
from tests.faults.kills import POLICIES
from tests.faults.scene import Launcher, Sender

CALLS = ("pwrite64", "fdatasync", "fcntl", "ftruncate", "connect", "sendto", "recvfrom")
"""What the store and the connection ask of the system."""
ERRORS = {
    "pwrite64": ("ENOSPC", "EIO", "EROFS"),
    "fdatasync": ("EIO", "ENOSPC"),
    "fcntl": ("ENOLCK", "EDEADLK"),
    "ftruncate": ("EIO",),
    "connect": ("ECONNREFUSED", "ETIMEDOUT"),
    "sendto": ("ECONNRESET", "EPIPE"),
    "recvfrom": ("ECONNRESET", "ETIMEDOUT"),
}
PEOPLE, BATCH = 6, 2


@dataclass(frozen=True, slots=True)
class Point:
    """One place where a sending is disturbed."""

    call: str
    when: str
    """`7`: at the seventh; `7+`: from there on."""
    what: str
    """`signal=KILL` or `error=ENOSPC`."""


def require() -> None:
    """Skips the test without strace; on CI, where it has to be there, fails it."""
    if shutil.which("strace") is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("strace is not installed")


def counted(launcher: Launcher, policy: str) -> Counter[str]:
    """How often an undisturbed sending makes each call."""
    with (
        tempfile.TemporaryDirectory() as folder,
        POLICIES[policy][0]() as fake,
        scene.issue(Path(folder), PEOPLE, BATCH),
    ):
        log = Path(folder) / "strace.log"
        traced(["-o", str(log), "-e", f"trace={','.join(CALLS)}"], launcher, sender(folder, fake, policy))
        assert len(fake.accepted) == PEOPLE
        return Counter(re.findall(r"^(\w+)\(", log.read_text(), re.M))


def points(launcher: Launcher, policy: str, *, every: int = 1, errors: bool) -> Iterator[Point]:
    """Each n-th place of each call; errors both once and from there on."""
    for call, number in sorted(counted(launcher, policy).items()):
        whats = [f"error={name}" for name in ERRORS[call]] if errors else ["signal=KILL"]
        for n in range(1, number + 1, every):
            for what in whats:
                yield Point(call, str(n), what)
                if errors:
                    yield Point(call, f"{n}+", what)


def disturbed(launcher: Launcher, policy: str, point: Point) -> scene.Verdict:
    """What became of a sending that was disturbed there, and then run again in peace."""
    with tempfile.TemporaryDirectory() as folder, POLICIES[policy][0]() as fake:
        with scene.issue(Path(folder), PEOPLE, BATCH) as store:
            inject = f"inject={point.call}:{point.what}:when={point.when}"
            first = sender(folder, fake, policy)
            traced(["-o", "/dev/null", "-e", f"trace={point.call}", "-e", inject], launcher, first)
            launcher.run(replace(first, ahead_s=7200, traced=False))
            return scene.verdict(store, fake)


def all_disturbed(policy: str, *, every: int = 1, errors: bool) -> Iterator[tuple[Point, scene.Verdict]]:
    """Every n-th place of each call with its verdict."""
    with Launcher() as launcher:
        places = list(points(launcher, policy, every=every, errors=errors))
    verdicts = scene.side_by_side(lambda launcher, point: disturbed(launcher, policy, point), places)
    yield from zip(places, verdicts, strict=True)


def sender(folder: str, fake: Fake, policy: str) -> Sender:
    """One that waits for its tracer."""
    return Sender(
        folder,
        fake.name,
        fake.url,
        in_doubt=POLICIES[policy][1],
        answer_s=3,
        patience_s=0.5,
        faster=20,
        alone=True,
        traced=True,
    )


def traced(options: list[str], launcher: Launcher, sender: Sender) -> None:
    """Runs it under strace to its end."""
    pid = launcher.start(sender)
    subprocess.run(["strace", "-qq", *options, "-p", str(pid)], check=False, capture_output=True, timeout=120)
    launcher.wait()
