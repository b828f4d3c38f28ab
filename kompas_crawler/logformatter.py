"""What Scrapy's own log lines say: nothing of a page's text."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from scrapy.logformatter import LogFormatter

if TYPE_CHECKING:
    from scrapy import Spider
    from scrapy.http import Response
    from scrapy.logformatter import LogFormatterResult
    from twisted.python.failure import Failure


class ArchiveLogFormatter(LogFormatter):
    """Names items by their key: a whole article in a log line serves nobody."""

    def scraped(
        self, item: Any, response: Response | Failure | None, spider: Spider
    ) -> LogFormatterResult:
        return {"level": logging.DEBUG, "msg": "Stored %(id)s", "args": {"id": item.id}}

    def dropped(
        self,
        item: Any,
        exception: BaseException,
        response: Response | Failure | None,
        spider: Spider,
    ) -> LogFormatterResult:
        return {
            "level": logging.WARNING,
            "msg": "Refused %(url)s: %(reason)s",
            "args": {"url": item.url, "reason": exception},
        }

    def item_error(
        self,
        item: Any,
        exception: BaseException,
        response: Response | Failure | None,
        spider: Spider,
    ) -> LogFormatterResult:
        return {
            "level": logging.ERROR,
            "msg": "Could not store %(url)s: %(error)s",
            "args": {"url": item.url, "error": exception},
        }
