"""Save the exchanges of a probe as one WARC file, and answer from such a file."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar

from scrapy.core.downloader.handlers.base import BaseDownloadHandler
from scrapy.exceptions import DownloadFailedError
from scrapy.http import Headers, Response

from kompas_crawler.exitcodes import UsageProblem
from kompas_crawler.middlewares.throttle import PolitenessMiddleware
from kompas_crawler.polite.pace import Pace
from kompas_crawler.probe.spider import ProbeSpider

if TYPE_CHECKING:
    from pathlib import Path

    from scrapy import Request

MAX_BODY, MAX_RECORDS = 10 * 1024 * 1024, 200


class Saver:
    """Appends each exchange to *path*; ``UsageProblem`` if the file exists."""

    def __init__(self, path: Path, now: datetime) -> None:
        from kompas_crawler.warc import records

        self._records = records
        try:
            self._file = path.open("xb", buffering=0)
        except OSError as error:
            raise UsageProblem(f"--save {path}: {error.strerror}") from None
        info = {"software": "kompas-crawler", "description": "scrapy probe"}
        self._file.write(records.information(path.name, info, now))

    def response_downloaded(self, request: Request, response: Response) -> None:
        """Append the exchange as received, before its body is decoded."""
        digest, at = self._records.digest_of(response.body), datetime.now(UTC)
        self._file.write(
            self._records.exchange(request, response, at=at, digest=digest, previous=None)
        )


def read(path: Path) -> tuple[datetime, dict[str, Response]]:
    """The time of the file and its responses by URL; raise ``UsageProblem`` if it has none."""
    from warcio.archiveiterator import ArchiveIterator
    from warcio.exceptions import ArchiveLoadFailed

    found: dict[str, Response] = {}
    at = None
    try:
        with path.open("rb") as file:
            for number, record in enumerate(ArchiveIterator(file)):
                at = at or datetime.fromisoformat(record.rec_headers["WARC-Date"])
                if record.rec_type == "response" and record.http_headers and number < MAX_RECORDS:
                    response = _response(record)
                    found.setdefault(response.url, response)
    except (OSError, ArchiveLoadFailed, ValueError, TypeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageProblem(f"--from {path}: {reason}") from None
    if at is None:
        raise UsageProblem(f"--from {path}: no WARC record")
    return at, found


def _response(record: Any) -> Response:
    # warcio decodes the headers as UTF-8 or Latin-1.
    headers = Headers()
    for name, value in record.http_headers.headers:
        if name != "Retry-After":  # nobody has to wait for a file
            headers.appendlist(name, value)
    return Response(
        record.rec_headers["WARC-Target-URI"],
        status=int(record.http_headers.get_statuscode()),
        headers=headers,
        body=record.raw_stream.read(MAX_BODY),
        flags=(record.rec_headers.get("X-Crawler-Flags") or "").split(),
    )


class SavedResponses(BaseDownloadHandler):
    """Answers from the file of the spider, never from the network."""

    async def download_request(self, request: Request) -> Response:
        """Return the saved response to *request*."""
        assert isinstance(self.crawler.spider, SavedProbeSpider)
        response = self.crawler.spider.saved.get(request.url)
        if response is None:
            raise DownloadFailedError("the file has no answer")
        return response.copy()


class _NoWait(Pace):
    async def turn(self) -> float:
        return 0.0


class SavedProbeSpider(ProbeSpider):
    """The same probe of saved responses, without a network and without delays."""

    custom_settings: ClassVar[dict[Any, Any]] = ProbeSpider.custom_settings | {
        "DOWNLOAD_HANDLERS": {"http": SavedResponses, "https": SavedResponses},
    }

    def __init__(self, saved: dict[str, Response], **more: Any) -> None:
        super().__init__(**more)
        self.saved = saved

    async def _ask_all(self) -> None:
        polite = self.crawler.get_downloader_middleware(PolitenessMiddleware)
        if polite is not None:
            polite.pace = _NoWait(0.0)
        await super()._ask_all()
