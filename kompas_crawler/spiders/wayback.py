"""Fill the archive from the Wayback Machine."""

from collections.abc import AsyncIterator, Iterable
from datetime import timedelta
from typing import ClassVar
from urllib.parse import quote_plus, unquote_plus

from scrapy.http import Response

from kompas_crawler.archive.frontier import web_captures
from kompas_crawler.frontier import Candidate, Row
from kompas_crawler.pages import cdx
from kompas_crawler.spiders.web_archive import WebArchiveSpider

FIELDS = "urlkey,original,timestamp,digest,mimetype,statuscode"  # the next page is found by urlkey
LINES = 5000  # lines of a page of the index: about a megabyte
READ_AGAIN_AFTER = timedelta(days=1)  # age after which the index is read again, for new captures


class WaybackSpider(WebArchiveSpider):
    """Fetches one capture of each article from the Wayback Machine, the newest whole one.

    Reads its index, then requests the original bytes of the captures. No request goes to Kompas.
    """

    name = "wayback"
    allowed_domains: ClassVar[list[str]] = [cdx.REPLAYS]
    delays: ClassVar[dict[str, float]] = {cdx.REPLAYS: 4.0}  # about 15 requests a minute

    async def start(self) -> AsyncIterator[Candidate]:
        """The first page of the index, unless a reading of today is to be continued."""
        url = cdx.index_url(
            f"https://{cdx.REPLAYS}/cdx/search/cdx",
            ("fl", FIELDS),
            ("filter", "statuscode:200"),
            ("filter", f"original:{self.path_filter}"),
            ("collapse", "digest"),
            ("showResumeKey", "true"),
            ("limit", str(LINES)),
        )
        self._admitted = {url}
        read_at = await self.run.writer.call(lambda c: web_captures.read_at(c, url))
        is_old = read_at is None or self.run.clock.now() - read_at >= READ_AGAIN_AFTER
        yield self.index_candidate(url, is_read_again=is_old)

    def in_index(self, response: Response, row: Row) -> Iterable[Candidate]:
        captures, key = cdx.of_wayback(response.body, self.work.scope)
        if key is not None:
            first = row.url.partition("&resumeKey=")[0]
            url = f"{first}&resumeKey={quote_plus(unquote_plus(key))}"  # it is sent encoded
            if url not in self._admitted:  # else recurring keys would be read endlessly
                self._admitted.add(url)
                captures.append(self.index_candidate(url, is_read_again=True))
        return captures
