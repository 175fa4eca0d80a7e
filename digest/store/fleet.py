"""Senders on many machines: which of them are alive, and the queue that tells them of batches. On PostgreSQL.

A job says no more than "look at this batch": the ledger decides whether there is anything to do.
So a job may come twice, late or never; each batch that waits without one gets another.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Select, inspect, literal_column, select, text

from digest.errors import StoreError
from digest.models import InDoubt
from digest.store import halts, statements, verdicts
from digest.store.database import Database
from digest.store.schema import worker

TASK = "send_batch"
QUEUE = "digest"
_OPENING = int.from_bytes(b"queue")
"""PostgreSQL keeps advisory locks apart by database."""

_MICROS = "(extract(epoch from clock_timestamp()) * 1000000)::bigint"
_BEAT = f"""
insert into worker (name, started, beat_at, alive_until, slots, doing, batches, emails)
values (:name, {_MICROS}, {_MICROS}, {_MICROS} + :lease, :slots, :doing, :batches, :emails)
on conflict (name) do update set beat_at = excluded.beat_at, alive_until = excluded.alive_until,
    doing = excluded.doing, batches = excluded.batches, emails = excluded.emails"""  # noqa: S608  a constant of this file
_LIVES = worker.c.alive_until > literal_column(_MICROS)
_ALIVE = select(worker.c.name).where(_LIVES)
_WORKERS: Select[Any] = select(
    *(worker.c[name] for name in ("name", "started", "beat_at")),
    _LIVES,
    *(worker.c[name] for name in ("slots", "doing", "batches", "emails")),
).order_by(worker.c.name)
_FORGET = f"delete from worker where alive_until < {_MICROS} - :age"  # noqa: S608

# Start-time fair queueing: the first batch of an issue stands beside what is next of the others, so that a short
# issue does not wait for the end of a long one.
_DEFER = """
with missing as (
    select batch.seq, batch.not_before, row_number() over (order by batch.seq) as turn
    from batch
    where batch.issue_id = :issue_id and batch.state = 'pending' and not exists (
        select from procrastinate_jobs as job
        where job.status in ('todo', 'doing') and job.task_name = :task
            and job.args = jsonb_build_object('issue', batch.issue_id, 'batch', batch.seq)
    )
), next as (
    select coalesce(max(priority), 0) as priority from procrastinate_jobs where status = 'todo' and task_name = :task
)
select cardinality(procrastinate_defer_jobs_v1(array_agg(
    (:queue, :task, (next.priority - missing.turn)::integer, null, null,
     jsonb_build_object('issue', cast(:issue_id as bigint), 'batch', missing.seq),
     to_timestamp(missing.not_before / 1000000.0))::procrastinate_job_to_defer_v1
    order by missing.seq
))) from missing, next having count(*) > 0"""
_PUT_OFF = """
update procrastinate_jobs set scheduled_at = clock_timestamp() + make_interval(secs => :pause_s)
where status = 'todo' and task_name = :task and args ->> 'issue' = cast(:issue_id as text)
    and (scheduled_at is null or scheduled_at < clock_timestamp() + make_interval(secs => :pause_s))"""
_PUT_BACK = """
select procrastinate_retry_job_v2(job.id, now(), null, null, null)
from procrastinate_jobs as job left join procrastinate_workers as host on host.id = job.worker_id
where job.status = 'doing' and (host.id is null or host.last_heartbeat < now() - make_interval(secs => :lease_s))"""
_JOBS = """
select count(*) filter (where status = 'todo' and coalesce(scheduled_at, now()) <= now()),
    count(*) filter (where status = 'todo' and scheduled_at > now()), count(*) filter (where status = 'doing')
from procrastinate_jobs where task_name = :task and status in ('todo', 'doing')"""
_ANSWERS = """
select answer from attempt
where issue_id = :issue_id and ended > coalesce((select max(at) from decision where issue_id = :issue_id), 0)
order by ended desc limit :calls"""
_GOING_OUT = """
select id, moves from (
    select issue.id, exists (
        select from batch where batch.issue_id = issue.id and batch.state in ('pending', 'in flight')
    ) as moves
    from issue join audience on audience.issue_id = issue.id where issue.state = 'approved'
) as issue
where moves or exists (select from batch where batch.issue_id = issue.id and batch.state = 'in doubt')
order by id"""


class Beat(Struct, frozen=True):
    """What a worker says of itself."""

    name: str
    slots: int
    """Batches that it may have in its hands at once."""
    doing: str = ""
    batches: int = 0
    """Handed over since it started."""
    emails: int = 0


class Worker(Struct, frozen=True):
    """A worker as the others know it."""

    name: str
    started: datetime
    beat_at: datetime
    alive: bool
    slots: int
    doing: str
    batches: int
    emails: int


class Pending(Struct, frozen=True):
    """A batch that waits to go out."""

    size: int
    not_before: datetime
    decisions: int
    """So many decisions were recorded on its issue."""


class Jobs(Struct, frozen=True):
    """The queue in numbers."""

    due: int
    later: int
    """Those that wait for their time."""
    doing: int


class Fleet:
    """The workers and their queue."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def open_queue(self) -> None:
        """Makes the queue where there is none yet. Raises StoreError where its engine is not installed."""
        with self._db.write() as connection:
            open_queue(connection)

    def beat(self, beat: Beat, lease_s: float) -> None:
        """The worker lives, and is taken for dead unless it says so again within `lease_s`."""
        values = {"name": beat.name, "slots": beat.slots, "doing": beat.doing, "lease": int(lease_s * 1_000_000)}
        with self._db.write() as connection:
            connection.execute(text(_BEAT), values | {"batches": beat.batches, "emails": beat.emails})

    def leave(self, name: str) -> None:
        """The worker has ended, with nothing in its hands."""
        with self._db.write() as connection:
            connection.execute(text("delete from worker where name = :name"), {"name": name})

    def workers(self) -> tuple[Worker, ...]:
        """All that have not left, those that died a day ago or longer excepted; none on SQLite."""
        if self._db.file:
            return ()
        with self._db.read() as connection:
            return tuple(Worker(*row) for row in connection.execute(_WORKERS))

    def jobs(self) -> Jobs:
        """Of batches; none on SQLite."""
        if self._db.file:
            return Jobs(0, 0, 0)
        with self._db.read() as connection:
            if not _is_open(connection):
                return Jobs(0, 0, 0)
            return Jobs(*connection.execute(text(_JOBS), {"task": TASK}).one())

    def pending(self, issue_id: int, seq: int) -> Pending | None:
        """The batch, if it may go out now or later; None when nothing is to be done about it, or on a halt."""
        with self._db.read() as connection:
            if halts.of(connection, issue_id):
                return None
            row = connection.execute(statements.PENDING, {"issue_id": issue_id, "seq": seq}).one_or_none()
            return Pending(*row) if row else None

    def unanswered(self, issue_id: int, calls: int) -> str | None:
        """What the last call came to, when so many in a row left doubts since the last decision, whoever made them.

        None when they did not. Reads all of the issue's attempts: an eighth of a second for a million.
        """
        with self._db.read() as connection:
            said: Sequence[str] = connection.scalars(text(_ANSWERS), {"issue_id": issue_id, "calls": calls}).all()
        doubt = verdicts.said(InDoubt(""))
        if len(said) < calls or not all(answer.startswith(doubt) for answer in said):
            return None
        return said[0].removeprefix(doubt)

    def defer(self, issue_id: int) -> int:
        """A job for each batch that is pending and has none; says for how many."""
        with self._db.write() as connection:
            return defer(connection, issue_id)

    def put_off(self, issue_id: int, pause_s: float) -> None:
        """None of the issue's jobs is taken for so long."""
        with self._db.write() as connection:
            connection.execute(text(_PUT_OFF), {"issue_id": issue_id, "pause_s": pause_s, "task": TASK})

    def put_back(self, lease_s: float) -> int:
        """Jobs of dead workers are to be taken by others; says how many, and forgets who died long ago."""
        with self._db.write() as connection:
            connection.execute(text(_FORGET), {"age": 86_400_000_000})
            return len(connection.execute(text(_PUT_BACK), {"lease_s": lease_s}).all())

    def going_out(self) -> tuple[tuple[int, bool], ...]:
        """Approved issues whose audience is fixed and not settled, each with whether more is in it than doubts."""
        with self._db.read() as connection:
            return tuple((issue_id, moves) for issue_id, moves in connection.execute(text(_GOING_OUT)))


def open_queue(connection: Connection) -> None:
    """Makes the queue's tables where they are missing, by the SQL that comes with Procrastinate; PostgreSQL only.

    Raises StoreError where that is not installed.
    """
    if _is_open(connection):
        return
    try:
        from procrastinate.schema import SchemaManager
    except ImportError as error:
        cure = "pip install 'digest[worker]' here, or start `digest worker` once on a machine that has it"
        raise StoreError(f"the workers' queue is not in the database yet; {cure}") from error
    connection.execute(text("select pg_advisory_xact_lock(:number)"), {"number": _OPENING})
    if not _is_open(connection):
        driver: Any = connection.connection.driver_connection
        driver.execute(SchemaManager.get_schema())  # many statements, which only the driver takes at once


def _is_open(connection: Connection) -> bool:
    return inspect(connection).has_table("procrastinate_jobs")


def defer(connection: Connection, issue_id: int) -> int:
    """See `Fleet.defer`; within the caller's transaction."""
    open_queue(connection)
    values = {"issue_id": issue_id, "task": TASK, "queue": QUEUE}
    return connection.scalar(text(_DEFER), values) or 0


def alive(connection: Connection) -> Sequence[str]:
    """The names of those that live; their batches' owners begin with it."""
    return () if connection.dialect.name == "sqlite" else connection.scalars(_ALIVE).all()
