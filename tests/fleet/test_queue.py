"""The queue: each unit once, the newest first, jobs of the dead taken over, reasons kept."""

from __future__ import annotations

import asyncio
import gc
import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from procrastinate.exceptions import ConnectorException
from scrapy.settings import Settings
from sqlalchemy import text

from kompas_crawler import settings as project_settings
from kompas_crawler.archive.database import database_url as read_url
from kompas_crawler.archive.fleet import jobs
from kompas_crawler.archive.fleet import jobs as fleet_queue
from kompas_crawler.archive.models import Model
from kompas_crawler.exitcodes import DatabaseUnavailable, Exit
from kompas_crawler.fleet import units
from kompas_crawler.fleet.queue import archive, enqueue, open_queue
from kompas_crawler.fleet.units import Unit
from kompas_crawler.fleet.worker import Worker
from kompas_crawler.log.terminal import counted
from tests.archive.build import is_of_models
from tests.commands.calling import call
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Engine

pytestmark = pytest.mark.postgres

DAYS = [date(2024, 1, day) for day in (3, 2, 1)]


@pytest.fixture
def engine(postgres_url: str) -> Iterator[Engine]:
    """An archive with its queue."""
    settings = Settings()
    settings.setmodule(project_settings, priority="project")
    settings.set("KOMPAS_DATABASE_URL", postgres_url, priority="cmdline")
    with archive(settings) as (_, engine):
        yield engine


def put(engine: Engine, url: str, made: Sequence[Unit]) -> int:
    return enqueue(open_queue(read_url(url, ROOT)), engine, made)


def run(engine: Engine, statement: str, **values: Any) -> list[Any]:
    with engine.begin() as connection:
        connection.execute(text(f"set local search_path = public, {fleet_queue.SCHEMA}"))
        result = connection.execute(text(statement), values)
        return list(result.scalars()) if result.returns_rows else []


def begin_job(engine: Engine, heard_of: str = "now()") -> int:
    """A worker that was last heard of then, and takes a job: its number."""
    (worker,) = run(
        engine,
        f"insert into procrastinate_workers (last_heartbeat) values ({heard_of}) returning id",
    )
    (job,) = run(engine, "select id from procrastinate_fetch_job_v2(null, :w)", w=worker)
    return int(job)


def test_a_query_whose_session_ends_is_sent_again(engine: Engine, postgres_url: str) -> None:
    """R6: as when PostgreSQL restarts while a worker waits for an answer."""
    ended = "select pg_terminate_backend(pid) from pg_stat_activity where state = 'active'"
    ended += " and query like 'select pg_sleep%'"

    async def ask() -> dict[str, Any]:
        async with open_queue(read_url(postgres_url, ROOT)).open_async() as app:
            query = "select pg_sleep(0.5), 1 as found"
            asked = asyncio.create_task(app.connector.execute_query_one_async(query))
            while not await asyncio.to_thread(run, engine, ended):
                await asyncio.sleep(0.01)
            return await asked

    assert asyncio.run(ask())["found"] == 1


def test_a_query_waits_while_the_database_is_read_only(engine: Engine, postgres_url: str) -> None:
    """R32: as a standby is before it takes over."""
    name = read_url(postgres_url, ROOT).database
    turn = f"alter database {name} set default_transaction_read_only ="
    others = "from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"

    async def ask() -> list[Any]:
        async with open_queue(read_url(postgres_url, ROOT)).open_async() as app:
            connector: Any = app.connector
            run(engine, f"{turn} on")
            run(engine, f"select pg_terminate_backend(pid) {others}")
            query = "update procrastinate_jobs set priority = 7 returning id"
            asked = asyncio.create_task(connector.execute_query_all_async(query))
            while not connector.pool.get_stats().get("connections_errors") and not asked.done():
                await asyncio.sleep(0.01)
            run(engine, f"{turn} off")
            return list(await asked)

    put(engine, postgres_url, [Unit(spider="kompas")])
    assert len(asyncio.run(ask())) == 1


def states(engine: Engine) -> list[str]:
    return run(engine, "select status::text from procrastinate_jobs order by id")


def test_the_newest_day_is_begun_first_and_a_sweep_before_it(
    engine: Engine, postgres_url: str
) -> None:
    days = list(units.of_days(reversed(DAYS), date(2024, 1, 4), None))
    assert put(engine, postgres_url, [*days, Unit(spider="kompas", priority=units.SWEEP)]) == 4
    begun = [begin_job(engine) for _ in range(4)]
    names = [run(engine, "select lock from procrastinate_jobs where id = :i", i=i) for i in begun]
    assert [name for (name,) in names] == ["kompas", *(unit.name for unit in reversed(days))]


def test_a_unit_that_waits_or_is_at_work_is_not_added_again(
    engine: Engine, postgres_url: str
) -> None:
    made = list(units.of_days(DAYS, date(2024, 1, 4), "money"))
    assert put(engine, postgres_url, made) == 3
    begin_job(engine)
    assert put(engine, postgres_url, made) == 0
    assert sorted(states(engine)) == ["doing", "todo", "todo"]


def test_a_unit_that_failed_is_begun_anew(engine: Engine, postgres_url: str) -> None:
    unit = Unit(spider="sitemap")
    put(engine, postgres_url, [unit])
    job = begin_job(engine)
    run(engine, "select procrastinate_finish_job_v1(:id, 'failed', false)", id=job)
    with engine.begin() as connection:
        jobs.note_outcome(connection, job, code=10, reason="no link", failures=3)
        assert fleet_queue.counts(connection).failed == [
            fleet_queue.FailedJob(job, "sitemap", "no link")
        ]
    assert put(engine, postgres_url, [unit]) == 1
    assert states(engine) == ["todo"]
    with engine.connect() as connection:
        assert jobs.failures(connection, job) == 0


def test_the_jobs_of_the_dead_wait_anew(engine: Engine, postgres_url: str) -> None:
    put(engine, postgres_url, list(units.of_days(DAYS, date(2024, 1, 4), None)))
    dead, alive, lost = (
        begin_job(engine, since) for since in ("now() - interval '1 hour'", "now()", "now()")
    )
    with engine.begin() as connection:
        assert fleet_queue.take_over(connection, 60, [lost]) == sorted((dead, lost))
    with engine.begin() as connection:
        assert fleet_queue.take_over(connection, 60) == []
    assert run(engine, "select id from procrastinate_jobs where status = 'doing'") == [alive]


def test_what_was_written_while_the_clock_was_ahead_stops_no_job(
    engine: Engine, postgres_url: str
) -> None:
    """R34; what is scheduled for the next hours stays."""
    put(engine, postgres_url, list(units.of_days(DAYS, date(2024, 1, 4), None)))
    dead = begin_job(engine, "now() + interval '1 year'")
    last, later = run(engine, "select id from procrastinate_jobs where status = 'todo'")
    move = "update procrastinate_jobs set scheduled_at = now() + cast(:pause as interval)"
    for job, pause in ((last, "1 year"), (later, "6 hours")):
        run(engine, f"{move} where id = :job", job=job, pause=pause)
    with engine.begin() as connection:
        assert fleet_queue.workers(connection, 60) == 0
        assert fleet_queue.take_over(connection, 60) == [dead]
    waiting = "select id from procrastinate_jobs where scheduled_at > now()"
    assert run(engine, waiting) == [later]


def test_a_job_of_the_dead_whose_twin_waits_is_dropped(engine: Engine, postgres_url: str) -> None:
    put(engine, postgres_url, [Unit(spider="kompas")])
    begin_job(engine, "now() - interval '1 hour'")
    run(  # as a schedule adds it while the one before is at work
        engine,
        "insert into procrastinate_jobs (queue_name, task_name, lock, queueing_lock)"
        " values ('default', 'crawl', 'kompas', 'kompas')",
    )
    with engine.begin() as connection:
        fleet_queue.take_over(connection, 60)
    assert states(engine) == ["todo"]


def test_the_archives_migrations_leave_the_queue_alone(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={"include_name": is_of_models},
        )
        assert compare_metadata(context, Model.metadata) == []


# What the commands say


def test_enqueue_says_what_it_will_cost(
    postgres_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("indeks", "-a", "since=2024-01-01", "-a", "until=2024-01-03")
    assert call("enqueue", postgres_url, *arguments, "--dry-run", DOWNLOAD_DELAY=1) == 0
    said = capsys.readouterr().out
    assert said.startswith("3 days to read: about 3,090 articles, 3,300 requests, 55 minutes")
    assert "3 jobs; none was enqueued" in said
    assert call("enqueue", postgres_url, *arguments) == 0
    assert "3 jobs enqueued; to run them: scrapy worker" in capsys.readouterr().out
    assert call("enqueue", postgres_url, *arguments) == 0
    assert "0 jobs enqueued; 3 already queued or running" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "jobs"),
    [
        (["kompas", "-a", "sections=money,tekno"], 1),
        (["kompas", "-a", "tags=banjir,gempa"], 2),
        (["kompas", "-a", "limit=5"], 1),
        (["kompas"], 7),
        (["sitemap"], 1),
        (["gaps"], 1),
        (["revisits"], 1),
    ],
)
def test_a_crawl_is_split_into_jobs(
    postgres_url: str, capsys: pytest.CaptureFixture[str], arguments: list[str], jobs: int
) -> None:
    assert call("enqueue", postgres_url, *arguments, "--dry-run") == 0
    assert f"{counted(jobs, 'job')}; none was enqueued" in capsys.readouterr().out


def test_status_reports_the_fleet(
    engine: Engine, postgres_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    put(engine, postgres_url, list(units.of_days(DAYS, date(2024, 1, 4), None)))
    assert call("status", postgres_url) == 1
    said = capsys.readouterr().out
    assert "0 workers, 0 jobs running, 3 queued; to start one: scrapy worker" in said
    job = begin_job(engine)
    run(engine, "select procrastinate_finish_job_v1(:id, 'failed', false)", id=job)
    begin_job(engine)
    with engine.begin() as connection:
        jobs.note_outcome(connection, job, code=2, reason="no such \x1b[31mday", failures=1)
    assert call("status", postgres_url) == 1
    said = capsys.readouterr().out
    assert "2 workers, 1 job running, 1 queued" in said
    assert f"job {job}, indeks since=2024-01-03 until=2024-01-03: no such" in " ".join(said.split())
    assert "\x1b" not in said
    call("status", postgres_url, "--json")
    fleet = json.loads(capsys.readouterr().out)["fleet"]
    assert (fleet["workers"], fleet["jobs_running"], fleet["is_well"]) == (2, 1, False)
    assert fleet["jobs_failed"][0]["number"] == job


def test_status_is_silent_on_a_fleet_that_is_not_there(
    postgres_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("enqueue", postgres_url, "sitemap", "--dry-run") == 0
    run_engine = open_archive_engine(postgres_url)
    run(run_engine, f"drop schema {fleet_queue.SCHEMA} cascade")
    run_engine.dispose()
    capsys.readouterr()
    assert call("status", postgres_url) == 0
    assert "fleet" not in capsys.readouterr().out


def open_archive_engine(url: str) -> Engine:
    from kompas_crawler.archive.database import open_engine

    return open_engine(read_url(url, ROOT))


def test_a_schedule_may_say_yesterday() -> None:
    ((cron, unit),) = units.scheduled('[["30 23 * * *", "indeks", {"since": "yesterday"}]]')
    assert cron == "30 23 * * *"
    at = datetime(2024, 1, 31, 23, 30, tzinfo=UTC)  # 06:30 of the first of February in Jakarta
    assert unit.command(at) == ["indeks", "-a", "since=2024-01-31"]


@pytest.mark.parametrize(
    "table",
    [
        "no json",
        '[["* * *", "kompas", {}]]',
        '[["* * * * *"]]',
        '[["* * * * *", "kompas", []]]',
        "7",
    ],
)
def test_a_schedule_that_is_none_is_refused(table: str) -> None:
    with pytest.raises(ValueError, match="KOMPAS_SCHEDULE"):
        units.scheduled(table)


def test_two_long_units_have_two_names() -> None:
    first, second = (
        Unit(spider="kompas", arguments={"urls": f"https://money.kompas.com/{'a' * 90}{end}"})
        for end in "bc"
    )
    assert first.name != second.name
    assert len(first.name) < 100


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["worker", "x"], "takes options only"),
        (["worker", "--concurrency", "0"], "is not a whole number from 1 to 64"),
        (["worker", "--concurrency", "9999"], "is not a whole number from 1 to 64"),
        (["enqueue"], "name one of: indeks, kompas, sitemap, gaps, revisits"),
        (["enqueue", "indek"], "unknown kind of job 'indek'"),
        (["enqueue", "indeks"], "since is missing"),
        (["enqueue", "indeks", "-a", "since=2024-13-01"], "is not a day"),
        (["enqueue", "indeks", "-a", "since"], "arguments have the form -a NAME=VALUE"),
        (["enqueue", "kompas", "-a", "sektion=money"], "unknown argument sektion"),
        (["enqueue", "gaps", "-a", "x=1"], "gaps takes no argument"),
    ],
)
def test_a_bad_argument_ends_with_2_and_one_line(
    postgres_url: str, capsys: pytest.CaptureFixture[str], arguments: list[str], line: str
) -> None:
    name, *rest = arguments
    assert call(name, postgres_url, *rest) == Exit.USAGE
    said = capsys.readouterr().err
    assert line in said
    assert said.count("\n") == 1


def test_the_projects_own_schedule_is_one() -> None:
    found = units.scheduled(project_settings.KOMPAS_SCHEDULE)
    assert [unit.name for _, unit in found] == [
        "kompas",
        "revisits",
        "indeks since=yesterday until=yesterday",
    ]


def test_a_queue_that_stays_away_ends_a_worker_with_one_line(
    engine: Engine, postgres_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """R6: the tasks of its jobs fail as well."""
    worker = Worker(open_queue(read_url(postgres_url, ROOT)), engine, lease=60)

    async def failing() -> None:
        raise ConnectorException

    async def run_out() -> None:
        job = asyncio.create_task(failing())
        await asyncio.wait([job])
        raise ConnectorException

    worker._queue.run = run_out
    with pytest.raises(DatabaseUnavailable, match="the queue's database does not answer"):
        asyncio.run(worker.run())
    gc.collect()
    assert "never retrieved" not in caplog.text
