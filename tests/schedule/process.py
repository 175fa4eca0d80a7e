"""One daemon as a process of its own, by a clock that runs fast: `python -m tests.schedule.process FOLDER BEGAN SPEED`."""

import os
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from digest import config, store
from digest.cli import logs
from digest.schedule import daemon

START = datetime(2026, 10, 20, 12, 0, tzinfo=UTC)


def main(folder: Path, began: float, speed: float) -> None:
    def clock() -> datetime:
        return START + timedelta(seconds=(time.time() - began) * speed)

    logs.begin()
    file = folder / "config.toml"
    with store.open("sqlite:///digest.db", folder=folder) as opened:
        (folder / f"{os.getpid()}.up").touch()
        daemon.serve(lambda: config.editions(file), opened, clock, logs.Watch(), tick_s=0.1)


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]))
