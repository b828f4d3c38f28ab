"""Classifies download errors into changes of the row, with the time of the next attempt."""

from datetime import datetime

from scrapy import exceptions
from scrapy.spidermiddlewares.httperror import HttpError

from kompas_crawler.archive.changes import PageChange
from kompas_crawler.archive.frontier import looks
from kompas_crawler.archive.frontier.admit import article_candidate
from kompas_crawler.frontier import Row, State
from kompas_crawler.middlewares.redirect import Moved
from kompas_crawler.pages import recognition
from kompas_crawler.pages.recognition import Kind
from kompas_crawler.site.urls import key_of_code

_SILENCE = (
    exceptions.CannotResolveHostError,
    exceptions.DownloadConnectionRefusedError,
    exceptions.DownloadFailedError,
    exceptions.DownloadTimeoutError,
)


def classify(error: BaseException, row: Row, now: datetime) -> PageChange:
    """Return the change of *row* for *error*: a retry, unless the response is conclusive."""
    if isinstance(error, HttpError):
        return _by_status(error, row, now)
    if isinstance(error, Moved):
        return _moved(error, row, now)
    if isinstance(error, exceptions.DownloadCancelledError):
        return looks.failed(row, "larger than DOWNLOAD_MAXSIZE", now)
    text, name = " ".join(str(error).split())[:200], type(error).__name__
    return looks.failed(row, f"{name}: {text}" if text else name, now)


def is_silence(error: BaseException) -> bool:
    """Whether *error* means that the host did not answer at all."""
    return isinstance(error, _SILENCE) or getattr(error, "is_silent", False)


def _by_status(error: HttpError, row: Row, now: datetime) -> PageChange:
    response = error.response
    status = response.status
    if status == 304 and row.conditions:
        return PageChange(row=row, state=State.DONE, http_status=304, is_not_modified=True)
    verdict = recognition.by_response(response)
    assert verdict is not None, "a status of 200 is read by the spider"
    if verdict.kind is Kind.GONE:
        return looks.gone(row, verdict.reason, now, status)
    is_refusal = verdict.kind is Kind.REFUSED
    return looks.failed(row, verdict.reason, now, status=status, is_refusal=is_refusal)


def _moved(error: Moved, row: Row, now: datetime) -> PageChange:
    """Settle the row as an alias; the target article has, or gets, a row of its own."""
    found = article_candidate(error.url, scope=row.scope, depth=row.depth, discovered_from=row.key)
    own = str(key_of_code(row.key) or row.key)
    # Permanent, of the same second: else a wall could make all articles aliases of one.
    is_sure = found.key == own or (error.status in (301, 308) and found.key[:15] == own[:15])
    return looks.alias(row, found, now, error.status, is_sure=is_sure)
