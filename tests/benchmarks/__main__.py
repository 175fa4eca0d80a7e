"""Measures what design budgets name, on this machine: `python -m tests.benchmarks`.

Each figure stands beside a bound measured in the same run, so that a slow machine or a busy
moment shows in both: a bare interpreter for processes, a copy in memory for splicing.
"""

from __future__ import annotations

import html
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from digest import compose, render
from digest.collect import sample
from digest.compose import window
from digest.models import History
from digest.splice import Page
from tests.benchmarks import composing, illustrating, reach, sending
from tests.builders import REPOSITORY, settings

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
ROWS = list[tuple[str, str, str, str]]


def main() -> None:
    """Prints the table."""
    rows: ROWS = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copy(REPOSITORY / "config.toml", folder)
        processes(folder, rows)
        stages(folder, rows)
        rows += composing.rows(folder)
        rows += illustrating.rows()
        rows += reach.rows(folder)
    rows += sending.rows()
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def processes(folder: Path, rows: ROWS) -> None:
    """Whole processes against an interpreter that does nothing."""
    rows.append(("process", "median", "bare python", "ratio"))
    bare = seconds(lambda: python("-c", "pass"), 15)
    config = "--config", str(folder / "config.toml")
    commands = {
        "digest --help": ["--help"],
        "digest config check": [*config, "config", "check"],
        "digest build, sample": [*config, "build", "--as-of", "2026-11-20T10:00", "--out", str(folder / "out")],
    }
    for name, words in commands.items():
        took = seconds(lambda words=words: python("-m", "digest", *words), 15)
        rows.append((name, f"{took * 1000:.0f} ms", f"{bare * 1000:.0f} ms", f"{took / bare:.1f}"))


def stages(folder: Path, rows: ROWS) -> None:
    """Stages in this process, warm."""
    found = settings(folder)
    slot = window.latest_closed(found.schedule, found.newsletter.zone, NOW)
    rules = compose.Rules(found.newsletter, found.themes, found.compose)
    articles = sample.articles(slot.window.end, "sample")
    issue = compose.issue(articles, slot, History(), rules)

    def rendered() -> render.Email:
        return render.email(issue, found.newsletter, found.brand, found.templates)

    email = rendered()
    size = len(email.html.encode())
    stories = len(issue.stories)
    copied = bytes(size)
    copy = seconds(lambda: bytes(bytearray(copied)), 2000)
    page = Page(email.html, email.tokens)
    values = {name: html.escape("reader@example.org").encode() for name in email.tokens}
    tasks: dict[str, tuple[Callable[[], object], int]] = {
        f"render {stories} stories, {size:,} bytes of html": (rendered, 50),
        f"compose {len(articles)} candidates": (lambda: compose.issue(articles, slot, History(), rules), 50),
        "splice one delivery": (lambda: page.splice(values), 2000),
    }
    rows.append(("", "", "", ""))
    rows.append(("stage, warm", "median", "copy of the html", "ratio"))
    for name, (work, times) in tasks.items():
        took = seconds(work, times)
        rows.append((name, f"{took * 1e6:,.0f} µs", f"{copy * 1e6:.1f} µs", f"{took / copy:,.1f}"))


def seconds(work: Callable[[], object], times: int) -> float:
    """The median of `times` runs after one that does not count."""
    work()
    took = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        took.append(time.perf_counter() - began)
    return statistics.median(took)


def python(*words: str) -> None:
    """One interpreter, started in the repository and waited for."""
    subprocess.run([sys.executable, *words], cwd=REPOSITORY, check=True, capture_output=True)


if __name__ == "__main__":
    main()
