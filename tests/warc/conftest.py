"""A sample site that is crawled with its pages kept, and archives of it."""

from __future__ import annotations

import json
import shutil
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from kompas_crawler.archive.database import database_url as read_url
from kompas_crawler.archive.database import open_engine
from kompas_crawler.archive.read.export import Filters, Reader
from kompas_crawler.exporters.record import record
from kompas_crawler.sample.site.server import serve
from kompas_crawler.sample.site.site import Site
from kompas_crawler.sample.site.web_archives import WebArchives
from tests import archives
from tests.crawling import Crawled, crawl

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kompas_crawler.sample.site.server import Server
    from tests.warc.public_archives import Captures

EVENING = "2026-06-30T23:00:00+07:00"
"""Just after the sample site's newest article."""


class Keeping:
    """The site, crawls of it that keep its pages, and archives filled from what was kept."""

    def __init__(self, server: Server, database_url: str, folder: Path) -> None:
        self.server = server
        self.site = server.site
        self.url = database_url
        self.folder = folder
        self.warcs = folder / "warc"
        self._run = partial(crawl, mirror=server.url, folder=folder)

    def crawl(self, spider: str = "kompas", *, at: str = EVENING, **known: Any) -> Crawled:
        """Crawl at a moment of the site's time."""
        settings = {"KOMPAS_NOW": at, "KOMPAS_WARC_DIR": str(self.warcs)}
        settings["KOMPAS_REVISIT"] = "6h,1d,7d"  # every article, whatever its page says
        settings |= known.pop("settings", {})
        url = known.pop("url", self.url)
        return self._run(spider, database_url=url, settings=settings, **known)

    def take_over(self, other: Keeping) -> None:
        """Begin with what *other* has stored and kept."""
        archives.copy(other.url, self.url)
        shutil.copytree(other.warcs, self.warcs)

    def reread(self, url: str | None = None, **known: Any) -> Crawled:
        """Read all that was kept into the archive *url*."""
        files = str(self.warcs / "*.warc.gz*")
        return self.crawl("warc", files=files, url=url or self.url, **known)

    def rows(self, *columns: Any, url: str | None = None, where: Any = True) -> list[Any]:
        engine = open_engine(read_url(url or self.url, Path.cwd()))
        with engine.connect() as connection:
            found = connection.execute(select(*columns).where(where)).all()
        engine.dispose()
        return list(found)

    def exported(self, url: str | None = None) -> list[str]:
        """Every article as its exported line, without what a rebuilt archive cannot know."""
        reader = Reader(url or self.url, Path.cwd())
        found = []
        for article in reader.articles(Filters(with_duplicates=True)):
            row = record(article)
            del row["first_seen_at"], row["revision"]
            found.append(json.dumps(row, ensure_ascii=False, default=str))
        reader.close()
        return found

    def files(self) -> list[Path]:
        """The files that hold what was kept."""
        return sorted(self.warcs.glob("*.warc.gz*"))


def site() -> Site:
    return Site(60)


def response_record(url: str, at: str, http: bytes, more: bytes = b"") -> bytes:
    """A record of a response, with *more* lines in its head."""
    head = f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {url}\r\nWARC-Date: {at}\r\n"
    return b"%b%bContent-Length: %d\r\n\r\n%b\r\n\r\n" % (head.encode(), more, len(http), http)


def http_response(body: bytes, *lines: bytes, status: bytes = b"200 OK") -> bytes:
    """A response of HTTP."""
    return b"\r\n".join([b"HTTP/1.1 %b" % status, *lines, b"", body])


@pytest.fixture
def server() -> Iterator[Server]:
    with serve(site()) as server:
        yield server


@pytest.fixture
def keeping(server: Server, sqlite_url: str, tmp_path: Path) -> Keeping:
    return Keeping(server, sqlite_url, tmp_path)


@contextmanager
def crawled(folder: Path) -> Iterator[Keeping]:
    """A site of which all is crawled and kept, for tests to take over."""
    with serve(site()) as server:
        keeping = Keeping(server, archives.put(folder / "kompas.db"), folder)
        keeping.crawl()
        yield keeping


@pytest.fixture(scope="session")
def _crawled(tmp_path_factory: pytest.TempPathFactory) -> Keeping:
    with crawled(tmp_path_factory.mktemp("kept")) as first:
        return first


@pytest.fixture
def kept(keeping: Keeping, _crawled: Keeping) -> Keeping:
    """The site after a crawl that kept its pages: a copy of one that was made once."""
    keeping.take_over(_crawled)
    return keeping


@pytest.fixture
def any_keeping(server: Server, database_url: str, tmp_path: Path) -> Keeping:
    return Keeping(server, database_url, tmp_path)


@pytest.fixture
def other_url(tmp_path: Path) -> str:
    """An archive that is still to be filled."""
    return archives.put(tmp_path / "other.db")


@pytest.fixture
def captures(tmp_path: Path) -> Captures:
    from tests.warc.public_archives import Captures  # which needs the site above

    return Captures(tmp_path)


@pytest.fixture
def archived(kept: Keeping) -> Keeping:
    """The site after a crawl that kept its pages, which public archives hold now."""
    kept.server.archives = WebArchives(kept.files(), lines=20)
    return kept
