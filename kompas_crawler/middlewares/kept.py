"""Answers the request of a spider that reads kept pages: none leaves this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy.exceptions import NotConfigured
from scrapy.http import Response

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
        if not getattr(crawler.spider, "is_reading_again", False):
            raise NotConfigured
        return cls()

    def process_request(self, request: Request) -> Response:
        return Response(request.url, request=request)
