"""Base of the spiders that fill the archive: requests from rows, changes from pages."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

from scrapy import Request
from scrapy.http import Response

from kompas_crawler.archive.frontier import looks
from kompas_crawler.frontier import GONE, Row
from kompas_crawler.items import Article
from kompas_crawler.pages import recognition
from kompas_crawler.pages.merge import merge
from kompas_crawler.pages.recognition import Kind, Verdict
from kompas_crawler.site.urls import UrlKind, canonical, is_sitemap, kind
from kompas_crawler.spiders.arguments import Given, given_list
from kompas_crawler.spiders.deadline import TooSlow, deadline
from kompas_crawler.spiders.list_spider import ListSpider

logger = logging.getLogger(__name__)

MAX_ARTICLE_PAGES = 50  # maximum pages of an article read page by page; the longest have about 20


class ArchiveSpider(ListSpider):
    """A spider whose requests come from the frontier.

    A subclass sets ``work``, the rows it takes, and yields seeds as ``Candidate`` from ``start()``.
    """

    given: tuple[Given, ...] = ()

    def take_list(self, name: str) -> None:
        """Read the list at the path *name*; its articles are compared at the end of the run."""
        self.given = given_list(name)
        self.listed = {given.key: given.content_hash for given in self.given}
        self.list_path = Path(name)

    @classmethod
    def handles_request(cls, request: Request) -> bool:
        """Scrapy's tools choose ``kompas`` for every page of Kompas."""
        return cls.name == "kompas" and super().handles_request(request)

    def request(self, row: Row) -> Request:
        """The request for *row*, which is in ``cb_kwargs``; a dupefilter must not drop it."""
        is_article = row.kind == "article"
        return Request(
            # After a 404 without the query: the site may have pages by number alone.
            f"{row.url}?page=all" if is_article and row.claim != GONE else row.url,
            callback=self.parse_article if is_article else self.parse_listing,
            cb_kwargs={"row": row},
            priority=-row.priority,
            dont_filter=True,
            headers=row.conditions,
        )

    async def parse_article(self, response: Response, row: Row) -> AsyncIterator[Any]:
        """Parse an article; its related links are admitted in its transaction."""
        verdict, article = read_article(response, row.key)
        now, age = self.run.clock.now(), recognition.age(response)
        if article is None:
            yield self.unread(verdict, row, response)
        elif row.is_stored and age and row.visited_at and now - age < row.visited_at:
            yield looks.failed(row, "a cached copy from before the last visit", now)
        else:
            whole = await self._whole(article)
            if whole is not article:
                for validator in ("ETag", "Last-Modified"):  # they are of the first page alone
                    response.headers.pop(validator, None)
            yield whole

    async def parse(self, response: Response) -> AsyncIterator[Any]:
        """Parse a page without a row, for ``scrapy parse``: an article, a listing, a sitemap."""
        found: list[str | None] = []
        if is_sitemap(response.url):
            verdict, entries = self.read_sitemap(response)
            found = [entry.url for entry in entries]
        elif kind(response.url) is UrlKind.LISTING:
            verdict = recognition.listing(response, canonical(response.url))
            if verdict.listing is not None:
                listing = verdict.listing.to_item()
                found = [*(row.url for row in listing.articles), listing.next_page_url]
        else:
            verdict, article = read_article(response, None)
            if article is not None:
                yield await self._whole(article)
                return
        if verdict.kind is not Kind.LISTING:
            logger.error("%s was not read: %s", response.url, verdict.reason or verdict.kind)
        for url in filter(None, found):
            yield Request(url, callback=self.parse)

    async def _whole(self, article: Article) -> Article:
        """Fetch the pages of an article that ``?page=all`` left out."""

        async def page(number: int) -> Article | None:
            request = Request(f"{article.url}?page={number}", dont_filter=True)
            try:
                answer = await self.crawler.engine.download_async(request)
            except Exception as error:  # noqa: BLE001 - store the other pages
                logger.info("%s failed: %s", request.url, error)
                return None
            verdict, found = read_article(answer, article.id)
            if found is None:
                logger.info("%s was not read: %s", request.url, verdict.reason)
            return found

        return await with_pages(article, page)


async def with_pages(article: Article, page: Callable[[int], Awaitable[Article | None]]) -> Article:
    """*article* merged with its further pages, up to the first one that is missing."""
    if article.is_complete is not False or (article.pages or 1) < 2:
        return article
    pages = [article]
    for number in range(2, min(article.pages or 1, MAX_ARTICLE_PAGES) + 1):
        if (found := await page(number)) is None:
            logger.info("Page %s of %s is missing", number, article.url)
            break
        pages.append(found)
    return merge(pages)


def read_article(response: Response, key: str | None) -> tuple[Verdict, Article | None]:
    """Classify *response*, and read the article if it is the one with *key*."""
    try:
        with deadline:
            verdict = recognition.article(response, key)
            if verdict.kind is Kind.ARTICLE and verdict.article is not None:
                return verdict, verdict.article.to_item()
            return verdict, None
    except TooSlow as error:
        return Verdict(Kind.ERROR, str(error)), None
