"""Stores every request and response as received, in WARC files (``KOMPAS_WARC_DIR``)."""

from __future__ import annotations

import logging
from dataclasses import replace
from http import HTTPStatus
from importlib.metadata import version
from typing import TYPE_CHECKING

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import Response

from kompas_crawler.crawl.run import ArchiveComponent
from kompas_crawler.exitcodes import CrawlError
from kompas_crawler.items import CAPTURE, PREVIOUS_CAPTURE, Capture
from kompas_crawler.project import project_dir
from kompas_crawler.warc.scan import digest_of

if TYPE_CHECKING:
    from kompas_crawler.warc.writer import WarcFolder

logger = logging.getLogger(__name__)


class Warc(ArchiveComponent):
    """Writes each request and response, also redirects, errors and robots.txt.

    Captures the response before a middleware decodes its body. The record is synced to the disk
    before the transaction that stores its article commits. An unchanged payload is written as
    ``revisit``. Counts ``warc/responses`` and ``warc/revisits``. A full disk ends the run.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._folder: WarcFolder | None = None
        is_reading_again = getattr(crawler.spider, "is_reading_again", False)
        if is_reading_again or not crawler.settings["KOMPAS_WARC_DIR"]:
            raise NotConfigured

    def spider_opened(self) -> None:
        """Lock the folder; end the run if that fails."""
        from kompas_crawler.warc import records
        from kompas_crawler.warc.writer import WarcFolder

        run = self._run
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
        run.sync_captures = self._folder.sync

    def response_downloaded(self, request: Request, response: Response) -> None:
        """Append the records and set the capture in ``request.meta``."""
        request.meta.pop(CAPTURE, None)  # set before a redirect
        if self._folder is None or self._run.fatal is not None:
            return
        at = self._run.clock.now().replace(microsecond=0)
        digest = digest_of(response.body)
        previous = _unchanged(request, response, digest)
        data = self._records.exchange(request, response, at=at, digest=digest, previous=previous)
        try:
            file, offset = self._folder.append(data)
        except CrawlError as error:
            self._run.writer.fail(error)
            return
        self._crawler.stats.inc_value("warc/revisits" if previous else "warc/responses")
        new = Capture(file, offset, digest, at, written_at=at)
        request.meta[CAPTURE] = replace(previous, at=at) if previous else new

    def spider_closed(self) -> None:
        folder, self._folder = self._folder, None
        if folder is None:
            return
        try:
            folder.close()
        except CrawlError as error:
            logger.error("The last WARC file could not be closed: %s", error)


def _unchanged(request: Request, response: Response, digest: str) -> Capture | None:
    """The previous capture if *response* has the same payload or is a 304."""
    previous: Capture | None = request.meta.get(PREVIOUS_CAPTURE)
    if previous is None or response.status == HTTPStatus.NOT_MODIFIED:
        return previous
    return previous if response.status == HTTPStatus.OK and previous.digest == digest else None
