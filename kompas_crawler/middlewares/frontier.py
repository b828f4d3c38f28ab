"""The frontier between spider and engine: links become rows, rows become requests.

The archive's frontier is what is left to do. ``process_start`` admits the
spider's seeds and then yields a request for every row there is to fetch; what a
page changes is committed before anything it names can be requested.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from scrapy import signals
from scrapy.exceptions import NotConfigured

from kompas_crawler.archive import runs
from kompas_crawler.archive.changes import PageChange
from kompas_crawler.archive.frontier import admit, clocks, edges, looks, sittings, take
from kompas_crawler.archive.store import captures
from kompas_crawler.crawl.run import Run
from kompas_crawler.crawl.serving import serves_archive
from kompas_crawler.exitcodes import CrawlError
from kompas_crawler.frontier import Row, State
from kompas_crawler.items import Article, FetchedArticle, Visit, extended
from kompas_crawler.middlewares.failures import explain, is_silence
from kompas_crawler.middlewares.robots import RobotsForbidden, RobotsUnreachable
from kompas_crawler.middlewares.throttle import REFUSED, NotSent, PolitenessMiddleware
from kompas_crawler.pages.article import EXTRACTOR_VERSION
from kompas_crawler.pipelines.validate import Lacking
from kompas_crawler.warc.capture import FORMER, KEPT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine
    from typing import Self

    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from twisted.python.failure import Failure

    from kompas_crawler.items import Capture
    from kompas_crawler.spiders.archive_spider import ArchiveSpider

logger = logging.getLogger(__name__)

BATCH = 60
"""Rows taken at once; Scrapy drains ``start()`` eagerly, and what it holds is lost on a kill."""
LOW = 10
"""When no more than these are left for each request that may be under way, others are taken.
What is taken bounds what a kill has fetched again: a page that waits for its commit is."""
LOST_CHECK_SECONDS = 30.0
"""How long nothing may happen before it is asked whether requests have vanished."""
UNREACHABLE = "unreachable"
"""Why the spider closed, when no host can be reached."""
NO_NETWORK_AFTER = 3
"""Pages in a row out of reach, before any host answered, that mean there is no network."""
LOST_AFTER = 20
"""Pages in a row out of reach that mean the network was lost in the middle of a run."""
LOST_HOSTS = 3
"""Of so many hosts, or of all that rows were taken of."""


class FrontierMiddleware:
    """Feeds the crawl from the frontier and settles each row when its page is committed.

    Spiders yield ``Candidate`` from ``start()``, and from callbacks ``Article`` items
    or a ``PageChange`` for a visit that brings none. Every row that was taken is
    settled: by an item's end in the pipelines, by a change, or by its failure.
    """

    def __init__(self, crawler: Crawler, run: Run) -> None:
        self._crawler = crawler
        self._run = run
        self._taken: dict[str, Row] = {}
        self._event = asyncio.Event()
        self._is_closing = False
        self._out_of_reach: list[str] = []  # the hosts of pages in a row
        self._answered: set[str] = set()  # hosts
        self._settling: set[asyncio.Task[None]] = set()
        self._formers: dict[str, Capture] = {}  # pages kept before, of rows that were taken
        self._low = LOW * crawler.settings.getint("CONCURRENT_REQUESTS")
        if run.share is not None:
            self._low = run.share.batch
        run.writer.under_way = lambda: len(self._taken)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        if not serves_archive(crawler):
            raise NotConfigured
        run = crawler.get_extension(Run)
        if run is None:
            raise RuntimeError("FrontierMiddleware needs the Run extension")
        if run.is_reading_again:
            raise NotConfigured
        middleware = cls(crawler, run)
        connect = crawler.signals.connect
        connect(middleware.item_scraped, signal=signals.item_scraped)
        connect(middleware.item_dropped, signal=signals.item_dropped)
        connect(middleware.item_error, signal=signals.item_error)
        connect(middleware.spider_error, signal=signals.spider_error)
        connect(middleware.spider_closed, signal=signals.spider_closed)
        return middleware

    @cached_property
    def _politeness(self) -> PolitenessMiddleware:
        found = self._crawler.get_downloader_middleware(PolitenessMiddleware)
        assert found is not None
        return found

    @property
    def _spider(self) -> ArchiveSpider:
        return self._crawler.spider  # type: ignore[return-value]

    # What there is to do.

    async def process_start(self, start: AsyncIterator[Any]) -> AsyncIterator[Request]:
        """Admit the spider's seeds, then yield requests until the frontier runs dry."""
        try:
            async for request in self._requests(start):
                yield request
        except CrawlError:
            # The archive cannot be had any more: the run ends, and its end says why.
            if self._run.fatal is None:
                raise

    async def _requests(self, start: AsyncIterator[Any]) -> AsyncIterator[Request]:
        seeds = [seed async for seed in start]
        now = self._run.clock.now()
        work = self._spider.work

        def begin(connection: Any) -> None:
            clocks.bring_back(connection, now)
            admit.requeue_refused(connection, EXTRACTOR_VERSION)
            if work.takes_gaps:
                take.lost_articles(connection)
            firsts = {s.key: s for s in seeds if s.day is not None and s.kind == "listing"}
            begun = {s.key for s in sittings.begin_anew(connection, list(firsts.values()), now)}
            asked = [s for s in seeds if s.key not in firsts or s.key in begun]
            edges.admit_with_edges(connection, asked, now, max_depth=work.max_depth)

        await self._run.writer.call(begin)
        async for row in self._rows():
            request = self._spider.request(row)
            request.errback = self._failed
            if row.key in self._formers:
                request.meta[FORMER] = self._formers[row.key]
            yield request

    async def _rows(self) -> AsyncIterator[Row]:
        is_swept = False
        while not self._is_closing:
            rows = await self._take()
            for row in rows:
                self._taken[row.key] = row
                yield row
            if rows:
                await self._until(lambda: len(self._taken) <= self._low)
            elif self._taken:
                before = len(self._taken)
                await self._until(lambda n=before: len(self._taken) != n)  # type: ignore[misc]
            elif is_swept or not await self._sweep():
                return
            else:
                is_swept = True

    async def _take(self) -> list[Row]:
        work, now, in_flight = self._spider.work, self._run.clock.now(), set(self._taken)
        share = self._run.share  # of a fleet, whose crawls must not take the same rows
        taking, limit = (share.leases.take, share.batch) if share else (take.take, BATCH)
        rows = await self._run.writer.call(
            lambda c: taking(
                c, work, now=now, started_at=self._run.started_at, limit=limit, in_flight=in_flight
            )
        )
        rows = self._within_limit(rows)
        if self._run.keeps_pages:
            held = [row.key for row in rows if row.state is State.DONE and row.kind == "article"]
            self._formers = await self._run.writer.call(lambda c: captures.of_articles(c, held))
        return rows

    def _within_limit(self, rows: list[Row]) -> list[Row]:
        """Of *rows*, those that the spider's limit on new articles has room for."""
        if self._spider.limit is None:
            return rows
        stored = self._crawler.stats.get_value("articles/new", 0)
        room = self._spider.limit - stored
        if room <= 0:
            return []
        room -= sum(_is_new_article(row) for row in self._taken.values())
        kept = []
        for row in rows:
            if _is_new_article(row):
                room -= 1
                if room < 0:
                    continue
            kept.append(row)
        return kept

    async def _sweep(self) -> bool:
        """When nothing is left: admit edges that no shallower run followed."""
        work = self._spider.work
        if work.max_depth <= 0 or not work.takes_leftovers or self._spider.limit is not None:
            return False

        def left_behind(connection: Any) -> int:
            if work.max_depth <= runs.deepest(connection, self._spider.name):
                return 0
            return edges.admit_left_behind(connection, work, self._run.clock.now())

        return await self._run.writer.call(left_behind) > 0

    async def _until(self, is_met: Callable[[], bool]) -> None:
        while not is_met() and not self._is_closing:
            self._event.clear()
            try:
                async with asyncio.timeout(LOST_CHECK_SECONDS):
                    await self._event.wait()
            except TimeoutError:
                await self._fail_lost()

    async def _fail_lost(self) -> None:
        """Settle rows whose requests vanished: nothing is under way, yet they are not done.

        A component that drops a request without a word would else hold the run for ever.
        """
        engine = self._crawler.engine
        slot = engine.scraper.slot
        is_busy = engine.downloader.active or self._settling or (slot and not slot.is_idle())
        if is_busy or (engine.scheduler and engine.scheduler.has_pending_requests()):
            return
        for row in list(self._taken.values()):
            logger.error("The request for %s vanished", row.url)
            await self._fail_unexpectedly(row)

    # What a visit changed.

    async def process_spider_output(
        self, response: Response, result: AsyncIterator[Any]
    ) -> AsyncIterator[Any]:
        """Commit the changes a callback yields; pass its items on, with their visit."""
        row: Row = response.cb_kwargs["row"]
        self._reached(row)
        async for output in result:
            if isinstance(output, PageChange):
                self._tell_pace(output, response.meta)
                await self._commit(replace(output, http_status=response.status))
            elif isinstance(output, Article):
                self._politeness.proved()
                capture: Capture | None = response.meta.get(KEPT)
                at = capture.at if capture else self._run.clock.now().replace(microsecond=0)
                yield extended(
                    output,
                    FetchedArticle,
                    fetched_at=at,
                    visit=Visit(
                        row=row,
                        capture=capture,
                        http_status=response.status,
                        etag=_header(response, "ETag"),
                        last_modified=_header(response, "Last-Modified"),
                    ),
                )
            else:
                raise TypeError(f"a callback may yield Article or PageChange, not {output!r}")

    async def _commit(self, change: PageChange) -> None:
        try:
            result = await self._run.writer.submit(change)
        except CrawlError:
            self._finish(change.row)  # it stays as it was, for the run that comes next
            return
        stats = self._crawler.stats
        stats.inc_value("pages/unconfirmed" if change.is_unconfirmed else f"pages/{change.state}")
        if change.is_failure:
            logger.info("Failed %s: %s", change.row.url, change.reason)
        if change.row.kind == "listing" and change.state is State.DONE:
            stats.inc_value("listings/read")
            stats.inc_value("listings/new_links", result.new_rows)
            stats.inc_value("listings/known_links", result.known_rows)
            if result.new_rows + result.known_rows:
                stats.inc_value("listings/with_articles")
        elif change.is_not_modified:
            stats.inc_value("articles/unchanged")
        self._finish(change.row)

    def _finish(self, row: Row) -> None:
        """Let go of a row whose change is durable."""
        self._taken.pop(row.key, None)
        self._event.set()

    async def _failed(self, failure: Failure) -> None:
        """Settle a row whose page could not be had."""
        request: Request = failure.request  # type: ignore[attr-defined]
        row: Row = request.cb_kwargs["row"]
        assert failure.value is not None
        if isinstance(failure.value, NotSent):
            self._finish(row)  # nothing happened to it: it stays pending
            return
        change = explain(failure.value, row, self._run.clock.now())
        if change.http_status is not None:
            self._tell_pace(change, request.meta)
        await self._commit(change)
        if change.is_failure:
            self._note_reach(change, failure.value)

    def _tell_pace(self, change: PageChange, meta: dict[str, Any]) -> None:
        """A page that proved itself eases the pace; a refusal slows it and may end the run."""
        if change.is_refusal:
            if meta.get(REFUSED):  # known for one by its status
                return
            self._politeness.refused(f"{change.row.url}: {change.reason}")
        elif not change.is_failure:
            self._politeness.proved()

    def _reached(self, row: Row) -> None:
        """The host of *row* answered."""
        self._out_of_reach.clear()
        if (host := _host(row)) not in self._answered:
            self._answered.add(host)
            self._crawler.stats.set_value("pages/hosts_answered", len(self._answered))

    def _note_reach(self, change: PageChange, error: BaseException) -> None:
        """End the run when host after host cannot be reached: there is no network."""
        is_of_robots = isinstance(error, RobotsForbidden | RobotsUnreachable)
        if not is_silence(error):
            self._out_of_reach.clear()
            if not is_of_robots:
                self._reached(change.row)
            return
        self._out_of_reach.append(_host(change.row))
        self._crawler.stats.set_value("pages/unreachable_host", self._out_of_reach[-1])
        silent = set(self._out_of_reach)
        enough = LOST_AFTER if self._answered else NO_NETWORK_AFTER
        # Where fewer hosts are silent, they may be down and others answer.
        is_all = len(silent) >= LOST_HOSTS or silent.issuperset(map(_host, self._taken.values()))
        if len(self._out_of_reach) >= enough and is_all:
            self._close(UNREACHABLE)

    def _close(self, reason: str) -> None:
        if not self._is_closing:
            self._is_closing = True
            self._event.set()
            self._beside(self._crawler.engine.close_spider_async(reason=reason))

    def _beside(self, work: Coroutine[Any, Any, None]) -> None:
        """Run *work* beside the crawl, and keep hold of it until it ends."""
        task = asyncio.get_running_loop().create_task(work)
        self._settling.add(task)
        task.add_done_callback(self._settling.discard)

    def item_scraped(self, item: FetchedArticle) -> None:
        """An article is durable: its row was settled with it."""
        if item.visit is not None:
            self._finish(item.visit.row)

    async def item_dropped(self, item: FetchedArticle, exception: Exception) -> None:
        """A page that lacks what every article has fails; what a pipeline refuses is skipped."""
        if item.visit is None:
            return
        row, status, reason = item.visit.row, item.visit.http_status, str(exception)
        if isinstance(exception, Lacking):
            now = self._run.clock.now()
            change = looks.failed(row, reason, now, status=status, is_unproven=True)
        else:
            change = PageChange(row=row, state=State.SKIPPED, reason=reason, http_status=status)
        await self._commit(change)

    async def item_error(self, item: FetchedArticle) -> None:
        """A pipeline failed on an item: its row fails, the log has the cause."""
        if item.visit is not None and self._run.fatal is None:
            await self._fail_unexpectedly(item.visit.row)
        elif item.visit is not None:
            self._finish(item.visit.row)

    def spider_error(self, response: Any) -> None:
        """A callback failed: its row fails, the log has the cause."""
        request = getattr(response, "request", None)  # none when ``start()`` failed
        row = request.cb_kwargs.get("row") if request is not None else None
        if row is not None:
            self._beside(self._fail_unexpectedly(row))

    async def _fail_unexpectedly(self, row: Row) -> None:
        self._crawler.stats.inc_value("pages/error")
        await self._commit(explain(RuntimeError("unexpected error"), row, self._run.clock.now()))

    def spider_closed(self) -> None:
        """Wake ``process_start``, which has nothing to do any more."""
        self._is_closing = True
        self._event.set()


def _is_new_article(row: Row) -> bool:
    return row.kind == "article" and row.state is State.PENDING


def _host(row: Row) -> str:
    return row.url.split("/")[2]


def _header(response: Response, name: str) -> str | None:
    value = response.headers.get(name)
    return value.decode("latin-1") if value else None
