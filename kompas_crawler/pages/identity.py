"""Tell which article a page is, or that it is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from kompas_crawler.pages.address import canonical_link
from kompas_crawler.site.urls import UrlKind, article_key, kind

if TYPE_CHECKING:
    from kompas_crawler.pages.document import Document
    from kompas_crawler.site.keys import ArticleKey

TITLE = ".read__title"
CONTENT = ".read__content"
EVIDENCE = ("content_PublishedDate", "content_type", "content_author", "article:published_time")
"""What the head of an article's page says, and that of a wall, a front or an error does not."""


class NotAnArticle(ValueError):  # noqa: N818 - it is an answer, not a failure
    """The page is no text article; the message is the reason, ``url`` the page it names instead."""

    def __init__(self, reason: str, url: str | None = None) -> None:
        super().__init__(reason)
        self.url = url


class Identity(NamedTuple):
    """The key and the canonical address of an article, and the place that told them."""

    key: ArticleKey
    url: str
    place: str


def identify(document: Document, response_url: str) -> Identity:
    """Tell the article of *document* by its canonical link, else ``og:url``, else its address.

    The short form of an address is resolved by the first two alone. Raises ``NotAnArticle``
    when one of them names another page, when none names an article, and when neither a
    title nor a text nor an article's declarations are there.
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
    """The first address that names an article; raise ``NotAnArticle`` when none does."""
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
    """Whether *url* is Kompas's, and no short or broken address of an article."""
    found = kind(url)
    if found is UrlKind.OTHER:
        parts = urlsplit(url)
        return (parts.hostname or "").endswith("kompas.com") and "/read/" not in parts.path
    return found is not UrlKind.ARTICLE
