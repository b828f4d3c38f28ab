"""Supplies a crawl with rows: takes some as others are settled, until the frontier is empty."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

from scrapy.crawler import Crawler

from kompas_crawler.archive import runs
from kompas_crawler.archive.frontier import admit, clocks, sittings, take
from kompas_crawler.crawl.run import Run
from kompas_crawler.frontier import Candidate, Row
from kompas_crawler.pages.article import EXTRACTOR_VERSION

LOW = 10  # rows in flight per concurrent request; after a kill they are fetched again
LOST_CHECK_SECONDS = 30.0  # how long no row may be settled before the check for lost requests


class Supply:
    """The rows of a crawl, a batch at a time; *fail_lost* is called when no row is settled."""

    def __init__(self, crawler: Crawler, run: Run, fail_lost: Callable[[], Awaitable[None]]):
        self._stats = crawler.stats
        self._run = run
        self._spider = run.spider
        self._in_flight = run.in_flight
        self._fail_lost = fail_lost
        self.is_over = self._is_swept = self.is_clock_doubted = False
        low = LOW * crawler.settings.getint("CONCURRENT_REQUESTS")
        self._low = low if run.share is None else run.share.batch

    async def admit(self, seeds: Sequence[Candidate]) -> None:
        now, work = self._run.clock.now(), self._spider.work

        def begin(connection: Any) -> None:
            self.is_clock_doubted = clocks.bring_back(connection, now)
            admit.requeue_refused(connection, EXTRACTOR_VERSION)
            if work.takes_gaps:
                take.lost_articles(connection)
            firsts = {s.key: s for s in seeds if s.day is not None and s.kind == "listing"}
            begun = {s.key for s in sittings.begin_anew(connection, list(firsts.values()), now)}
            asked = [s for s in seeds if s.key not in firsts or s.key in begun]
            admit.admit_with_edges(connection, asked, now, max_depth=work.max_depth)

        await self._run.writer.call(begin)

    async def batches(self) -> AsyncIterator[list[Row]]:
        """Yield the rows to fetch, until the frontier is empty or the run ends."""
        while not self.is_over:
            if rows := await self._take():
                yield rows
                await self._until(self._low)
            elif before := len(self._in_flight):
                await self._until(before - 1)
            elif not await self._sweep():
                return

    def end(self) -> None:
        self.is_over = True
        self._in_flight.wake()

    async def _take(self) -> list[Row]:
        if self._room() <= 0:
            return []
        now, since = self._run.clock.now(), self._run.started_at
        return await self._in_flight.take(self._spider.work, self._room, now=now, started_at=since)

    def _room(self) -> int:
        limit = sys.maxsize if self._spider.limit is None else self._spider.limit
        return limit - int(self._stats.get_value("articles/new", 0))

    async def _sweep(self) -> bool:
        """Let the spider make rows pending; once, admit links of shallower runs; return if any."""
        if await self._spider.proceed():
            return True
        if self._is_swept:
            return False
        self._is_swept = True
        work = self._spider.work
        if work.max_depth <= 0 or not work.takes_leftovers or self._spider.limit is not None:
            return False

        def left_behind(connection: Any) -> int:
            if work.max_depth <= runs.deepest(connection, self._spider.name):
                return 0
            return admit.admit_left_behind(connection, work, self._run.clock.now())

        return await self._run.writer.call(left_behind) > 0

    async def _until(self, most: int) -> None:
        while len(self._in_flight) > most and not self.is_over:
            try:
                async with asyncio.timeout(LOST_CHECK_SECONDS):
                    await self._in_flight.changed()
            except TimeoutError:
                await self._fail_lost()
