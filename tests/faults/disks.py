"""Disks that are full or may not be written: a file system of a chosen size, where this process may mount one."""

from __future__ import annotations

import os
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.fakes import MailgunFake
from tests.faults import scene
from tests.faults.scene import Launcher, Sender, Verdict


def require() -> None:
    """Skips the test for who may not mount."""
    with tempfile.TemporaryDirectory() as folder:
        if os.geteuid() != 0 or not _mounted(Path(folder), "size=64k"):
            pytest.skip("only root may mount a file system")
        subprocess.run(["umount", folder], check=True)


@contextmanager
def disk(folder: Path, options: str):
    """A file system in memory at this folder."""
    assert _mounted(folder, options)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def change(folder: Path, options: str) -> None:
    """Another size, or `ro`."""
    subprocess.run(["mount", "-o", f"remount,{options}", str(folder)], check=True)


def _mounted(folder: Path, options: str) -> bool:
    command = ["mount", "-t", "tmpfs", "-o", options, "digest-test", str(folder)]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def full(people: int, batch: int, room_kib: int) -> Verdict:
    """What became of a sending whose disk had so much room left, once there was more of it.

    Raises AssertionError when it broke a promise while the disk was full.
    """
    with tempfile.TemporaryDirectory() as name, MailgunFake() as fake, Launcher() as launcher:
        folder = Path(name)
        with disk(folder, "size=64m"), scene.issue(folder, people, batch) as store:
            used = int(subprocess.check_output(["du", "-sk", name]).split()[0])
            change(folder, f"size={used + room_kib}k")
            sender = Sender(name, fake.name, fake.url, patience_s=0.5)
            launcher.run(sender)
            during = scene.verdict(store, fake)
            assert during.clean, during
            change(folder, "size=64m")
            assert launcher.run(sender) == 0
            return scene.verdict(store, fake)
