"""Redirects from one article to another: an address learnt, not a page fetched twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.exceptions import IgnoreRequest

from kompas_crawler.site.urls import UrlKind, canonical, kind, row_key

if TYPE_CHECKING:
    from typing import Self

    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response


class Moved(IgnoreRequest):
    """The address is another one of the article at ``url``, which has a row of its own."""

    def __init__(self, url: str, status: int) -> None:
        super().__init__(f"another address of {row_key(url)}")
        self.url = url
        self.status = status

    @property
    def is_permanent(self) -> bool:
        """Whether the site says that the address will not come back."""
        return self.status in (301, 308)


class ArticleRedirectMiddleware(RedirectMiddleware):
    """Scrapy's own, but a redirect to an article with another key raises :exc:`Moved`.

    That article is then fetched for its own row, once, whatever addresses lead to it.
    """

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Build the middleware; Scrapy's own way warns where nothing sends a Referer."""
        middleware = cls(crawler.settings)
        middleware.crawler = crawler
        return middleware

    def handle_referer(self, request: Request, response: Response) -> None:
        """Send none: no request of ours has one."""

    def process_response(  # type: ignore[override]  # Scrapy's last argument is deprecated
        self, request: Request, response: Response
    ) -> Request | Response:
        if not 300 <= response.status < 400:
            return response
        result = super().process_response(request, response)
        row = request.cb_kwargs.get("row")
        if result is response or row is None or row.kind != "article":
            return result
        url = canonical(result.url)
        if kind(url) is UrlKind.ARTICLE and row_key(url) != row.key:
            raise Moved(url, response.status)
        return result
