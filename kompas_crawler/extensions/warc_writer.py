"""Keeps every exchange with the site as it was received, in WARC files (``KOMPAS_WARC_DIR``)."""

from __future__ import annotations

import logging
from dataclasses import replace
from http import HTTPStatus
from importlib.metadata import version
from typing import TYPE_CHECKING

from scrapy import signals
from scrapy.exceptions import NotConfigured

from kompas_crawler.crawl.run import Run
from kompas_crawler.crawl.spider import FrontierSpider
from kompas_crawler.exitcodes import CrawlError
from kompas_crawler.items import Capture
from kompas_crawler.project import project_dir
from kompas_crawler.warc.capture import FORMER, KEPT

if TYPE_CHECKING:
    from typing import Self

    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

    from kompas_crawler.warc.writer import WarcFolder

logger = logging.getLogger(__name__)


class Warc:
    """Writes request and response of each exchange: redirects, errors and robots.txt too.

    Captured when the download ends, before any middleware decodes the body. The capture
    travels in the request's meta to the article's row, and is on the disk before that row
    commits. An article's payload that comes again unchanged is a ``revisit``. Counts
    ``warc/responses`` and ``warc/revisits``. A full disk ends the run.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._folder: WarcFolder | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        spider = crawler.spider
        if not isinstance(spider, FrontierSpider) or not spider.serves_archive:
            raise NotConfigured
        if spider.is_reading_again or not crawler.settings["KOMPAS_WARC_DIR"]:
            raise NotConfigured
        warc = cls(crawler)
        # After Run's own: it opens the archive first, and commits the last row.
        crawler.signals.connect(warc.spider_opened, signal=signals.spider_opened)
        crawler.signals.connect(warc.response_downloaded, signal=signals.response_downloaded)
        crawler.signals.connect(warc.spider_closed, signal=signals.spider_closed)
        return warc

    def spider_opened(self) -> None:
        """Take the folder; the run ends when it cannot be had."""
        from kompas_crawler.warc import records
        from kompas_crawler.warc.writer import WarcFolder

        run = self._crawler.get_extension(Run)
        assert run is not None
        self._run = run
        self._records = records
        info = {
            "software": f"kompas-crawler/{version('kompas-crawler')}",
            "format": "WARC File Format 1.1",
            "run": str(run.id),
            "http-header-user-agent": self._crawler.settings["USER_AGENT"],
            "robots": "obey",
            "mirror": run.mirror or "",
        }
        path = project_dir() / self._crawler.settings["KOMPAS_WARC_DIR"]
        try:
            self._folder = WarcFolder(path, run.clock, name=f"{run.id:06}", info=info)
        except CrawlError as error:
            run.writer.fail(error)
            return
        run.sync_captures(self._folder.sync)

    def response_downloaded(self, request: Request, response: Response) -> None:
        """Append the exchange, and leave word of it in the request's meta."""
        request.meta.pop(KEPT, None)  # of the address that redirected here
        if self._folder is None or self._run.fatal is not None:
            return
        at = self._run.clock.now().replace(microsecond=0)
        digest = self._records.digest_of(response.body)
        former = _former(request, response, digest)
        data = self._records.exchange(request, response, at=at, digest=digest, former=former)
        try:
            file, offset = self._folder.append(data)
        except CrawlError as error:
            self._run.writer.fail(error)
            return
        stats = self._crawler.stats
        stats.inc_value("warc/revisits" if former else "warc/responses")
        if former:
            request.meta[KEPT] = replace(former, at=at)
            return
        request.meta[KEPT] = Capture(file=file, offset=offset, digest=digest, at=at, written_at=at)

    def spider_closed(self) -> None:
        """Close the file that is open."""
        folder, self._folder = self._folder, None
        if folder is None:
            return
        try:
            folder.close()
        except CrawlError as error:
            logger.error("The last WARC file could not be closed: %s", error)


def _former(request: Request, response: Response, digest: str) -> Capture | None:
    """What was captured before, when *response* has the same payload or says that it holds."""
    former: Capture | None = request.meta.get(FORMER)
    if former is None:
        return None
    is_same = response.status == HTTPStatus.OK and former.digest == digest
    return former if is_same or response.status == HTTPStatus.NOT_MODIFIED else None
