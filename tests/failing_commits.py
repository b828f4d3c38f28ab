"""A ``Run`` that commits a row before its article, so that a kill loses articles; for controls."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING
from unittest.mock import patch

from kompas_crawler.archive.writer import Writer
from kompas_crawler.crawl import run

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from kompas_crawler.archive.changes import PageChange, PageResult


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


class SplitCommitRun(run.Run):
    """A run without one transaction per page."""

    def __init__(self, crawler: Crawler) -> None:
        with patch.object(run, "Writer", SplitCommitWriter):
            super().__init__(crawler)


EXTENSIONS = (
    '{"tests.failing_commits.SplitCommitRun": 0, "kompas_crawler.outcome.ending.Ending": 1, '
    '"kompas_crawler.crawl.run.Run": null}'
)
