"""Base of the spiders that fill the archive from public web archives."""

from __future__ import annotations

import logging
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from scrapy import Request, signals

from kompas_crawler.archive.changes import PageChange
from kompas_crawler.archive.frontier import looks, web_captures
from kompas_crawler.frontier import State
from kompas_crawler.items import Capture
from kompas_crawler.log.terminal import safe
from kompas_crawler.middlewares.compression import CutShort
from kompas_crawler.middlewares.robots import RobotsMiddleware
from kompas_crawler.middlewares.throttle import NotSent, PolitenessMiddleware
from kompas_crawler.pages import cdx
from kompas_crawler.pages.cdx import NotAsListed
from kompas_crawler.pages.merge import merge
from kompas_crawler.spiders.archive_spider import MAX_ARTICLE_PAGES, read_article
from kompas_crawler.spiders.estimate import Estimate
from kompas_crawler.spiders.web_index import WebIndexSpider
from kompas_crawler.warc.capture import CAPTURE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import date
    from typing import Self

    from scrapy.crawler import Crawler
    from scrapy.http import Response

    from kompas_crawler.frontier import Row
    from kompas_crawler.items import Article
    from kompas_crawler.warc.response import CapturedPage

logger = logging.getLogger(__name__)

CHOSEN_AT_ONCE = 500
"""Captures made pending at once: a sweep of the site would pass over them at each step."""
RECEIVED = "received_digest"
"""Key in ``Request.meta`` of the digest of the bytes received, before they are decoded."""
NOT_THERE = [301, 302, 303, 307, 308, 404, 410, 416]
"""Statuses of a capture that is not where the index says."""
_MAY_BE_EMPTY = {"handle_httpstatus_list": [404]}


class WebArchiveSpider(WebIndexSpider):
    """Fetches one capture of each article, once the index is read.

    The best capture of each article that is not stored becomes pending. No request goes to Kompas.
    Counts ``captures/refuted``.
    """

    _days: list[date] | None = None  # left in this pass
    _chosen = 0  # in this pass

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.received, signal=signals.response_downloaded)
        return spider

    def received(self, response: Response, request: Request) -> None:
        """Note the digest of a capture's bytes, before they are decoded."""
        if RECEIVED in request.meta:
            from kompas_crawler.warc.records import digest_of

            request.meta[RECEIVED] = digest_of(response.body)

    def request(self, row: Row) -> Request:
        is_capture = row.kind == "capture"
        request = _request(row.url) if is_capture else Request(row.url, meta=dict(_MAY_BE_EMPTY))
        return request.replace(
            callback=self.parse_capture if is_capture else self.parse_index,
            cb_kwargs={"row": row},
            priority=-row.priority,
            dont_filter=True,
        )

    async def parse_capture(self, response: Response, row: Row) -> AsyncIterator[Any]:
        """The article of a capture, joined with its later pages."""
        now = self.run.clock.now()
        try:
            page, article = self._read(response, row.url, row.etag, row.pager_of)
            article = await self._joined(article, row)
        except NotAsListed as error:
            self.crawler.stats.inc_value("captures/refuted")
            logger.info("Passed over %s: %s", row.url, error)
            yield PageChange(row=row, state=State.SKIPPED, reason=str(error))
        except NotSent as error:  # the run ends
            yield replace(looks.failed(row, str(error), now), next_at=now)
        except CutShort as error:
            yield looks.failed(row, str(error), now, status=response.status)
        else:
            file, _, span = row.url.partition("#")
            offset, at = int(span.partition("-")[0] or 0), page.at
            assert at is not None
            response.meta[CAPTURE] = Capture(
                file=file, offset=offset, digest=page.digest or "", at=at, written_at=at
            )
            yield article

    def _read(
        self, response: Response, url: str, digest: str | None, key: str | None
    ) -> tuple[CapturedPage, Article]:
        """The article *key* in a response; raises ``NotAsListed`` or ``CutShort``."""
        from kompas_crawler.warc.public import captured

        if response.status in NOT_THERE:
            raise NotAsListed(f"HTTP {response.status}")
        page = captured(response, url, digest or "", response.meta[RECEIVED])
        verdict, article = read_article(page.response, key)
        if page.response.status != HTTPStatus.OK or article is None:
            raise NotAsListed(verdict.reason or f"no article (HTTP {page.response.status})")
        return page, article

    async def _joined(self, article: Article, row: Row) -> Article:
        """*article* with the captures of its later pages, those nearest in time."""
        if article.is_complete is not False or (article.pages or 1) < 2:
            return article
        known = await self.run.writer.call(
            partial(web_captures.of_article, archive=self.name, article=article.id)
        )
        at = cdx.moment(row.key.split(":")[3])
        known.sort(key=lambda capture: abs(cdx.moment(capture.timestamp) - at))
        pages = [article]
        for number in range(2, min(article.pages or 1, MAX_ARTICLE_PAGES) + 1):
            for capture in known:
                if capture.page == str(number) and (page := await self._later(capture)):
                    pages.append(page)
                    break
            else:
                logger.info("No capture of page %s of %s", number, article.url)
                break
        return merge(pages)

    async def _later(self, capture: web_captures.Capture) -> Article | None:
        assert self.crawler.engine is not None
        try:
            response = await self.crawler.engine.download_async(_request(capture.url))
        except NotSent:
            raise
        except Exception as error:
            raise CutShort(f"page {capture.page}: {error or type(error).__name__}") from error
        try:
            return self._read(response, capture.url, capture.digest, capture.article)[1]
        except NotAsListed as error:
            logger.info("Passed over %s: %s", capture.url, error)
            return None

    async def proceed(self) -> bool:
        """Choose the captures to fetch, once the index is read; a dry run counts them."""
        if self.is_dry_run:
            await self._print_cost()
            return False
        of = self.selection
        while True:
            if not self._days:
                if self._days is not None and not self._chosen:
                    return False
                # Again after a pass: a refuted capture is replaced by another one.
                self._days = await self.run.writer.call(partial(web_captures.days, of=of))
                self._chosen = 0
            chosen = await self.run.writer.call(
                partial(web_captures.choose, of=of, days=self._days, most=CHOSEN_AT_ONCE)
            )
            self._chosen += chosen
            if chosen:
                return True

    async def _print_cost(self) -> None:
        of = self.selection
        cost = await self.run.writer.call(partial(web_captures.cost, of=of))
        unread = await self.run.writer.call(partial(web_captures.unread, scope=of.scope))
        robots = self.crawler.get_downloader_middleware(RobotsMiddleware)
        politeness = self.crawler.get_downloader_middleware(PolitenessMiddleware)
        assert robots is not None
        assert politeness is not None
        for host in self.allowed_domains:
            print(safe(await robots.said(f"https://{host}")))  # noqa: T201 - the answer
        if unread:
            print(f"{unread} pages of the index are not read; without what they list:")  # noqa: T201
        # Requests for captures go to the last host.
        delay = politeness.paces[self.allowed_domains[-1]].base
        estimate = Estimate(articles=cost.wanted, listings=cost.requests - cost.wanted)
        print(  # noqa: T201
            f"{cost.captures:,} captures of {cost.articles:,} articles are listed; "
            f"to fetch: {estimate.line(delay)}"
        )


def _request(where: str) -> Request:
    """The request for the capture at an address, with its range of bytes as the fragment."""
    file, _, span = where.partition("#")
    headers = {"Range": f"bytes={span}", "Accept-Encoding": "identity"} if span else None
    meta = {"handle_httpstatus_list": NOT_THERE, RECEIVED: ""}
    return Request(file, headers=headers, meta=meta, dont_filter=True)
