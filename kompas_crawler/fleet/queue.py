"""The queue of jobs: Procrastinate on the archive's own PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from scrapy.settings import BaseSettings
from sqlalchemy import Engine
from sqlalchemy.engine import URL

from kompas_crawler.archive import schema
from kompas_crawler.archive.database import database_url, explaining, opened
from kompas_crawler.archive.fleet import jobs
from kompas_crawler.archive.sql import chunks
from kompas_crawler.exitcodes import ConfigurationProblem
from kompas_crawler.fleet.units import Unit
from kompas_crawler.project import how_to_install, project_dir

if TYPE_CHECKING:
    from procrastinate import App

TASK = "crawl"
AWAY_SECONDS = 240.0  # how long a query waits for the database; the pool's last pause is half of it


@contextmanager
def archive(settings: BaseSettings) -> Iterator[tuple[URL, Engine]]:
    """The archive, with its tables and the queue's. Raises ``ConfigurationProblem``."""
    url = database_url(settings["KOMPAS_DATABASE_URL"], project_dir())
    needs = [] if find_spec("procrastinate") else [how_to_install("fleet")]
    if url.get_backend_name() != "postgresql":
        needs.insert(0, "KOMPAS_DATABASE_URL=postgresql+psycopg://user@host/name")
    if needs:
        raise ConfigurationProblem(
            f"a fleet needs PostgreSQL and the extra 'fleet'; missing: {' and '.join(needs)}"
        )
    from procrastinate.schema import SchemaManager

    with opened(url) as engine:
        with explaining(url):
            schema.upgrade(engine)
            with engine.begin() as connection:
                jobs.create(connection, SchemaManager.get_schema())
        yield url, engine


def open_queue(url: URL) -> App:
    """Build Procrastinate's app on *url*, not yet connected."""
    from procrastinate import App, PsycopgConnector, exceptions

    def again(execute: Any) -> Any:
        async def twice(*query: Any, **values: Any) -> Any:
            with suppress(exceptions.ConnectorException):  # a restart of the server ends a session
                return await execute(*query, **values)
            return await execute(*query, **values)

        return twice

    options = f"{url.query.get('options', '')} -c search_path={jobs.SCHEMA}".strip()
    bare = url.set(drivername="postgresql").difference_update_query(["options"])
    connector = PsycopgConnector(
        conninfo=bare.render_as_string(hide_password=False),
        # A session that is read-only, as on a standby, would stay so.
        kwargs={"options": options, "connect_timeout": 10, "target_session_attrs": "read-write"},
        min_size=1,
        max_size=4,
        timeout=AWAY_SECONDS,
    )
    for name in ("execute_query_async", "execute_query_one_async", "execute_query_all_async"):
        setattr(connector, name, again(getattr(connector, name)))
    return App(connector=connector)


def enqueue(app: App, engine: Engine, units: Sequence[Unit]) -> int:
    """Queue *units*, failed ones again, unless they are queued or running; return how many."""
    from procrastinate import exceptions

    added = 0
    with app.open():
        for part in chunks(units, 500):
            names = [unit.name for unit in part]
            with engine.begin() as connection:
                jobs.forget_failed(connection, names)
                known = jobs.waiting(connection, names)
            for unit in part:
                if unit.name not in known:
                    task = app.configure_task(TASK, **configured(unit))
                    with suppress(exceptions.AlreadyEnqueued):  # by another process meanwhile
                        task.defer(spider=unit.spider, arguments=dict(unit.arguments))
                        added += 1
    return added


def configured(unit: Unit) -> dict[str, Any]:
    """Procrastinate's options of a unit: at most one running job of a name, and one queued."""
    return {"lock": unit.name, "queueing_lock": unit.name, "priority": unit.priority}
