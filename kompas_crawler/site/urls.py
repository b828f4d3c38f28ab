"""URLs of Kompas.com: their article and their canonical form.

An article is identified by the date and the number in its URL; host, section, slug, scheme and
query vary.
"""

import re
from contextlib import suppress
from datetime import date
from enum import StrEnum
from functools import lru_cache
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from kompas_crawler.site.keys import ArticleKey
from kompas_crawler.site.sections import SECTIONS
from kompas_crawler.site.words import WORDS


class UrlKind(StrEnum):
    """What an address leads to, by its form alone."""

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
# A-L is the month between year and day: 25B13140000068.
_SHORT_PATH = re.compile(r"/(?:[a-z0-9-]+/)?read/(?P<code>[0-9]{2}[A-L][0-9]{8,12})(?:/[^/]*)?/?")
_MEDIA_PATH = re.compile(r"/(?:[^/]+/)?(?:photo|image|gallery|galeri(?:360)?|foto|videos?)(?:/.*)?")
_LISTING_PATH = re.compile(r"/?|/tag/[^/]+/?|/topik-pilihan/list/[0-9]+(?:/[^/]*)?/?")
_MEDIA_HOSTS = frozenset({"foto.kompas.com", "video.kompas.com", "tv.kompas.com"})
_OTHER_HOSTS = frozenset(f"{name}.kompas.com" for name in WORDS["other_hosts"])
# Path segments before "/read/" that are not sections.
_NO_SECTION = re.compile(r"photo|foto|image|gallery|galeri(?:360)?|videos?|komentar|copy|search")
_LISTING_QUERY = ("site", "date", "page")
_SITEMAP_PATH = re.compile(r"/.*\.xml(?:\.gz)?", re.IGNORECASE)
_HOST = re.compile(r"(?:[a-z0-9-]+\.)*kompas\.com")
_PLAIN_URL = re.compile(rf"https://({_HOST.pattern})(/[A-Za-z0-9._~%/-]*)")
_NEEDLESS = re.compile(r"%(?:2[de]|3\d|[46][1-9a-f]|[57][\da]|5f|7e)", re.IGNORECASE)
MAX_LENGTH = 2000  # bytes of a URL; Kompas's have about 150, database indexes at most 2,700


@lru_cache(maxsize=8192)
def _split(url: str) -> tuple[str, str, str] | None:
    """Host, path and query of a URL of Kompas; ``None`` for others, long and unprintable ones."""
    url = _NEEDLESS.sub(lambda code: unquote(code[0]), url.strip())
    if len(url) > MAX_LENGTH or not url.isprintable() or len(url.encode()) > MAX_LENGTH:
        return None
    if plain := _PLAIN_URL.fullmatch(url):  # most are: a tenth of the time of urlsplit
        return plain[1], re.sub(r"/{2,}", "/", plain[2]), ""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme.lower() not in ("http", "https") or _HOST.fullmatch(host) is None:
        return None
    if port not in (None, 80, 443) or parts.username is not None:
        return None
    return host, re.sub(r"/{2,}", "/", parts.path), parts.query


@lru_cache(maxsize=8192)  # called several times per link
def _article(url: str) -> tuple[ArticleKey, str] | None:
    host, path, _ = _split(url) or ("", "", "")
    match = _ARTICLE_PATH.fullmatch(path)
    section = (match["section"] or "").lower() if match else ""
    if match is None or _NO_SECTION.fullmatch(section) or host in _MEDIA_HOSTS | _OTHER_HOSTS:
        return None
    try:
        key = ArticleKey(date(int(match["y"]), int(match["m"]), int(match["d"])), match["number"])
    except ValueError:  # such as 2022/02/31
        return None
    if host in ("kompas.com", "amp.kompas.com"):
        known = SECTIONS.get(section) if host == "amp.kompas.com" else None
        host = known.host if known else "www.kompas.com"
        section = section if host == "www.kompas.com" else ""
    prefix = f"/{section}" if section else ""
    slug = f"/{match['slug']}" if match["slug"] else ""
    return key, f"https://{host}{prefix}/read/{key.day:%Y/%m/%d}/{key.number}{slug}"


def article_key(url: str) -> ArticleKey | None:
    """The key of the article at *url*, or ``None``.

    >>> str(article_key("http://amp.kompas.com/money/read/2023/11/02/213419026/judul?page=2"))
    '20231102-213419026'
    >>> article_key("https://foto.kompas.com/photo/read/2024/01/02/1704/judul") is None
    True
    """
    found = _article(url)
    return found[0] if found else None


def short_code(url: str) -> str | None:
    """The code of an article's short URL, or ``None``; only its page identifies the article.

    >>> short_code("https://health.kompas.com/read/25B13140000068/judul")
    '25B13140000068'
    """
    match = _SHORT_PATH.fullmatch((_split(url) or ("", ""))[1])
    return match["code"] if match else None


def key_of_code(code: str) -> ArticleKey | None:
    """The key that a short code stands for, unless its page names another.

    >>> str(key_of_code("25B13140000068"))
    '20250213-140000068'
    """
    with suppress(ValueError, IndexError):
        month = "ABCDEFGHIJKL".index(code[2]) + 1
        return ArticleKey(date(2000 + int(code[:2]), month, int(code[3:5])), code[5:])
    return None


def key_of(url: str) -> ArticleKey | None:
    """The key of the article at *url*; that of a short one unless its page names another."""
    return article_key(url) or key_of_code(short_code(url) or "")


@lru_cache(maxsize=8192)  # menu links are on every page
def canonical(url: str) -> str:
    """The canonical form of *url*; a URL of another site is returned unchanged.

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
    if found := _article(url):
        return found[1]
    if (split := _split(url)) is None:
        return url
    host, path, query = split
    if host == "kompas.com":
        host = "www.kompas.com"
    if is_sitemap(url):
        return f"https://{host}{path}{f'?{query}' if query else ''}"
    given = {} if _SHORT_PATH.fullmatch(path) else parse_qs(query)
    kept = [(name, given[name][0]) for name in _LISTING_QUERY if name in given]
    path = path.rstrip("/")
    tail = f"{'' if path else '/'}?{urlencode(kept)}" if kept else ""
    return f"https://{host}{path}{tail}" if path or tail else f"https://{host}/"


@lru_cache(maxsize=8192)
def kind(url: str) -> UrlKind:
    """The kind of *url*, by its form.

    >>> kind("https://money.kompas.com/"), kind("https://www.kompas.com/tag/banjir?page=2")
    (<UrlKind.LISTING: 'listing'>, <UrlKind.LISTING: 'listing'>)
    >>> kind("https://kompas.id/baca/judul"), kind("https://video.kompas.com/watch/1")
    (<UrlKind.OTHER: 'other'>, <UrlKind.MEDIA: 'media'>)
    """
    host, path, _ = _split(url) or ("", "", "")
    if not host:
        return UrlKind.OTHER
    if _article(url) or (short_code(url) and host not in _OTHER_HOSTS):
        return UrlKind.ARTICLE
    if is_sitemap(url):
        return UrlKind.LISTING
    if host in _MEDIA_HOSTS or _MEDIA_PATH.fullmatch(path):
        return UrlKind.MEDIA
    is_index = host == "indeks.kompas.com" and path in ("", "/")
    is_main = host in ("www.kompas.com", "kompas.com") and _LISTING_PATH.fullmatch(path)
    is_front = section_of(url) is not None and "/" not in path.strip("/")
    return UrlKind.LISTING if is_index or is_main or is_front else UrlKind.OTHER


def section_of(url: str) -> str | None:
    """The slug of the section of *url*, or ``None``.

    >>> section_of("https://www.kompas.com/global/read/2022/01/22/093100670/judul")
    'global'
    >>> section_of("https://money.kompas.com/read/2023/11/02/213419026/judul")
    'money'
    """
    host, path, _ = _split(url) or ("", "", "")
    name = host.removesuffix(".kompas.com")
    if name in ("www", "kompas.com", "amp"):
        name = path.strip("/").split("/")[0].lower()
    return name if name in SECTIONS else None


def is_sitemap(url: str) -> bool:
    """Whether *url* is a sitemap of Kompas, on any host, with any query.

    >>> is_sitemap("https://money.kompas.com/sitemap-news-money.xml")
    True
    >>> is_sitemap("https://www.kompas.com/tren"), is_sitemap("https://example.com/a.xml")
    (False, False)
    """
    host, path, _ = _split(url) or ("", "", "")
    return host not in _OTHER_HOSTS and _SITEMAP_PATH.fullmatch(path) is not None


def row_key(url: str) -> str:
    """The key of the frontier row for *url*: the article's key, else the URL.

    >>> row_key("http://money.kompas.com/read/2023/11/02/213419026/judul?page=2")
    '20231102-213419026'
    >>> row_key("https://money.kompas.com")
    'https://money.kompas.com/'
    """
    key = article_key(url)
    return str(key) if key else short_code(url) or canonical(url)
