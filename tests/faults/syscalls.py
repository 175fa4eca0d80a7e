"""A small sending that is killed, or told an error, at each of its calls to the system in turn (strace)."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.builders import REPOSITORY
from tests.fakes import Fake
from tests.faults import scene
from tests.faults.kills import POLICIES
from tests.faults.scene import Sender

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


def counted(policy: str) -> Counter[str]:
    """How often an undisturbed sending makes each call."""
    with (
        tempfile.TemporaryDirectory() as folder,
        POLICIES[policy][0]() as fake,
        scene.issue(Path(folder), PEOPLE, BATCH),
    ):
        log = Path(folder) / "strace.log"
        _traced(["-o", str(log), "-e", f"trace={','.join(CALLS)}"], _sender(folder, fake, policy))
        assert len(fake.accepted) == PEOPLE
        return Counter(re.findall(r"^\d+ +(\w+)\(", log.read_text(), re.M))


def points(policy: str, *, every: int = 1, errors: bool) -> Iterator[Point]:
    """Each n-th place of each call; errors both once and from there on."""
    for call, number in sorted(counted(policy).items()):
        whats = [f"error={name}" for name in ERRORS[call]] if errors else ["signal=KILL"]
        for n in range(1, number + 1, every):
            for what in whats:
                yield Point(call, str(n), what)
                if errors:
                    yield Point(call, f"{n}+", what)


def disturbed(policy: str, point: Point) -> scene.Verdict:
    """What became of a sending that was disturbed there, and then run again in peace."""
    with tempfile.TemporaryDirectory() as folder, POLICIES[policy][0]() as fake:
        with scene.issue(Path(folder), PEOPLE, BATCH) as store:
            inject = f"inject={point.call}:{point.what}:when={point.when}"
            _traced(["-o", "/dev/null", "-e", f"trace={point.call}", "-e", inject], _sender(folder, fake, policy))
            subprocess.run(
                _sender(folder, fake, policy, ahead_s=7200).command, cwd=REPOSITORY, check=False, capture_output=True
            )
            return scene.verdict(store, fake)


def _sender(folder: str, fake: Fake, policy: str, ahead_s: float = 0.0) -> Sender:
    return Sender(folder, fake.name, fake.url, in_doubt=POLICIES[policy][1], ahead_s=ahead_s, alone=True)


def _traced(options: list[str], sender: Sender) -> None:
    command = ["strace", "-f", "-qq", *options, *sender.command]
    subprocess.run(command, cwd=REPOSITORY, check=False, capture_output=True, timeout=120)
