"""Answers requests that do not leave this machine: of kept pages, of files in the shell."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from scrapy.exceptions import NotConfigured
from scrapy.http import Response
from scrapy.responsetypes import responsetypes
from w3lib.url import file_uri_to_path

from kompas_crawler.crawl.run import Run

if TYPE_CHECKING:
    from typing import Self

    from scrapy import Request
    from scrapy.crawler import Crawler


class KeptPagesMiddleware:
    """Gives an empty response at once. What is read comes from its callback, so that Scrapy
    knows what is under way, and waits for it when the run ends.
    """

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        run = crawler.get_extension(Run)
        if run is None or not run.spider.is_reading_again:
            raise NotConfigured
        return cls()

    def process_request(self, request: Request) -> Response:
        return Response(request.url, request=request)


class ShellFilesMiddleware:
    """Reads the file that a person opens by ``scrapy shell ./page.html``.

    Works in the shell alone, which has no spider when its components are built: in a
    crawl no address leads to a file.
    """

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        if crawler.spider is not None:
            raise NotConfigured
        return cls()

    def process_request(self, request: Request) -> Response | None:
        if not request.url.startswith("file:"):
            return None
        path = Path(file_uri_to_path(request.url))
        body = path.read_bytes()
        kind = responsetypes.from_args(filename=str(path), body=body)
        return kind(request.url, body=body, request=request)
