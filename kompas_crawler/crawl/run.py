"""A run: opens the archive, holds its lock, and owns the writer; the base of its components."""

import asyncio
import gc
import logging
import sys
from collections.abc import Callable
from functools import cached_property, partial
from typing import Any, Self

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from kompas_crawler.archive import runs, schema
from kompas_crawler.archive.database import database_url, explaining, open_engine
from kompas_crawler.archive.frontier import take
from kompas_crawler.archive.frontier.looks import parse_schedule
from kompas_crawler.archive.frontier.robots_copies import ArchivedRobots, SharedRobots
from kompas_crawler.archive.lock import ArchiveLock
from kompas_crawler.archive.store.pages import PageStore
from kompas_crawler.archive.store.reparse import CaptureStore, RereadStore
from kompas_crawler.archive.writer import Writer
from kompas_crawler.clock import Clock
from kompas_crawler.crawl import settings_check
from kompas_crawler.crawl.fleet_share import Share
from kompas_crawler.crawl.in_flight import BATCH, InFlight
from kompas_crawler.crawl.spider import FrontierSpider, serves_archive
from kompas_crawler.downloader.mirror import mirror_url
from kompas_crawler.exitcodes import CrawlError
from kompas_crawler.polite import notice
from kompas_crawler.polite.pace import Pace, polite_delay
from kompas_crawler.project import project_dir

logger = logging.getLogger(__name__)

WRITTEN = object()  # signal, with the ``reason``: the last page is written, the lock still held
GC_THRESHOLD = 50_000  # new objects before a collection: a page makes some 3,000, nearly no cycles
_SIGNALS = {"written": WRITTEN} | {n: s for n, s in vars(signals).items() if type(s) is object}


class ArchiveComponent:
    """A component that is disabled unless the crawl uses the archive (see ``serves_archive``).

    A method with the name of a signal of Scrapy, or ``written``, receives that signal.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        if not serves_archive(crawler):
            raise NotConfigured
        component = cls(crawler)
        for name, signal in _SIGNALS.items():
            if receiver := getattr(component, name, None):
                crawler.signals.connect(receiver, signal)
        return component

    @cached_property
    def _run(self) -> "Run":
        if (run := self._crawler.get_extension(Run)) is None:
            raise RuntimeError(f"{type(self).__name__} needs the extension Run")
        return run


class Run(ArchiveComponent):
    """The archive of one crawl, from before the first request to after the last.

    Other components find it by ``crawler.get_extension(Run)`` and write through ``writer``.
    ``fatal`` is the error that ended the crawl; ``sync_captures``, if set, flushes the WARC
    files of received pages and is called before each commit. Raises a ``CrawlError`` if the archive
    is not available.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        settings = crawler.settings
        settings_check.refuse(settings)
        assert isinstance(crawler.spider, FrontierSpider)
        self.crawler = crawler
        self.spider = spider = crawler.spider
        self.fatal: CrawlError | None = None
        self.clock = Clock(settings["KOMPAS_NOW"])
        self.mirror = mirror_url(settings["KOMPAS_MIRROR"])
        revisit = parse_schedule(settings["KOMPAS_REVISIT"])
        self.unsafe = settings_check.unsafe(settings)
        for line in self.unsafe:
            logger.warning("Unsafe: %s", line)
        self.started_at = self.clock.now()
        self.url = database_url(settings["KOMPAS_DATABASE_URL"], project_dir())
        self.engine = open_engine(self.url)
        shares = settings["KOMPAS_FLEET"] not in (None, "", "0")
        self.share = share = Share(settings, self.engine, self._on_fatal) if shares else None
        self._lock = ArchiveLock(self.engine, is_shared=share is not None)
        try:
            self._begin(spider.arguments | {"max_depth": spider.work.max_depth})
        except BaseException:
            self._lock.release()
            self.engine.dispose()
            raise
        kind = RereadStore if spider.is_reading_again else PageStore
        kind = CaptureStore if spider.reads_captures else kind
        store = kind(self.clock, run_id=self.id, revisit=revisit, max_depth=spider.work.max_depth)
        self.sync_captures: Callable[[], None] | None = None
        self._notice: asyncio.Future[bool] | None = None
        known: dict[str, Any] = {"under_way": lambda: len(self.in_flight)}
        if spider.is_reading_again:  # it takes no rows, and its pages arrive together
            known = {"gather_seconds": 0.05}
        self.writer = writer = Writer(
            self.engine, store, self._on_fatal, self._lock.renew, self._before_commit, **known
        )
        take_rows, limit = (share.leases.take, share.batch) if share else (take.take, BATCH)
        self.in_flight: InFlight = InFlight(writer, take_rows, limit)
        self.pace = share.pace if share else Pace(polite_delay(settings))
        self.robots = SharedRobots(writer, share.engine) if share else ArchivedRobots(writer)

    def _begin(self, arguments: dict[str, Any]) -> None:
        with explaining(self.url):
            self._lock.acquire()  # before the upgrade: a crawl of an older release may run
            schema.upgrade(self.engine)
            with self.engine.begin() as connection:
                runs.refuse_mixing(connection, self.mirror)
                self.id = runs.start(
                    connection,
                    spider=self.spider.name,
                    arguments=arguments,
                    now=self.started_at,
                    mirror=self.mirror,
                    unsafe=self.unsafe,
                )

    async def spider_opened(self) -> None:
        """Load the copies of robots.txt, and start the tasks of a fleet."""
        self._loop = asyncio.get_running_loop()
        # Objects made at start-up live to the end: scanning them takes a tenth of a page's CPU.
        gc.collect()
        gc.freeze()
        self._thresholds = gc.get_threshold()
        gc.set_threshold(GC_THRESHOLD)
        try:
            await self.robots.read()
        except CrawlError:
            if self.fatal is None:  # else reported at the end of the run
                raise
        if self.share is not None:
            self.share.begin(self.crawler, self.writer)
        if self.mirror:
            logger.warning("Reading the mirror %s, not the live site", self.mirror)

    async def show_notice(self, robots: bytes) -> None:
        """Show the site's own notice, also with ``--quiet``, unless a run has shown it."""
        if self._notice is None:
            note = partial(runs.note_notice, run_id=self.id, now=self.clock.now())
            self._notice = self.writer.call(note)
            if await self._notice:
                probe = "To see what can be read, in twenty requests: scrapy probe"
                sys.stderr.write("\n".join([*notice.shown(robots), probe, ""]))
        await self._notice

    def _before_commit(self) -> None:
        if self.sync_captures is not None:
            self.sync_captures()

    def _on_fatal(self, error: CrawlError) -> None:
        """End the crawl; called in the writer's thread."""
        self.fatal = error

        def close() -> None:
            task = self._loop.create_task(self.crawler.engine.close_spider_async(reason="archive"))
            self._closing = task

        self._loop.call_soon_threadsafe(close)

    def spider_closed(self, reason: str) -> None:
        """Write pending changes, send ``WRITTEN``, and release the lock."""
        gc.unfreeze()
        gc.set_threshold(*self._thresholds)
        if self.share is not None:
            self.share.end()
        self.writer.close()
        self.crawler.signals.send_catch_log(WRITTEN, reason=reason)
        self.engine.dispose()
        self._lock.release()
