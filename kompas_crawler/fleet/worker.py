"""A worker: takes jobs from the queue, runs each as a crawl, and records its outcome."""

import asyncio
import logging
import signal
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from procrastinate import App, BaseRetryStrategy, JobContext, RetryDecision
from procrastinate.exceptions import ProcrastinateException
from procrastinate.jobs import Job
from procrastinate.worker import Worker as QueueWorker
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from kompas_crawler.archive.fleet import jobs, pace
from kompas_crawler.exitcodes import CrawlError, DatabaseUnavailable, Exit
from kompas_crawler.fleet.child import Child
from kompas_crawler.fleet.outcomes import decide
from kompas_crawler.fleet.queue import AWAY_SECONDS, TASK, configured, in_thread
from kompas_crawler.fleet.units import Unit
from kompas_crawler.log.masking import masker
from kompas_crawler.log.terminal import safe

_T = TypeVar("_T")

logger = logging.getLogger(__name__)

BLOCKED_SECONDS = 3600.0
"""How long all workers send no request after the site refused one of them."""
_STOP_SECONDS = 60.0
"""How long a crawl may take to end after SIGTERM."""
_POLL_SECONDS = 1.0
_UNDECIDED_SECONDS = 60.0


class Again(Exception):  # noqa: N818
    """Procrastinate runs the job again after ``pause`` seconds."""

    def __init__(self, pause: float) -> None:
        super().__init__(f"again in {pause:g} s")
        self.pause = pause


class Failed(Exception):  # noqa: N818
    """The job has failed and is not retried."""


class _AsDecided(BaseRetryStrategy):
    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        if isinstance(exception, Failed):
            return None
        # Without a decision the database was unavailable: this is no failure of the job.
        pause = exception.pause if isinstance(exception, Again) else _UNDECIDED_SECONDS
        return RetryDecision(retry_at=datetime.now(UTC) + timedelta(seconds=pause))


class Worker:
    """Runs the jobs of *app* on the archive of *engine* until it is stopped.

    *options* are passed to each crawl. After *lease* seconds others take over the jobs of a dead
    worker. *schedule* holds cron expressions and the units they enqueue.
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
        self._children: dict[int, Child] = {}
        self._running: set[int] = set()  # ids of jobs
        self._lost: set[int] = set()  # ids of jobs that the queue assigns to us, but we do not run
        self._is_stopping = False
        self._app = app
        task: Any = app.task(name=TASK, pass_context=True, retry=_AsDecided())(self._work)
        for cron, unit in schedule:
            arguments: dict[str, Any] = {"spider": unit.spider, "arguments": dict(unit.arguments)}
            app.periodic(
                cron=cron, periodic_id=unit.name, task_kwargs=arguments, **configured(unit)
            )(task)
        self._queue: Any = QueueWorker(
            app,
            concurrency=concurrency,
            install_signal_handlers=False,
            # Polling is cheap and survives a restart of the server.
            listen_notify=False,
            fetch_job_polling_interval=_POLL_SECONDS,
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
        taking_over = loop.create_task(self._take_over())
        try:
            async with self._app.open_async():
                await self._queue.run()
        except ProcrastinateException as error:
            raise self._unavailable(error) from None
        finally:
            taking_over.cancel()
        if not self._is_stopping:
            raise DatabaseUnavailable("the queue's database does not answer")

    def _unavailable(self, error: Exception) -> CrawlError:
        cause: Any = error.__cause__ or error
        first = str(cause).strip().splitlines()[:1] or [type(cause).__name__]
        mask = masker(self._engine.url.render_as_string(hide_password=False))
        return DatabaseUnavailable(f"the queue's database does not answer: {mask(first[0])}")

    def stop(self) -> None:
        """Stop the crawls, return their jobs to the queue, and end; a second call kills."""
        if not self._is_stopping:
            report("stopping; the running jobs return to the queue")
            asyncio.get_running_loop().call_later(_STOP_SECONDS, self._kill)
        self._is_stopping = True
        self._queue.stop()
        for child in self._children.values():
            child.stop()

    def _kill(self) -> None:
        for child in self._children.values():
            child.kill()

    async def _work(
        self,
        context: JobContext,
        *,
        spider: str,
        arguments: dict[str, str],
        timestamp: int | None = None,
    ) -> None:
        job = context.job
        assert job.id is not None
        self._running.add(job.id)
        try:
            at = datetime.fromtimestamp(timestamp, UTC) if timestamp else None
            await self._crawl(job, Unit(spider=spider, arguments=arguments), at)
        finally:
            self._running.discard(job.id)

    async def _crawl(self, job: Job, unit: Unit, at: datetime | None) -> None:
        """Run a job's crawl to its end, and settle the job."""
        assert job.id is not None
        report(f"job {job.id}, {unit.name}: started")
        try:
            child = await Child.start(
                unit.command(at), self._options, lambda line: report(line, f"[{job.id}]")
            )
        except OSError as error:
            await self._settle(job, unit, Exit.ERROR, f"cannot start: {error.strerror}")
            return
        self._children[job.id] = child
        if self._is_stopping:
            child.stop()
        try:
            code, reason = await child.end()
        except asyncio.CancelledError:
            child.kill()
            raise
        finally:
            del self._children[job.id]
        if code < 0 and self._is_stopping:  # killed before it could report the reason
            code, reason = Exit.INTERRUPTED, "interrupted"
        await self._settle(job, unit, code, reason)

    async def _settle(self, job: Job, unit: Unit, code: int, reason: str) -> None:
        """Record how an attempt ended; raise ``Failed`` or ``Again`` for the queue."""
        assert job.id is not None
        id_ = job.id
        before = await self._with_retries(lambda c: jobs.failures(c, id_))
        decision = decide(code, failures=before, attempts=job.attempts)

        def note(connection: Connection) -> bool:
            if code == Exit.BLOCKED:
                pace.hold_all(connection, BLOCKED_SECONDS)
            has_twin = decision.pause is not None and jobs.has_twin(connection, unit.name)
            if has_twin or (decision.pause is None and not decision.is_failed):
                jobs.drop_outcome(connection, id_)
                jobs.forget_failed(connection, [unit.name])
            else:
                jobs.note_outcome(
                    connection, id_, code=code, reason=reason, failures=decision.failures
                )
            return has_twin

        has_twin = await self._with_retries(note)
        if decision.is_failed:
            report(f"job {id_}, {unit.name}: failed (exit {code}), {reason}")
            raise Failed(reason)
        if decision.pause is None:
            report(f"job {id_}, {unit.name}: {reason}")
            return
        if has_twin:
            report(f"job {id_}, {unit.name}: {reason}; already queued again")
            return
        report(f"job {id_}, {unit.name}: again in {decision.pause:.0f} s (exit {code}), {reason}")
        raise Again(decision.pause)

    async def _with_retries(self, function: Callable[[Connection], _T]) -> _T:
        """Run *function* in a transaction; retry while the database is unavailable."""
        deadline = time.monotonic() + AWAY_SECONDS
        while True:
            try:
                found: _T = await in_thread(self._engine, function)
            except DatabaseUnavailable as error:
                if time.monotonic() > deadline:
                    report(str(error))
                    raise
                await asyncio.sleep(1)
            else:
                return found

    async def _take_over(self) -> None:
        """Return the jobs of dead workers, and lost jobs, to the queue."""
        while True:
            await asyncio.sleep(self._lease / 4)
            try:
                ids = await in_thread(self._engine, self._taken_over)
            except (CrawlError, DBAPIError) as error:
                logger.warning("Looking for dead workers failed: %s", error)
                await asyncio.sleep(self._lease)  # no heartbeat arrived meanwhile either
                continue
            for id_ in ids:
                report(f"job {id_}: its worker is gone; queued again")

    def _taken_over(self, connection: Connection) -> list[int]:
        assigned = set()
        if self._queue.worker_id is not None:
            assigned = jobs.of_worker(connection, self._queue.worker_id)
        unknown = assigned - self._running
        lost, self._lost = unknown & self._lost, unknown  # lost: unknown in two checks in a row
        return jobs.take_over(connection, self._lease, lost)


def report(line: str, who: str = "scrapy worker:") -> None:
    sys.stderr.write(f"{who} {safe(line)}\n")
    sys.stderr.flush()
