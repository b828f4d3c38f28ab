"""The queue of jobs: Procrastinate on the archive's own PostgreSQL."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, TypeVar

from scrapy.settings import BaseSettings
from sqlalchemy import Connection, Engine
from sqlalchemy.engine import URL

from kompas_crawler.archive import schema
from kompas_crawler.archive.database import database_url, explaining, open_engine
from kompas_crawler.archive.fleet import jobs
from kompas_crawler.archive.sql import chunks
from kompas_crawler.exitcodes import ConfigurationProblem
from kompas_crawler.fleet.units import Unit
from kompas_crawler.project import how_to_install, project_dir

if TYPE_CHECKING:
    from procrastinate import App

_T = TypeVar("_T")
TASK = "crawl"
AWAY_SECONDS = 120.0  # how long a worker retries while the database is unavailable
_AT_ONCE = 500


def open_archive(settings: BaseSettings) -> tuple[URL, Engine]:
    """Open the archive, with its tables and the queue's. Raises ``ConfigurationProblem``."""
    url = database_url(settings["KOMPAS_DATABASE_URL"], project_dir())
    needs = [] if find_spec("procrastinate") else [how_to_install("fleet")]
    if url.get_backend_name() != "postgresql":
        needs.insert(0, "KOMPAS_DATABASE_URL=postgresql+psycopg://user@host/name")
    if needs:
        raise ConfigurationProblem(
            f"a fleet needs PostgreSQL and the extra 'fleet'; missing: {' and '.join(needs)}"
        )
    from procrastinate.schema import SchemaManager

    engine = open_engine(url)
    try:
        with explaining(url):
            schema.upgrade(engine)
            with engine.begin() as connection:
                if not jobs.exists(connection):
                    jobs.create(connection, SchemaManager.get_schema())
    except BaseException:
        engine.dispose()
        raise
    return url, engine


def open_queue(url: URL) -> App:
    """Build Procrastinate's app on *url*, not yet connected."""
    import psycopg
    from procrastinate import App, PsycopgConnector, exceptions

    def is_away(error: Exception) -> bool:
        is_of_server = isinstance(error.__cause__, psycopg.OperationalError)
        return is_of_server and isinstance(error, exceptions.ConnectorException)

    def retrying(execute: Any) -> Any:
        async def retry(*query: Any, **values: Any) -> Any:
            return await with_retries(lambda: execute(*query, **values), is_away)

        return retry

    class RetryingConnector(PsycopgConnector):
        """Retries while the server is unavailable, so that a restart does not end a worker."""

        execute_query_async = retrying(PsycopgConnector.execute_query_async)
        execute_query_one_async = retrying(PsycopgConnector.execute_query_one_async)
        execute_query_all_async = retrying(PsycopgConnector.execute_query_all_async)

    options = f"{url.query.get('options', '')} -c search_path={jobs.SCHEMA}".strip()
    bare = url.set(drivername="postgresql").difference_update_query(["options"])
    connector = RetryingConnector(
        conninfo=bare.render_as_string(hide_password=False),
        kwargs={"options": options, "connect_timeout": 10},
        min_size=1,
        max_size=4,
        timeout=10,
    )
    return App(connector=connector)


async def enqueue(app: App, engine: Engine, units: Sequence[Unit]) -> int:
    """Queue *units*, failed ones again, unless they are queued or running; return how many."""
    from procrastinate import exceptions

    added = 0
    for part in chunks(units, _AT_ONCE):
        names = [unit.name for unit in part]
        await in_thread(engine, partial(jobs.forget_failed, names=names))
        known = await in_thread(engine, partial(jobs.waiting, names=names))
        for unit in part:
            if unit.name in known:
                continue
            try:
                task = app.configure_task(TASK, **configured(unit))
                await task.defer_async(spider=unit.spider, arguments=dict(unit.arguments))
            except exceptions.AlreadyEnqueued:  # by another process meanwhile
                continue
            added += 1
    return added


def configured(unit: Unit) -> dict[str, Any]:
    """Procrastinate's options of a unit: at most one running job of a name, and one queued."""
    return {"lock": unit.name, "queueing_lock": unit.name, "priority": unit.priority}


async def with_retries(
    attempt: Callable[[], Awaitable[_T]], is_away: Callable[[Exception], bool]
) -> _T:
    """Await *attempt*; retry for ``AWAY_SECONDS`` while its error *is_away*."""
    deadline = time.monotonic() + AWAY_SECONDS
    while True:
        try:
            return await attempt()
        except Exception as error:
            if not is_away(error) or time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.5)


async def in_thread(engine: Engine, function: Callable[[Connection], _T]) -> _T:
    """Run *function* in a transaction, off the event loop."""

    def run() -> _T:
        with explaining(engine.url), engine.begin() as connection:
            return function(connection)

    return await asyncio.to_thread(run)
