"""Follows the section pages and the "Baca juga" links of Kompas.com."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from kompas_crawler import sections as known_sections
from kompas_crawler.archive.changes import NO_HOPS, Candidate, Priority
from kompas_crawler.archive.frontier import Work, article_candidate
from kompas_crawler.spiders import arguments as read
from kompas_crawler.spiders.archive_spider import ArchiveSpider, listing_candidate
from kompas_crawler.urls import UrlKind, kind

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ARGUMENTS = ("sections", "depth", "pages", "urls", "limit")
DEFAULT_DEPTH = 2
DEFAULT_PAGES = 50


class KompasSpider(ArchiveSpider):
    """Sweeps section fronts and their pagers, and follows "Baca juga" links from there.

    Arguments: ``sections`` (slugs or labels, by commas; ``all`` has the paid ones
    too), ``depth`` ("Baca juga" hops from a listing, default 2), ``pages`` (pager pages
    a section at most, default 50, 0 = no limit), ``urls`` (articles or listings
    instead of the sections: by commas, or a file), ``limit`` (new articles at most).
    Raises ``ValueError`` with one line for a bad or unknown argument.
    """

    name = "kompas"

    def __init__(
        self,
        sections: str = "",
        depth: str | None = None,
        pages: str | None = None,
        urls: str | None = None,
        limit: str | None = None,
        **unknown: Any,
    ) -> None:
        read.refuse_unknown(unknown, ARGUMENTS)
        super().__init__()
        self.sections = known_sections.named(sections)
        self.urls = read.addresses(urls)
        hops = read.number("depth", depth, default=DEFAULT_DEPTH)
        assert hops is not None
        self.pages = read.number("pages", pages, default=DEFAULT_PAGES) or 0
        self.limit = read.number("limit", limit, default=None, least=1)
        # The articles that were asked for by address take hops only when asked to.
        self._depth_of_urls = 0 if depth else NO_HOPS
        self.work = Work(
            scope=f"urls:{_digest(self.urls)}" if self.urls else self.name,
            max_depth=hops,
            takes_leftovers=not self.urls,
            takes_due=not self.urls,
        )
        self.arguments = {
            name: value
            for name, value in (
                ("sections", sections),
                ("depth", depth),
                ("pages", pages),
                ("urls", urls),
                ("limit", limit),
            )
            if value
        }

    async def start(self) -> AsyncIterator[Candidate]:  # type: ignore[override]
        """The fronts of the sections, or what ``urls`` names."""
        for url in self.urls:
            if kind(url) is UrlKind.LISTING:
                yield listing_candidate(url, scope=self.work.scope, priority=Priority.FRONT)
            else:
                yield article_candidate(
                    url, scope=self.work.scope, depth=self._depth_of_urls, rearm=True
                )
        if not self.urls:
            for section in self.sections:
                yield listing_candidate(
                    section.front_url, scope=self.work.scope, priority=Priority.FRONT
                )


def _digest(urls: tuple[str, ...]) -> str:
    """A short name for a set of addresses, the same in every run that asks for them."""
    return hashlib.sha256("\n".join(sorted(urls)).encode()).hexdigest()[:12]
