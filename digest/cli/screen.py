"""How things look in the terminal: tables, progress, JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from msgspec import Struct

from digest.models import Counts, Finding, SourceReport

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID

MARKS = {"error": "✗", "warning": "!", "note": "·"}
STYLES = {"error": "bold red", "warning": "yellow", "note": "dim"}


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
    """`value` as JSON; our values become objects, times ISO 8601."""
    _print_json(value)


def _print_json(value: object) -> None:
    print(json.dumps(plain(value), ensure_ascii=False, indent=2))


@contextmanager
def one_document(*, as_json: bool) -> Iterator[Callable[[object], None]]:
    """Gives what takes a value for each edition: printed when the block ends, one by itself, several as a list."""
    values: list[object] = []
    try:
        yield values.append
    finally:
        if as_json and values:
            _print_json(values[0] if len(values) == 1 else values)


def plain(value: object) -> object:
    """`value` in terms that JSON knows."""
    if isinstance(value, Struct):
        return {name: plain(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    return value.isoformat() if isinstance(value, date) else value


def local(at: datetime | None, zone: ZoneInfo) -> str:
    """`Fri 2026-11-20 09:00 EST`; nothing for no time."""
    return f"{at.astimezone(zone):%a %Y-%m-%d %H:%M %Z}" if at else ""


def amount(number: int, one: str, many: str | None = None) -> str:
    """`1 story`, `2 stories`, `1,000 articles`"""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def findings(found: Sequence[Finding]) -> None:
    """Each finding with its cure below it."""
    for finding in found:
        say(f"{MARKS[finding.severity]} {finding.message}", STYLES[finding.severity])
        if finding.severity != "note":
            say(f"    {finding.cure}", "dim")


def verdict(key: str, found: Sequence[Finding], ids: Mapping[str, str], how: str) -> None:
    """Findings by severity, each with its id, place and cure; then what they come to."""
    from rich.text import Text

    out = console()
    heads = {"error": ("stops it", "stop it"), "warning": ("asks for your yes", "ask for your yes"), "note": ("", "")}
    for severity, (one, many) in heads.items():
        if ours := [finding for finding in found if finding.severity == severity]:
            head = f"{MARKS[severity]} {amount(len(ours), severity)} {one if len(ours) == 1 else many}"
            out.print(Text(head.rstrip(), STYLES[severity]))
            _listed(out, ours, ids)
    by = {severity: sum(f.severity == severity for f in found) for severity in heads}
    if by["error"]:
        said, style = f"✗ {key} would be stopped by {amount(by['error'], 'error')}", "bold red"
    else:
        said, style = f"✓ nothing stops {key}", "bold green"
    rest = [amount(by[severity], severity) for severity in ("warning", "note") if by[severity]]
    out.print(Text.assemble((", ".join([said, *rest]), style), (f"  ({how})", "dim")))


def _listed(out: Console, found: Sequence[Finding], ids: Mapping[str, str]) -> None:
    """A grid, so that long lines go on below their beginning."""
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for finding in found:
        parts: list[str | tuple[str, str]] = [(finding.check, "bold"), "  ", finding.message]
        if finding.place and finding.place not in finding.message:
            parts.append((f"\nat {finding.place}", "dim"))
        if finding.severity != "note":
            parts.append((f"\n→ {finding.cure}", "cyan"))
        grid.add_row(Text(f"  {ids.get(finding.check, '')}", "dim"), Text.assemble(*parts))
    out.print(grid)
    out.print()


def rows(cells: Sequence[Sequence[str]]) -> None:
    """Lines in columns; the second one is a severity, and coloured."""
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2))
    for row in cells:
        grid.add_row(*(Text(cell, STYLES.get(cell, "") if at == 1 else "") for at, cell in enumerate(row)))
    console().print(grid)


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

    def pictured(self, done: int, of: int) -> None:
        """One line when all are there."""
        if done == of:
            print(f"✓ {amount(of, 'picture')} made ready", file=sys.stderr)

    def varied(self, done: int, of: int) -> None:
        """One line when all are there."""
        if done == of:
            print(f"✓ {amount(of, 'variant')} for readers who chose some themes", file=sys.stderr)

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
        self._tasks: dict[str, TaskID] = {}

    def fetched(self, report: SourceReport) -> None:
        """One line for each source, above the bar."""
        self._progress.console.print(_source_line(report), markup=False)

    def pictured(self, done: int, of: int) -> None:
        """Moves the bar of the pictures."""
        self._move("Pictures", done, of)

    def varied(self, done: int, of: int) -> None:
        """Moves the bar of the variants."""
        self._move("Variants", done, of)

    def sent(self, c: Counts) -> None:
        """Moves the bar of the deliveries."""
        self._move("Sending", c.accepted + c.rejected + c.suppressed, c.audience)

    def _move(self, what: str, done: int, of: int) -> None:
        if what not in self._tasks:
            self._tasks[what] = self._progress.add_task(what)
        self._progress.update(self._tasks[what], completed=done, total=of)


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


@contextmanager
def counting(what: str) -> Iterator[Callable[[int], None]]:
    """Gives what is to be told how many are done: a number that moves, or a line for each 100,000."""
    if not sys.stderr.isatty():
        told = 0

        def plainly(done: int) -> None:
            nonlocal told
            if done // 100_000 > told:
                told = done // 100_000
                print(f"{what}: {done:,}", file=sys.stderr)

        yield plainly
        return
    from rich.progress import Progress, TextColumn

    with Progress(TextColumn("{task.description}"), console=console(stderr=True), transient=True) as progress:
        task = progress.add_task(what)
        yield lambda done: progress.update(task, description=f"{what}: {done:,}")


@contextmanager
def trying(what: str) -> Iterator[Callable[[int, int], None]]:
    """Shows how many of how many are done: a bar on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console(stderr=True), transient=True) as progress:
        task: list[TaskID] = []

        def done(number: int, total: int) -> None:
            if not task:
                task.append(progress.add_task(f"Trying {what}", total=total))
            progress.update(task[0], completed=number, total=total)

        yield done


@contextmanager
def copying() -> Iterator[Callable[[str, str, int, int], None]]:
    """Shows what is done with which table, row by row: a bar on a terminal, a line for each table elsewhere."""
    if not sys.stderr.isatty():

        def plainly(what: str, name: str, done: int, of: int) -> None:
            if done == of:
                print(f"{what}: {name}, {amount(of, 'row')}", file=sys.stderr)

        yield plainly
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console(stderr=True), transient=True) as progress:
        task = progress.add_task("")
        yield lambda what, name, done, of: progress.update(task, description=f"{name} {what}", completed=done, total=of)


def _source_line(report: SourceReport) -> str:
    if report.failure:
        return f"✗ {report.source}: {report.failure}"
    problems = f", {len(report.problems)} left out" if report.problems else ""
    return f"✓ {report.source}: {amount(len(report.articles), 'article')}{problems}"
