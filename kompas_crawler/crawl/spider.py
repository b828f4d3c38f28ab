"""The base class of spiders whose crawl uses the archive."""

from __future__ import annotations

from abc import abstractmethod
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from scrapy import Spider

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from scrapy import Request

    from kompas_crawler.archive.frontier.take import Work
    from kompas_crawler.frontier import Row


class FrontierSpider(Spider):
    """A spider whose requests come from the frontier.

    ``work`` selects the rows it takes, ``arguments`` are the user's, ``limit`` is the maximum of
    new articles, ``days_asked`` are the days of a back-fill. ``listed`` are the digests of the
    contents of the articles in the file ``list_path``, by key.
    """

    work: Work
    arguments: dict[str, Any]
    limit: int | None = None
    days_asked: Sequence[date] = ()
    listed: Mapping[str, str | None] = MappingProxyType({})
    list_path: Path | None = None
    is_reading_again: ClassVar[bool] = False  # its items come from files, not from requests

    @property
    def max_depth(self) -> int:
        """Maximum number of "Baca juga" hops from a listing."""
        return self.work.max_depth

    @property
    def serves_archive(self) -> bool:
        """Whether this crawl uses the archive: none of Scrapy's tools replaced ``start()``."""
        return not self.start.__module__.startswith("scrapy.commands.")

    @abstractmethod
    def request(self, row: Row) -> Request:
        """Build the request for a row of the frontier."""

    def progress(self) -> str:
        """Describe the remaining work, if it is not in the frontier; else empty."""
        return ""
