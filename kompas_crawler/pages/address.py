"""Resolve the links of a page, and identify its article."""

import re
from typing import NamedTuple
from urllib.parse import quote, urljoin, urlsplit

from kompas_crawler.pages.document import Document
from kompas_crawler.site.keys import ArticleKey
from kompas_crawler.site.urls import MAX_LENGTH, UrlKind, article_key, canonical, kind

_EDGES = "".join(map(chr, range(33)))  # browsers strip these from both ends
_PLAIN = re.compile(r"[!-Z\\^-~]+")  # printable ASCII without brackets
_BREAK = re.compile(r"[\t\n\r]")  # browsers remove these
_SPACE = re.compile("[\\s\u00ad\u200b-\u200d\u2060\ufeff]")  # or unseen

TITLE = ".read__title"
CONTENT = ".read__content"
DATES = ("content_PublishedDate", "article:published_time")
EVIDENCE = (*DATES, "content_type", "content_author")
"""Declarations in the head of an article's page, not of other pages."""


def absolute(base: str, href: str | None) -> str | None:
    """Resolve *href* against *base* to an http(s) URL, or ``None``.

    >>> absolute("https://money.kompas.com/", " //asset.kompas.com/foto.jpg ")
    'https://asset.kompas.com/foto.jpg'
    >>> absolute("https://money.kompas.com/", "javascript:void(0)") is None
    True
    >>> absolute("https://money.kompas.com/", "/data/photo/banjir di\\n demak.jpg")
    'https://money.kompas.com/data/photo/banjir%20di%20demak.jpg'
    """
    if not href:
        return None
    if href.startswith(("https://", "http://")) and _PLAIN.fullmatch(href):
        return href  # absolute, without special characters
    href = _BREAK.sub("", href.strip().strip(_EDGES))
    try:
        url = urljoin(base, _SPACE.sub(lambda space: quote(space[0]), href))
    except ValueError:  # such as http://[
        return None
    return url if url[:8].lower().startswith(("https://", "http://")) else None


def canonical_link(base: str, href: str | None) -> str | None:
    """The canonical URL of *href* on the page *base*, or ``None``.

    >>> canonical_link("https://tekno.kompas.com/", "/read/2024/01/15/09000017/judul?source=x")
    'https://tekno.kompas.com/read/2024/01/15/09000017/judul'
    """
    url = absolute(base, href)
    # Caches of URLs must not store very long ones.
    return canonical(url) if url and len(url) <= MAX_LENGTH else None


class NotAnArticle(ValueError):  # noqa: N818
    """The page is not a text article; ``url`` is the page that it names instead."""

    def __init__(self, reason: str, url: str | None = None) -> None:
        super().__init__(reason)
        self.url = url


class Identity(NamedTuple):
    """The key and the canonical URL of an article, and their source."""

    key: ArticleKey
    url: str
    source: str


def identify(document: Document, response_url: str) -> Identity:
    """The article of *document* by its canonical link, else ``og:url``, else its URL.

    Only the first two resolve a short URL. Raises ``NotAnArticle`` if one of them names another
    page, if none names an article, or if the page has no title, text and declarations.
    """
    identity = named(document, response_url)
    if any(map(document.meta, EVIDENCE)) or any(map(document.anywhere, (CONTENT, TITLE))):
        return identity
    raise NotAnArticle("no title and no text: a wall, an error or another page")


def named(document: Document, response_url: str) -> Identity:
    """The first URL of an article; raise ``NotAnArticle`` without one."""
    if document.is_translated:
        raise NotAnArticle("a browser's translation of the page")
    for source, href in (
        ("link:canonical", document.canonical),
        ("meta:og:url", document.meta("og:url")),
        ("url", response_url),
    ):
        url = canonical_link(response_url, href)
        key = article_key(url) if url else None
        if url and key:
            return Identity(key, url, source)
        if url and _is_another_page(url):
            raise NotAnArticle(f"{source} names another kind of page: {url}", url)
    raise NotAnArticle(f"no article's address on the page, nor is {response_url} one")


def _is_another_page(url: str) -> bool:
    """Whether *url* is a page of Kompas other than a short or invalid article URL."""
    found = kind(url)
    if found is UrlKind.OTHER:
        parts = urlsplit(url)
        return (parts.hostname or "").endswith("kompas.com") and "/read/" not in parts.path
    return found is not UrlKind.ARTICLE
