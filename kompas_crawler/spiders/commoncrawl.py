"""Fill the archive from Common Crawl."""

from collections.abc import AsyncIterator, Iterable
from typing import ClassVar

from scrapy.http import Response

from kompas_crawler.exitcodes import UsageProblem
from kompas_crawler.frontier import Candidate, Row
from kompas_crawler.pages import cdx
from kompas_crawler.spiders.web_archive import WebArchiveSpider

INDEX, DATA = "index.commoncrawl.org", "data.commoncrawl.org"
CRAWLS_URL = f"https://{INDEX}/collinfo.json"
FIELDS = "url,timestamp,status,mime,digest,length,offset,filename"
PAGE_BLOCKS = "2"  # of 3,000 lines, in a page of the index; less memory than the default of 5


class CommonCrawlSpider(WebArchiveSpider):
    """Fetches one capture of each article from Common Crawl, the newest whole one.

    Reads the index of each crawl since ``since``, then requests ranges of its WARC files. No
    request goes to Kompas.
    """

    name = "commoncrawl"
    allowed_domains: ClassVar[list[str]] = [INDEX, DATA]
    delays: ClassVar[dict[str, float]] = {INDEX: 2.0, DATA: 0.5}

    async def start(self) -> AsyncIterator[Candidate]:
        yield self.index_candidate(CRAWLS_URL, is_read_again=True)

    def in_index(self, response: Response, row: Row) -> Iterable[Candidate]:
        body = response.body
        if row.url == CRAWLS_URL:
            return [self.index_candidate(f"{url}&showNumPages=true") for url in self._of(body)]
        if response.status == 404 and b"No Captures found" in body:
            return []
        counting, _, is_count = row.url.partition("&showNumPages=")
        if is_count:
            return [self.index_candidate(f"{counting}&page={n}") for n in range(cdx.pages(body))]
        if "partial" in response.flags and not body.endswith(b"\n"):
            raise ValueError("it is cut short")
        return cdx.of_commoncrawl(body, self.work.scope)

    def _of(self, body: bytes) -> list[str]:
        """The addresses of the indexes to read, newest crawl first."""
        known = cdx.crawls(body)
        oldest = f"CC-MAIN-{self.since.year}"  # two of the first end by a year: CC-MAIN-2009-2010
        wanted = [url for name, url in known if name >= oldest or name[-5:] in oldest]
        if self.crawls:
            wanted = [url for name, url in known if name.startswith(self.crawls)]
        if self.crawls and not wanted:
            names = ", ".join(name for name, _ in known[:3])
            raise UsageProblem(f"there is no crawl {', '.join(self.crawls)}; the newest: {names}")
        asked = (
            ("pageSize", PAGE_BLOCKS),
            ("fl", FIELDS),
            ("filter", "=status:200"),
            ("filter", f"~url:{self.path_filter}"),
        )
        return [cdx.index_url(url, *asked) for url in wanted]
