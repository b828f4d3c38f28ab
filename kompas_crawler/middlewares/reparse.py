"""Feeds the pipelines of ``scrapy crawl warc`` from stored captures."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import Response

from kompas_crawler.archive.changes import Note
from kompas_crawler.archive.store import captures
from kompas_crawler.crawl.run import ArchiveComponent
from kompas_crawler.exitcodes import CrawlError
from kompas_crawler.items import FetchedArticle


class _OfReparse(ArchiveComponent):
    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        if not self._run.spider.is_reading_again:
            raise NotConfigured


class EmptyResponseMiddleware(_OfReparse):
    """Answers each request of a reparse with an empty response; its callback reads WARC files.

    Through a callback Scrapy counts the work as active, and waits for it when the run ends.
    """

    def process_request(self, request: Request) -> Response:
        return Response(request.url, request=request)


class RereadingMiddleware(_OfReparse):
    """Passes on the articles that the spider reads from captures, and writes its notes in order.

    Each article has at most one capture in flight, so captures are stored in order. Takes no
    row of the frontier, and fails or skips none.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._keys: set[str] = set()  # of articles in flight
        self._event = asyncio.Event()

    async def process_spider_output(
        self, response: Response, result: AsyncIterator[Any]
    ) -> AsyncIterator[FetchedArticle]:
        """Yield the articles; write a note after the articles before it are stored."""
        try:
            async for output in result:
                is_note = isinstance(output, Note)
                await self._until_done(output.key if is_note else output.id)
                if self._crawler.engine.needs_backout():  # the run ends
                    return
                if is_note:
                    if await self._run.writer.call(output.write):  # a stored article is gone
                        self._crawler.stats.inc_value("pages/gone")
                else:
                    self._keys.add(output.id)
                    yield output
        except CrawlError:
            if self._run.fatal is None:  # else reported at the end of the run
                raise

    async def _until_done(self, key: str | None) -> None:
        """Wait until the article *key* (``None``: every article) is stored."""
        while key in self._keys or (key is None and self._keys):
            self._event.clear()
            await self._event.wait()

    def item_scraped(self, item: FetchedArticle) -> None:
        self._keys.discard(item.id)
        self._event.set()

    async def item_dropped(self, item: FetchedArticle, exception: Exception) -> None:
        """Update the reason of a row whose page was refused before."""
        try:
            await self._run.writer.call(lambda c: captures.refused(c, item.id, str(exception)))
        except CrawlError:
            pass  # reported at the end of the run
        finally:
            self.item_scraped(item)

    def item_error(self, item: FetchedArticle) -> None:
        """Count an item on which a pipeline raised an error."""
        if self._run.fatal is None:
            self._crawler.stats.inc_value("pages/error")
        self.item_scraped(item)
