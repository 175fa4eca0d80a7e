"""A worker as a process, so that it can be killed: a copy of this one for each line of the input.

python -m tests.fleet.process
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import threading
import traceback
from pathlib import Path

import procrastinate  # noqa: F401  imported once, for all copies

from digest import worker
from digest.errors import DigestError
from digest.send.providers import mailgun, resend  # noqa: F401  the same
from tests.fleet import scene
from tests.fleet.scene import Process


def run(process: Process) -> int:
    """Works until SIGTERM."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    logging.basicConfig(level=os.environ.get("DIGEST_TEST_LOG", "CRITICAL"))
    folder = Path(process.folder)
    pace = {"rate_per_s": process.rate_per_s} if process.rate_per_s else {}
    found = scene.by_workers(
        folder, process.store, process.provider, process.url, batch=process.batch, burst=process.burst, **pace
    )
    terms = worker.Terms(process.slots, process.lease_s, look="* * * * * */1")
    try:
        with scene.opened(process.store, folder) as store:
            worker.serve(lambda: (found,), store, process.store, stop, terms)
    except DigestError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


def main() -> None:
    """Says each copy's id. They are nobody's children to wait for."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            status = 1
            try:
                status = run(Process(**json.loads(line)))
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(status)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
