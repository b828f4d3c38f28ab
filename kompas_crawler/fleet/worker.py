"""A worker: takes jobs from the queue, runs each as a crawl, and records its outcome."""

import asyncio
import logging
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, TypeVar

from procrastinate import App, BaseRetryStrategy, JobContext, RetryDecision
from procrastinate.exceptions import ProcrastinateException
from procrastinate.jobs import Job
from procrastinate.worker import Worker as QueueWorker
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from kompas_crawler.archive.database import explaining
from kompas_crawler.archive.fleet import jobs
from kompas_crawler.exitcodes import CrawlError, DatabaseUnavailable, Exit
from kompas_crawler.fleet import child
from kompas_crawler.fleet.outcomes import settle
from kompas_crawler.fleet.queue import TASK, configured
from kompas_crawler.fleet.units import Unit
from kompas_crawler.log.masking import masker
from kompas_crawler.log.terminal import safe

_T = TypeVar("_T")

logger = logging.getLogger(__name__)

_STOP_SECONDS = 60.0  # how long a crawl may take to end after SIGTERM
_UNDECIDED_SECONDS = 60.0


class Unfinished(Exception):  # noqa: N818
    """The job is run again after ``pause`` seconds, or has failed (``None``)."""

    def __init__(self, pause: float | None) -> None:
        self.pause = pause


class _AsDecided(BaseRetryStrategy):
    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        pause = exception.pause if isinstance(exception, Unfinished) else _UNDECIDED_SECONDS
        if not isinstance(exception, Unfinished):  # not recorded: no failure of the job
            report(f"job {job.id}: again in {pause:.0f} s, {exception}")
        return None if pause is None else RetryDecision(retry_in={"seconds": int(pause)})


class Worker:
    """Runs the jobs of *app* on the archive of *engine* until it is stopped.

    *options* are passed to each crawl. After *lease* seconds others take over the jobs of a dead
    worker. *schedule* has cron expressions and the units they enqueue.
    """

    def __init__(
        self,
        app: App,
        engine: Engine,
        *,
        lease: float,
        concurrency: int = 1,
        options: Sequence[str] = (),
        schedule: Sequence[tuple[str, Unit]] = (),
    ) -> None:
        self._engine = engine
        self._lease = lease
        self._options = options
        self._children: dict[int, Process] = {}  # by the id of the job
        self._lost: set[int] = set()  # ids of jobs that the queue assigns to us, but we do not run
        self._is_stopping = False
        self._app = app
        task: Any = app.task(name=TASK, pass_context=True, retry=_AsDecided())(self._work)
        for cron, unit in schedule:
            arguments: dict[str, Any] = {"spider": unit.spider, "arguments": dict(unit.arguments)}
            known = {"periodic_id": unit.name, "task_kwargs": arguments, **configured(unit)}
            app.periodic(cron=cron, **known)(task)
        self._queue: Any = QueueWorker(
            app,
            concurrency=concurrency,
            install_signal_handlers=False,
            # Polling is cheap and survives a restart of the server.
            listen_notify=False,
            fetch_job_polling_interval=1.0,
            delete_jobs="successful",
            update_heartbeat_interval=lease / 6,
            stalled_worker_timeout=lease,
        )

    async def run(self) -> None:
        """Run until stopped. Raises ``DatabaseUnavailable`` if the database stays unavailable."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            if sys.platform != "win32":
                loop.add_signal_handler(number, self.stop)
        taking_over, reason = loop.create_task(self._take_over()), ""
        try:
            async with self._app.open_async():
                await self._queue.run()
        except ProcrastinateException as error:
            first = str(error.__cause__ or error).partition("\n")[0]
            loop.set_exception_handler(lambda *_: None)  # of jobs, which the queue runs as tasks
            reason = f": {masker(self._engine.url.render_as_string(hide_password=False))(first)}"
        finally:
            taking_over.cancel()
        if reason or not self._is_stopping:
            raise DatabaseUnavailable(f"the queue's database does not answer{reason}")

    def stop(self) -> None:
        """Stop the crawls, return their jobs to the queue, and end; a second call kills."""
        if not self._is_stopping:
            report("stopping; the running jobs return to the queue")
            asyncio.get_running_loop().call_later(_STOP_SECONDS, self._end, Process.kill)
        self._is_stopping = True
        self._queue.stop()
        self._end(Process.terminate)  # a second SIGTERM ends a crawl at once

    def _end(self, how: Callable[[Process], None]) -> None:
        for process in self._children.values():
            with suppress(ProcessLookupError):
                how(process)

    async def _work(
        self, context: JobContext, *, spider: str, arguments: dict[str, str], timestamp: int = 0
    ) -> None:
        id_, unit = context.job.id, Unit(spider=spider, arguments=arguments)
        assert id_ is not None
        at = datetime.fromtimestamp(timestamp, UTC) if timestamp else None
        report(f"job {id_}, {unit.name}: started")
        code, reason = await self._crawl(id_, unit.command(at))
        await self._app.connector.execute_query_async("select 1")  # waits for the database
        pause, failures = await self._in_transaction(
            lambda connection: settle(connection, context.job, code, reason)
        )
        if pause is None and not failures:
            report(f"job {id_}, {unit.name}: {reason}")
            return
        what = "failed" if pause is None else f"again in {pause:.0f} s"
        report(f"job {id_}, {unit.name}: {what} (exit {code}), {reason}")
        raise Unfinished(pause)

    async def _crawl(self, id_: int, command: Sequence[str]) -> tuple[int, str]:
        try:
            self._children[id_] = process = await child.start(command, self._options)
        except OSError as error:
            return Exit.ERROR, f"cannot start: {error.strerror}"
        if self._is_stopping:
            process.terminate()
        try:
            code, reason = await child.end(process, lambda line: report(line, f"[{id_}]"))
        finally:
            del self._children[id_]
        if code < 0 and self._is_stopping:  # killed before it could report the reason
            return Exit.INTERRUPTED, "interrupted"
        return code, reason

    async def _in_transaction(self, function: Callable[[Connection], _T]) -> _T:

        def run() -> _T:
            with explaining(self._engine.url), self._engine.begin() as connection:
                return function(connection)

        return await asyncio.to_thread(run)

    async def _take_over(self) -> None:
        while True:
            await asyncio.sleep(self._lease / 4)
            try:
                ids = await self._in_transaction(self._taken_over)
            except (CrawlError, DBAPIError) as error:
                logger.warning("Looking for dead workers failed: %s", error)
                await asyncio.sleep(self._lease)  # no heartbeat arrived meanwhile either
                continue
            for id_ in ids:
                report(f"job {id_}: its worker is gone; queued again")

    def _taken_over(self, connection: Connection) -> list[int]:
        unknown = jobs.of_worker(connection, self._queue.worker_id) - self._children.keys()
        lost, self._lost = unknown & self._lost, unknown  # lost: unknown in two checks in a row
        return jobs.take_over(connection, self._lease, lost)


def report(line: str, who: str = "scrapy worker:") -> None:
    sys.stderr.write(f"{who} {safe(line)}\n")
    sys.stderr.flush()
