"""The base class of spiders whose crawl uses the archive; other crawls do not."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar

from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.settings import BaseSettings

from kompas_crawler.archive.frontier.take import Work
from kompas_crawler.frontier import Row

_REPLACED = (  # the frontier makes the requests, not callbacks, and stores their depth
    "scrapy.spidermiddlewares.start.StartSpiderMiddleware",
    "scrapy.spidermiddlewares.referer.RefererMiddleware",
    "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware",
    "scrapy.spidermiddlewares.depth.DepthMiddleware",
    "scrapy.spidermiddlewares.metacopy.MetaCopyDetectionMiddleware",
)


class FrontierSpider(Spider):
    """A spider whose requests come from the frontier."""

    work: Work  # selects the rows it takes
    arguments: dict[str, Any]  # the user's
    limit: int | None = None  # maximum of new articles
    days_asked: Sequence[date] = ()  # of a back-fill
    listed: Mapping[str, str | None] = MappingProxyType({})  # digests of contents, by key
    list_path: Path | None = None  # the file that lists them
    is_reading_again: ClassVar[bool] = False  # its items come from files, not from requests
    reads_captures: ClassVar[bool] = False  # its rows are captures of public web archives
    delays: ClassVar[dict[str, float]] = {}  # seconds by host; all other hosts share one delay

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        super().update_settings(settings)
        settings["SPIDER_MIDDLEWARES"].update(dict.fromkeys(_REPLACED), priority="spider")

    @abstractmethod
    def request(self, row: Row) -> Request:
        """Build the request for a row of the frontier."""

    async def proceed(self) -> bool:
        """Make more rows pending when none is left; return whether there are any."""
        return False

    def progress(self) -> str:
        """Describe the remaining work, if it is not in the frontier; else empty."""
        return ""


def serves_archive(crawler: Crawler) -> bool:
    """Return whether *crawler* runs the own ``start()`` of a ``FrontierSpider``.

    ``scrapy fetch``, ``view``, ``parse`` and ``check`` replace ``start()``, and ``scrapy shell``
    has no spider when the components are built.
    """
    spider = crawler.spider
    return isinstance(spider, FrontierSpider) and not spider.start.__module__.startswith(
        "scrapy.commands."
    )
