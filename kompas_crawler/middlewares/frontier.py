"""The frontier between spider and engine: links become rows, rows become requests.

A page's changes are committed before any of its links can be requested.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine
from dataclasses import replace
from functools import cached_property
from typing import Any

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import Response
from twisted.python.failure import Failure

from kompas_crawler import items
from kompas_crawler.archive.changes import PageChange
from kompas_crawler.archive.frontier import looks
from kompas_crawler.archive.store import captures
from kompas_crawler.crawl.run import ArchiveComponent
from kompas_crawler.exitcodes import CrawlError
from kompas_crawler.frontier import LATEST, Lacking, Row, State
from kompas_crawler.middlewares.failures import classify
from kompas_crawler.middlewares.reach import Reach
from kompas_crawler.middlewares.supply import Supply
from kompas_crawler.middlewares.throttle import REFUSED, NotSent, PolitenessMiddleware

logger = logging.getLogger(__name__)

UNREACHABLE = "unreachable"  # the reason of closing the spider when no host can be reached


class FrontierMiddleware(ArchiveComponent):
    """Feeds the crawl from the frontier and settles each row when its page is committed.

    Spiders yield ``Candidate`` from ``start()``. Callbacks yield ``Article`` items, or a
    ``PageChange`` for a visit without an article.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        if self._run.spider.is_reading_again:
            raise NotConfigured
        self._in_flight = self._run.in_flight
        self._supply = Supply(crawler, self._run, self._fail_lost)
        self._reach = Reach(crawler.stats)
        self._beside: set[asyncio.Task[None]] = set()

    @cached_property
    def _politeness(self) -> PolitenessMiddleware:
        found = self._crawler.get_downloader_middleware(PolitenessMiddleware)
        assert found is not None
        return found

    async def process_start(self, start: AsyncIterator[Any]) -> AsyncIterator[Request]:
        """Admit the spider's seeds, then yield requests until the frontier is empty."""
        try:
            await self._supply.admit([seed async for seed in start])
            async for rows in self._supply.batches():
                previous = await self._captures(rows)
                for row in rows:
                    request = self._run.spider.request(row)
                    request.errback = self._failed
                    if row.key in previous:
                        request.meta[items.PREVIOUS_CAPTURE] = previous[row.key]
                    yield request
        except CrawlError:
            if self._run.fatal is None:  # else reported at the end of the run
                raise

    async def _captures(self, rows: list[Row]) -> dict[str, items.Capture]:
        if self._run.sync_captures is None:
            return {}
        keys = [row.key for row in rows if row.state is State.DONE and row.kind == "article"]
        return await self._run.writer.call(lambda c: captures.of_articles(c, keys))

    async def _fail_lost(self) -> None:
        """Fail the rows in flight when Scrapy is idle: a lost request would keep the run open."""
        engine = self._crawler.engine
        slot = engine.scraper.slot
        is_busy = engine.downloader.active or self._beside or (slot and not slot.is_idle())
        if is_busy or (engine.scheduler and engine.scheduler.has_pending_requests()):
            return
        for row in self._in_flight:
            logger.error("The request for %s was lost", row.url)
            await self._fail_unexpectedly(row)

    async def process_spider_output(
        self, response: Response, result: AsyncIterator[Any]
    ) -> AsyncIterator[Any]:
        """Commit a callback's changes; pass its items on, with their visit."""
        row: Row = response.cb_kwargs["row"]
        self._reach.answered(row)
        async for output in result:
            if isinstance(output, PageChange):
                self._adjust_pace(output, response.meta)
                await self._commit(replace(output, http_status=response.status))
            elif isinstance(output, items.Article):
                self._politeness.proved(response.meta["download_slot"])
                capture: items.Capture | None = response.meta.get(items.CAPTURE)
                at = capture.at if capture else self._run.clock.now().replace(microsecond=0)
                visit = items.Visit.of(response, row, capture)
                yield items.extended(output, items.FetchedArticle, fetched_at=at, visit=visit)
            else:
                raise TypeError(f"a callback may yield Article or PageChange, not {output!r}")

    async def _commit(self, change: PageChange) -> None:
        if self._supply.is_clock_doubted:  # the time between two looks begins with a later one
            change = replace(change, claimed_at=None)
        if (result := await self._in_flight.settle(change)) is None:
            return
        change = result.failure or change
        stats = self._crawler.stats
        if change.is_failure and change.row.key.endswith(LATEST):
            stats.inc_value("listings/latest_failed")  # the fronts are asked in its place
        else:
            name = "unconfirmed" if change.is_unconfirmed else change.state
            stats.inc_value(f"pages/{name}")
        if change.is_failure:
            is_of_host = (change.reason or "").startswith("RobotsUnreachable")  # logged once
            level = logging.DEBUG if is_of_host else logging.INFO
            logger.log(level, "Failed %s: %s", change.row.url, change.reason)
        if change.row.kind == "listing" and change.state is State.DONE:
            stats.inc_value("listings/read")
            stats.inc_value("listings/new_links", result.new_rows)
            stats.inc_value("listings/known_links", result.known_rows)
        elif change.is_not_modified:
            stats.inc_value("articles/unchanged")

    async def _failed(self, failure: Failure) -> None:
        request: Request = failure.request  # type: ignore[attr-defined]
        row: Row = request.cb_kwargs["row"]
        assert failure.value is not None
        if isinstance(failure.value, NotSent):
            self._in_flight.let_go(row)  # it stays pending
            return
        change = classify(failure.value, row, self._run.clock.now())
        if change.http_status is not None:
            self._adjust_pace(change, request.meta)
        await self._commit(change)
        is_lost = change.is_failure and self._reach.is_lost(row, failure.value, self._in_flight)
        if is_lost and not self._supply.is_over:
            self._supply.end()
            self._run_beside(self._crawler.engine.close_spider_async(reason=UNREACHABLE))

    def _adjust_pace(self, change: PageChange, meta: dict[str, Any]) -> None:
        """Ease the pace after a good page; slow it after a refusal, which may end the run."""
        if change.is_refusal:
            if meta.get(REFUSED):  # already counted by its status
                return
            self._politeness.refused(f"{change.row.url}: {change.reason}", meta["download_slot"])
        elif not change.is_failure:
            self._politeness.proved(meta["download_slot"])

    def _run_beside(self, work: Coroutine[Any, Any, None]) -> None:
        """Run *work* in a task, and hold a reference until it ends."""
        task = asyncio.get_running_loop().create_task(work)
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)

    def item_scraped(self, item: items.FetchedArticle) -> None:
        """An article was committed, together with its row."""
        if item.visit is not None:
            self._in_flight.let_go(item.visit.row)

    async def item_dropped(self, item: items.FetchedArticle, exception: Exception) -> None:
        """Fail the row of a page that lacks a required field; skip one that a pipeline drops."""
        if item.visit is None:
            return
        row, status, reason = item.visit.row, item.visit.http_status, str(exception)
        if isinstance(exception, Lacking) and row.kind != "capture":  # another one may be better
            now = self._run.clock.now()
            change = looks.failed(row, reason, now, status=status, is_unproven=True)
        else:
            change = PageChange(row=row, state=State.SKIPPED, reason=reason, http_status=status)
        await self._commit(change)

    async def item_error(self, item: items.FetchedArticle) -> None:
        """Fail the row of an item on which a pipeline raised an error."""
        if item.visit is not None and self._run.fatal is None:
            await self._fail_unexpectedly(item.visit.row)
        elif item.visit is not None:
            self._in_flight.let_go(item.visit.row)

    def spider_error(self, response: Any) -> None:
        """Fail the row of a page whose callback raised an error."""
        if request := getattr(response, "request", None):  # none when ``start()`` failed
            self._run_beside(self._fail_unexpectedly(request.cb_kwargs["row"]))

    async def _fail_unexpectedly(self, row: Row) -> None:
        self._crawler.stats.inc_value("pages/error")
        await self._commit(classify(RuntimeError("unexpected error"), row, self._run.clock.now()))

    def spider_closed(self) -> None:
        """End ``process_start``."""
        self._supply.end()
