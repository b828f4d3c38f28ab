"""Feeds the pipelines from pages that were kept: what the frontier is to pages of the site."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from scrapy import signals
from scrapy.exceptions import NotConfigured

from kompas_crawler.archive.changes import Note
from kompas_crawler.archive.store import captures
from kompas_crawler.crawl.run import Run
from kompas_crawler.exitcodes import CrawlError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from typing import Self

    from scrapy.crawler import Crawler
    from scrapy.http import Response

    from kompas_crawler.items import FetchedArticle


class RereadingMiddleware:
    """Passes on the articles of a spider that reads kept pages, and writes its notes in turn.

    Of one article there is never more than one on its way: captures stay in order. No row of
    the frontier was taken, and none is failed or skipped by what a kept page says.
    """

    def __init__(self, crawler: Crawler, run: Run) -> None:
        self._crawler = crawler
        self._run = run
        self._keys: set[str] = set()  # of articles on their way to the archive
        self._event = asyncio.Event()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        run = crawler.get_extension(Run)
        if run is None or not run.spider.is_reading_again:
            raise NotConfigured
        middleware = cls(crawler, run)
        connect = crawler.signals.connect
        connect(middleware.item_scraped, signal=signals.item_scraped)
        connect(middleware.item_dropped, signal=signals.item_dropped)
        connect(middleware.item_error, signal=signals.item_error)
        return middleware

    async def process_spider_output(
        self, response: Response, result: AsyncIterator[Any]
    ) -> AsyncIterator[FetchedArticle]:
        """Yield the articles, and write the notes when what came before them is stored."""
        engine = self._crawler.engine
        assert engine is not None
        try:
            async for output in result:
                is_note = isinstance(output, Note)
                await self._until_done(output.key if is_note else output.id)
                if engine.needs_backout():  # the run ends
                    return
                if is_note:
                    await self._run.writer.call(output.write)
                else:
                    self._keys.add(output.id)
                    yield output
        except CrawlError:
            # The archive cannot be had any more: the run ends, and its end says why.
            if self._run.fatal is None:
                raise

    async def _until_done(self, key: str | None) -> None:
        """Wait until the article *key* is on its way no more, or none is."""
        while key in self._keys or (key is None and self._keys):
            self._event.clear()
            await self._event.wait()

    def _finish(self, item: FetchedArticle) -> None:
        self._keys.discard(item.id)
        self._event.set()

    def item_scraped(self, item: FetchedArticle) -> None:
        """An article is durable."""
        self._finish(item)

    async def item_dropped(self, item: FetchedArticle, exception: Exception) -> None:
        """A page was refused: the reason is noted where one was refused before."""
        try:
            await self._run.writer.call(lambda c: captures.refused(c, item.id, str(exception)))
        except CrawlError:
            pass  # the run ends, and its end says why
        finally:
            self._finish(item)

    def item_error(self, item: FetchedArticle) -> None:
        """A pipeline failed on an item; the log has the cause."""
        if self._run.fatal is None:
            self._crawler.stats.inc_value("pages/error")
        self._finish(item)
