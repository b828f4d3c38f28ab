"""Finds articles through Kompas's sitemaps, nested indexes and news sitemaps alike."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lxml import etree
from scrapy.spiders import SitemapSpider as ScrapySitemapSpider

from kompas_crawler.archive.changes import Candidate, PageChange, Priority
from kompas_crawler.archive.frontier import Work, article_candidate
from kompas_crawler.archive.models import State
from kompas_crawler.pages import recognition, sitemap
from kompas_crawler.pages.recognition import Kind, Verdict
from kompas_crawler.spiders import arguments as read
from kompas_crawler.spiders.archive_spider import ArchiveSpider, listing_candidate
from kompas_crawler.urls import MAX_LENGTH, UrlKind, canonical, kind

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from scrapy.http import Response

    from kompas_crawler.archive.changes import Row

logger = logging.getLogger(__name__)

SITEMAP_URL = "https://www.kompas.com/sitemap.xml"
MAX_SITEMAPS = 1000
"""Of one run. Kompas has some 60; sitemaps that name sitemaps may go on for ever."""


class SitemapSpider(ArchiveSpider, ScrapySitemapSpider):
    """Reads the sitemap that robots.txt names, packed or not, and all that it nests.

    Titles and times of news sitemaps are kept in the frontier, as evidence that an
    article was published before it is fetched. Takes no argument.
    """

    name = "sitemap"
    sitemap_urls = (SITEMAP_URL,)
    work = Work(scope="sitemap", max_depth=0)

    def __init__(self, **unknown: Any) -> None:
        read.refuse_unknown(unknown, ())
        super().__init__()
        self.arguments = {}
        self._sitemaps: set[str] = set()

    async def start(self) -> AsyncIterator[Candidate]:
        """The sitemap itself."""
        for url in self.sitemap_urls:
            yield listing_candidate(url, scope=self.work.scope, priority=Priority.FRONT)

    async def parse_listing(self, response: Response, row: Row) -> AsyncIterator[Any]:
        """Read a sitemap: its articles, or the sitemaps it names."""
        verdict = recognition.sitemap(response, self.settings.getint("DOWNLOAD_MAXSIZE"))
        found: list[Candidate | None] = []
        try:
            if verdict.sitemap is not None:
                found = [self._candidate(entry, row) for entry in sitemap.entries(verdict.sitemap)]
        except etree.LxmlError as error:
            verdict = Verdict(Kind.ERROR, f"broken sitemap: {error}")
        if len(found) >= sitemap.MAX_ENTRIES:
            self.crawler.stats.inc_value("listings/cut_off")
            logger.warning("%s has too many entries; those past %s are left", row.url, len(found))
        candidates = tuple(candidate for candidate in found if candidate is not None)
        if verdict.kind is Kind.LISTING:
            yield PageChange(row=row, state=State.DONE, candidates=candidates)
        else:
            if len(found) < sitemap.MAX_ENTRIES:  # the last address may be cut as well
                candidates = candidates[:-1]
            yield replace(self.unread(verdict, row, response), candidates=candidates)

    def _has_room(self, url: str) -> bool:
        """Whether *url* may be one more sitemap of this run: those that nest have no end."""
        if len(url) > MAX_LENGTH or not url.isprintable():
            return False
        self._sitemaps.add(url)
        if len(self._sitemaps) <= MAX_SITEMAPS:
            return True
        self.crawler.stats.inc_value("listings/cut_off")
        return False

    def _candidate(self, entry: sitemap.SitemapEntry, row: Row) -> Candidate | None:
        if entry.is_sitemap:
            if not self._has_room(entry.url):
                return None
            return listing_candidate(
                entry.url, scope=row.scope, priority=Priority.PAGER, discovered_from=row.key
            )
        if kind(entry.url) is not UrlKind.ARTICLE:
            return None
        return article_candidate(
            canonical(entry.url),
            scope=row.scope,
            depth=0,
            title=entry.title,
            listed_at=entry.published_at,
            is_listed=True,
            discovered_from=row.key,
            priority=Priority.BACKFILL,
        )
