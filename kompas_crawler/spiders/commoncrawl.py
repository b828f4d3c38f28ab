"""Fill the archive from Common Crawl."""

from collections.abc import AsyncIterator, Iterable
from typing import ClassVar

from scrapy.http import Response

from kompas_crawler.exitcodes import UsageProblem
from kompas_crawler.frontier import Candidate, Row
from kompas_crawler.pages import cdx
from kompas_crawler.pages.cdx import Line
from kompas_crawler.spiders.web_archive import WebArchiveSpider

INDEX, DATA = "index.commoncrawl.org", "data.commoncrawl.org"
CRAWLS_URL = f"https://{INDEX}/collinfo.json"
FIELDS = "url,timestamp,status,mime,digest,length,offset,filename"
PAGE_BLOCKS = "2"  # of 3,000 lines, in a page of the index; less memory than the default of 5
NEWEST = 3  # crawls that are read if none is of the year of ``since`` or later


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

    def index_pages(self, response: Response, row: Row) -> tuple[Iterable[Line], list[Candidate]]:
        body = response.body
        if row.url == CRAWLS_URL:
            return [], [self.index_candidate(f"{url}&showNumPages=true") for url in self._of(body)]
        if response.status == 404 and b"No Captures found" in body:
            return [], []
        counting, _, is_count = row.url.partition("&showNumPages=")
        if is_count:
            numbers = range(cdx.pages(body))
            return [], [self.index_candidate(f"{counting}&page={n}") for n in numbers]
        if "partial" in response.flags and not body.endswith(b"\n"):
            raise ValueError("it is cut short")
        return cdx.of_commoncrawl(body), []

    def _of(self, body: bytes) -> list[str]:
        """The addresses of the indexes to read, newest crawl first."""
        known = cdx.crawls(body)
        wanted = [
            (name, url)
            for name, url in known
            if (name.startswith(self.crawls) if self.crawls else _may_hold(name, self.since.year))
        ]
        newest = known[:NEWEST]
        if self.crawls and not wanted:
            names = ", ".join(name for name, _ in newest)
            raise UsageProblem(f"there is no crawl {', '.join(self.crawls)}; the newest: {names}")
        asked = (
            ("pageSize", PAGE_BLOCKS),
            ("fl", FIELDS),
            ("filter", "=status:200"),
            ("filter", f"~url:{self.path_filter}"),
        )
        return [cdx.index_url(url, *asked) for _, url in wanted or newest]


def _may_hold(name: str, year: int) -> bool:
    """Whether the crawl *name* may hold pages of *year* or later.

    >>> [_may_hold(f"CC-MAIN-{name}", 2022) for name in ("2022-05", "2021-49", "2009-2010")]
    [True, False, False]
    """
    digits = name.removeprefix("CC-MAIN-")[:4]
    return not digits.isdigit() or int(digits) >= year
