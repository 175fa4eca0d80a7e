"""The sending loop as a process, so that it can be killed: a copy of this one for each Sender that is read, as JSON.

python -m tests.faults.sender
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from digest import send
from digest import store as stores
from digest.errors import DigestError
from digest.send import ladder, work
from digest.send.http import OverHttp
from digest.send.providers import mailgun, resend  # noqa: F401  imported once, for all copies
from tests import fakes
from tests.faults.scene import Sender
from tests.send.providers import contract
from tests.send.scene import KEY, LETTER


def run(sender: Sender) -> int:
    """Sends what is pending; 0 when nothing stopped it."""
    if sender.traced:
        _await_tracer()
    if sender.most_bytes:
        resource.setrlimit(resource.RLIMIT_FSIZE, (sender.most_bytes, sender.most_bytes))
    begun, stop = time.monotonic(), threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    kind = next(fake for fake in fakes.ALL if fake.name == sender.provider)
    own = contract.own(kind, sender.url)
    api = contract.module(sender.provider).Api(LETTER, own, kind.secrets)
    plan = send.Plan(
        clock=lambda: (
            datetime.now(UTC) + timedelta(seconds=sender.ahead_s + sender.faster * (time.monotonic() - begun))
        ),
        workers=sender.workers,
        in_doubt="ask" if sender.in_doubt == "ask" else "hold",
        stop=stop,
        patience_s=sender.patience_s,
    )
    try:
        with (
            stores.open(sender.store, folder=Path(sender.folder)) as store,
            store.lock(),
            OverHttp(api, answer_s=sender.answer_s) as provider,
        ):
            record = store.issues.get(KEY)
            assert record
            if not sender.alone:
                send.issue(record, store.ledger, provider, plan)
                return 0
            now = plan.clock()
            ladder.take_up(record, store.ledger, provider.capabilities, now)
            alone = work.Run(record, store.ledger, provider, plan)
            alone.work(0)
            return 1 if alone.error or alone.failure else 0
    except (DigestError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return getattr(error, "exit_code", 1)


def launch() -> None:
    """A copy of this process for each line of the input: says its id, and when it has ended its status."""
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            os._exit(run(Sender(**json.loads(line))))
        _say(pid)
        _say(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


def _say(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


def _await_tracer() -> None:
    while "TracerPid:\t0\n" in Path("/proc/self/status").read_text():
        time.sleep(0.001)


if __name__ == "__main__":
    launch()
