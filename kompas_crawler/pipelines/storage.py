"""Store an article, its links and its frontier row in one transaction."""

from functools import partial

from scrapy.exceptions import DropItem

from kompas_crawler.archive.changes import PageChange
from kompas_crawler.archive.store import forget
from kompas_crawler.crawl.run import ArchiveComponent
from kompas_crawler.frontier import State
from kompas_crawler.items import FetchedArticle, StoredArticle, extended

_RESULTS = ("outcome", "revision", "first_seen_at", "duplicate_of")


class StoragePipeline(ArchiveComponent):
    """Returns the article after the commit, with its ``outcome``: new, updated or unchanged.

    Drops an article that was removed by ``scrapy forget``, at any of its addresses; links to it
    are stored without its title.
    """

    _forgotten: set[str] | None = None  # constant during a crawl

    async def process_item(self, item: FetchedArticle) -> StoredArticle:
        visit, writer = item.visit, self._run.writer
        assert visit is not None
        if self._forgotten is None:
            self._forgotten = await writer.call(forget.forgotten_keys)
        item = forget.redacted(item, self._forgotten)
        result = await writer.submit(
            PageChange(
                row=visit.row,
                state=State.DONE,
                http_status=visit.http_status,
                etag=visit.etag,
                last_modified=visit.last_modified,
                article=item,
            )
        )
        stats = self._crawler.stats
        if result.outcome is None:
            stats.inc_value("articles/forgotten")
            self._forgotten.add(visit.row.key)
            await writer.call(partial(forget.drop_row, key=visit.row.key))
            raise DropItem("forgotten on request")
        stats.inc_value("pages/done")
        stats.inc_value(f"articles/{result.outcome}")
        if result.reread:
            stats.inc_value(f"articles/{result.reread}")
        if result.is_of_details:
            stats.inc_value("articles/details")
        if result.kept_whole:
            stats.inc_value("articles/kept_whole")
        return extended(item, StoredArticle, **{name: getattr(result, name) for name in _RESULTS})
