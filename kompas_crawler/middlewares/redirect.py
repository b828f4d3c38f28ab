"""Redirects between articles: recorded as an alias, so that no page is fetched twice."""

from typing import Self
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from kompas_crawler.site.urls import UrlKind, canonical, kind, row_key


class Moved(IgnoreRequest):
    """The address is an alias of the article at ``url``, which has a row of its own."""

    def __init__(self, url: str, status: int) -> None:
        super().__init__(f"another address of {row_key(url)}")
        self.url = url
        self.status = status


class RedirectRefused(IgnoreRequest):
    """The redirect leads to another port, or its address contains a user."""


class ArticleRedirectMiddleware(RedirectMiddleware):
    """Scrapy's own, but a redirect to an article with another key raises :exc:`Moved`.

    That article is fetched once, for its own row. A redirect from https to http is followed by
    https. A redirect to another port or with a user raises :exc:`RedirectRefused`, counted as
    ``redirects/refused``.
    """

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        middleware = cls(crawler.settings)  # Scrapy's own would warn that no Referer is sent
        middleware.crawler = crawler
        return middleware

    def process_response(  # type: ignore[override]  # Scrapy's last argument is deprecated
        self, request: Request, response: Response
    ) -> Request | Response:
        try:
            result = super().process_response(request, response)
            if not isinstance(result, Request):
                return result
            result = result.replace(url=_target(result.url, request.url))
        except ValueError as error:
            self.crawler.stats.inc_value("redirects/refused")
            raise RedirectRefused(f"redirect refused: {error}") from None
        if (row := request.cb_kwargs.get("row")) is None or row.kind != "article":
            return result
        url = canonical(result.url)
        if kind(url) is UrlKind.ARTICLE and row_key(url) != row.key:
            raise Moved(url, response.status)
        return result


def _target(url: str, asked: str) -> str:
    """Return the target of a redirect from *asked* to *url*; raise ``ValueError`` to refuse it.

    >>> _target("http://money.kompas.com:80/read", "https://money.kompas.com/")
    'https://money.kompas.com/read'
    """
    parts, origin = urlsplit(url), urlsplit(asked)
    ports = (None, {"http": 80, "https": 443}[parts.scheme], origin.port)
    if parts.username is not None or parts.port not in ports:
        raise ValueError("an address with a user or another port")
    if (origin.scheme, parts.scheme) != ("https", "http"):
        return url
    return parts._replace(scheme="https", netloc=parts.netloc.removesuffix(":80")).geturl()
