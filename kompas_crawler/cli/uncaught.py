"""Print this package's errors in Scrapy's own commands as one line, without a traceback."""

import logging
import os
import sys
from types import TracebackType

from kompas_crawler.exitcodes import CrawlError, Exit, UsageProblem
from kompas_crawler.log.terminal import safe


def install() -> None:
    """Handle errors that end the process, and errors of a crawl that Scrapy leaves to asyncio."""
    sys.excepthook = _end
    logging.getLogger("asyncio").addFilter(_shorten)


def _end(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if isinstance(error, BrokenPipeError):  # the reader of the pipe has left
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(int(Exit.ERROR))
    if isinstance(error, KeyboardInterrupt):
        raise SystemExit(int(Exit.INTERRUPTED))
    line = str(error.args[0] if isinstance(error, KeyError) and error.args else error)
    if "surrogates not allowed" in line and "\\udc" in ascii(sys.argv):
        error = UsageProblem(line := "an argument is not text in UTF-8")
    if not isinstance(error, CrawlError) and "Spider not found" not in line:
        sys.__excepthook__(kind, error, trace)
        return
    sys.stderr.write(f"scrapy: {safe(line)}\n")
    raise SystemExit(int(getattr(error, "code", Exit.USAGE)))


def _shorten(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, CrawlError):
        record.msg, record.args, record.exc_info = str(error), None, None
    return True
