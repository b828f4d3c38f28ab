"""Addresses of Kompas.com: which article one names, and its one canonical form.

An article is known by its publication date and the number in its URL; host,
section, slug, scheme and query of the same article vary over the years.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import parse_qs, urlencode, urlsplit

from kompas_crawler.sections import SECTIONS

WIB = timezone(timedelta(hours=7), "WIB")
"""Western Indonesian Time, in which Kompas dates its articles; no daylight saving."""


_KEY = re.compile(r"[0-9]{8}-[0-9]{6,12}")


class ArticleKey(NamedTuple):
    """What names an article whatever address it comes under: date and number.

    >>> ArticleKey.parse("20220122-093100670")
    ArticleKey(day=datetime.date(2022, 1, 22), number='093100670')
    """

    day: date
    number: str

    def __str__(self) -> str:
        year, month, day = self.day.year, self.day.month, self.day.day
        return f"{year:04}{month:02}{day:02}-{self.number}"

    @classmethod
    def parse(cls, text: str) -> ArticleKey:
        """Read a key from its text form; raise ``ValueError`` when it is none."""
        if not _KEY.fullmatch(text):
            raise ValueError(f"not an article key: {text!r} (expected like 20220122-093100670)")
        day, number = text.split("-")
        return cls(date(int(day[:4]), int(day[4:6]), int(day[6:])), number)

    @property
    def published_at(self) -> datetime | None:
        """The publication time the number begins with, or ``None`` when it holds none.

        >>> ArticleKey.parse("20220122-093100670").published_at.isoformat()
        '2022-01-22T09:31:00+07:00'
        """
        hour, minute, second = (int(self.number[i : i + 2]) for i in (0, 2, 4))
        if hour > 23 or minute > 59 or second > 59:
            return None
        return datetime(
            self.day.year, self.day.month, self.day.day, hour, minute, second, tzinfo=WIB
        )

    @property
    def site_id(self) -> int | None:
        """The channel's number: what follows the time and one serial digit.

        >>> ArticleKey.parse("20220122-093100670").site_id
        70
        """
        tail = self.number[7:]
        return int(tail) if tail else None


class UrlKind(StrEnum):
    """What an address leads to."""

    ARTICLE = "article"
    LISTING = "listing"  # a page of links: section front, tag, topic, index day
    MEDIA = "media"  # photo, video, gallery: no text article
    OTHER = "other"


_ARTICLE_PATH = re.compile(
    r"/(?:(?P<section>[a-z0-9-]+)/)?read/(?:xml/)?"
    r"(?P<y>(?:199|20[0-9])[0-9])/(?P<m>[0-9]{2})/(?P<d>[0-9]{2})/(?P<number>[0-9]{6,12})"
    r"(?:/(?P<slug>[^/]*))?/?",
    re.IGNORECASE,
)
# A month letter, A-L, stands between year and day: 25B13140000068.
_SHORT_PATH = re.compile(r"/(?:[a-z0-9-]+/)?read/(?P<code>[0-9]{2}[A-L][0-9]{8,12})(?:/[^/]*)?/?")
_MEDIA_PATH = re.compile(
    r"/(?:[^/]+/)?(?:photo|image|gallery|galeri|galeri360|foto|video|videos)(?:/.*)?"
)
_TAG_PATH = re.compile(r"/tag/[^/]+/?")
_TOPIC_PATH = re.compile(r"/topik-pilihan/list/[0-9]+(?:/[^/]*)?/?")
_MEDIA_HOSTS = frozenset({"foto.kompas.com", "video.kompas.com", "tv.kompas.com"})
# Hosts under kompas.com with another kind of "/read/", or none at all.
_OTHER_HOSTS = frozenset(
    f"{name}.kompas.com"
    for name in (
        "account",
        "ads",
        "app",
        "apps",
        "asset",
        "assets",
        "forum",
        "inside",
        "jeo",
        "ohayojepang",
        "plus",
        "print",
        "sso",
        "vik",
    )
)
# Paths that only look like a section before "/read/".
_NO_SECTION = frozenset({"photo", "komentar", "copy", "image", "gallery", "video", "search"})
_LISTING_QUERY = ("site", "date", "page")
_SITEMAP_PATH = re.compile(r"/.*\.xml(?:\.gz)?", re.IGNORECASE)
MAX_LENGTH = 2000
"""Of an address; Kompas's have some 150 letters, and a database's index has no room for 2,700."""


def _is_kompas_host(host: str) -> bool:
    return host == "kompas.com" or host.endswith(".kompas.com")


@lru_cache(maxsize=8192)
def _split(url: str) -> tuple[str, str, str] | None:
    """Host, path and query of an http(s) URL of Kompas, or ``None``.

    An endless one is none of Kompas's, nor is one that would steer a terminal.
    """
    url = url.strip()
    if len(url) > MAX_LENGTH or not url.isprintable():
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme.lower() not in ("http", "https") or not _is_kompas_host(host):
        return None
    if port not in (None, 80, 443) or parts.username is not None:
        return None
    return host, re.sub(r"/{2,}", "/", parts.path), parts.query


def _plain_host(host: str, section: str) -> tuple[str, str]:
    """Host and section of an article without ``amp.`` or a bare ``kompas.com``."""
    if host == "kompas.com":
        return "www.kompas.com", section
    if host != "amp.kompas.com":
        return host, section
    known = SECTIONS.get(section)
    if known is not None and known.host != "www.kompas.com":
        return known.host, ""
    return "www.kompas.com", section


@lru_cache(maxsize=8192)  # a page's links are asked about several times on their way
def _article(url: str) -> tuple[ArticleKey, str] | None:
    """Key and canonical address, when *url* is an article's."""
    split = _split(url)
    if split is None:
        return None
    host, path, _ = split
    match = _ARTICLE_PATH.fullmatch(path)
    if match is None or host in _MEDIA_HOSTS or host in _OTHER_HOSTS:
        return None
    section = (match["section"] or "").lower()
    if section in _NO_SECTION:
        return None
    try:
        key = ArticleKey(date(int(match["y"]), int(match["m"]), int(match["d"])), match["number"])
    except ValueError:  # such as 2022/02/31
        return None
    host, section = _plain_host(host, section)
    prefix = f"/{section}" if section else ""
    slug = f"/{match['slug']}" if match["slug"] else ""
    return key, f"https://{host}{prefix}/read/{key.day:%Y/%m/%d}/{key.number}{slug}"


def article_key(url: str) -> ArticleKey | None:
    """The key of the article that *url* names, or ``None`` when it names none.

    >>> str(article_key("http://amp.kompas.com/money/read/2023/11/02/213419026/judul?page=2"))
    '20231102-213419026'
    >>> article_key("https://foto.kompas.com/photo/read/2024/01/02/1704/judul") is None
    True
    """
    found = _article(url)
    return found[0] if found else None


def short_code(url: str) -> str | None:
    """The code of an article's short address, or ``None``.

    Which article it names only the page itself can say.

    >>> short_code("https://health.kompas.com/read/25B13140000068/judul")
    '25B13140000068'
    """
    split = _split(url)
    match = _SHORT_PATH.fullmatch(split[1]) if split else None
    return match["code"] if match else None


@lru_cache(maxsize=8192)  # the links of menus stand on every page
def canonical(url: str) -> str:
    """Return *url* as the one address of its page.

    An address that is not Kompas's comes back as it is, for the caller to refuse.

    >>> canonical("http://nasional.kompas.com/read/2024/01/15/09000011/judul?page=all#page2")
    'https://nasional.kompas.com/read/2024/01/15/09000011/judul'
    >>> canonical("https://amp.kompas.com/global/read/2022/01/22/093100670/judul")
    'https://www.kompas.com/global/read/2022/01/22/093100670/judul'
    >>> canonical("https://www.kompas.com/tren/?source=navbar")
    'https://www.kompas.com/tren'
    >>> canonical("https://indeks.kompas.com/?page=2&site=money&date=2024-01-02&source=x")
    'https://indeks.kompas.com/?site=money&date=2024-01-02&page=2'
    >>> canonical("https://www.kompas.com/sitemap.xml?yyyy=2026&mm=10")
    'https://www.kompas.com/sitemap.xml?yyyy=2026&mm=10'
    """
    found = _article(url)
    if found:
        return found[1]
    split = _split(url)
    if split is None:
        return url
    host, path, query = split
    if host == "kompas.com":
        host = "www.kompas.com"
    if is_sitemap(url):
        return f"https://{host}{path}{f'?{query}' if query else ''}"
    asked = parse_qs(query)
    kept = [(name, asked[name][0]) for name in _LISTING_QUERY if name in asked]
    if _SHORT_PATH.fullmatch(path):
        kept = []
    path = path.rstrip("/")
    tail = f"{'' if path else '/'}?{urlencode(kept)}" if kept else ""
    return f"https://{host}{path}{tail}" if path or tail else f"https://{host}/"


@lru_cache(maxsize=8192)
def kind(url: str) -> UrlKind:
    """Tell what *url* leads to, from the address alone.

    >>> kind("https://money.kompas.com/"), kind("https://www.kompas.com/tag/banjir?page=2")
    (<UrlKind.LISTING: 'listing'>, <UrlKind.LISTING: 'listing'>)
    >>> kind("https://kompas.id/baca/judul"), kind("https://video.kompas.com/watch/1")
    (<UrlKind.OTHER: 'other'>, <UrlKind.MEDIA: 'media'>)
    """
    split = _split(url)
    if split is None:
        return UrlKind.OTHER
    host, path, _ = split
    if _article(url) or (short_code(url) and host not in _OTHER_HOSTS):
        return UrlKind.ARTICLE
    if is_sitemap(url):
        return UrlKind.LISTING
    if host in _MEDIA_HOSTS or _MEDIA_PATH.fullmatch(path):
        return UrlKind.MEDIA
    if host == "indeks.kompas.com" and path in ("", "/"):
        return UrlKind.LISTING
    if host in ("www.kompas.com", "kompas.com") and (
        path in ("", "/") or _TAG_PATH.fullmatch(path) or _TOPIC_PATH.fullmatch(path)
    ):
        return UrlKind.LISTING
    if section_of(url) is not None and path.strip("/").count("/") == 0:
        return UrlKind.LISTING
    return UrlKind.OTHER


def section_of(url: str) -> str | None:
    """The slug of the section that *url* belongs to, or ``None``.

    >>> section_of("https://www.kompas.com/global/read/2022/01/22/093100670/judul")
    'global'
    >>> section_of("https://money.kompas.com/read/2023/11/02/213419026/judul")
    'money'
    """
    split = _split(url)
    if split is None:
        return None
    host, path, _ = split
    first = path.strip("/").split("/")[0].lower()
    if host in ("www.kompas.com", "kompas.com", "amp.kompas.com"):
        return first if first in SECTIONS else None
    name = host.removesuffix(".kompas.com")
    return name if name in SECTIONS else None


def is_sitemap(url: str) -> bool:
    """Whether *url* is the address of a sitemap of Kompas: of any host, also told by a query.

    >>> is_sitemap("https://money.kompas.com/sitemap-news-money.xml")
    True
    >>> is_sitemap("https://www.kompas.com/tren"), is_sitemap("https://example.com/a.xml")
    (False, False)
    """
    split = _split(url)
    if split is None or split[0] in _OTHER_HOSTS:
        return False
    return _SITEMAP_PATH.fullmatch(split[1]) is not None


def row_key(url: str) -> str:
    """The name of the frontier's row for *url*: an article's key, else the address.

    >>> row_key("http://money.kompas.com/read/2023/11/02/213419026/judul?page=2")
    '20231102-213419026'
    >>> row_key("https://money.kompas.com")
    'https://money.kompas.com/'
    """
    key = article_key(url)
    return str(key) if key else short_code(url) or canonical(url)


def page_url(listing_url: str, page: int) -> str:
    """The address of page number *page* of a listing; page 1 is the listing itself.

    >>> page_url("https://money.kompas.com/", 2)
    'https://money.kompas.com/?page=2'
    >>> page_url("https://indeks.kompas.com/?site=all&date=2024-01-02&page=3", 4)
    'https://indeks.kompas.com/?site=all&date=2024-01-02&page=4'
    """
    parts = urlsplit(canonical(listing_url))
    asked = [(k, v[0]) for k, v in parse_qs(parts.query).items() if k != "page"]
    if page > 1:
        asked.append(("page", str(page)))
    query = f"?{urlencode(asked)}" if asked else ""
    return f"https://{parts.netloc}{parts.path}{query}"


def page_number(url: str) -> int:
    """Which page of its listing *url* is, from 1.

    >>> page_number("https://money.kompas.com/"), page_number("https://money.kompas.com/?page=7")
    (1, 7)
    """
    value = parse_qs(urlsplit(url).query).get("page", ["1"])[0]
    return int(value) if value.isascii() and value.isdigit() and 0 < int(value) < 10**6 else 1


def is_same_list(url: str, other: str) -> bool:
    """Whether two addresses are pages of one listing.

    >>> is_same_list("http://money.kompas.com/?page=3", "https://money.kompas.com/")
    True
    >>> day = "https://indeks.kompas.com/?site=all&date="
    >>> is_same_list(f"{day}2024-01-02", f"{day}2024-01-03")
    False
    """
    return page_url(url, 1) == page_url(other, 1)


def index_url(day: date, site: str = "all", page: int = 1) -> str:
    """The address of one page of the index ("indeks") of *day*.

    >>> index_url(date(2024, 1, 2), "money", 2)
    'https://indeks.kompas.com/?site=money&date=2024-01-02&page=2'
    """
    return page_url(f"https://indeks.kompas.com/?site={site}&date={day:%Y-%m-%d}", page)


def index_day_of(url: str) -> tuple[str, date] | None:
    """The site and day whose index *url* is a page of, or ``None``.

    >>> index_day_of("https://indeks.kompas.com/?site=money&date=2024-01-02&page=2")
    ('money', datetime.date(2024, 1, 2))
    """
    parts = urlsplit(url)
    asked = parse_qs(parts.query)
    if parts.hostname != "indeks.kompas.com" or "date" not in asked:
        return None
    try:
        day = date.fromisoformat(asked["date"][0])
    except ValueError:
        return None
    # Arithmetic with a day at the end of the calendar would overflow.
    return (asked.get("site", ["all"])[0], day) if 1990 < day.year < 2100 else None


def tag_url(slug: str) -> str:
    """The address of a tag's first page; spaces and case are mended.

    >>> tag_url("Gempa Bumi")
    'https://www.kompas.com/tag/gempa-bumi'
    """
    return f"https://www.kompas.com/tag/{re.sub(r'[^a-z0-9]+', '-', slug.lower()).strip('-')}"
