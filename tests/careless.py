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
    from kompas_crawler.archive.changes import PageChange, PageResult
    from kompas_crawler.archive.store.pages import PageStore


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

    def _writer(self, store: PageStore) -> Writer:
        return CarelessWriter(self.engine, store, self._on_fatal)


EXTENSIONS = (
    '{"tests.careless.CarelessRun": 0, "kompas_crawler.outcome.ending.Ending": 1, '
    '"kompas_crawler.crawl.run.Run": null}'
)
