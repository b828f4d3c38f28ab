"""Classify a response before it changes the archive.

A pure function from a response to a ``Verdict``. Only proof settles a row: the requested article
or listing, or positively another kind of page. Anything else is an error, with the missing proof
as its reason.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from scrapy.http import Response

from kompas_crawler.pages import sitemap as sitemaps
from kompas_crawler.pages.address import NotAnArticle
from kompas_crawler.pages.article import ArticlePage
from kompas_crawler.pages.article_2015 import article_page
from kompas_crawler.pages.listing import ListingPage
from kompas_crawler.site import urls
from kompas_crawler.site.listings import index_day_of, is_same_list, page_number, page_url
from kompas_crawler.site.urls import UrlKind, canonical, kind, section_of
from kompas_crawler.site.words import WORDS

REFUSED_STATUSES = frozenset({202, 401, 403, 407, 429})  # a bot wall responds with 202
CHALLENGE_HEADERS = frozenset({b"X-Amzn-Waf-Action", b"Cf-Mitigated", b"X-Datadome"})
CHALLENGE_MARKS = tuple(mark.encode() for mark in WORDS["challenge_marks"])
WEAK_MARKS = (b"challenge-platform", b"g-recaptcha", b"h-captcha")  # count only on an unproven page
LOGIN_HOSTS = frozenset({"account.kompas.com", "sso.kompas.com", "plus.kompas.com"})
_LOGIN = re.compile(rb"<title>\s*(?:masuk|log ?in|sign ?in)\b|type=[\"']?password", re.IGNORECASE)
LARGE = 512 * 1024  # bytes above which a page is checked for tags that are slow to parse
MAX_TAG = 100_000
HOME = "https://www.kompas.com/"
UNMARKED = "no row in a known markup; {} links were found by their addresses"
_ENDS = re.compile(rb"</(?:html|urlset|sitemapindex)\s*>", re.IGNORECASE)
_TAG = re.compile(r"https://www\.kompas\.com/(?:tag|topik-pilihan)/")
_CLOSED = re.compile(rb"</(?:body|html)\s*>", re.IGNORECASE)
_CUT = frozenset({"partial", "dataloss"})  # flags: of no known length, and shorter than declared
_OF_ONE = re.compile(r"https://[^/]*/(?!tag/).*(?:[/-]\d|\d{4})")  # a single video or gallery
_END = 4096  # bytes at the end of a page that contain ``</html>``; comments can follow


class Kind(StrEnum):
    """What a response is; ``ERROR`` if nothing proves it."""

    ARTICLE = "article"  # with the requested key
    OTHER_ARTICLE = "other article"  # with another key; at ``url``
    LISTING = "listing"  # the requested page of links, complete
    OTHER_LIST = "other list"  # redirected to another page of links, ``url``
    NO_TEXT = "no text"  # positively another page: photo, video, gallery
    GONE = "gone"
    REFUSED = "refused"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The class of a response, and its parsed ``article``, ``listing`` or ``sitemap``."""

    kind: Kind
    reason: str = ""
    url: str | None = None
    article: ArticlePage | None = None
    listing: ListingPage | None = None
    sitemap: bytes | None = None


def by_status(status: int, headers: Iterable[bytes] = ()) -> Verdict | None:
    """The verdict by status and header names; ``None`` if the body decides.

    >>> by_status(202).kind, by_status(404).kind, by_status(500).reason
    (<Kind.REFUSED: 'refused'>, <Kind.GONE: 'gone'>, 'HTTP 500')
    >>> by_status(200, [b"X-Amzn-Waf-Action"]).kind
    <Kind.REFUSED: 'refused'>
    """
    if not CHALLENGE_HEADERS.isdisjoint(headers):
        return Verdict(Kind.REFUSED, f"HTTP {status}, a bot challenge")
    if status in REFUSED_STATUSES:
        return Verdict(Kind.REFUSED, f"HTTP {status}")
    if status in (404, 410):
        return Verdict(Kind.GONE, f"HTTP {status}")
    return None if status == 200 else Verdict(Kind.ERROR, f"HTTP {status}")


def by_response(response: Response) -> Verdict | None:
    """Like ``by_status``; also an error if the body is truncated."""
    found = by_status(response.status, response.headers)
    if found is not None and _has(response, CHALLENGE_MARKS):
        return Verdict(Kind.REFUSED, f"HTTP {response.status}, a bot challenge")
    if found is None and not is_whole(response):
        return Verdict(Kind.ERROR, "the page is cut short")
    if found is None and len(response.body) > LARGE and has_endless_tag(response.body):
        return Verdict(Kind.ERROR, "a tag without end, too slow to read")
    return found


def has_endless_tag(body: bytes) -> bool:
    """Whether a tag has more than ``MAX_TAG`` bytes: libxml2 compares its attributes pairwise.

    >>> has_endless_tag(b"<p " + b"a=1 " * 40_000 + b">"), has_endless_tag(b"<p>" + b"a " * 80_000)
    (True, False)
    """
    parts = body.split(b">")[:-1]
    return any(len(part) - part.rfind(b"<") > MAX_TAG for part in parts if b"<" in part)


def is_whole(response: Response) -> bool:
    """Whether the body is complete, by length, chunks, checksum or ``</html>``."""
    return _CUT.isdisjoint(response.flags) or _ENDS.search(response.body[-_END:]) is not None


def article(response: Response, asked: str | None = None) -> Verdict:
    """Whether *response* is the article with the key *asked*, ``None`` for a short URL."""
    if (found := by_response(response)) is not None:
        return found
    try:
        page = article_page(response)
    except NotAnArticle as error:
        if error.url and kind(error.url) is UrlKind.MEDIA and _OF_ONE.match(error.url):
            return Verdict(Kind.NO_TEXT, f"no text article: {error.url}")
        return unproven(response, str(error))
    expected = asked if asked is None or "-" in asked else urls.key_of_code(asked)
    for url in (page.url, *page.named_urls) if expected else ():
        if str(key := urls.key_of(url) or expected) != str(expected):
            return Verdict(Kind.OTHER_ARTICLE, f"the page is of {key}", url, page)
    if page.doubt:
        return unproven(response, page.doubt)
    return Verdict(Kind.ARTICLE, article=page)


def listing(response: Response, asked: str) -> Verdict:
    """Whether *response* is the complete page of links at the URL *asked*.

    Other days of rows, another active page or a canonical link that the rows confirm refute it.
    """
    if (found := by_response(response)) is not None:
        return found
    url = canonical(response.url)
    page = ListingPage(response)
    if url != asked and not (is_same_list(url, asked) and page_number(url) == page_number(asked)):
        if urlsplit(url).hostname in LOGIN_HOSTS:
            return Verdict(Kind.REFUSED, "redirected to a login page")
        is_list = kind(url) is UrlKind.LISTING and not is_same_list(url, HOME)
        other = Kind.OTHER_LIST if is_list else Kind.ERROR
        return Verdict(other, f"redirected to {url}", url, listing=page)
    is_cut = b"<body" in response.body and _CLOSED.search(response.body) is None
    reason = _refuted(page, asked) or _unmarked(page) or ("the page has no end" if is_cut else None)
    if reason is None:
        return Verdict(Kind.LISTING, listing=page)
    if page.found_by_address:
        return Verdict(Kind.ERROR, reason, listing=page)
    return unproven(response, reason)


def age(response: Response) -> timedelta:
    """How old *response* is: a cache names the age of its copy; of several the highest counts."""
    named = b",".join(response.headers.getlist("Age")).split(b",")
    ages = (int(one) for one in map(bytes.strip, named) if one.isdigit() and len(one) < 9)
    return timedelta(seconds=max(ages, default=0))


def sitemap(response: Response, limit: int) -> Verdict:
    """Whether *response* is a complete sitemap of at most *limit* bytes, gzipped or not."""
    if (found := by_response(response)) is not None:
        return found
    if (body := sitemaps.unpacked(response.body, limit)) is None:
        return Verdict(Kind.ERROR, "the packed sitemap is damaged or too large")
    if not sitemaps.is_sitemap(body):
        return unproven(response, "no sitemap")
    if not sitemaps.has_end(body):
        return Verdict(Kind.ERROR, "the sitemap is cut short", sitemap=body)
    return Verdict(Kind.LISTING, sitemap=body)


def by_robots(response: Response) -> Verdict | None:
    """Why *response* is not a complete robots.txt; a truncated file would allow too much."""
    found = by_status(response.status, response.headers)
    if found is None and not _CUT.isdisjoint(response.flags):
        return Verdict(Kind.ERROR, "the file is cut short, or has no length")
    if found is None and _has(response, CHALLENGE_MARKS + WEAK_MARKS):
        return Verdict(Kind.REFUSED, "a bot challenge")
    return found


def _has(response: Response, marks: tuple[bytes, ...]) -> bool:
    return any(mark in response.body for mark in marks)


def _refuted(page: ListingPage, asked: str) -> str | None:
    """The evidence that it is another list or another page."""
    active, number = page.active_page, page_number(asked)
    index_day, section = index_day_of(asked), section_of(asked)
    lists = page.pager_lists
    paged = (u for u in lists if index_day_of(u) or _TAG.match(u) or (section and section_of(u)))
    other = page.canonical or next(paged, None)
    if other is not None and kind(other) is UrlKind.ARTICLE:
        return "the page of an article"
    if active is not None and active != number:
        return f"page {active} in place of page {number}"
    is_foreign = other is not None and bool(is_same_list(other, HOME) or section_of(other))
    listed = page.article_urls
    rows = [section_of(url) for url in listed]
    if index_day is not None:
        days = [key.day for key in map(urls.key_of, listed) if key is not None]
        others = sum(found != index_day[1] for found in days)
        if 2 * others > len(days):
            return f"{others} of {len(days)} rows are of another day"
        named = index_day_of(other or "")
        front = named[0] if named else section_of(other or "")
        is_of_front = front not in (None, "all", index_day[0]) and (
            not rows or 2 * rows.count(front) > len(rows)
        )
        is_empty_other = not days and named not in (None, index_day, ("all", index_day[1]))
        is_other = (is_foreign and others) or is_of_front or (other and _TAG.match(other))
        is_refuted = is_empty_other or (is_other and page_url(asked, 1) not in lists)
    elif other is None or kind(other) is not UrlKind.LISTING or is_same_list(other, asked):
        is_refuted = False
    elif section is None:  # a canonical link of a tag or topic is never a front
        is_refuted = is_foreign
    elif not rows:  # a quiet front may name the home page, but not another list
        is_refuted = section_of(other) != section and not is_same_list(other, HOME)
    else:
        is_refuted = 2 * rows.count(section) < len(rows)
    return f"the page of {other}" if is_refuted else None


def _unmarked(page: ListingPage) -> str | None:
    is_understood = page.row_urls or not page.unread_rows
    if is_understood and page.articles and (page.has_rows or not page.is_rowed):
        return None if page.has_marks else "links, but none of a list's marks"
    if page.found_by_address:
        return UNMARKED.format(len(page.found_by_address))
    if page.unread_rows or not page.has_marks:
        return "no row that is understood, no link or none of a list's marks"
    return None


def unproven(response: Response, reason: str) -> Verdict:
    """The verdict of an unproven page: a refusal if it has the marks of one, else an error."""
    if urlsplit(response.url).hostname in LOGIN_HOSTS or _LOGIN.search(response.body[:65536]):
        return Verdict(Kind.REFUSED, "a login page")
    if _has(response, CHALLENGE_MARKS + WEAK_MARKS):
        return Verdict(Kind.REFUSED, "a bot challenge")
    if not response.body.strip():
        return Verdict(Kind.ERROR, "an empty page")
    return Verdict(Kind.ERROR, reason)
