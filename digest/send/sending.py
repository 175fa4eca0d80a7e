"""The sending loop: claim a batch, hand it to the provider, settle it, until nothing is pending.

It never sends twice by itself and never forgets anyone. The ledger holds the truth: a batch is
in flight there before its first byte leaves, so a process that dies leaves at most one batch per
thread behind, and the next run finds it.
"""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from digest.errors import AttentionNeeded, DigestError
from digest.models import Counts
from digest.send import ladder
from digest.send.plan import Plan
from digest.send.work import Run

if TYPE_CHECKING:  # handed in, and slow to import
    from digest.send.providers.provider import Provider
    from digest.store.issues import IssueRecord
    from digest.store.ledger import Halt, Ledger

_PROGRESS_S = 0.5


def issue(record: IssueRecord, ledger: Ledger, provider: Provider, plan: Plan) -> Counts:
    """Sends what is pending, and says what became of everyone. Safe to repeat.

    The caller holds the store's lock and has frozen the audience. Raises DigestError when the
    provider cannot go on: what is pending then stays pending, and the next run sends it; and
    AttentionNeeded when a person paused or cancelled it meanwhile.
    """
    now = plan.clock()
    ladder.take_up(record, ledger, provider.capabilities, now)
    ladder.ask(record, ledger, provider, now, plan.in_doubt)
    run = Run(record, ledger, provider, plan)
    run.look(run.counts())
    threads = [threading.Thread(target=run.work, args=(n,), daemon=True) for n in range(plan.workers)]
    gc.freeze()  # or all that was there before is gone through again and again: a quarter of the sender's time
    for thread in threads:
        thread.start()
    try:
        _watch(run, threads, plan)
    finally:
        run.over.set()
        _joined(threads, plan.drain_s)
        gc.unfreeze()
    counts = checked(run.counts())
    plan.on_progress(counts)
    ledger.ended(record.id, run.failure or "", plan.clock())
    if run.error:
        raise run.error
    if run.failure:
        raise DigestError(_said(record, run.failure, counts))
    if counts.pending and (halt := ledger.halt(record.id)):
        raise AttentionNeeded(halted(record.key, halt, counts))
    return counts


def _watch(run: Run, threads: Sequence[threading.Thread], plan: Plan) -> None:
    """Tells the progress until all threads have ended, or a stop has been waited for long enough."""
    pause_s, stopped_at = _PROGRESS_S, None
    while not _joined(threads, pause_s):
        if plan.stop.is_set():
            stopped_at = stopped_at or time.monotonic()
            if time.monotonic() - stopped_at >= plan.drain_s:
                return
        began = time.monotonic()
        counts = checked(run.counts())
        plan.on_progress(counts)
        run.look(counts)
        pause_s = max(_PROGRESS_S, 10 * (time.monotonic() - began))  # a million rows take 0.2 s to count


def _joined(threads: Sequence[threading.Thread], within_s: float) -> bool:
    until = time.monotonic() + within_s
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))
    return not any(thread.is_alive() for thread in threads)


def checked(counts: Counts) -> Counts:
    """Raises DigestError when more became of an issue than it has recipients."""
    settled = counts.accepted + counts.rejected + counts.suppressed
    if settled > counts.audience:
        raise DigestError(f"stopped: {settled} outcomes for {counts.audience} recipients; the ledger needs a look")
    return counts


def halted(key: str, halt: Halt, counts: Counts) -> str:
    """What a person reads of an issue that was stopped by a person."""
    who = f" by {halt.by}" if halt.by else ""
    why = f": {halt.reason}" if halt.reason else ""
    lines = [f"{key} was {halt.what}{who} at {halt.at:%Y-%m-%d %H:%M} UTC{why}"]
    if halt.what == "cancelled":
        lines += [f"  {counts.accepted} of {counts.audience} got it before; nobody else will"]
        return "\n".join(lines)
    lines += [f"  {counts.accepted} of {counts.audience} were accepted, {counts.pending} are still to be sent"]
    cure = f"digest resume {key}" if halt.what == "paused" else f"digest approve {key}"
    return "\n".join([*lines, f"  to go on: {cure} && digest send {key}"])


def _said(record: IssueRecord, failure: str, counts: Counts) -> str:
    lines = [f"{record.key}: {failure}"]
    lines += [f"  {counts.accepted} of {counts.audience} were accepted, {counts.pending} are still to be sent"]
    if counts.in_doubt:
        lines += [f"  {counts.in_doubt} may have got it or not; they are not sent again by themselves"]
    return "\n".join([*lines, "  mend the cause and run again: nobody gets it twice"])
