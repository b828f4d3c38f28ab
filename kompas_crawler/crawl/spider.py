"""What a run and its components ask of a spider whose crawl works on the archive."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from scrapy import Spider

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from scrapy import Request

    from kompas_crawler.archive.frontier.take import Work
    from kompas_crawler.frontier import Row


class FrontierSpider(Spider):
    """A spider whose requests come from the frontier.

    ``work`` is which rows it takes, ``arguments`` what the user asked for, ``limit`` how many
    new articles at most, ``days_asked`` the days of a back-fill.
    """

    work: Work
    arguments: dict[str, Any]
    limit: int | None = None
    days_asked: Sequence[date] = ()
    is_reading_again: ClassVar[bool] = False  # its items come from files, not from requests

    @property
    def max_depth(self) -> int:
        """How many "Baca juga" hops from a listing this crawl follows."""
        return self.work.max_depth

    @property
    def serves_archive(self) -> bool:
        """Whether this crawl works on the archive: none of Scrapy's tools replaced ``start()``."""
        return not self.start.__module__.startswith("scrapy.commands.")

    @abstractmethod
    def request(self, row: Row) -> Request:
        """The request for a row of the frontier."""

    def progress(self) -> str:
        """What is left, where the frontier does not know; else empty."""
        return ""
