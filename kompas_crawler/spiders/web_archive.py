"""Base of the spiders that fill the archive from public web archives."""

import logging
from abc import abstractmethod
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from datetime import date
from functools import partial
from http import HTTPStatus
from typing import Any, ClassVar

from scrapy import Request
from scrapy.http import Response

from kompas_crawler.archive.changes import PageChange
from kompas_crawler.archive.frontier import looks, web_captures
from kompas_crawler.archive.frontier.estimate import Estimate
from kompas_crawler.archive.frontier.take import Work
from kompas_crawler.archive.store import forget
from kompas_crawler.exitcodes import UsageProblem
from kompas_crawler.frontier import Candidate, CutShort, Priority, Row, State
from kompas_crawler.items import CAPTURE, Article, Capture
from kompas_crawler.log.terminal import counted, safe
from kompas_crawler.middlewares.compression import AS_RECEIVED
from kompas_crawler.middlewares.robots import RobotsMiddleware
from kompas_crawler.middlewares.throttle import NotSent, PolitenessMiddleware
from kompas_crawler.pages import cdx, recognition
from kompas_crawler.pages.cdx import NoArticle, NotAsListed
from kompas_crawler.pages.merge import is_of_text
from kompas_crawler.project import require
from kompas_crawler.site.keys import WIB, ArticleKey
from kompas_crawler.spiders import arguments as read
from kompas_crawler.spiders.archive_spider import ArchiveSpider, read_article, with_pages
from kompas_crawler.warc.response import CapturedPage, captured, decoded

logger = logging.getLogger(__name__)

CHOSEN_AT_ONCE = 500  # captures made pending at once: a sweep passes over them at each step
INDEX_SECONDS = 180.0  # a filtered page is sent when the server has read through all of Kompas
NOT_THERE = [301, 302, 303, 307, 308, 404, 410, 416]  # the capture is not where the index says


class WebArchiveSpider(ArchiveSpider):
    """Reads the index of an archive, then fetches one capture of each article.

    Pages of the index are rows of the kind ``cdx``; they admit captures, of which the best one of
    each article that is not stored becomes pending. Counts ``captures/listed`` and ``refuted``.
    """

    reads_captures: ClassVar[bool] = True
    # At most two pages of an index are in memory; 503 and 429 delay the last retry by minutes.
    custom_settings = {"CONCURRENT_REQUESTS": 2, "RETRY_TIMES": 5}  # noqa: RUF012 - as Scrapy has it
    _days: list[date] | None = None  # left in this pass
    _chosen = 0  # in this pass
    ARGUMENTS: ClassVar = {
        "list": "only the articles of an export of another archive, and compare them at the end",
        "since": "YYYY-MM-DD, the first day of publication; required without ``list``",
        "until": "YYYY-MM-DD, the last day of publication, default today",
        "sections": "only articles of these sections, by commas",
        "crawls": "only for commoncrawl: names of crawls or their beginnings, such as CC-MAIN-2021",
        "limit": "maximum number of new articles",
        "versions": "1 = every capture with another content, not only one per article",
        "dry_run": "1 = read only the index, and print the estimated cost and each robots.txt",
    }

    def __init__(self, **asked: Any) -> None:
        super().__init__(**asked)
        require(f"scrapy crawl {self.name}", "warc")
        if asked.get("crawls") and self.name != "commoncrawl":
            raise UsageProblem("crawls is an argument of commoncrawl")
        since, until = asked.get("since"), asked.get("until")
        if asked.get("list") is not None:
            self.take_list(asked["list"])
            listed = [ArticleKey.parse(key).day for key in self.listed]
            since, until = since or str(min(listed)), until or str(max(listed))
        self.since, self.until = read.days(since, until)
        self.crawls = read.names(asked.get("crawls"))
        self._versions = read.switch("versions", asked.get("versions"))
        self._sections = read.slugs(asked.get("sections"))
        ways = [f"{n}={self.arguments[n]}" for n in [*self.ARGUMENTS][:5] if n in self.arguments]
        kinds = ("cdx",) if self.is_dry_run else ("cdx", "capture")
        self.work = Work(scope=":".join([self.name, *ways]), max_depth=0, kinds=kinds)

    @property
    def selection(self) -> web_captures.Selection:
        today = self.run.clock.now().astimezone(WIB).date()
        return web_captures.Selection(
            archive=self.name,
            scope=self.work.scope,
            since=self.since,
            until=min(self.until or today, today),
            started_at=self.run.started_at,
            sections=self._sections,
            articles=self.listed,
            versions=self._versions,
        )

    @property
    def path_filter(self) -> str:
        """The addresses to ask for; without ``until`` by year, else they would change daily."""
        of = self.selection
        return cdx.path_filter(of.since, self.until or of.until.replace(month=12, day=31))

    @abstractmethod
    def in_index(self, response: Response, row: Row) -> Iterable[Candidate]:
        """The captures in a page of the index, and the pages to read next.

        Raises ``ValueError`` if it is not such a page, ``UsageProblem`` for an argument.
        """

    def index_candidate(self, url: str, *, is_read_again: bool = False) -> Candidate:
        known = {"scope": self.work.scope, "priority": Priority.FRONT, "requeue": is_read_again}
        return Candidate(key=url, kind="cdx", url=url, **known)  # type: ignore[arg-type]

    async def parse_index(self, response: Response, row: Row) -> AsyncIterator[PageChange]:
        now, status = self.run.clock.now(), response.status
        forgotten, of = await self.run.writer.call(forget.forgotten_keys), self.selection
        try:
            candidates = [
                found
                for found in self.in_index(response, row)
                if found.day is None  # a page of the index
                or (
                    of.since <= found.day <= of.until
                    and found.pager_of not in forgotten
                    and (not self.listed or found.pager_of in self.listed)
                )
            ]
        except UsageProblem as error:  # a ValueError too
            self.run.writer.fail(error)
            return
        except (ValueError, RecursionError) as error:
            why = f": {safe(str(error))[:100]}" if status == 200 else ""
            reason = f"no page of the index (HTTP {status}){why}"
            yield looks.failed(row, reason, now, status=status)
            return
        self.crawler.stats.inc_value("captures/listed", sum(c.day is not None for c in candidates))
        yield PageChange(row=row, state=State.DONE, candidates=tuple(candidates))

    def request(self, row: Row) -> Request:
        is_capture = row.kind == "capture"
        of_index = {"handle_httpstatus_list": [404], "download_timeout": INDEX_SECONDS}
        request = _request(row.url) if is_capture else Request(row.url, meta=of_index)
        request.callback = self.parse_capture if is_capture else self.parse_index
        return request.replace(cb_kwargs={"row": row}, priority=-row.priority, dont_filter=True)

    async def parse_capture(self, response: Response, row: Row) -> AsyncIterator[Any]:
        """The article of a capture, joined with its later pages."""
        now = self.run.clock.now()
        try:
            page, article = self._read(response, row.url, row.etag, row.pager_of)
            article = await self._joined(article, row)
        except NotAsListed as error:
            self.crawler.stats.inc_value("captures/refuted")
            logger.info("Passed over %s: %s", row.url, error)
            change = PageChange(row=row, state=State.SKIPPED, reason=str(error))
            if not isinstance(error, NoArticle):  # looked at twice: it may be another page today
                answer = response.replace(body=decoded(response, is_whole=True)[0])
                is_wall = recognition.unproven(answer, "").kind is recognition.Kind.REFUSED
                is_over = row.state is State.SKIPPED and not is_wall
                again_at = None if is_over else now + looks.LISTED_AGAIN_AFTER
                change = replace(change, next_at=again_at, is_refusal=is_wall)
            yield change
        except (NotSent, CutShort) as error:
            failed = looks.failed(row, str(error), now, status=response.status)
            yield replace(failed, next_at=now) if isinstance(error, NotSent) else failed
        else:
            file, _, span = row.url.partition("#")
            offset, at = int(span.partition("-")[0] or 0), page.at
            assert at is not None
            response.meta[CAPTURE] = Capture(file, offset, page.digest or "", at, written_at=at)
            yield article

    def _read(
        self, response: Response, url: str, digest: str | None, key: str | None
    ) -> tuple[CapturedPage, Article]:
        """The article *key* in a response; raises ``NotAsListed`` or ``CutShort``."""
        if response.status in NOT_THERE:
            raise NotAsListed(f"HTTP {response.status}")
        page = captured(response, url, digest or "")
        verdict, article = read_article(page.response, key)
        if page.response.status != HTTPStatus.OK or article is None:
            raise NoArticle(verdict.reason or f"no article (HTTP {page.response.status})")
        return page, article

    async def _joined(self, article: Article, row: Row) -> Article:
        """*article* with the captures of its later pages, those nearest in time."""
        at = cdx.moment(row.key.split(":")[3])

        async def page(number: int) -> Article | None:
            of = f"{self.name}:{article.id}:{number}:"
            listed = await self.run.writer.call(lambda c: [*web_captures.keyed(c, of)])
            for capture in sorted(listed, key=lambda c: abs(cdx.moment(c.timestamp) - at)):
                found = await self._later(capture, row)
                if found is not None and is_of_text(found, article):
                    return found
            return None

        return await with_pages(article, page)

    async def _later(self, capture: web_captures.Capture, row: Row) -> Article | None:
        try:
            response = await self.crawler.engine.download_async(_request(capture.url))
        except NotSent:
            raise
        except Exception as error:
            raise CutShort(f"page {capture.page}: {error or type(error).__name__}") from error
        try:
            return self._read(response, capture.url, capture.etag, capture.article)[1]
        except NotAsListed as error:
            if not (row.attempts or isinstance(error, NoArticle)):  # it may be another page today
                raise CutShort(f"page {capture.page}: {error}") from error
            logger.info("Passed over %s: %s", capture.url, error)
            return None

    async def proceed(self) -> bool:
        """Choose the captures to fetch, once the index is read; a dry run counts them."""
        if self.is_dry_run:
            await self._print_cost()
            return False
        of, most = self.selection, CHOSEN_AT_ONCE
        while self._days or self._days is None or self._chosen:
            if not self._days:
                # Again after a pass: a refuted capture is replaced by another one.
                self._days = await self.run.writer.call(partial(web_captures.days, of=of))
                self._chosen = 0
            choose = partial(web_captures.choose, of=of, days=self._days, most=most)
            chosen = await self.run.writer.call(choose)
            self._chosen += chosen
            if chosen:
                return True
        return False

    async def _print_cost(self) -> None:
        of = self.selection
        cost = await self.run.writer.call(partial(web_captures.cost, of=of, limit=self.limit))
        unread = await self.run.writer.call(partial(web_captures.unread, scope=of.scope))
        robots = self.crawler.get_downloader_middleware(RobotsMiddleware)
        politeness = self.crawler.get_downloader_middleware(PolitenessMiddleware)
        assert robots is not None
        assert politeness is not None
        for host in self.allowed_domains:
            print(safe(await robots.described(f"https://{host}")))  # noqa: T201 - the answer
        if unread:
            print(f"not read of the index: {counted(unread, 'page')}; without what is there:")  # noqa: T201
        delay = politeness.paces[self.allowed_domains[-1]].base  # the host of the captures
        estimate = Estimate(articles=cost.wanted, listings=cost.requests - cost.wanted)
        listed = f"{counted(cost.captures, 'capture')} of {counted(cost.articles, 'article')}"
        print(f"listed: {listed}; to fetch: {estimate.line(delay)}")  # noqa: T201


def _request(where: str) -> Request:
    """The request for the capture at an address, with its range of bytes as the fragment."""
    file, _, span = where.partition("#")
    headers = {"Range": f"bytes={span}", "Accept-Encoding": "identity"} if span else None
    meta = {"handle_httpstatus_list": NOT_THERE, AS_RECEIVED: True}
    return Request(file, headers=headers, meta=meta, dont_filter=True)
