"""A row of the table, and the bounds that the machine sets: processes, memory, the disk, loopback."""

import os
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.builders import REPOSITORY

HEADS = ("work", "budget", "measured", "of it", "bound", "times", "peer")
FINE = {
    "s": "{:.2f} s",
    "ms": "{:.1f} ms",
    "µs": "{:.1f} µs",
    "KiB": "{:.1f} KiB",
    "MB": "{:.0f} MB",
    "/s": "{:,.0f}/s",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One work that was measured, or why it was not."""

    work: str
    measured: float | str
    unit: str = ""
    budget: float | None = None
    bound: float | None = None
    """In the unit of `measured`."""
    bounded_by: str = ""
    peer: str = ""

    def cells(self) -> tuple[str, ...]:
        """As printed; what is over its budget is marked."""
        if isinstance(self.measured, str):
            return self.work, "", self.measured, "", "", "", self.peer
        told = FINE[self.unit].format
        over = self.budget is not None and self.measured > self.budget
        return (
            self.work,
            told(self.budget) if self.budget is not None else "",
            told(self.measured),
            f"{self.measured / self.budget:.2f}{' OVER' if over else ''}" if self.budget else "",
            f"{told(self.bound)} {self.bounded_by}" if self.bound is not None else "",
            f"{self._times():,.1f}" if self.bound else "",
            self.peer,
        )

    def _times(self) -> float:
        measured, bound = float(self.measured), self.bound or 0
        return bound / measured if self.unit == "/s" else measured / bound


def told(rows: Sequence[Row]) -> str:
    """The table, in columns."""
    lines = [HEADS, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADS))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def seconds(work: Callable[[], object], times: int) -> float:
    """The median of `times` runs after one that does not count."""
    work()
    took = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        took.append(time.perf_counter() - began)
    return statistics.median(took)


def python(*words: str) -> str:
    """One interpreter, started in the repository and waited for; what it printed."""
    command = [sys.executable, *words]
    return subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, text=True).stdout.strip()


def used(work: Callable[[], object], times: int) -> str:
    """Processor milliseconds of one run, those of its children too: other programs hardly change them."""
    began = sum(os.times()[:4])
    for _ in range(times):
        work()
    return f"{(sum(os.times()[:4]) - began) / times * 1000:.0f} ms of processor"


def peak_mb() -> int:
    """What this process had in memory at most. `ru_maxrss` would count what it was forked from."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) // 1024


def synced(folder: Path, times: int = 200) -> float:
    """Seconds for 4 KiB to be on the disk for sure."""
    page = bytes(4096)
    with (folder / "synced").open("wb") as file:

        def one() -> None:
            file.write(page)
            file.flush()
            os.fdatasync(file.fileno())

        return seconds(one, times)


def copied(size: int) -> float:
    """Seconds to copy so many bytes in memory."""
    content = bytes(size)
    return seconds(lambda: bytes(bytearray(content)), 2000)


def looped(size: int) -> float:
    """Seconds for so many bytes to go through loopback, from one thread to another."""
    part = bytes(1 << 20)

    def drain() -> None:
        connection, _ = listener.accept()
        with connection:
            while connection.recv(1 << 20):
                pass

    with socket.create_server(("127.0.0.1", 0)) as listener:
        reader = threading.Thread(target=drain)
        reader.start()
        began = time.perf_counter()
        with socket.create_connection(listener.getsockname()) as writer:
            for sent in range(0, size, len(part)):
                writer.sendall(part[: size - sent])
        reader.join()
        return time.perf_counter() - began
