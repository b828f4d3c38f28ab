"""Log lines: without texts of pages, secrets and control characters."""

import logging
from collections.abc import Callable
from typing import Any, Self

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.logformatter import LogFormatter
from scrapy.utils.log import get_scrapy_root_handler

from kompas_crawler.exitcodes import CrawlError
from kompas_crawler.log.masking import of_settings
from kompas_crawler.log.terminal import safe


class LogGuard(logging.Filter):
    """Makes every record one line without secrets and control characters."""

    def __init__(self, mask: Callable[[str], str]) -> None:
        super().__init__()
        self._mask = mask
        self._formatter = logging.Formatter()

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = safe(self._mask(record.getMessage())), None
        if record.exc_info and not record.exc_text:
            lines = self._mask(self._formatter.formatException(record.exc_info)).splitlines()
            record.exc_text = "\n".join(map(safe, lines))
        return True


class ArchiveLogFormatter(LogFormatter):
    """Logs the key of an item instead of its text, and installs :class:`LogGuard`.

    Scrapy builds it just after the log handler, before a crawl logs anything. The guard is
    installed again when the spider opens, because Scrapy replaces the handler in between.
    """

    _guard: LogGuard
    _is_debugging = True

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        formatter = cls()
        formatter._guard = LogGuard(of_settings(crawler.settings))
        formatter.guard()
        level = logging.getLevelName(crawler.settings["LOG_LEVEL"])
        formatter._is_debugging = level in (logging.DEBUG, "DEBUG")
        crawler.signals.connect(formatter.guard, signal=signals.spider_opened)
        return formatter

    def guard(self) -> None:
        """Add the guard to the log handler, unless it is there."""
        if (handler := get_scrapy_root_handler()) is not None:
            handler.addFilter(self._guard)

    def crawled(self, *args: Any, **named: Any) -> Any:
        return super().crawled(*args, **named) if self._is_debugging else None

    def scraped(self, item: Any, *_: Any, **__: Any) -> Any:
        if not self._is_debugging:
            return None
        return {"level": logging.DEBUG, "msg": "Stored %(id)s", "args": {"id": _name(item)}}

    def dropped(self, item: Any, exception: BaseException, *_: Any, **__: Any) -> Any:
        args = {"url": _name(item, "url"), "reason": exception}
        return {"level": logging.WARNING, "msg": "Refused %(url)s: %(reason)s", "args": args}

    def item_error(self, item: Any, exception: BaseException, *_: Any, **__: Any) -> Any:
        # An error that ends the run is logged once, at its end.
        level = logging.DEBUG if isinstance(exception, CrawlError) else logging.ERROR
        args = {"url": _name(item, "url"), "error": exception}
        return {"level": level, "msg": "Could not store %(url)s: %(error)s", "args": args}


def _name(item: Any, field: str = "id") -> Any:
    """Return *field* of an ``Article``, else the name of the item's type."""
    return getattr(item, field, type(item).__name__)
