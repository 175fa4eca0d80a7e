"""What tests share: files in memory, and for all tests of a process one Chromium and one PostgreSQL."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from digest import store
from tests import postgres, real


def pytest_configure() -> None:
    """Tests, and the programs that they start, put their files in memory, unless TMPDIR says where.

    What reaches a disk, and when, is judged by the calls to the system: tests/faults/power.py.
    """
    memory = real.memory()
    if memory:
        tempfile.tempdir = os.environ.setdefault("TMPDIR", memory)


@pytest.fixture(scope="session")
def browser():
    """Debian's Chromium, driven by Playwright, which can be started once in a process."""
    chromium = shutil.which("chromium") or real.missing("Chromium is not installed")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture(scope="session")
def cluster() -> Iterator[postgres.Cluster]:
    """One server."""
    with postgres.cluster() as running:
        yield running


@pytest.fixture(scope="session")
def template(cluster: postgres.Cluster) -> str:
    """A database with the tables of the newest version."""
    name = cluster.database()
    store.open(cluster.url(name), folder=Path()).close()
    return name
