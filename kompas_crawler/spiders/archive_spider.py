"""What all spiders of the archive share: rows become requests, pages become changes."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from scrapy import Request, Spider

from kompas_crawler.archive import looks
from kompas_crawler.archive.changes import Candidate, FrontPage, IndexPage, PageChange, Priority
from kompas_crawler.archive.frontier import Work, article_candidate
from kompas_crawler.archive.models import State
from kompas_crawler.extensions.run import Run
from kompas_crawler.pages import recognition
from kompas_crawler.pages.merge import merge
from kompas_crawler.pages.recognition import Kind, Verdict
from kompas_crawler.sections import SECTIONS
from kompas_crawler.urls import (
    WIB,
    article_key,
    canonical,
    index_day_of,
    index_url,
    page_number,
    section_of,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import date

    from scrapy.http import Response

    from kompas_crawler.archive.changes import Row
    from kompas_crawler.items import Article, Listing
    from kompas_crawler.pages.listing import ListingPage

logger = logging.getLogger(__name__)

MAX_ARTICLE_PAGES = 50
"""Of an article read page by page; a page may declare millions. Kompas's longest have some 20."""
MAX_INDEX_PAGES = 500
"""Of an index day; one that never ends would hold up all others. A busy day has some 75."""
FRONTS = {canonical(section.front_url): section.slug for section in SECTIONS.values()}
"""The sections by the address of their front."""


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
        verdict = recognition.article(response, row.key)
        if verdict.kind is Kind.ARTICLE:
            assert verdict.article is not None
            yield await self._whole(verdict.article.to_item(), response)
            return
        yield self.unread(verdict, row, response)

    def unread(self, verdict: Verdict, row: Row, response: Response) -> PageChange:
        """The change of a row whose answer is not what was asked for."""
        now, status, reason = self.run.clock.now(), response.status, verdict.reason
        stats = self.crawler.stats
        stats.inc_value(f"answers/{verdict.kind.replace(' ', '_')}")
        if verdict.kind is Kind.NO_TEXT:
            stats.inc_value("articles/no_text")
            return PageChange(row=row, state=State.SKIPPED, reason=reason, http_status=status)
        if row.kind == "article" and verdict.kind is not Kind.REFUSED:
            stats.inc_value("articles/not_articles")
        if verdict.kind is Kind.OTHER_ARTICLE:
            assert verdict.url is not None
            found = article_candidate(
                verdict.url, scope=row.scope, depth=row.depth, discovered_from=row.key
            )
            return looks.alias(row, found.key, found, now, status)
        links: tuple[Candidate, ...] = ()
        if verdict.listing is not None:
            found_links = verdict.listing.found_by_address
            links = self.candidates(replace(verdict.listing.to_item(), articles=found_links), row)
        if verdict.kind is Kind.OTHER_LIST:
            assert verdict.url is not None
            target = listing_candidate(
                verdict.url, scope=row.scope, depth=row.depth, priority=row.priority
            )
            return looks.moved_list(row, target, now, status, links)
        return looks.failed(
            row,
            reason,
            now,
            status=status,
            is_unproven=verdict.kind is Kind.ERROR,
            is_refusal=verdict.kind is Kind.REFUSED,
            candidates=links,
        )

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
                answer = await self.crawler.engine.download_async(request)
            except Exception as error:  # noqa: BLE001 - whatever it is, the rest is worth keeping
                logger.info("Page %s of %s is missing: %s", number, article.url, error)
                break
            verdict = recognition.article(answer, article.id)
            if verdict.kind is not Kind.ARTICLE or verdict.article is None:
                logger.info("Page %s of %s is missing: %s", number, article.url, verdict.reason)
                break
            pages.append(verdict.article.to_item())
        return merge(pages)

    async def parse_listing(self, response: Response, row: Row) -> AsyncIterator[Any]:
        """Read a page of links: its articles and its next page are admitted with it.

        A page that does not prove itself gives its links all the same, and stays unread.
        """
        verdict = recognition.listing(response, row.url)
        if verdict.kind is not Kind.LISTING:
            yield self.unread(verdict, row, response)
            return
        assert verdict.listing is not None
        page, listing = verdict.listing, verdict.listing.to_item()
        self.crawler.stats.inc_value("listings/media_links", len(listing.media_urls))
        index_day = index_day_of(row.url)
        if index_day is not None:
            yield self._index_change(page, listing, row, response.status, *index_day)
            return
        next_page = self.next_page(listing, row)
        front = self._front_page(page, row, is_last=listing.next_page_url is None)
        yield PageChange(
            row=row,
            state=State.DONE,
            candidates=self.candidates(listing, row),
            next_page=next_page,
            reads_all=self.reads_all(row),
            front_page=front,
        )

    def _index_change(
        self, page: ListingPage, listing: Listing, row: Row, status: int, site: str, day: date
    ) -> PageChange:
        """What a page of a day's index changes; one without rows proves little."""
        now, number = self.run.clock.now(), page_number(row.url)
        if not listing.articles and number > 1:
            reason = "no row on a page that the pager named"
            return looks.failed(row, reason, now, status=status, is_unproven=True)
        if not listing.articles and now.astimezone(WIB).date() > day:
            change = looks.empty_day(row, now, status)
            if change is not None:
                return change
        named = max(page.pages_named, number, number + 1 if listing.next_page_url else 1)
        if named > MAX_INDEX_PAGES and number == 1:
            self.crawler.stats.inc_value("listings/cut_off")
            logger.warning("%s has more pages than %s; the rest is left", row.url, MAX_INDEX_PAGES)
        first = index_candidate(day, site, scope=row.scope, priority=Priority.PAGER)
        candidates = self.candidates(listing, row)
        return PageChange(
            row=row,
            state=State.DONE,
            candidates=candidates,
            reads_all=True,
            index_page=IndexPage(
                site=site,
                day=day,
                page=number,
                keys=tuple(candidate.key for candidate in candidates),
                named=min(named, MAX_INDEX_PAGES),
                first=first,
            ),
        )

    def _front_page(self, page: ListingPage, row: Row, *, is_last: bool) -> FrontPage | None:
        """What a section's front or a page of its pager proves of the time it was read."""
        front = row.pager_of or row.key
        if front not in FRONTS:
            return None
        keys = (article_key(url) for url in page.row_urls)
        times = (key.published_at for key in keys if key is not None)
        return FrontPage(
            front=front,
            section=FRONTS[front],
            page=page_number(row.url),
            published_at=tuple(at for at in times if at is not None),
            is_last=is_last,
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
                is_listed=True,
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
            url,
            scope=row.scope,
            depth=row.depth,
            priority=Priority.PAGER,
            discovered_from=row.key,
            pager_of=row.pager_of or row.key,
        )

    def reads_all(self, row: Row) -> bool:
        """Whether a pager goes on past pages that hold nothing new."""
        return False


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
