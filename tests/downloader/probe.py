"""A whole crawl in this process, of the addresses a test names, and what came of each."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerRunner
from scrapy.settings import Settings
from scrapy.spidermiddlewares.httperror import HttpError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from scrapy.http import Response
    from twisted.python.failure import Failure

BARE: dict[str, Any] = {
    "TWISTED_REACTOR_ENABLED": False,
    "TELNETCONSOLE_ENABLED": False,
    "REMOTE_CONTROL_ENABLED": False,
    "LOG_ENABLED": False,
    "DOWNLOAD_DELAY": 0,
    "DOWNLOAD_TIMEOUT": 60,
    "RETRY_TIMES": 0,
    "DOWNLOAD_HANDLERS": {
        "http": "kompas_crawler.downloader.handler.DownloadHandler",
        "https": "kompas_crawler.downloader.handler.DownloadHandler",
        "file": None,
        "ftp": None,
        "s3": None,
        "data": None,
    },
}
"""The least settings of a crawl without a reactor; a test adds what it is about."""


class Crawled:
    """What came of a crawl: ``responses`` and ``errors`` by the address first asked for."""

    def __init__(self) -> None:
        self.responses: dict[str, Response] = {}
        self.errors: dict[str, BaseException] = {}
        self.stats: dict[str, Any] = {}


class Probe(Spider):
    """Ask for ``urls``, all at once."""

    name = "probe"
    allowed_domains = ("kompas.com",)
    urls: tuple[str, ...]
    crawled: Crawled

    async def start(self) -> AsyncIterator[Request]:
        """Ask for every address, under its own name whatever redirects follow."""
        for url in self.urls:
            yield Request(
                url, self.parse, errback=self.failed, dont_filter=True, cb_kwargs={"asked": url}
            )

    def parse(self, response: Response, asked: str) -> None:
        """Note a response."""
        self.crawled.responses[asked] = response

    def failed(self, failure: Failure) -> None:
        """Note what failed, a bad status by its response."""
        asked = failure.request.cb_kwargs["asked"]  # type: ignore[attr-defined]
        if isinstance(failure.value, HttpError):
            self.crawled.responses[asked] = failure.value.response
        else:
            assert failure.value is not None
            self.crawled.errors[asked] = failure.value


def crawl(*urls: str, **settings: Any) -> Crawled:
    """Crawl *urls* with the bare settings, and *settings* as if given with ``-s``."""
    crawled = Crawled()

    async def run() -> None:
        asked = Settings(BARE)
        asked.setdict(settings, priority="cmdline")
        runner = AsyncCrawlerRunner(asked)
        crawler = runner.create_crawler(Probe)
        await runner.crawl(crawler, urls=urls, crawled=crawled)
        crawled.stats = crawler.stats.get_stats()

    asyncio.run(run())
    return crawled
