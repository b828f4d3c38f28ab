"""Print this package's errors in Scrapy's own commands as one line, without a traceback."""

import logging
import sys
from types import TracebackType

from kompas_crawler.exitcodes import CrawlError
from kompas_crawler.log.terminal import safe


def install() -> None:
    """Handle errors that end the process, and errors of a crawl that Scrapy leaves to asyncio."""
    sys.excepthook = _end
    logging.getLogger("asyncio").addFilter(_shorten)


def _end(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if not isinstance(error, CrawlError):
        sys.__excepthook__(kind, error, trace)
        return
    sys.stderr.write(f"scrapy: {safe(str(error))}\n")
    raise SystemExit(int(error.code))


def _shorten(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, CrawlError):
        record.msg, record.args, record.exc_info = str(error), None, None
    return True
