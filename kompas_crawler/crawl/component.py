"""The base class of components that take part only in crawls that use the archive."""

from functools import cached_property
from typing import Self

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from kompas_crawler.crawl.run import WRITTEN, Run
from kompas_crawler.crawl.spider import serves_archive

_NAMES = (
    *("spider_opened", "spider_closed", "spider_error", "response_downloaded"),
    *("item_scraped", "item_dropped", "item_error"),
)
_SIGNALS = {"written": WRITTEN} | {name: getattr(signals, name) for name in _NAMES}


class ArchiveComponent:
    """A component that is disabled unless the crawl uses the archive (see ``serves_archive``).

    A method with the name of one of ``_SIGNALS`` receives that signal.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        if not serves_archive(crawler):
            raise NotConfigured
        component = cls(crawler)
        for name, signal in _SIGNALS.items():
            if receiver := getattr(component, name, None):
                crawler.signals.connect(receiver, signal)
        return component

    @cached_property
    def _run(self) -> Run:
        if (run := self._crawler.get_extension(Run)) is None:
            raise RuntimeError(f"{type(self).__name__} needs the extension Run")
        return run
