"""How cost grows with each thing that a publisher may have more of: `python -m tests.benchmarks.growth [AXIS …]`.

Each at several sizes. Processor time, for others on the machine hardly change it; the exponent is that of
the straight line through the logarithms: 1 doubles with the size, 0 does not grow.
"""

import math
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from digest import config, pipeline, store
from digest.compose import window
from tests import postgres
from tests.benchmarks import budgets, reach, sending
from tests.benchmarks.table import python
from tests.builders import REPOSITORY

EDITION = '\n[editions.e{0}]\nnewsletter.key = "weekly-e{0}"\nnewsletter.name = "Edition {0}"\n'
LATENCY_S = 0.3
Figure = tuple[int, float, str]
"""Size, processor seconds, and what else is to be said."""


def recipients(engine: str) -> Iterator[Figure]:
    """Snapshot to last outcome, in batches of 1,000; of PostgreSQL without the server's own."""
    for size in (50_000, 200_000, 800_000):
        took, cpu, peak = sending.million(engine, size)
        yield size, cpu, f"{took:.1f} s, {size / cpu:,.0f} a processor second, {peak:.0f} MB"


def articles() -> Iterator[Figure]:
    """A draft of one week, warm, out of archives of which a hundred a day are of the last weeks."""
    for size in (10_000, 100_000, 1_000_000):
        with tempfile.TemporaryDirectory() as name:
            cpu = drafting(Path(name), size)
        yield size, cpu, f"{cpu * 1000:.0f} ms a draft"


def drafting(folder: Path, size: int) -> float:
    """Processor seconds of a warm draft out of an archive of this size."""
    budgets.archive(folder, size)
    settings = config.load(folder / "config.toml")
    slot = window.latest_closed(settings.schedule, settings.newsletter.zone, budgets.NOW)
    with store.open("sqlite:///digest.db", folder=folder) as opened:
        job = pipeline.Job(budgets.NOW, budgets.Silent())
        return spent(lambda: pipeline.build(settings, opened, slot, job), 10)


def sources() -> Iterator[Figure]:
    """Feeds of a hundred items, collected at once, 100 ms away."""
    for size in (25, 50, 100):
        took, found, peak, cpu = map(float, reach.fetched(size))
        yield size, cpu, f"{took:.1f} s, {found:,.0f} articles, {cpu / found * 1000:.2f} ms each, {peak:.0f} MB"


def newsletters() -> Iterator[Figure]:
    """`digest build` of so many editions of the sample, as a process."""
    shipped = (REPOSITORY / "config.toml").read_text(encoding="utf-8")
    for size in (1, 4, 16):
        with tempfile.TemporaryDirectory() as name:
            others = "".join(EDITION.format(number) for number in range(1, size))
            (Path(name) / "config.toml").write_text(shipped + others, encoding="utf-8")
            words = (
                "-m",
                "digest",
                "--config",
                f"{name}/config.toml",
                "build",
                "--as-of",
                budgets.AS_OF,
                "--out",
                f"{name}/out",
            )
            cpu = spent(lambda words=words: python(*words), 3)
        yield size, cpu, f"{cpu * 1000:.0f} ms"


def workers() -> Iterator[Figure]:
    """Threads of one process that send to 200,000 by 1,000, each call answered after 300 ms."""
    size = 200_000
    for number in (1, 2, 4, 8, 16):
        with tempfile.TemporaryDirectory() as name, store.open("sqlite:///digest.db", folder=Path(name)) as opened:
            sending.people(opened, "", Path(name), size)
            began, used = time.perf_counter(), time.process_time()
            assert sending._sent(opened, sending.Mock(LATENCY_S), size, number) == size
            took, cpu = time.perf_counter() - began, time.process_time() - used
        least = size / sending.BATCH * LATENCY_S / number
        yield number, cpu, f"{size / took:,.0f} recipients/s; the latency alone allows {size / least:,.0f}"


def spent(work: Callable[[], object], times: int) -> float:
    """Processor seconds of one run, those of its children too, after one that does not count."""
    work()
    began = sum(os.times()[:4])
    for _ in range(times):
        work()
    return (sum(os.times()[:4]) - began) / times


def exponent(figures: list[Figure]) -> float:
    """The slope of the straight line through the logarithms of sizes and costs."""
    points = [(math.log(size), math.log(cost)) for size, cost, _ in figures]
    x, y = (sum(each) / len(points) for each in zip(*points, strict=True))
    return sum((a - x) * (b - y) for a, b in points) / sum((a - x) ** 2 for a, _ in points)


AXES: dict[str, Callable[[], Iterator[Figure]]] = {
    "recipients, SQLite": lambda: recipients("sqlite"),
    "recipients, PostgreSQL": lambda: recipients("postgresql") if not postgres.missing() else iter(()),
    "articles": articles,
    "sources": sources,
    "newsletters": newsletters,
    "workers": workers,
}


def main(chosen: list[str]) -> None:
    """Prints each axis with its sizes and its exponent."""
    for name, measure in AXES.items():
        if chosen and name.partition(",")[0] not in chosen:
            continue
        figures = []
        for size, cost, said in measure():
            figures.append((size, cost, said))
            print(f"{name:<24} {size:>9,}  {cost:8.2f} s of processor  {said}", flush=True)
        if figures:
            print(f"{name:<24} grows as size to the power of {exponent(figures):.2f}\n", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
