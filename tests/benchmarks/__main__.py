"""Measures every budget of the design on this machine, and more: `python -m tests.benchmarks [--quick]`.

One table: a work, its budget, what was measured, how much of the budget that is; then a bound that was
measured in the same run, so that a slow machine or a busy moment shows in both, and how many times the
bound it is; then what others take for the same. What is over its budget is marked.
"""

import argparse
import os
import platform
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks import budgets, composing, illustrating, moving, reach, sending
from tests.benchmarks.table import Row, told

Figures = Sequence[tuple[str, str, str, str]]


def main() -> None:
    """Prints the table. Takes a quarter of an hour and 2 GB in the temporary folder; with `--quick` two minutes."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the recipients, and the budgets alone")
    quick = parser.parse_args().quick
    with tempfile.TemporaryDirectory() as name:
        rows = list(budgets.rows(Path(name), quick=quick))
        if not quick:
            rows.append(sending.one_by_one())
            for more in (composing.rows(Path(name)), illustrating.rows(), reach.rows(Path(name)), moving.rows()):
                rows += further(more)
    load = " ".join(f"{each:.1f}" for each in os.getloadavg())
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, load {load} at the end")
    print(told(rows))


def further(figures: Figures) -> list[Row]:
    """Works without a budget: they come with their bound in words."""
    return [
        Row(name, f"{took}", peer=f"{bound}: {times} times")
        for name, took, bound, times in figures
        if times not in ("", "ratio")
    ]


if __name__ == "__main__":
    main()
