"""Reads local files for ``scrapy shell``."""

from pathlib import Path
from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import Response
from scrapy.responsetypes import responsetypes
from w3lib.url import file_uri_to_path


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
