"""What all spiders of the archive share: rows become requests, pages become changes."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, ClassVar

from scrapy import Request, Spider

from kompas_crawler.archive.changes import Candidate, IndexPage, PageChange, Priority
from kompas_crawler.archive.frontier import Work, article_candidate
from kompas_crawler.archive.models import State
from kompas_crawler.extensions.run import Run
from kompas_crawler.pages.article import NotAnArticle
from kompas_crawler.pages.listing import ListingPage
from kompas_crawler.pages.merge import merge
from kompas_crawler.pages.templates import article_page
from kompas_crawler.urls import (
    canonical,
    index_day_of,
    index_url,
    page_number,
    page_url,
    section_of,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import date

    from scrapy.http import Response

    from kompas_crawler.archive.changes import Row
    from kompas_crawler.items import Article, Listing

logger = logging.getLogger(__name__)

MAX_ARTICLE_PAGES = 50
"""Of an article read page by page; a page may declare millions. Kompas's longest have some 20."""
MAX_INDEX_PAGES = 500
"""Of an index day; one that never ends would hold up all others. A busy day has some 75."""


class ArchiveSpider(Spider):
    """A spider whose requests come from the frontier.

    A subclass sets ``work`` (which rows it takes) and yields its seeds, as
    ``Candidate``, from ``start()``. ``arguments`` is what the user asked for.
    """

    allowed_domains: ClassVar[list[str]] = ["kompas.com"]
    work: Work
    limit: int | None = None
    pages: int = 0  # pager pages of a listing at most, 0 = no limit
    arguments: dict[str, Any]
    is_reading_again: ClassVar[bool] = False  # its items come from files, not from requests

    @property
    def run(self) -> Run:
        """The run this crawl is: its archive and its clock."""
        run = self.crawler.get_extension(Run)
        assert run is not None
        return run

    @property
    def max_depth(self) -> int:
        """How many "Baca juga" hops from a listing this crawl follows."""
        return self.work.max_depth

    def request(self, row: Row) -> Request:
        """The request for a row of the frontier.

        The row travels with it, for a response's address may be another one. The
        frontier is the dupefilter: a request dropped by another is a row never fetched.
        """
        is_article = row.kind == "article"
        request = Request(
            f"{row.url}?page=all" if is_article else row.url,
            callback=self.parse_article if is_article else self.parse_listing,
            cb_kwargs={"row": row},
            priority=-row.priority,
            dont_filter=True,
        )
        if is_article and row.state is State.DONE:
            if row.etag:
                request.headers["If-None-Match"] = row.etag
            if row.last_modified:
                request.headers["If-Modified-Since"] = row.last_modified
        return request

    async def parse_article(self, response: Response, row: Row) -> AsyncIterator[Any]:
        """Read an article; its related links are admitted with it."""
        try:
            article = article_page(response).to_item()
        except NotAnArticle as error:
            self.crawler.stats.inc_value("articles/not_articles")
            yield PageChange(row=row, state=State.SKIPPED, reason=str(error))
            return
        yield await self._whole(article, response)

    async def _whole(self, article: Article, response: Response) -> Article:
        """The article with the pages that ``?page=all`` left out, one by one."""
        if article.is_complete is not False or (article.pages or 1) < 2:
            return article
        assert self.crawler.engine is not None
        pages = [article]
        for number in range(2, min(article.pages or 1, MAX_ARTICLE_PAGES) + 1):
            request = Request(
                f"{article.url}?page={number}", dont_filter=True, meta=_slot(response)
            )
            try:
                page = article_page(await self.crawler.engine.download_async(request)).to_item()
            except Exception as error:  # noqa: BLE001 - whatever it is, the rest is worth keeping
                logger.info("Page %s of %s is missing: %s", number, article.url, error)
                break
            if page.id != article.id:
                logger.info("Page %s of %s is one of %s", number, article.url, page.id)
                break
            pages.append(page)
        return merge(pages)

    async def parse_listing(self, response: Response, row: Row) -> AsyncIterator[Any]:
        """Read a page of links: its articles and its next page are admitted with it."""
        listing = ListingPage(response).to_item()
        self.crawler.stats.inc_value("listings/media_links", len(listing.media_urls))
        index_day = index_day_of(row.url)
        if index_day is None:
            yield PageChange(
                row=row,
                state=State.DONE,
                candidates=self.candidates(listing, row),
                next_page=self.next_page(listing, row),
                reads_all=self.reads_all(row),
            )
            return
        site, day = index_day
        next_page = self.next_index_page(listing, row)
        yield PageChange(
            row=row,
            state=State.DONE,
            candidates=self.candidates(listing, row),
            next_page=next_page,
            reads_all=True,
            index_page=IndexPage(
                site=site,
                day=day,
                page=page_number(row.url),
                listed=len(listing.articles),
                is_last=next_page is None,
            ),
        )

    def candidates(self, listing: Listing, row: Row) -> tuple[Candidate, ...]:
        """The rows that the links of *listing* ask for."""
        return tuple(
            article_candidate(
                listed.url,
                scope=row.scope,
                depth=row.depth,
                title=listed.title,
                discovered_from=row.key,
            )
            for listed in listing.articles
        )

    def next_page(self, listing: Listing, row: Row) -> Candidate | None:
        """The next page of the same pager, within the limit on pages."""
        url = listing.next_page_url
        if url is None or (self.pages and page_number(url) > self.pages):
            return None
        if page_number(url) <= page_number(row.url):
            return None  # a pager that leads back would never end
        return listing_candidate(
            url, scope=row.scope, depth=row.depth, priority=Priority.PAGER, discovered_from=row.key
        )

    def reads_all(self, row: Row) -> bool:
        """Whether a pager goes on past pages that hold nothing new."""
        return False

    def next_index_page(self, listing: Listing, row: Row) -> Candidate | None:
        """The next page of a day's index.

        Where the pager does not say which page is the last, a page without rows does.
        """
        page = page_number(row.url)
        if not listing.articles or (listing.last_page is not None and page >= listing.last_page):
            return None
        if page >= MAX_INDEX_PAGES:
            self.crawler.stats.inc_value("listings/cut_off")
            logger.warning("%s has more pages than %s; the rest is left", row.url, MAX_INDEX_PAGES)
            return None
        if listing.next_page_url is None and listing.last_page is not None:
            return None
        return listing_candidate(
            page_url(row.url, page + 1),
            scope=row.scope,
            depth=row.depth,
            day=row.day,
            priority=Priority.PAGER,
            discovered_from=row.key,
        )


def index_candidate(day: date, site: str, *, scope: str, priority: int) -> Candidate:
    """The candidate for the first page of a day's index."""
    return listing_candidate(index_url(day, site), scope=scope, priority=priority, day=day)


def listing_candidate(url: str, **known: Any) -> Candidate:
    """The candidate for a page of links, which is read again whenever it is asked for."""
    address = canonical(url)
    return Candidate(
        key=address,
        kind="listing",
        url=address,
        section=section_of(address),
        rearm=True,
        **known,
    )


def _slot(response: Response) -> dict[str, Any]:
    assert response.request is not None
    slot = response.request.meta.get("download_slot")
    return {"download_slot": slot} if slot else {}
