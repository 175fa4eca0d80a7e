"""The real `digest preview` as a process of its own, and a real Chromium to look at it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests import builders

AS_OF = "2026-11-20T10:00"
KEY = "weekly-2026-W47"
BUSY_S = 60
"""How long an answer may take on a busy machine."""
UKRAINIAN = '\n[editions.uk.newsletter]\nlanguage = "uk"\nname = "Тиждень коротко"\n'


@dataclass(frozen=True)
class Served:
    """A running preview, and the folder that it shows."""

    url: str
    folder: Path
    process: subprocess.Popen[str]

    @property
    def host(self):
        return self.url.removeprefix("http://").rstrip("/")

    @property
    def overlay(self):
        return self.folder / "issues" / f"{KEY}.toml"

    def get(self, path="/"):
        return httpx.get(f"{self.url}{path.removeprefix('/')}", trust_env=False, timeout=BUSY_S)

    @property
    def token(self):
        return re.search(r'name="preview-token" content="([^"]+)"', self.get().text)[1]

    def post(self, path, body, **headers):
        given = {"X-Preview-Token": self.token, "Origin": self.url.rstrip("/"), **headers}
        return httpx.post(
            f"{self.url}{path.removeprefix('/')}", json=body, headers=given, trust_env=False, timeout=BUSY_S
        )


def folder_with(folder, more="", templates=False):
    """The shipped config.toml in `folder`, with `more` behind it, and the templates where they are edited."""
    shipped = (builders.REPOSITORY / "config.toml").read_text(encoding="utf-8")
    (folder / "config.toml").write_text(shipped.replace('"automatic"', '"required"') + more, encoding="utf-8")
    if templates:
        shutil.copytree(builders.REPOSITORY / "templates", folder / "templates")
    return folder


@contextmanager
def preview(folder, *words) -> Iterator[Served]:
    command = [sys.executable, "-m", "digest", "--debug", "preview", "--no-browser", *words]
    environment = os.environ | {"PYTHONPATH": str(builders.REPOSITORY), "PYTHONUNBUFFERED": "1"}
    running = subprocess.Popen(
        command, cwd=folder, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        line = running.stdout.readline()
        address = re.search(r"http://\S+", line)
        assert address, line + running.stdout.read()
        yield Served(address[0], folder, running)
    finally:
        running.send_signal(signal.SIGINT)
        said, _ = running.communicate(timeout=20)
    assert "Traceback" not in said, said


@pytest.fixture
def served(tmp_path):
    """The sample's issue of one week, with templates that a test may change."""
    with preview(folder_with(tmp_path, templates=True), "--as-of", AS_OF) as running:
        yield running


@pytest.fixture
def opened(browser):
    """A function that opens an address; what the page complains about fails the test."""
    contexts, complaints = [], []

    def page(url, *, width=1440, height=900, scheme="light"):
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion="reduce"
        )
        contexts.append(context)
        shown = context.new_page()
        shown.set_default_timeout(15_000)
        shown.on("pageerror", lambda error: complaints.append(str(error)))
        shown.on("dialog", lambda dialog: complaints.append(dialog.message))
        shown.goto(url)
        return shown

    yield page
    for context in contexts:
        context.close()
    assert complaints == []
