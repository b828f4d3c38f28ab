"""Find articles in sitemaps, sitemap indexes and news sitemaps."""

from collections.abc import AsyncIterator

from kompas_crawler.archive.frontier.take import Work
from kompas_crawler.frontier import Candidate, Priority
from kompas_crawler.spiders.archive_spider import ArchiveSpider
from kompas_crawler.spiders.list_spider import listing_candidate

SITEMAP_URL = "https://www.kompas.com/sitemap.xml"


class SitemapSpider(ArchiveSpider):
    """Reads the sitemap in robots.txt and all sitemaps below it, also gzipped ones.

    Stores titles and times of news sitemaps in the frontier, as evidence that an article was
    published. Takes no argument.
    """

    name = "sitemap"
    work = Work(scope="sitemap", max_depth=0)

    async def start(self) -> AsyncIterator[Candidate]:
        yield listing_candidate(SITEMAP_URL, scope=self.work.scope, priority=Priority.FRONT)
