"""Answers requests locally: those of ``scrapy reparse``, and files in ``scrapy shell``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Self

from scrapy import Request
from scrapy.exceptions import NotConfigured
from scrapy.http import Response
from scrapy.responsetypes import responsetypes
from w3lib.url import file_uri_to_path

from kompas_crawler.crawl.run import Run

if TYPE_CHECKING:
    from scrapy.crawler import Crawler


class EmptyResponseMiddleware:
    """Answers each request of a reparse with an empty response; its callback reads WARC files.

    Through a callback Scrapy counts the work as active, and waits for it when the run ends.
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
    """Reads the file of ``scrapy shell ./page.html``.

    Enabled in the shell only, which has no spider when its components are built: a crawl must
    not read files.
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
