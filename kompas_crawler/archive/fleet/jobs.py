"""The fleet's queue, Procrastinate's tables in a schema of their own, and the jobs' outcomes."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, select, text

from kompas_crawler.archive.crawl_models import FleetOutcomeRow
from kompas_crawler.archive.sql import upsert

SCHEMA = "procrastinate"
_JOBS = f"{SCHEMA}.procrastinate_jobs"
_LOCK_ID, _TAKE_OVER_LOCK = 0x6B6F6D74, 0x6B6F6D75
_LOCK = text("select pg_advisory_xact_lock(:id)")

# A time of tomorrow or later was written while the server's clock was ahead.
_ALIVE = "last_heartbeat between now() - make_interval(secs => :seconds) and now() + interval '1d'"
# A job whose twin is queued is dropped.
_TAKE_OVER = text(
    f"""
    with brought_back as (
        update {_JOBS} set scheduled_at = now()
        where status = 'todo' and scheduled_at > now() + interval '1 day'
    ), abandoned as materialized (
        select job.id, exists (
            select from {_JOBS} twin
            where twin.queueing_lock = job.queueing_lock and twin.status = 'todo'
        ) as has_twin
        from {_JOBS} job
        left join {SCHEMA}.procrastinate_workers worker on worker.id = job.worker_id
        where job.status = 'doing' and (
            worker.id is null
            or not {_ALIVE}
            or job.id = any(:lost)
        )
        order by job.id for update of job
    )
    select id, case
        when has_twin then {SCHEMA}.procrastinate_finish_job_v1(id, 'aborted', true)
        else {SCHEMA}.procrastinate_retry_job_v2(id, now(), null, null, null)
    end from abandoned
    """
)


def exists(connection: Connection) -> bool:
    """Whether the queue's tables exist; never on SQLite."""
    if connection.dialect.name != "postgresql":
        return False
    return bool(connection.scalar(text("select to_regclass(:name) is not null"), {"name": _JOBS}))


def create(connection: Connection, statements: str) -> None:
    """Create the queue by Procrastinate's *statements*, unless another worker just did."""
    connection.execute(_LOCK, {"id": _LOCK_ID})
    if exists(connection):
        return
    connection.execute(text(f"create schema if not exists {SCHEMA}"))
    connection.execute(text(f"set local search_path = {SCHEMA}"))
    # By the driver: SQLAlchemy would parse parameters in the statements.
    connection.connection.cursor().execute(statements)


def waiting(connection: Connection, names: Collection[str]) -> set[str]:
    """Return those of the units *names* that are queued or running."""
    where = "lock = any(:names) and status in ('todo', 'doing')"
    query = text(f"select lock from {_JOBS} where {where}")
    return set(connection.scalars(query, {"names": list(names)}))


def forget_failed(connection: Connection, names: Collection[str], *ended: int) -> None:
    """Delete failed jobs of the units *names*, and their outcomes and those of the jobs *ended*."""
    _find_functions(connection)
    where = "lock = any(:names) and status not in ('todo', 'doing')"
    failed = text(f"delete from {_JOBS} where {where} returning id")
    ids = connection.scalars(failed, {"names": list(names)}).all()
    connection.execute(delete(FleetOutcomeRow).where(FleetOutcomeRow.job_id.in_([*ids, *ended])))


def has_twin(connection: Connection, name: str) -> bool:
    query = text(f"select count(*) from {_JOBS} where queueing_lock = :name and status = 'todo'")
    return bool(connection.scalar(query, {"name": name}))


def of_worker(connection: Connection, worker_id: int | None) -> set[int]:
    query = text(f"select id from {_JOBS} where status = 'doing' and worker_id = :id")
    return set(connection.scalars(query, {"id": worker_id}))


def take_over(connection: Connection, seconds: float, lost: Iterable[int] = ()) -> list[int]:
    """Requeue the jobs of workers without a heartbeat for *seconds*, and the *lost* ones.

    Returns the ids of the jobs.
    """
    connection.execute(_LOCK, {"id": _TAKE_OVER_LOCK})
    _find_functions(connection)
    return list(connection.scalars(_TAKE_OVER, {"seconds": seconds, "lost": list(lost)}))


def _find_functions(connection: Connection) -> None:
    """Set the search path for Procrastinate's functions, which use unqualified names."""
    query = "select set_config('search_path', current_setting('search_path') || :more, true)"
    connection.execute(text(query), {"more": f", {SCHEMA}"})


def failures(connection: Connection, job_id: int) -> int:
    query = select(FleetOutcomeRow.failures).where(FleetOutcomeRow.job_id == job_id)
    return connection.scalar(query) or 0


def note_outcome(
    connection: Connection, job_id: int, *, code: int, reason: str, failures: int
) -> None:
    of = {"job_id": job_id, "exit_code": code, "reason": reason, "failures": failures}
    upsert(connection, FleetOutcomeRow, **of, ended_at=connection.scalar(select(func.now())))


@dataclass(frozen=True, slots=True)
class FailedJob:
    """A job that is not tried again; ``reason`` is empty if unknown."""

    number: int
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Counts:
    """Numbers of jobs that are due, scheduled for later and running; the failed jobs."""

    waiting: int
    later: int
    running: int
    failed: list[FailedJob]


def counts(connection: Connection) -> Counts:
    waiting, later, running = connection.execute(
        text(
            "select count(*) filter (where status = 'todo' and"
            " (scheduled_at is null or scheduled_at <= now())),"
            " count(*) filter (where status = 'todo' and scheduled_at > now()),"
            " count(*) filter (where status = 'doing')"
            f" from {_JOBS}"
        )
    ).one()
    failed = connection.execute(
        text(
            "select job.id, coalesce(job.lock, job.task_name), coalesce(outcome.reason, '')"
            f" from {_JOBS} job"
            " left join fleet_outcomes outcome on outcome.job_id = job.id"
            " where job.status in ('failed', 'aborted', 'cancelled') order by job.id"
        )
    )
    return Counts(waiting, later, running, [FailedJob(*row) for row in failed])


def workers(connection: Connection, seconds: float) -> int:
    """Count the workers with a heartbeat within *seconds*."""
    query = text(f"select count(*) from {SCHEMA}.procrastinate_workers where {_ALIVE}")
    return connection.scalar(query, {"seconds": seconds}) or 0
