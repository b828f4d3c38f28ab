"""Shows the site's own notice, once an archive, before the first request to a page."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from scrapy import signals
from scrapy.exceptions import NotConfigured

from kompas_crawler.archive import runs
from kompas_crawler.crawl.run import Run
from kompas_crawler.crawl.serving import serves_archive
from kompas_crawler.polite import notice

if TYPE_CHECKING:
    from typing import Self

    from scrapy import Request
    from scrapy.crawler import Crawler


class Notice:
    """Shows the comment at the top of robots.txt and where the terms stand, on stderr.

    Also with ``--quiet``. Requests of the host wait until it is shown. ``runs`` has the time.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._showing: asyncio.Future[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        if not serves_archive(crawler):
            raise NotConfigured
        found = cls(crawler)
        crawler.signals.connect(found.robots_parsed, signal=signals.robots_parsed)
        return found

    async def robots_parsed(self, request: Request, body: bytes) -> None:
        """Show the notice of the first robots.txt of the site, unless a run has done so."""
        if not f".{urlsplit(request.url).hostname}".endswith(".kompas.com"):
            return
        if self._showing is None:
            self._showing = asyncio.ensure_future(self._show(request.url, body))
        await self._showing

    async def _show(self, url: str, body: bytes) -> None:
        run = self._crawler.get_extension(Run)
        assert run is not None
        if await run.writer.call(lambda c: runs.note_notice(c, run.id, run.clock.now())):
            probe = "What of the site can be read, in twenty requests: scrapy probe"
            sys.stderr.write("\n".join([*notice.shown(url, body), probe, ""]))
