"""How things look in the terminal: tables, progress, JSON."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from digest.models import Counts, Finding, SourceReport

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID

_MARKS = {"error": "✗", "warning": "!", "note": "·"}
_STYLES = {"error": "bold red", "warning": "yellow", "note": "dim"}


def console(*, stderr: bool = False) -> Console:
    """A console that writes plain lines of full length when nobody looks."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else 160
    return Console(stderr=stderr, highlight=False, soft_wrap=True, width=width)


def say(text: str = "", style: str | None = None) -> None:
    """One line of result; article titles are never read as markup."""
    console().print(text, style=style, markup=False)


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table that fits the terminal: short columns stay whole, long ones wrap."""
    from rich.table import Table
    from rich.text import Text

    grid = Table(box=None, pad_edge=False, header_style="bold", show_edge=False)
    for at, head in enumerate(heads):
        longest = max((len(row[at]) for row in rows), default=0)
        grid.add_column(head, no_wrap=longest <= 28, overflow="fold", ratio=None if longest <= 28 else 1)
    for row in rows:
        grid.add_row(*(Text(cell) for cell in row))
    from rich.console import Console

    Console(highlight=False, width=None if sys.stdout.isatty() else 200).print(grid)


def as_json(value: object) -> None:
    """`value` as JSON; dataclasses become objects, times ISO 8601."""
    print(json.dumps(plain(value), ensure_ascii=False, indent=2))


def plain(value: object) -> object:
    """`value` in terms that JSON knows."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    return value.isoformat() if isinstance(value, datetime) else value


def local(at: datetime | None, zone: ZoneInfo) -> str:
    """`Fri 2026-11-20 09:00 EST`; nothing for no time."""
    return f"{at.astimezone(zone):%a %Y-%m-%d %H:%M %Z}" if at else ""


def amount(number: int, one: str, many: str | None = None) -> str:
    """`1 story`, `2 stories`, `1,000 articles`"""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def findings(found: Sequence[Finding]) -> None:
    """Each finding with its cure below it."""
    for finding in found:
        say(f"{_MARKS[finding.severity]} {finding.message}", _STYLES[finding.severity])
        if finding.severity != "note":
            say(f"    {finding.cure}", "dim")


def counts(c: Counts) -> str:
    """`1,000 accepted, 2 rejected`: what is not zero."""
    parts = {
        "accepted": c.accepted,
        "rejected": c.rejected,
        "in doubt": c.in_doubt,
        "in flight": c.in_flight,
        "pending": c.pending,
        "left before sending": c.suppressed,
        "cancelled": c.cancelled,
    }
    return ", ".join(f"{n:,} {word}" for word, n in parts.items() if n) or "nobody"


class Plain:
    """Progress as plain lines on the error stream, for logs and pipes."""

    def __init__(self) -> None:
        self._tenth = 0

    def fetched(self, report: SourceReport) -> None:
        """One line for each source."""
        print(_source_line(report), file=sys.stderr)

    def sent(self, c: Counts) -> None:
        """One line for each tenth of the audience."""
        done = c.accepted + c.rejected + c.suppressed
        tenth = done * 10 // max(c.audience, 1)
        if tenth > self._tenth:
            self._tenth = tenth
            print(f"settled: {done:,} of {c.audience:,}", file=sys.stderr)


class Live:
    """Progress as a bar that moves."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task: TaskID | None = None

    def fetched(self, report: SourceReport) -> None:
        """One line for each source, above the bar."""
        self._progress.console.print(_source_line(report), markup=False)

    def sent(self, c: Counts) -> None:
        """Moves the bar."""
        if self._task is None:
            self._task = self._progress.add_task("Sending", total=c.audience)
        self._progress.update(self._task, completed=c.accepted + c.rejected + c.suppressed)


@contextmanager
def watch() -> Iterator[Plain | Live]:
    """Shows how the pipeline goes on: a bar on a terminal, lines elsewhere."""
    if not sys.stderr.isatty():
        yield Plain()
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console(stderr=True), transient=True) as progress:
        yield Live(progress)


def _source_line(report: SourceReport) -> str:
    if report.failure:
        return f"✗ {report.source}: {report.failure}"
    problems = f", {len(report.problems)} left out" if report.problems else ""
    return f"✓ {report.source}: {amount(len(report.articles), 'article')}{problems}"
