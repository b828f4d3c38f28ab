"""The writer thread: commits groups of changes.

``process_item`` awaits the commit. Changes are gathered on the event loop for at most
``GATHER_SECONDS``: waking the thread for each page would cost more than writing the page.
"""

import asyncio
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from kompas_crawler.archive.changes import PageChange, PageResult
from kompas_crawler.archive.database import DatabaseLost, check_file, explained
from kompas_crawler.archive.store.pages import PageStore
from kompas_crawler.exitcodes import CrawlError, DatabaseUnavailable

_T = TypeVar("_T")

GATHER_SECONDS = 0.5  # maximum wait of a change for others; until then pages stay in memory
GATHER_PAGES = 60  # maximum of changes per transaction: as many as are taken at once
RETRY_SECONDS = 30.0  # how long to retry while the database is unavailable, before the crawl ends


@dataclass(slots=True)
class _Job:
    """A change or call for the thread, and the future that its caller awaits."""

    work: PageChange | Callable[[Connection], Any]
    future: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop


@dataclass(eq=False)
class Writer:
    """Runs changes and calls on one connection, in order, in a thread of its own.

    ``on_fatal`` is called once, in the thread, with the error that ends the crawl (disk full,
    database unavailable); every later job fails with it. ``on_return`` is called when the
    database is available again, ``before_commit`` before each commit, to flush files that the
    rows point to; both may raise the fatal error. ``under_way`` returns the number of changes
    in flight: when all of them have arrived, the group is committed at once. Where it is unknown,
    ``gather_seconds`` may be shorter.
    """

    engine: Engine
    store: PageStore
    on_fatal: Callable[[CrawlError], None]
    on_return: Callable[[], None] = lambda: None
    before_commit: Callable[[], None] = lambda: None
    under_way: Callable[[], int] = lambda: GATHER_PAGES
    gather_seconds: float | None = None

    def __post_init__(self) -> None:
        self._gathered: list[_Job] = []
        self._timer: asyncio.TimerHandle | None = None
        self._handed_over: queue.SimpleQueue[list[_Job]] = queue.SimpleQueue()
        self._is_closed = False
        self._fatal: CrawlError | None = None
        self._thread = threading.Thread(target=self._run, name="archive-writer", daemon=True)
        self._thread.start()

    def submit(self, change: PageChange) -> asyncio.Future[PageResult]:
        """Queue *change*; the future resolves after the commit."""
        job = self._queue(change)
        self.commit_complete_group()
        if self._gathered and self._timer is None:
            delay = self.gather_seconds or GATHER_SECONDS
            self._timer = job.loop.call_later(delay, self._hand_over)
        return job.future

    def commit_complete_group(self) -> None:
        """Commit the gathered changes if no other is under way."""
        if len(self._gathered) >= min(self.under_way(), GATHER_PAGES):
            self._hand_over()

    def call(self, function: Callable[[Connection], _T]) -> asyncio.Future[_T]:
        """Run *function* in a transaction of its own, after all earlier jobs."""
        job = self._queue(function)
        self._hand_over()
        return job.future

    def close(self) -> None:
        """Finish the queued jobs and end the thread."""
        self._hand_over()
        self._is_closed = True
        self._handed_over.put([])  # wakes the thread
        self._thread.join()

    def fail(self, error: CrawlError) -> None:
        """End the crawl with *error*: queued and later jobs fail with it."""
        if self._fatal is None:
            self._fatal = error
            self.on_fatal(error)

    def _queue(self, work: PageChange | Callable[[Connection], Any]) -> _Job:
        loop = asyncio.get_running_loop()
        job = _Job(work, loop.create_future(), loop)
        self._gathered.append(job)
        return job

    def _hand_over(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._gathered:
            self._handed_over.put(self._gathered)
            self._gathered = []

    def _run(self) -> None:
        while not (self._is_closed and self._handed_over.empty()):
            jobs = self._handed_over.get()
            while not self._handed_over.empty():
                jobs += self._handed_over.get()
            # Consecutive changes are a group; each call is one of its own.
            for _, group in groupby(jobs, key=lambda job: callable(job.work) and id(job)):
                self._do(list(group))
        try:
            check_file(self.engine)  # the file may have been deleted since the last commit
        except DBAPIError as error:
            self.fail(explained(error, self.engine.url) or DatabaseLost(str(error)))

    def _do(self, jobs: list[_Job]) -> None:
        try:
            results = self._attempt(jobs)
        except CrawlError as error:
            self.fail(error)
            _answer(jobs, [error] * len(jobs))
        except Exception as error:  # noqa: BLE001 - raised by the future
            if len(jobs) == 1:
                _answer(jobs, [error])
                return
            for job in jobs:  # one bad page must not fail the group
                self._do([job])
        else:
            _answer(jobs, results)

    def _attempt(self, jobs: list[_Job]) -> Sequence[Any]:
        """Run *jobs* in one transaction; retry while the database is unavailable."""
        deadline = time.monotonic() + RETRY_SECONDS
        pause = 0.2
        was_away = False
        while True:
            if self._fatal is not None:
                raise self._fatal
            try:
                if was_away:
                    self.on_return()
                self.before_commit()
                with self.engine.begin() as connection:
                    if isinstance(work := jobs[0].work, PageChange):
                        changes = [job.work for job in jobs if isinstance(job.work, PageChange)]
                        results: Sequence[Any] = self.store.apply(connection, changes)
                    else:
                        results = [work(connection)]
                check_file(self.engine)
                return results
            except DBAPIError as error:
                known = explained(error, self.engine.url, in_use=True)
                if known is None:
                    raise
                is_away = isinstance(known, DatabaseUnavailable)
                if not is_away or isinstance(known, DatabaseLost) or time.monotonic() > deadline:
                    raise known from None
                was_away = True
                time.sleep(pause)
                pause = min(pause * 2, 2.0)


def _answer(jobs: Sequence[_Job], results: Sequence[Any]) -> None:
    """Resolve the futures of *jobs* by one call into the loop."""

    def resolve() -> None:
        for job, result in zip(jobs, results, strict=True):
            if job.future.done():
                continue
            if isinstance(result, BaseException):
                job.future.set_exception(result)
                if isinstance(result, CrawlError):
                    job.future.exception()  # marks it as retrieved: the run reports it
            else:
                job.future.set_result(result)

    try:
        jobs[0].loop.call_soon_threadsafe(resolve)
    except RuntimeError:  # the loop is closed
        return
