"""A ``Run`` that commits a row before its article, so that a kill loses articles; for controls."""

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
"""Time for a test to see the first commit and kill the crawl."""


class SplitCommitWriter(Writer):
    """Commits the row's state in one transaction and its article in a later one."""

    def submit(self, change: PageChange) -> asyncio.Future[PageResult]:
        return asyncio.ensure_future(self._in_two(change))

    async def _in_two(self, change: PageChange) -> PageResult:
        bare = replace(change, article=None, candidates=(), next_page=None, index_page=None)
        await super().submit(bare)
        await asyncio.sleep(BETWEEN_SECONDS)
        return await super().submit(change)


class SplitCommitRun(Run):
    """A run without one transaction per page."""

    def _writer(self, store: PageStore) -> Writer:
        return SplitCommitWriter(self.engine, store, self._on_fatal)


EXTENSIONS = (
    '{"tests.failing_commits.SplitCommitRun": 0, "kompas_crawler.outcome.ending.Ending": 1, '
    '"kompas_crawler.crawl.run.Run": null}'
)
