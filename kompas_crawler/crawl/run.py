"""A run: opens the archive, holds its lock, notes how the crawl ended."""

from __future__ import annotations

import asyncio
import gc
import logging
from typing import TYPE_CHECKING, Any

from scrapy import signals
from scrapy.exceptions import NotConfigured
from sqlalchemy.exc import DBAPIError

from kompas_crawler.archive import runs, schema
from kompas_crawler.archive.database import database_url, explaining, open_engine
from kompas_crawler.archive.frontier import fronts, index_days, settle, take
from kompas_crawler.archive.frontier.owed import Owed, of_work
from kompas_crawler.archive.frontier.revisits import parse_schedule
from kompas_crawler.archive.frontier.robots_copies import ArchivedRobots
from kompas_crawler.archive.lock import ArchiveLock
from kompas_crawler.archive.read import freshness
from kompas_crawler.archive.store.pages import PageStore
from kompas_crawler.archive.store.reparse import RereadStore
from kompas_crawler.archive.writer import Writer
from kompas_crawler.clock import Clock
from kompas_crawler.crawl import settings_check
from kompas_crawler.crawl.fleet_share import Share
from kompas_crawler.crawl.serving import restore_scrapy, serves_archive
from kompas_crawler.downloader.mirror import mirror_url
from kompas_crawler.exitcodes import ConfigurationProblem, CrawlError, Exit
from kompas_crawler.middlewares.robots import RobotsMiddleware
from kompas_crawler.monitoring import checks
from kompas_crawler.monitoring.extension import Monitors
from kompas_crawler.outcome import drift, health_file
from kompas_crawler.outcome.coverage import Coverage
from kompas_crawler.outcome.verdict import holds_no_articles, verdict
from kompas_crawler.project import project_dir
from kompas_crawler.warc import extra

if TYPE_CHECKING:
    from datetime import datetime
    from typing import Self

    from scrapy import Spider
    from scrapy.crawler import Crawler

    from kompas_crawler.archive.read.freshness import Freshness

logger = logging.getLogger(__name__)

YOUNG = 50_000
"""New objects before the collector looks: a page makes some 3,000 and nearly no cycles."""


class Run:
    """The archive of one crawl, from before the first request to after the last.

    Other components find it by ``crawler.get_extension(Run)`` and write through
    ``writer``. ``exit_code`` and ``end`` (one line) are set when the spider closes.
    Raises a ``CrawlError`` when the archive cannot be had. Not enabled in a crawl that
    does not serve the archive (see ``serves_archive``).
    """

    def __init__(self, crawler: Crawler) -> None:
        settings = crawler.settings
        settings_check.refuse(settings)
        if settings["KOMPAS_WARC_DIR"]:
            extra.require("KOMPAS_WARC_DIR")
        self.crawler = crawler
        self.is_reading_again: bool = getattr(crawler.spider, "is_reading_again", False)
        self.keeps_pages = False  # as received, in WARC files: the Warc extension says so
        self.exit_code: Exit | None = None
        self.end = ""
        self.waiting = 0
        self.waiting_until: datetime | None = None
        self.fatal: CrawlError | None = None
        try:
            self.clock = Clock(settings["KOMPAS_NOW"])
            self.mirror = mirror_url(settings["KOMPAS_MIRROR"])
            revisit = parse_schedule(settings["KOMPAS_REVISIT"])
        except ValueError as error:
            raise ConfigurationProblem(str(error)) from None
        self.unsafe = settings_check.unsafe(settings)
        for line in self.unsafe:
            logger.warning("Unsafe: %s", line)
        self.started_at = self.clock.now()
        self.url = database_url(settings["KOMPAS_DATABASE_URL"], project_dir())
        self._engine = open_engine(self.url)
        self.share = Share.of(settings, self.url, self._engine)
        self._lock = ArchiveLock(self._engine, is_shared=self.share is not None)
        spider = crawler.spider
        arguments = dict(getattr(spider, "arguments", {}))
        max_depth = getattr(spider, "max_depth", 0)
        try:
            self._begin(dict(arguments) | {"max_depth": max_depth})
        except BaseException:
            self._engine.dispose()
            raise
        kind = RereadStore if self.is_reading_again else PageStore
        store = kind(self.clock, run_id=self.id, revisit=revisit, max_depth=max_depth)
        self.writer = Writer(self._engine, store, self._on_fatal, self._lock.renew)

    def _begin(self, arguments: dict[str, Any]) -> None:
        """Take the archive, and note the run."""
        spider = self.crawler.spider
        with explaining(self.url):
            schema.upgrade(self._engine)
            self._lock.acquire()
            try:
                with self._engine.begin() as connection:
                    runs.refuse_mixing(connection, self.mirror)
                    self.id = runs.start(
                        connection,
                        spider=spider.name if spider else "",
                        arguments=arguments,
                        now=self.started_at,
                        mirror=self.mirror,
                        unsafe=self.unsafe,
                    )
            except BaseException:
                self._lock.release()
                raise

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        if not serves_archive(crawler):
            restore_scrapy(crawler)
            raise NotConfigured
        run = cls(crawler)
        crawler.signals.connect(run.spider_opened, signal=signals.spider_opened)
        crawler.signals.connect(run.spider_closed, signal=signals.spider_closed)
        return run

    async def spider_opened(self) -> None:
        """Remember the loop, for what the writer's thread has to tell it, and robots.txt."""
        self._loop = asyncio.get_running_loop()
        # What starting made lives to the end: the collector need not walk it again
        # and again, which costs about a tenth of the CPU of a page.
        gc.collect()
        gc.freeze()
        self._thresholds = gc.get_threshold()
        gc.set_threshold(YOUNG)
        robots = self.crawler.get_downloader_middleware(RobotsMiddleware)
        if robots is not None:
            copies = self.share.robots(self.writer) if self.share else ArchivedRobots(self.writer)
            robots.store = copies
            try:
                await copies.read()
            except CrawlError:
                if self.fatal is None:  # else the run ends, and its end says why
                    raise
        if self.share is not None:
            self.share.begin(self.crawler, self.writer, self._on_fatal)
        if self.mirror:
            logger.warning("Reading the mirror %s, not the live site", self.mirror)

    def _on_fatal(self, error: CrawlError) -> None:
        """End the crawl; called in the writer's thread."""
        self.fatal = error

        def close() -> None:
            task = self._loop.create_task(self.crawler.engine.close_spider_async(reason="archive"))
            self._closing = task

        self._loop.call_soon_threadsafe(close)

    def spider_closed(self, spider: Spider, reason: str) -> None:
        """Settle the days, note the outcome and give the archive back."""
        gc.unfreeze()
        gc.set_threshold(*self._thresholds)
        stats: dict[str, Any] = self.crawler.stats.get_stats()
        if self.share is not None:
            self.share.end()
        self.writer.close()
        self.exit_code, self.end = verdict(
            reason, stats, self.fatal, self._vanished(), self._owed()
        )
        now = self.clock.now()
        noted = self._noted(stats) | self._judge(stats, now)
        self._write_health(now, noted)
        try:
            with explaining(self.url), self._engine.begin() as connection:
                if holds_no_articles(stats):
                    settle.fail_textless(connection, self.started_at, now)
                index_days.complete_days(connection)
                fronts.close_by_days(connection)
                if self.share is not None:
                    self.share.give_back(connection)
                runs.finish(
                    connection,
                    self.id,
                    now=now,
                    code=self.exit_code,
                    reason=self.end,
                    counts=noted,
                )
                self.waiting, self.waiting_until = take.waiting(connection, now)
        except (CrawlError, DBAPIError) as error:
            # The verdict on the crawl stands; the log says what could not be noted.
            logger.error("The end of this run could not be noted: %s", error)
        finally:
            self._engine.dispose()
            if self.share is not None:
                self.share.dispose()
            self._lock.release()

    def _owed(self) -> Owed:
        """What this command still owes; nothing where the archive cannot be asked."""
        work = getattr(self.crawler.spider, "work", None)
        if work is None or self.is_reading_again or self.fatal is not None:
            return Owed()
        try:
            with self._engine.connect() as connection:
                return of_work(connection, work, self.clock.now())
        except DBAPIError as error:
            logger.error("What is still to be fetched could not be counted: %s", error)
            return Owed()

    def _vanished(self) -> list[str]:
        """The fields that the newest articles lack and earlier ones had."""
        coverage = self.crawler.get_extension(Coverage)
        if coverage is None or not coverage.fields or self.fatal is not None:
            return []
        if self.is_reading_again:  # pages of any year are not like the newest
            return []
        try:
            with self._engine.connect() as connection:
                before = runs.coverages(connection, self.id, self.started_at - drift.PERIOD)
        except DBAPIError as error:
            logger.error("This run could not be compared with those before: %s", error)
            return []
        return drift.vanished(coverage.fields, before)

    def _judge(self, stats: dict[str, Any], now: datetime) -> dict[str, Any]:
        """What the monitors say; one that fails makes a good end one of poor quality."""
        monitors, coverage = (
            self.crawler.get_extension(Monitors),
            self.crawler.get_extension(Coverage),
        )
        assert self.exit_code is not None
        if monitors is None or coverage is None:
            return {}
        before: list[dict[str, int]] = []
        sections: list[Freshness] = []
        try:
            with self._engine.connect() as connection:
                before = runs.last_figures(connection, self.id, checks.RUNS)
                if not self.mirror:  # its articles are of no day in particular
                    sections = freshness.of_sections(connection, now)
        except DBAPIError as error:
            logger.error("The monitors could not look at the archive: %s", error)
        found = monitors.judge(
            checks.Evidence(
                is_good=self.exit_code in (Exit.DONE, Exit.STOPPED, Exit.INTERRUPTED),
                end=self.end,
                stats=stats,
                figures=figures(stats),
                before=before,
                coverage=coverage.fields,
                sections=sections,
            )
        )
        failed = [f"{name} ({line})" for name, line in found.items() if line]
        if failed and self.exit_code in (Exit.DONE, Exit.STOPPED):
            self.exit_code, self.end = Exit.QUALITY, f"monitors failed: {'; '.join(failed)}"
        return {"monitors": found}

    def _noted(self, stats: dict[str, Any]) -> dict[str, Any]:
        """What is kept of a run: its figures, and what its articles held."""
        coverage = self.crawler.get_extension(Coverage)
        noted: dict[str, Any] = {"figures": figures(stats)}
        if coverage and not self.is_reading_again:
            noted |= coverage.as_dict()
        return noted | ({"unsafe": self.unsafe} if self.unsafe else {})

    def _write_health(self, now: datetime, noted: dict[str, Any]) -> None:
        assert self.exit_code is not None
        spider = self.crawler.spider
        health = {
            "run": self.id,
            "spider": spider.name if spider else None,
            "started_at": self.started_at.isoformat(timespec="seconds"),
            "finished_at": now.isoformat(timespec="seconds"),
            "seconds": round((now - self.started_at).total_seconds(), 1),
            "exit_code": int(self.exit_code),
            "outcome": self.exit_code.name.lower(),
            "end": self.end,
            **noted,
        }
        try:
            health_file.write(project_dir() / self.crawler.settings["KOMPAS_HEALTH_FILE"], health)
        except OSError as error:
            logger.error("The health file could not be written: %s", error)


def figures(stats: dict[str, Any]) -> dict[str, int]:
    """The figures of a run worth keeping, from Scrapy's stats."""
    kept = (
        *("articles/", "pages/", "listings/", "robots/", "warc/"),
        "downloader/response_status_count/",
    )
    return {
        key: value
        for key, value in sorted(stats.items())
        if key.startswith(kept) and isinstance(value, int)
    }
