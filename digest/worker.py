"""Procrastinate as the engine that tells a worker of batches, on any number of machines.

It is asked for nothing but to bring each job somewhere: no lock, no queueing lock, and nobody
minds a job that it brings twice or loses. What a job means stands in `pipeline.workers`.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import procrastinate
import psycopg
from msgspec import Struct
from procrastinate import jobs, retry
from procrastinate.exceptions import ConnectorException
from procrastinate.worker import Worker

from digest.config import Settings
from digest.errors import StoreError
from digest.pipeline.workers import Sender
from digest.store.database import LINK
from digest.store.fleet import QUEUE, TASK, Beat

if TYPE_CHECKING:
    from digest.store import Store

log = logging.getLogger("digest.worker")

LEASE_S = 30.0
"""Without a beat for so long a worker is dead to the others. Much longer than a database needs to restart."""
QUEUE_CONNECTIONS = 4
"""Of one worker, for its jobs: three, and one that listens."""
OWN_CONNECTIONS = 3
"""Beside those of the batches: for the beat, and for the look at what others left."""
_FIRST = 1_000_000
"""The priority of a look, before all batches."""
_AWAY_S = 1.0
_DRAINED_S = 25.0


class Terms(Struct, frozen=True):
    """How one worker goes about it."""

    slots: int
    """Batches that it may have in its hands at once."""
    lease_s: float = LEASE_S
    look: str = "* * * * * */5"
    """When somebody looks for what was left lying: cron with seconds last."""

    @property
    def beat_s(self) -> float:
        """How often it says that it lives."""
        return self.lease_s / 6


class _Again(Exception):
    """No error: the batch waits for its time."""

    def __init__(self, pause: timedelta) -> None:
        super().__init__(f"again in {pause.total_seconds():.1f} s")
        self.at = datetime.now(UTC) + pause


class _AtItsTime(retry.BaseRetryStrategy):
    """A job comes again when it said so; one that failed is found by the next look."""

    def get_retry_decision(self, *, exception: BaseException, job: jobs.Job) -> retry.RetryDecision | None:
        """Of one job."""
        del job
        return retry.RetryDecision(retry_at=exception.at) if isinstance(exception, _Again) else None


def serve(load: Callable[[], Sequence[Settings]], store: Store, url: str, stop: threading.Event, terms: Terms) -> int:
    """Works until `stop` is set, finishes what is in its hands, and says how many emails it handed over.

    While the database is away nothing is begun; what is in hand is settled when it is back.
    `url` is the store's. A worker that cannot finish within 25 s ends the process.
    """
    name = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
    sender = Sender(load, store, name, stop, terms.lease_s)
    heart = threading.Thread(target=_beats, args=(store, sender, name, stop, terms), daemon=True)
    heart.start()
    over = threading.Event()
    threading.Thread(target=_ended_in_time, args=(stop, over, sender), daemon=True).start()
    try:
        with ThreadPoolExecutor(terms.slots + OWN_CONNECTIONS, thread_name_prefix="batch") as threads:
            asyncio.run(_worked(sender, url, stop, terms, threads))
    finally:
        stop.set()
        over.set()
        heart.join(terms.beat_s)
        sender.close()
    _left(store, name)
    return sender.done.emails


def app(sender: Sender, url: str, terms: Terms) -> procrastinate.App:
    """The tasks, and the way to the database."""
    connector = procrastinate.PsycopgConnector(
        conninfo=url,
        min_size=1,
        max_size=QUEUE_CONNECTIONS - 1,
        timeout=10,
        kwargs={"application_name": "digest worker", **LINK},
        configure=_unsynced,
    )
    made = procrastinate.App(connector=connector)

    @made.task(name=TASK, queue=QUEUE, retry=_AtItsTime())
    def send_batch(issue: int, batch: int) -> None:
        pause = sender.send_batch(issue, batch)
        if pause is not None:
            raise _Again(pause)

    @made.periodic(cron=terms.look)
    @made.task(name="look", queue=QUEUE, priority=_FIRST)
    def look(timestamp: int) -> None:
        del timestamp
        sender.look()

    return made


async def _unsynced(connection: psycopg.AsyncConnection[Any]) -> None:
    """Without waiting for the disk: what a crash takes from the queue, a look puts back."""
    await connection.set_autocommit(True)
    await connection.execute("set synchronous_commit = off")


async def _worked(sender: Sender, url: str, stop: threading.Event, terms: Terms, threads: ThreadPoolExecutor) -> None:
    """Until `stop`; begins anew when the database was away."""
    asyncio.get_running_loop().set_default_executor(threads)
    while not stop.is_set():
        try:
            async with app(sender, url, terms).open_async() as opened:
                await _until_stopped(opened, stop, terms)
        except (ConnectorException, psycopg.Error, OSError) as error:
            log.warning("the database is away; nothing new is begun: %s", error.__cause__ or error)
        if not stop.is_set():  # it also ends by itself, when only its listening failed
            await asyncio.sleep(_AWAY_S)


async def _until_stopped(opened: procrastinate.App, stop: threading.Event, terms: Terms) -> None:
    """One run of the engine, which ends by itself when its database is away."""
    worker = Worker(
        app=opened,
        queues=[QUEUE],
        concurrency=terms.slots,
        delete_jobs=jobs.DeleteJobCondition.ALWAYS,
        install_signal_handlers=False,
        fetch_job_polling_interval=1.0,
        update_heartbeat_interval=terms.beat_s,
        stalled_worker_timeout=terms.lease_s,
    )
    running = asyncio.create_task(worker.run())  # type: ignore[no-untyped-call]
    while not running.done():
        if stop.is_set():
            worker.stop()  # type: ignore[no-untyped-call]
        await asyncio.wait([running], timeout=0.1)
    await running


def _beats(store: Store, sender: Sender, name: str, stop: threading.Event, terms: Terms) -> None:
    """Says that the worker lives, until nothing is in its hands: a batch may be finished after `stop`."""
    while not stop.is_set() or sender.done.doing:
        done = sender.done
        doing = ", ".join(sorted(done.doing.values())) or ("ending" if stop.is_set() else "")
        try:
            store.fleet.beat(Beat(name, terms.slots, doing, done.batches, done.emails), terms.lease_s)
            done.beating_since = done.beating_since or time.monotonic()
        except StoreError as error:
            done.beating_since = 0.0
            log.warning("no beat: %s", error)
        if stop.wait(terms.beat_s):
            time.sleep(min(terms.beat_s, 0.2))


def _ended_in_time(stop: threading.Event, over: threading.Event, sender: Sender) -> None:
    """A supervisor kills after 30 s, and a thread that waits for a lost database cannot be ended otherwise."""
    stop.wait()
    if not over.wait(_DRAINED_S):
        log.error("ended with these in hand, which others will take up: %s", ", ".join(sender.done.doing.values()))
        os._exit(1)


def _left(store: Store, name: str) -> None:
    try:
        store.fleet.leave(name)
    except StoreError as error:
        log.warning("not signed off: %s", error)
