"""The archive without its protection: a row is done before its page is stored.

For controls alone: a crawl with this ``Run`` loses articles when it is killed.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from kompas_crawler.archive.writer import Writer
from kompas_crawler.crawl.run import Run

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from kompas_crawler.archive.changes import PageChange, PageResult


BETWEEN_SECONDS = 3.0
"""Long enough for a test to see the one commit without the other, and to kill then."""


class CarelessWriter(Writer):
    """Commits a row's end in one transaction, and what its page held in a later one."""

    def submit(self, change: PageChange) -> asyncio.Future[PageResult]:
        return asyncio.ensure_future(self._in_two(change))

    async def _in_two(self, change: PageChange) -> PageResult:
        bare = replace(change, article=None, candidates=(), next_page=None, index_page=None)
        await super().submit(bare)
        await asyncio.sleep(BETWEEN_SECONDS)
        return await super().submit(change)


class CarelessRun(Run):
    """A run whose archive knows no transaction a page."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        careful = self.writer
        self.writer = CarelessWriter(careful._engine, careful._store, self._on_fatal)
        careful.close()


EXTENSIONS = '{"kompas_crawler.crawl.run.Run": null, "tests.careless.CarelessRun": 0}'
