"""Save the exchanges of a probe as one WARC file, and answer from such a file."""

from datetime import UTC, datetime
from pathlib import Path

from scrapy import Request
from scrapy.core.downloader.handlers.base import BaseDownloadHandler
from scrapy.exceptions import DownloadFailedError
from scrapy.http import Response
from scrapy.settings import BaseSettings

from kompas_crawler.clock import Clock
from kompas_crawler.exitcodes import UsageProblem, writing
from kompas_crawler.probe.spider import ProbeSpider, Saved
from kompas_crawler.warc import records
from kompas_crawler.warc.response import captured_page, is_of_kompas
from kompas_crawler.warc.scan import digest_of, scan

MAX_BYTES = 64 * 1024 * 1024  # of all pages; the file may be a stranger's


class Saver:
    """Collects the exchanges, and writes them to a new file; raises ``UsageProblem``."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path, self._clock = path, clock
        with writing(path):
            self._file = path.open("xb")
        self._data = records.information(path.name, {"description": "scrapy probe"}, clock.now())

    def response_downloaded(self, request: Request, response: Response) -> None:
        """Collect the exchange, before the body is decoded."""
        digest, at = digest_of(response.body), self._clock.now()
        self._data += records.exchange(request, response, at=at, digest=digest, previous=None)

    def close(self) -> None:
        """Write the file; raise ``CrawlError`` if that fails."""
        with writing(self._path), self._file:
            self._file.write(self._data)


def read(path: Path) -> tuple[datetime, Saved]:
    """The time of the first response of *path*, and all responses by URL; ``UsageProblem``."""
    found: Saved = {}
    at, is_warc, left = None, False, MAX_BYTES
    try:
        for record in scan(path, is_of_kompas):
            if record.fault is not None:
                raise UsageProblem(f"--from {path}: {record.fault}")
            is_warc = True
            page = captured_page(record.data) if record.data is not None else None
            if page is not None and (left := left - len(page.response.body) - 1024) > 0:
                at, response = at or page.at, page.response
                response.headers.pop("Content-Encoding", None)  # it is decoded
                found.setdefault(response.url, []).append(response)
    except (OSError, EOFError) as error:
        raise UsageProblem(f"--from {path}: {getattr(error, 'strerror', '') or error}") from None
    if not is_warc:
        raise UsageProblem(f"--from {path}: no WARC record")
    return at or datetime.now(UTC), found  # a probe without an answer saves no response


class SavedResponses(BaseDownloadHandler):
    """Answers from the file of the spider, in its order; never from the network."""

    async def download_request(self, request: Request) -> Response:
        assert isinstance(self.crawler.spider, ProbeSpider)
        if not (answers := self.crawler.spider.saved.get(request.url)):
            raise DownloadFailedError("the file has no answer")
        return answers.pop(0) if len(answers) > 1 else answers[0].copy()


def without_network(settings: BaseSettings) -> None:
    """Change *settings* to answer from a file, without delays."""
    saved = {"http": SavedResponses, "https": SavedResponses}
    polite = {"kompas_crawler.middlewares.throttle.PolitenessMiddleware": None}
    for name, more in (("DOWNLOAD_HANDLERS", saved), ("DOWNLOADER_MIDDLEWARES", polite)):
        settings.set(name, {**settings[name], **more}, priority="cmdline")
    settings.set("DOWNLOAD_DELAY", 0, priority="cmdline")
