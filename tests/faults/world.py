"""A served sample site whose answers can be broken, and an archive of it."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from kompas_crawler.archive.models import ArticleRow, FrontierRow
from kompas_crawler.archive.reader import Reader
from tests.crawling import Crawled, crawl

if TYPE_CHECKING:
    from kompas_crawler.sample_site.faults import Fault
    from kompas_crawler.sample_site.server import Server

EVENING = "2026-06-30T23:00:00+07:00"
"""Just after the sample site's newest article."""


class World:
    """The site, its faults, and crawls of it into one archive."""

    def __init__(self, server: Server, database_url: str, folder: Path) -> None:
        self.server = server
        self.site = server.site
        self.folder = folder
        self.url = database_url
        self._run = partial(crawl, mirror=server.url, folder=folder)

    def crawl(self, spider: str = "kompas", *, at: str = EVENING, **known: Any) -> Crawled:
        """Crawl at a moment of the site's time; the server's log begins anew."""
        self.server.requests.clear()
        settings = {"KOMPAS_NOW": at, "RETRY_TIMES": 0} | known.pop("settings", {})
        return self._run(spider, database_url=self.url, settings=settings, **known)

    def strike(self, url: str, fault: Fault) -> None:
        """Let *fault* strike every address that begins with *url*."""
        self.server.faults[url] = fault

    def whole(self) -> int:
        """The index of the newest article on one page, without redirects and copies."""
        return max(
            (
                i
                for i in range(self.site.count)
                if self.site.plan.page_count(i) == 1
                and not self.site.article(i).is_redirecting
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
            where=FrontierRow.key == key,
        )
        return found
