"""The responses of the sample site by URL."""

import gzip
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from email.utils import format_datetime
from urllib.parse import parse_qs, unquote, urlsplit

from kompas_crawler.sample.site import listing_html
from kompas_crawler.sample.site.article_html import article_head, article_main
from kompas_crawler.sample.site.listing_html import Row
from kompas_crawler.sample.site.plan import SERIALS, Address
from kompas_crawler.sample.site.site import Site
from kompas_crawler.sample.site.words import BY_SLUG, CHANNELS, LISTS, PAGE, TABLES
from kompas_crawler.site.keys import WIB
from kompas_crawler.site.listings import index_url, page_number, tag_url
from kompas_crawler.site.sections import SECTIONS
from kompas_crawler.site.urls import article_key, key_of_code, short_code

HTML = "text/html; charset=UTF-8"
XML = "application/xml; charset=UTF-8"
TEXT = "text/plain; charset=UTF-8"
_INDEX_ROWS = _TAG_ROWS = 15
_SIDE_ROWS = 5


@dataclass(frozen=True, slots=True)
class Reply:
    """An uncompressed response."""

    status: int
    body: bytes = b""
    content_type: str = HTML
    headers: Mapping[str, str] = field(default_factory=dict)
    coding: str | None = None  # sends the body as it is, under it; empty = under none

    def packed(self, asked: Mapping[str, str]) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body for a request with the headers *asked* (lower case)."""
        headers = {"Vary": "Accept-Encoding", **self.headers}
        if self.status == 200 and self._is_known(asked):
            return 304, headers, b""
        headers["Content-Type"] = self.content_type
        if self.coding is not None:
            headers["Content-Encoding"] = self.coding
        elif self.body and "gzip" in asked.get("accept-encoding", ""):
            headers["Content-Encoding"] = "gzip"
            return self.status, headers, gzip.compress(self.body, 1, mtime=0)
        return self.status, headers, self.body

    def _is_known(self, asked: Mapping[str, str]) -> bool:
        """Whether the client has this response already; an ETag has priority over a date."""
        known, etag = asked.get("if-none-match"), self.headers.get("ETag")
        if known is not None:
            return etag is not None and etag in known
        since = asked.get("if-modified-since")
        return since is not None and since == self.headers.get("Last-Modified")


class Replies:
    """Answers by address for *site*, without faults."""

    def __init__(self, site: Site) -> None:
        self.site = site

    def answer(self, url: str) -> Reply:
        """The current response to a request for *url*."""
        parts = urlsplit(url)
        host, path = parts.netloc.lower(), unquote(parts.path)
        query = parse_qs(parts.query)
        if path == "/robots.txt":
            return Reply(200, LISTS["robots"].encode(), TEXT)
        plain = f"https://{host}{path}"
        reply = (
            self._article(plain, parts.query, query)
            or self._sitemap(host, path)
            or self._list(host, path, query, page_number(url))
        )
        if reply is not None:
            return reply
        head = listing_html.head("Halaman tidak ditemukan", plain)
        return Reply(404, self._page(head, LISTS["not_found"]))

    def _page(self, head: str, main: str) -> bytes:
        return "".join((head, PAGE["top"], main, PAGE["bottom"])).encode()

    def _article(self, url: str, raw_query: str, query: dict[str, list[str]]) -> Reply | None:
        site, code = self.site, short_code(url)
        key = key_of_code(code) if code else article_key(url)
        if key is None:
            return None
        index = known = site.find(key)
        if index is None:
            index = site.plan.index_of(key, SERIALS[Address.MOVED])
        if index is None or index >= site.count or site.is_removed(index):
            return None
        own = site.url(index)
        if known is None or (url != own and site.plan.is_redirecting(index)):
            return Reply(301, headers={"Location": f"{own}?{raw_query}" if raw_query else own})
        return self._article_page(index, query.get("page", ["1"])[0])

    def _article_page(self, index: int, asked: str) -> Reply:
        site, article = self.site, self.site.article(index)
        page: int | None = 1
        if asked == "all" and not site.plan.is_page_all_broken(index):
            page = None
        elif asked.isascii() and asked.isdigit() and 1 <= int(asked) <= article.pages:
            page = int(asked)
        beside = [
            (site.url(i).replace("https:", "http:"), site.title(i))
            for i in site.front(article.channel.slug)[: -_SIDE_ROWS - 1 : -1]
        ]
        head, main = article_head(article, page), article_main(article, page, beside)
        version = f"{article.key}-{article.revision}-{len(article.editors)}-{page or asked}"
        headers = _validators(version, article.last_modified_at)
        return Reply(200, self._page(head, main), headers=headers)

    def _rows(self, indexes: Sequence[int]) -> list[Row]:
        site, plan = self.site, self.site.plan
        return [
            Row(site.url(i), site.title(i), plan.channel(i).section.label, plan.published_at(i))
            for i in indexes
        ]

    def _listing(
        self, heading: str, url: str, newest_first: Sequence[int], page: int, size: int, **how: bool
    ) -> Reply:
        last = -(-len(newest_first) // size)
        rows = self._rows(newest_first[(page - 1) * size : page * size])
        known = {"is_old": False} | how | {"is_front": page == 1 and how.get("is_front", False)}
        main = listing_html.main(heading, url, rows, page, last, **known)
        changed = rows[0].published_at if rows else datetime.combine(date(2026, 1, 1), time(), WIB)
        body = self._page(listing_html.head(heading, url), main)
        return Reply(200, body, headers=_validators(f"{zlib.crc32(main.encode()):08x}", changed))

    def _list(self, host: str, path: str, query: dict[str, list[str]], page: int) -> Reply | None:
        parts = path.strip("/").split("/")
        if host == "indeks.kompas.com" and parts == [""]:
            return self._index(query, page)
        if host == "www.kompas.com" and parts[0] == "tag" and len(parts) == 2:
            slug = parts[1].replace("+", "-").replace(" ", "-").lower()
            return self._listing(slug, tag_url(slug), self.site.tagged(slug), page, _TAG_ROWS)
        if host == "www.kompas.com" and path.startswith("/topik-pilihan/list/") and len(parts) > 2:
            url, found = f"https://{host}{path}", self.site.tagged(parts[2])
            if name := dict(TABLES["topics"]).get(parts[2]):
                return self._listing(name, url, found, page, _TAG_ROWS, is_old=True)
        return self._front(host, parts, page)

    def _front(self, host: str, parts: list[str], page: int) -> Reply | None:
        if host == "www.kompas.com" and parts == [""]:
            newest: Sequence[int] = self.site.newest(20)
            return self._listing("Kompas contoh", "https://www.kompas.com/", newest, page, 20)
        slug = parts[0] if host == "www.kompas.com" else host.removesuffix(".kompas.com")
        section = SECTIONS.get(slug)
        is_root = len(parts) == 1 and (host == "www.kompas.com" or parts == [""])
        if section is None or section.host != host or not is_root:
            return None
        channel = BY_SLUG.get(slug)
        front, how = section.front_url, {"is_front": True}
        if channel is None:  # a section without articles of its own shows the newest of all
            return self._listing(section.label, front, self.site.newest(10), page, 10, **how)
        newest, how["is_old"] = self.site.front(slug)[::-1], channel.is_old
        return self._listing(section.label, front, newest, page, channel.rows, **how)

    def _index(self, query: dict[str, list[str]], page: int) -> Reply | None:
        try:
            day = date.fromisoformat(query["date"][0]) if "date" in query else self.site.days[-1]
        except ValueError:
            return None
        which = query.get("site", ["all"])[0]
        found = self.site.indexed(day, which)
        return self._listing("Indeks berita", index_url(day, which), found, page, _INDEX_ROWS)

    def _sitemap(self, host: str, path: str) -> Reply | None:
        if not path.endswith("sitemap.xml"):
            return None
        fronts = {channel.section.front_url.rstrip("/"): channel.slug for channel in CHANNELS}
        above = f"https://{host}{path.removesuffix('/sitemap.xml')}"
        if above == "https://www.kompas.com":
            text = listing_html.sitemap_index(f"{front}/sitemap.xml" for front in fronts)
        elif above in fronts:
            text = listing_html.sitemap_index([f"{above}/news/sitemap.xml"])
        elif above.removesuffix("/news") in fronts:
            text = self._news(fronts[above.removesuffix("/news")])
        else:
            return None
        body = text.encode()
        return Reply(200, body, XML, _validators(f"{zlib.crc32(body):08x}"))

    def _news(self, slug: str) -> str:
        return listing_html.news_sitemap(map(self.site.article, self.site.in_sitemap(slug)))


def _validators(version: str, changed: datetime | None = None) -> dict[str, str]:
    headers = {"ETag": f'"{version}"'}
    if changed is not None:
        headers["Last-Modified"] = format_datetime(changed.astimezone(UTC), usegmt=True)
    return headers
