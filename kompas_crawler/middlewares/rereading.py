"""Feeds the pipelines from pages that were kept: what the frontier is to pages of the site."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from scrapy import signals
from scrapy.exceptions import NotConfigured

from kompas_crawler.archive import captures
from kompas_crawler.archive.changes import Note
from kompas_crawler.exitcodes import CrawlError
from kompas_crawler.extensions.run import Run

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from typing import Self

    from scrapy.crawler import Crawler

    from kompas_crawler.items import Article

AT_ONCE = 100
"""Articles on their way to the archive."""


class RereadingMiddleware:
    """Passes on the articles of a spider that reads kept pages, and writes its notes in turn.

    Of one article there is never more than one on its way: captures stay in order. No row of
    the frontier was taken, and none is failed or skipped by what a kept page says.
    """

    def __init__(self, crawler: Crawler, run: Run) -> None:
        self._crawler = crawler
        self._run = run
        self._keys: set[str] = set()
        self._event = asyncio.Event()
        self._is_closing = False

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        run = crawler.get_extension(Run)
        if run is None or not run.is_reading_again:
            raise NotConfigured
        middleware = cls(crawler, run)
        connect = crawler.signals.connect
        connect(middleware.item_scraped, signal=signals.item_scraped)
        connect(middleware.item_dropped, signal=signals.item_dropped)
        connect(middleware.item_error, signal=signals.item_error)
        connect(middleware.spider_closed, signal=signals.spider_closed)
        return middleware

    async def process_start(self, start: AsyncIterator[Any]) -> AsyncIterator[Article]:
        """Yield the articles of *start*, and write its notes when what came before is stored."""
        try:
            async for output in start:
                if isinstance(output, Note):
                    await self._write(output)
                else:
                    await self._until(
                        lambda key=output.id: key not in self._keys and len(self._keys) < AT_ONCE  # type: ignore[misc]
                    )
                    self._keys.add(output.id)
                    yield output
                if self._is_closing:
                    return
            await self._until(lambda: not self._keys)
        except CrawlError:
            # The archive cannot be had any more: the run ends, and its end says why.
            if self._run.fatal is None:
                raise

    async def _write(self, note: Note) -> None:
        await self._until(lambda: note.key not in self._keys if note.key else not self._keys)
        if not self._is_closing:
            await self._run.writer.call(note.write)

    async def _until(self, is_met: Callable[[], bool]) -> None:
        while not is_met() and not self._is_closing:
            self._event.clear()
            await self._event.wait()

    def _finish(self, item: Article) -> None:
        self._keys.discard(item.id)
        self._event.set()

    def item_scraped(self, item: Article) -> None:
        """An article is durable."""
        self._finish(item)

    async def item_dropped(self, item: Article, exception: Exception) -> None:
        """A page was refused: the reason is noted where one was refused before."""
        try:
            await self._run.writer.call(lambda c: captures.refused(c, item.id, str(exception)))
        except CrawlError:
            pass  # the run ends, and its end says why
        finally:
            self._finish(item)

    def item_error(self, item: Article) -> None:
        """A pipeline failed on an item; the log has the cause."""
        if self._run.fatal is None:
            self._crawler.stats.inc_value("pages/error")
        self._finish(item)

    def spider_closed(self) -> None:
        """Wake ``process_start``, which has nothing to do any more."""
        self._is_closing = True
        self._event.set()
