"""Identify the article of a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from kompas_crawler.pages.address import canonical_link
from kompas_crawler.site.keys import ArticleKey
from kompas_crawler.site.urls import UrlKind, article_key, kind

if TYPE_CHECKING:
    from kompas_crawler.pages.document import Document

TITLE = ".read__title"
CONTENT = ".read__content"
EVIDENCE = ("content_PublishedDate", "content_type", "content_author", "article:published_time")
"""Declarations in the head of an article's page, not of other pages."""


class NotAnArticle(ValueError):  # noqa: N818
    """The page is not a text article; ``url`` is the page that it names instead."""

    def __init__(self, reason: str, url: str | None = None) -> None:
        super().__init__(reason)
        self.url = url


class Identity(NamedTuple):
    """The key and the canonical URL of an article, and their source."""

    key: ArticleKey
    url: str
    place: str


def identify(document: Document, response_url: str) -> Identity:
    """The article of *document* by its canonical link, else ``og:url``, else its URL.

    Only the first two resolve a short URL. Raises ``NotAnArticle`` if one of them names another
    page, if none names an article, or if the page has no title, text and declarations.
    """
    identity = named(document, response_url)
    if (
        any(document.meta(name) for name in EVIDENCE)
        or document.anywhere(CONTENT)
        or document.anywhere(TITLE)
    ):
        return identity
    raise NotAnArticle("no title and no text: a wall, an error or another page")


def named(document: Document, response_url: str) -> Identity:
    """The first URL of an article; raise ``NotAnArticle`` without one."""
    for place, href in (
        ("link:canonical", document.canonical),
        ("meta:og:url", document.meta("og:url")),
        ("url", response_url),
    ):
        url = canonical_link(response_url, href)
        key = article_key(url) if url else None
        if url and key:
            return Identity(key, url, place)
        if url and _is_another_page(url):
            raise NotAnArticle(f"{place} names another kind of page: {url}", url)
    raise NotAnArticle(f"no article's address on the page, nor is {response_url} one")


def _is_another_page(url: str) -> bool:
    """Whether *url* is a page of Kompas other than a short or invalid article URL."""
    found = kind(url)
    if found is UrlKind.OTHER:
        parts = urlsplit(url)
        return (parts.hostname or "").endswith("kompas.com") and "/read/" not in parts.path
    return found is not UrlKind.ARTICLE
