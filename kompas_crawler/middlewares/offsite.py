"""Stay on the spider's own domains."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from scrapy.downloadermiddlewares.offsite import OffsiteMiddleware as ScrapyOffsiteMiddleware
from scrapy.exceptions import IgnoreRequest

if TYPE_CHECKING:
    from scrapy import Request, Spider
    from scrapy.crawler import Crawler


class OffSite(IgnoreRequest):
    """The request leads, or was redirected, to a host that is none of the spider's."""


class OffsiteMiddleware(ScrapyOffsiteMiddleware):
    """Refuse what leads away from ``allowed_domains``, each request through its errback.

    Scrapy's own lets requests with ``dont_filter`` pass, and so their redirects,
    and drops others while they are scheduled, where no errback hears of it. The
    meta key ``allow_offsite`` lets a request pass. Counts ``offsite/filtered``.
    """

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Build the middleware."""
        middleware = cls(crawler.stats)
        middleware.crawler = crawler
        return middleware

    def process_request(self, request: Request, spider: Spider | None = None) -> None:
        """Let *request* pass or raise :exc:`OffSite`."""
        assert self.crawler.spider is not None
        if request.meta.get("allow_offsite") or self.should_follow(request, self.crawler.spider):
            return
        self.stats.inc_value("offsite/filtered")
        raise OffSite(f"off site: {request.url}")
