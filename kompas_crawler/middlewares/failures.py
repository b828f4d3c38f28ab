"""Why a page could not be had, as a change of its row: typed, with a next time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from scrapy.exceptions import DownloadCancelledError, IgnoreRequest
from scrapy.spidermiddlewares.httperror import HttpError

from kompas_crawler.archive.changes import PageChange, Row
from kompas_crawler.archive.frontier import article_candidate
from kompas_crawler.archive.models import State
from kompas_crawler.middlewares.redirect import Moved

if TYPE_CHECKING:
    from datetime import datetime

FIRST_RETRY = timedelta(minutes=15)
LAST_RETRY = timedelta(days=7)
MAX_ATTEMPTS = 8
"""Failures in a row after which a page is only tried again when asked to fill gaps."""


def explain(error: BaseException, row: Row, now: datetime) -> PageChange:
    """The change that *error* makes of *row*."""
    if isinstance(error, HttpError):
        return _by_status(error, row, now)
    if isinstance(error, Moved):
        return _moved(error, row)
    if isinstance(error, DownloadCancelledError):
        return PageChange(row=row, state=State.SKIPPED, reason="larger than DOWNLOAD_MAXSIZE")
    if isinstance(error, IgnoreRequest) and not getattr(error, "is_passing", False):
        return PageChange(row=row, state=State.SKIPPED, reason=_line(error))
    return _failed(row, _line(error), now)


def _by_status(error: HttpError, row: Row, now: datetime) -> PageChange:
    response = error.response
    if response.status == 304:
        return PageChange(row=row, state=State.DONE, http_status=304, is_not_modified=True)
    if response.status in (404, 410):
        return PageChange(
            row=row,
            state=State.GONE,
            reason=f"HTTP {response.status}",
            http_status=response.status,
        )
    return _failed(row, f"HTTP {response.status}", now, status=response.status)


def _moved(error: Moved, row: Row) -> PageChange:
    """The row is done with; the article it leads to has, or gets, a row of its own."""
    found = article_candidate(
        error.url, scope=row.scope, depth=row.depth, discovered_from=row.key, priority=row.priority
    )
    return PageChange(
        row=row,
        state=State.SKIPPED,
        reason=str(error),
        alias_of=found.key,
        candidates=(found,),
    )


def _failed(row: Row, reason: str, now: datetime, *, status: int | None = None) -> PageChange:
    wait = min(FIRST_RETRY * 4**row.attempts, LAST_RETRY)
    return PageChange(
        row=row,
        state=State.FAILED,
        reason=reason,
        http_status=status,
        is_failure=True,
        next_at=now + wait if row.attempts + 1 < MAX_ATTEMPTS else None,
    )


def _line(error: BaseException) -> str:
    """One line that names the error, without its traceback."""
    text = " ".join(str(error).split())[:200]
    name = type(error).__name__
    return f"{name}: {text}" if text else name
