"""Stay on the spider's own domains."""

from scrapy import Request, Spider
from scrapy.downloadermiddlewares.offsite import OffsiteMiddleware as ScrapyOffsiteMiddleware
from scrapy.exceptions import IgnoreRequest


class OffSite(IgnoreRequest):
    """The request, or its redirect, leads outside ``allowed_domains``."""


class OffsiteMiddleware(ScrapyOffsiteMiddleware):
    """Refuse requests outside ``allowed_domains`` through their errback.

    Scrapy's own passes requests with ``dont_filter`` and drops others without their errback.
    The meta key ``allow_offsite`` lets a request pass. Counts ``offsite/filtered``.
    """

    def request_scheduled(self, request: Request, spider: Spider) -> None:
        """Drop no request here."""

    def process_request(self, request: Request, spider: Spider | None = None) -> None:
        assert self.crawler.spider is not None
        if request.meta.get("allow_offsite") or self.should_follow(request, self.crawler.spider):
            return
        self.stats.inc_value("offsite/filtered")
        raise OffSite(f"off site: {request.url}")
