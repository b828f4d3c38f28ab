"""Stores an article with its links and its row of the frontier, in one transaction."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from scrapy.exceptions import DropItem

from kompas_crawler.archive.changes import PageChange
from kompas_crawler.archive.models import State
from kompas_crawler.extensions.run import Run

if TYPE_CHECKING:
    from typing import Self

    from scrapy.crawler import Crawler

    from kompas_crawler.items import Article


class StoragePipeline:
    """Returns the article when it is durable, with what the archive knows of it.

    ``outcome`` tells whether it was new, updated or unchanged. An article that was
    removed on request is dropped, under whatever address it comes.
    """

    def __init__(self, crawler: Crawler, run: Run) -> None:
        self._crawler = crawler
        self._writer = run.writer

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        run = crawler.get_extension(Run)
        if run is None:
            raise RuntimeError("StoragePipeline needs the Run extension")
        return cls(crawler, run)

    async def process_item(self, item: Article) -> Article:
        visit = item.visit
        assert visit is not None, "an article reaches storage by way of the frontier"
        result = await self._writer.submit(
            PageChange(
                row=visit.row,
                state=State.DONE,
                http_status=visit.http_status,
                etag=visit.etag,
                last_modified=visit.last_modified,
                article=item,
                max_depth=getattr(self._crawler.spider, "max_depth", 0),
            )
        )
        stats = self._crawler.stats
        if result.outcome is None:
            stats.inc_value("articles/forgotten")
            raise DropItem("forgotten on request")
        stats.inc_value("pages/done")
        stats.inc_value(f"articles/{result.outcome}")
        if result.reread:
            stats.inc_value(f"articles/{result.reread}")
        if result.kept_whole:
            stats.inc_value("articles/kept_whole")
        return replace(
            item,
            outcome=result.outcome,
            revision=result.revision,
            first_seen_at=result.first_seen_at,
            duplicate_of=result.duplicate_of,
        )
