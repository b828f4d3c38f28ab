"""Find articles in sitemaps, sitemap indexes and news sitemaps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kompas_crawler.archive.frontier.take import Work
from kompas_crawler.frontier import Candidate, Priority
from kompas_crawler.spiders import arguments as read
from kompas_crawler.spiders.archive_spider import ArchiveSpider, listing_candidate

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

SITEMAP_URL = "https://www.kompas.com/sitemap.xml"


class SitemapSpider(ArchiveSpider):
    """Reads the sitemap in robots.txt and all sitemaps below it, also gzipped ones.

    Stores titles and times of news sitemaps in the frontier, as evidence that an article was
    published. Takes no argument.
    """

    name = "sitemap"
    sitemap_urls = (SITEMAP_URL,)
    work = Work(scope="sitemap", max_depth=0)

    def __init__(self, **unknown: Any) -> None:
        read.refuse_unknown(unknown, ())
        super().__init__()
        self.arguments = {}

    async def start(self) -> AsyncIterator[Candidate]:
        for url in self.sitemap_urls:
            yield listing_candidate(url, scope=self.work.scope, priority=Priority.FRONT)
