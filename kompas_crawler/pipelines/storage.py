"""Store an article, its links and its frontier row in one transaction."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Self

from scrapy.exceptions import DropItem, NotConfigured

from kompas_crawler.archive.changes import PageChange
from kompas_crawler.archive.store import forget
from kompas_crawler.crawl.run import Run
from kompas_crawler.crawl.spider import serves_archive
from kompas_crawler.frontier import State
from kompas_crawler.items import FetchedArticle, StoredArticle, extended

if TYPE_CHECKING:
    from scrapy.crawler import Crawler


class StoragePipeline:
    """Returns the article after the commit, with its ``outcome``: new, updated or unchanged.

    Drops an article that was removed by ``scrapy forget``, at any of its addresses; links to it
    are stored without its title.
    """

    def __init__(self, crawler: Crawler, run: Run) -> None:
        self._crawler = crawler
        self._writer = run.writer
        self._max_depth = run.spider.max_depth
        self._forgotten: set[str] | None = None  # constant during a crawl

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        if not serves_archive(crawler):
            raise NotConfigured
        run = crawler.get_extension(Run)
        if run is None:
            raise RuntimeError("StoragePipeline needs the Run extension")
        return cls(crawler, run)

    async def process_item(self, item: FetchedArticle) -> StoredArticle:
        visit = item.visit
        assert visit is not None
        if self._forgotten is None:
            self._forgotten = await self._writer.call(forget.forgotten_keys)
        item = forget.redacted(item, self._forgotten)
        result = await self._writer.submit(
            PageChange(
                row=visit.row,
                state=State.DONE,
                http_status=visit.http_status,
                etag=visit.etag,
                last_modified=visit.last_modified,
                article=item,
                max_depth=self._max_depth,
            )
        )
        stats = self._crawler.stats
        if result.outcome is None:
            stats.inc_value("articles/forgotten")
            self._forgotten.add(visit.row.key)
            await self._writer.call(partial(forget.drop_row, key=visit.row.key))
            raise DropItem("forgotten on request")
        stats.inc_value("pages/done")
        stats.inc_value(f"articles/{result.outcome}")
        if result.reread:
            stats.inc_value(f"articles/{result.reread}")
        if result.is_of_details:
            stats.inc_value("articles/details")
        if result.kept_whole:
            stats.inc_value("articles/kept_whole")
        return extended(
            item,
            StoredArticle,
            outcome=result.outcome,
            revision=result.revision,
            first_seen_at=result.first_seen_at,
            duplicate_of=result.duplicate_of,
        )
