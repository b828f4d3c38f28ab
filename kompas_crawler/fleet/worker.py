"""A worker: takes jobs from the queue, runs each as a crawl, says what became of it."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.exceptions import ProcrastinateException
from procrastinate.worker import Worker as QueueWorker
from sqlalchemy.exc import DBAPIError

from kompas_crawler.archive.fleet import jobs, outcomes, pace
from kompas_crawler.exitcodes import CrawlError, DatabaseUnavailable, Exit
from kompas_crawler.fleet.child import Child
from kompas_crawler.fleet.outcomes import decide
from kompas_crawler.fleet.queue import AWAY_SECONDS, TASK, configured, in_thread
from kompas_crawler.fleet.units import Unit
from kompas_crawler.log.masking import masker
from kompas_crawler.log.terminal import safe

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from procrastinate import App, JobContext
    from procrastinate.jobs import Job
    from sqlalchemy import Connection, Engine

_T = TypeVar("_T")

logger = logging.getLogger(__name__)

BLOCKED_SECONDS = 3600.0
"""How long nothing leaves any worker when the site refused one of them."""
_STOP_SECONDS = 60.0
"""How long a crawl may take to end when asked to."""
_POLL_SECONDS = 1.0
_UNDECIDED_SECONDS = 60.0


class Again(Exception):  # noqa: N818 - no error: the job is not done
    """The job waits for ``pause`` seconds, then it is begun again."""

    def __init__(self, pause: float) -> None:
        super().__init__(f"again in {pause:g} s")
        self.pause = pause


class Failed(Exception):  # noqa: N818
    """The job is left to a person."""


class _AsDecided(BaseRetryStrategy):
    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        if isinstance(exception, Failed):
            return None
        # Where nothing could be decided the database is away: the work is not to blame.
        pause = exception.pause if isinstance(exception, Again) else _UNDECIDED_SECONDS
        return RetryDecision(retry_at=datetime.now(UTC) + timedelta(seconds=pause))


class Worker:
    """Works the jobs of *app* on the archive of *engine* until it is stopped.

    *options* are passed on to each crawl; *lease* is how many seconds a dead worker's
    jobs stay its own; *schedule* are the units it adds by themselves, with their times.
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
        self._at_work: set[int] = set()  # jobs
        self._lost: set[int] = set()  # jobs said to be ours that we know nothing of
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
            # Asking once a second costs nothing, and a restarted server cannot end it.
            listen_notify=False,
            fetch_job_polling_interval=_POLL_SECONDS,
            delete_jobs="successful",
            update_heartbeat_interval=lease / 6,
            stalled_worker_timeout=lease,
        )

    async def run(self) -> None:
        """Work until asked to stop. Raises ``DatabaseUnavailable`` when the database stays away."""
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
        """End the crawls, give their jobs back, and end; asked twice nothing is waited for."""
        if not self._is_stopping:
            say("stopping; the jobs at work are given back")
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
        """The task: one job."""
        job = context.job
        assert job.id is not None
        self._at_work.add(job.id)
        try:
            at = datetime.fromtimestamp(timestamp, UTC) if timestamp else None
            await self._crawl(job, Unit(spider=spider, arguments=arguments), at)
        finally:
            self._at_work.discard(job.id)

    async def _crawl(self, job: Job, unit: Unit, at: datetime | None) -> None:
        """Run a job's crawl to its end, and settle the job."""
        assert job.id is not None
        say(f"job {job.id}, {unit.name}: begun")
        try:
            child = await Child.start(
                unit.command(at), self._options, lambda line: _pass_on(job.id, line)
            )
        except OSError as error:
            await self._settle(job, unit, Exit.ERROR, f"cannot be started: {error.strerror}")
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
        if code < 0 and self._is_stopping:  # it had no time to say so itself
            code, reason = Exit.INTERRUPTED, "interrupted"
        await self._settle(job, unit, code, reason)

    async def _settle(self, job: Job, unit: Unit, code: int, reason: str) -> None:
        """Note how an attempt ended; raise what tells the queue what becomes of the job."""
        assert job.id is not None
        id_ = job.id
        before = await self._patiently(lambda c: outcomes.failures(c, id_))
        decision = decide(code, failures=before, attempts=job.attempts)

        def note(connection: Connection) -> bool:
            if code == Exit.BLOCKED:
                pace.hold_all(connection, BLOCKED_SECONDS)
            has_twin = decision.pause is not None and jobs.has_twin(connection, unit.name)
            if has_twin or (decision.pause is None and not decision.is_failed):
                outcomes.drop(connection, id_)
                jobs.forget_failed(connection, [unit.name])
            else:
                outcomes.note(connection, id_, code=code, reason=reason, failures=decision.failures)
            return has_twin

        has_twin = await self._patiently(note)
        if decision.is_failed:
            say(f"job {id_}, {unit.name}: failed (exit {code}), {reason}")
            raise Failed(reason)
        if decision.pause is None:
            say(f"job {id_}, {unit.name}: {reason}")
            return
        if has_twin:
            say(f"job {id_}, {unit.name}: {reason}; it waits anew already")
            return
        say(f"job {id_}, {unit.name}: again in {decision.pause:.0f} s (exit {code}), {reason}")
        raise Again(decision.pause)

    async def _patiently(self, function: Callable[[Connection], _T]) -> _T:
        """Run *function* in a transaction, as soon as the database answers."""
        deadline = time.monotonic() + AWAY_SECONDS
        while True:
            try:
                found: _T = await in_thread(self._engine, function)
            except DatabaseUnavailable as error:
                if time.monotonic() > deadline:
                    say(str(error))
                    raise
                await asyncio.sleep(1)
            else:
                return found

    async def _take_over(self) -> None:
        """Let the jobs of dead workers wait again, and those whose hand-over was lost."""
        while True:
            await asyncio.sleep(self._lease / 4)
            try:
                ids = await in_thread(self._engine, self._taken_over)
            except (CrawlError, DBAPIError) as error:
                logger.warning("Looking for dead workers failed: %s", error)
                await asyncio.sleep(self._lease)  # the others could not be heard of either
                continue
            for id_ in ids:
                say(f"job {id_}: its worker is gone; it waits anew")

    def _taken_over(self, connection: Connection) -> list[int]:
        said = set()
        if self._queue.worker_id is not None:
            said = jobs.of_worker(connection, self._queue.worker_id)
        unknown = said - self._at_work
        lost, self._lost = unknown & self._lost, unknown  # lost is what stays unknown
        return jobs.take_over(connection, self._lease, lost)


def say(line: str) -> None:
    """Tell whoever watches."""
    sys.stderr.write(f"scrapy worker: {safe(line)}\n")
    sys.stderr.flush()


def _pass_on(job_id: int | None, line: str) -> None:
    sys.stderr.write(f"[{job_id}] {safe(line)}\n")
    sys.stderr.flush()
