"""Public web archives of the sample site, and archives filled from them."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from kompas_crawler.archive.database import database_url, open_engine
from kompas_crawler.archive.read import web_archives
from kompas_crawler.sample.site.replies import Replies
from kompas_crawler.sample.site.web_archives import WebArchives
from kompas_crawler.warc.scan import digest_of
from tests.warc.conftest import site

if TYPE_CHECKING:
    from tests.crawling import Crawled
    from tests.warc.conftest import Keeping

NOW = "2026-07-05T00:00:00+07:00"
SPIDERS = ("commoncrawl", "wayback")
SINCE = "2026-06-01"
DATA = "https://data.commoncrawl.org/"
REPLAY = "https://web.archive.org/web/"
WALL = b"<html><script>window.gokuProps = {}</script></html>"


class Captures:
    """A WARC file with pages of the sample site as others have captured them."""

    def __init__(self, folder: Path) -> None:
        self.site = site()
        self._replies = Replies(self.site)
        self._path = folder / "captured.warc.gz"

    def add(self, url: str, at: str, *, body: bytes | None = None, status: int = 200) -> None:
        """Capture *url* at a time such as ``2026-07-01T12:00:00Z``."""
        plain = url.replace("http://", "https://").replace("https://amp.", "https://www.")
        if body is None:
            body = self.body(plain)
        headers = [("Content-Type", "text/html; charset=UTF-8")]
        head = StatusAndHeaders(f"{status} OK", headers, protocol="HTTP/1.1")
        known = {"WARC-Date": at, "WARC-Payload-Digest": digest_of(body)}
        with self._path.open("ab") as file:
            writer = WARCWriter(file, gzip=True)
            record = writer.create_warc_record(
                url,
                "response",
                BytesIO(body),
                length=len(body),
                warc_headers_dict=known,
                http_headers=head,
            )
            writer.write_record(record)

    def body(self, url: str) -> bytes:
        """The page of the sample site at *url*."""
        return self._replies.answer(url).body

    def served(self, **known: Any) -> WebArchives:
        return WebArchives([self._path], **known)

    def article(self, *, pages: int) -> tuple[str, str]:
        """The key and address of an article with that many pages."""
        found = (self.site.article(index) for index in range(self.site.count))
        is_broken = self.site.plan.is_page_all_broken
        one = next(a for a in found if a.pages == pages and not is_broken(a.index))
        return str(one.key), self.site.url(self.site.find(one.key) or 0)


def fill(keeping: Keeping, spider: str, *, at: str = NOW, **known: Any) -> Crawled:
    return keeping.crawl(spider, since=SINCE, at=at, **known)


def texts(keeping: Keeping, url: str | None = None) -> list[dict[str, Any]]:
    """The exported articles; a public archive does not list a capture of equal bytes again."""
    rows: list[dict[str, Any]] = [json.loads(line) for line in keeping.exported(url)]
    return [{name: row[name] for name in row if name != "fetched_at"} for row in rows]


def requests(keeping: Keeping, host: str = "") -> list[str]:
    asked = (one for one in keeping.server.requests if host in one.host)
    return [one.url for one in asked if one.path != "/robots.txt"]


def compared(url: str) -> web_archives.Comparison:
    engine = open_engine(database_url(url, Path.cwd()))
    try:
        with engine.connect() as connection:
            return web_archives.compare(connection, None, None)
    finally:
        engine.dispose()
