"""Why a page could not be had, as a change of its row: typed, with a next time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
)
from scrapy.spidermiddlewares.httperror import HttpError

from kompas_crawler.archive.changes import PageChange
from kompas_crawler.archive.frontier import looks
from kompas_crawler.archive.frontier.admit import article_candidate
from kompas_crawler.frontier import Row, State
from kompas_crawler.middlewares.redirect import Moved
from kompas_crawler.pages import recognition
from kompas_crawler.pages.recognition import Kind

if TYPE_CHECKING:
    from datetime import datetime

_SILENCE = (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
)
"""Errors that mean that the host did not answer."""


def explain(error: BaseException, row: Row, now: datetime) -> PageChange:
    """The change that *error* makes of *row*; no error settles it but one that proves something."""
    if isinstance(error, HttpError):
        return _by_status(error, row, now)
    if isinstance(error, Moved):
        return _moved(error, row, now)
    if isinstance(error, DownloadCancelledError):
        return looks.failed(row, "larger than DOWNLOAD_MAXSIZE", now)
    return looks.failed(row, _line(error), now)


def is_silence(error: BaseException) -> bool:
    """Whether *error* means that the host did not answer at all."""
    told = getattr(error, "is_silent", None)
    return isinstance(error, _SILENCE) if told is None else bool(told)


def _by_status(error: HttpError, row: Row, now: datetime) -> PageChange:
    response = error.response
    status = response.status
    if status == 304:
        return PageChange(row=row, state=State.DONE, http_status=304, is_not_modified=True)
    verdict = recognition.by_response(response)
    assert verdict is not None, "a status of 200 is read by the spider"
    if verdict.kind is Kind.GONE:
        return looks.gone(row, verdict.reason, now, status)
    is_refusal = verdict.kind is Kind.REFUSED
    return looks.failed(row, verdict.reason, now, status=status, is_refusal=is_refusal)


def _moved(error: Moved, row: Row, now: datetime) -> PageChange:
    """The row is done with; the article it leads to has, or gets, a row of its own."""
    found = article_candidate(
        error.url, scope=row.scope, depth=row.depth, discovered_from=row.key, priority=row.priority
    )
    if not error.is_permanent:
        return looks.alias(row, found.key, found, now, error.status)
    return PageChange(
        row=row,
        state=State.SKIPPED,
        reason=str(error),
        http_status=error.status,
        alias_of=found.key,
        claim=found.key,
        candidates=(found,),
    )


def _line(error: BaseException) -> str:
    """One line that names the error, without its traceback."""
    text = " ".join(str(error).split())[:200]
    name = type(error).__name__
    return f"{name}: {text}" if text else name
