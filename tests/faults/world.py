"""A served sample site whose answers can be broken, and an archive of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from scrapy.exceptions import DownloadConnectionRefusedError
from sqlalchemy import select

from kompas_crawler.archive.crawl_models import FrontierRow
from kompas_crawler.archive.models import ArticleRow
from kompas_crawler.archive.read import gaps
from kompas_crawler.archive.read.export import Reader
from kompas_crawler.downloader.handler import DownloadHandler
from kompas_crawler.sample.site import server
from kompas_crawler.sample.site.replies import Replies
from tests.crawling import Crawled, crawl
from tests.sample.site.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from scrapy import Request
    from scrapy.http import Response

    from kompas_crawler.sample.site.server import Server

EVENING = "2026-06-30T23:00:00+07:00"
"""Just after the sample site's newest article."""


def first_fast(*values: Any) -> list[Any]:
    """Parameters of which the first alone is in every run of the tests; the others are slow."""
    return [values[0], *(pytest.param(value, marks=pytest.mark.slow) for value in values[1:])]


def later(moment: str | datetime, **known: float) -> str:
    """The time ``hours``, ``days`` or ``minutes`` after *moment*."""
    at = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return (at + timedelta(**known)).isoformat()


def silence(
    monkeypatch: pytest.MonkeyPatch,
    is_silent: Callable[[str], bool],
    error: type[Exception] = DownloadConnectionRefusedError,
) -> None:
    """Let no request reach the addresses that *is_silent* tells: their hosts are dead."""
    downloads = DownloadHandler.download_request

    async def download_request(self: DownloadHandler, request: Request) -> Response:
        if is_silent(request.url):
            raise error(f"{request.url}: no answer")
        return await downloads(self, request)

    monkeypatch.setattr(DownloadHandler, "download_request", download_request)


class ExactFaults(server.Faults):
    """Faults by how an address begins, and those of ``pages``, by the whole address."""

    def __init__(self) -> None:
        super().__init__()
        self.pages: dict[str, Fault] = {}
        self.on_request: Callable[[str], object] = lambda _: None

    def take(self, url: str) -> server.Fault | None:
        self.on_request(url)
        if url in self.pages:
            return self.pages[url].taken()
        return super().take(url)

    def clear(self) -> None:
        super().clear()
        self.pages.clear()


class World:
    """The site, its faults, and crawls of it into one archive."""

    def __init__(self, server: Server, database_url: str, folder: Path) -> None:
        self.server = server
        self.site = server.site
        self.folder = folder
        self.url = database_url
        self._run = partial(crawl, mirror=server.url, folder=folder)
        self.faults = server.faults = ExactFaults()

    def crawl(self, spider: str = "kompas", *, at: str = EVENING, **known: Any) -> Crawled:
        """Crawl at a moment of the site's time; the server's log begins anew."""
        self.server.requests.clear()
        settings = {"KOMPAS_NOW": at, "RETRY_TIMES": 0, "KOMPAS_REVISIT": "6h,1d,7d"}
        settings |= known.pop("settings", {})
        return self._run(spider, database_url=self.url, settings=settings, **known)

    def strike(self, url: str, fault: Fault) -> None:
        """Let *fault* strike every address that begins with *url*."""
        self.server.faults[url] = fault

    def strike_page(self, url: str, fault: Fault) -> None:
        """Let *fault* strike this address alone."""
        self.faults.pages[url] = fault

    def sent(self, url: str) -> bytes:
        """The page that the site has at an address."""
        return Replies(self.site).answer(url).body

    def has(self, url: str) -> bool:
        """Whether the site has a page at an address."""
        return Replies(self.site).answer(url).status == 200

    def asked(self, part: str) -> list[str]:
        """The addresses asked for in the last crawl that hold *part*."""
        return [request.url for request in self.server.requests if part in request.url]

    def gaps(self, at: str | None = None) -> gaps.Gaps:
        """What ``scrapy gaps`` computes at a moment of the site's time; the last run's."""
        now = datetime.fromisoformat(at).astimezone(UTC) if at else None
        reader = Reader(self.url, Path.cwd())
        with reader.engine.connect() as connection:
            found = gaps.find(connection, now=now)
        reader.close()
        return found

    def next_time(self) -> str:
        """When the last of the failed rows is due."""
        found = self.rows(FrontierRow.next_at, where=FrontierRow.state == "failed")
        return later(max(at for (at,) in found), minutes=1)

    def whole(self) -> int:
        """The index of the newest article on one page, without redirects and copies."""
        return max(
            (
                i
                for i in range(self.site.count)
                if self.site.plan.page_count(i) == 1
                and not self.site.plan.is_redirecting(i)
                and not self.site.is_removed(i)
                and self.site.article(i).duplicate_of is None
            ),
            key=self.site.key,
        )

    def rows(self, *columns: Any, where: Any = True) -> list[Any]:
        reader = Reader(self.url, Path.cwd())
        with reader.engine.connect() as connection:
            found = connection.execute(select(*columns).where(where)).all()
        reader.close()
        return list(found)

    def stored(self) -> set[str]:
        """The keys of the stored articles."""
        return {key for (key,) in self.rows(ArticleRow.key)}

    def body(self, key: str) -> str | None:
        """The stored text of an article."""
        found = self.rows(ArticleRow.body, where=ArticleRow.key == key)
        return found[0][0] if found else None

    def row(self, key: str) -> Any:
        """The frontier's row."""
        (found,) = self.rows(
            FrontierRow.state,
            FrontierRow.reason,
            FrontierRow.last_status,
            FrontierRow.next_at,
            FrontierRow.attempts,
            FrontierRow.claim,
            FrontierRow.looks,
            where=FrontierRow.key == key,
        )
        return found
