"""Base of the spiders that read listings: fronts, pagers, index days, sitemaps."""

import logging
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import chain
from operator import lt
from typing import Any, ClassVar

from lxml import etree
from scrapy import Request
from scrapy.http import Response

from kompas_crawler.archive.changes import PageChange
from kompas_crawler.archive.frontier import fronts, index_days, looks, sittings
from kompas_crawler.archive.frontier.admit import EMPTY_PAGES, article_candidate
from kompas_crawler.clock import duration
from kompas_crawler.crawl.run import Run
from kompas_crawler.crawl.spider import FrontierSpider
from kompas_crawler.exitcodes import UsageProblem
from kompas_crawler.frontier import LATEST, Candidate, FrontPage, IndexPage, Priority, Row, State
from kompas_crawler.items import Listing
from kompas_crawler.pages import recognition, sitemap
from kompas_crawler.pages.listing import ListingPage
from kompas_crawler.pages.recognition import Kind, Verdict
from kompas_crawler.pages.sitemap import SitemapEntry
from kompas_crawler.site import urls
from kompas_crawler.site.keys import WIB
from kompas_crawler.site.listings import index_day_of, index_url, page_number, page_url
from kompas_crawler.site.sections import SECTIONS
from kompas_crawler.spiders import arguments as read
from kompas_crawler.spiders.deadline import TooSlow, deadline

logger = logging.getLogger(__name__)

MAX_LINKS = 500  # maximum articles taken from one list; the home page has about 75
MAX_PAGES = 5000  # limit of any pager, regardless of arguments
MAX_INDEX_PAGES = 500  # limit of an index day; a busy day has about 75 pages
MAX_SITEMAPS = 1000  # limit of one run, as sitemap indexes may be cyclic; Kompas has about 60
OLDEST_COPY = timedelta(hours=1)  # of an index whose day had not settled when it was made
FULL = 10  # articles on a page of an index after which there may be another; a full one has 15
MORNING = time(6)  # when the index of a day has rows; without any it is not believed
FRONTS = {urls.canonical(section.front_url): section.slug for section in SECTIONS.values()}
"""Sections by the URL of their front."""


class ListSpider(FrontierSpider):
    """A spider that admits the links of listings; raises ``ValueError`` for a wrong argument."""

    allowed_domains: ClassVar[list[str]] = ["kompas.com"]
    ARGUMENTS: ClassVar[Mapping[str, str]] = {}

    def __init__(self, **asked: Any) -> None:
        read.refuse_unknown(asked, self.ARGUMENTS)
        super().__init__()
        for name in {"sections", "tags", "crawls"} & asked.keys():
            if (asked[name] or (name, asked[name]) == ("tags", "")) and not read.names(asked[name]):
                raise UsageProblem(f"{name} names no {name[:-1]}")
        self.arguments = {name: asked[name] for name in self.ARGUMENTS if asked.get(name)}
        self.limit = read.number("limit", asked.get("limit"), default=None, least=1)
        self.is_dry_run = read.switch("dry_run", asked.get("dry_run"))
        self._sitemaps: set[str] = set()
        self._pagers: dict[str, dict[int, set[str]]] = {}  # the rows of their pages
        self._repeated = Counter[str]()  # the last pages in a row that repeat others

    @property
    def run(self) -> Run:
        return self.crawler.get_extension(Run)  # type: ignore[return-value]  # None in Scrapy's tools

    def unread(self, verdict: Verdict, row: Row, response: Response) -> PageChange:
        """The change of a row whose response is not the requested page."""
        now, status, reason = self.run.clock.now(), response.status, verdict.reason
        stats = self.crawler.stats
        stats.inc_value(f"answers/{verdict.kind.replace(' ', '_')}")
        if verdict.kind is Kind.NO_TEXT:
            stats.inc_value("articles/no_text")
            # Looked at once more: a cache can send the page of another address.
            again_at = None if row.state is State.SKIPPED else now + looks.LAST_RETRY
            look: dict[str, Any] = {"reason": reason, "http_status": status, "next_at": again_at}
            return PageChange(row=row, state=State.SKIPPED, **look)
        if row.kind == "article" and verdict.kind is not Kind.REFUSED:
            stats.inc_value("articles/not_articles")
        url = verdict.url or ""
        known: dict[str, Any] = {"scope": row.scope, "depth": row.depth}
        if verdict.kind is Kind.OTHER_ARTICLE:
            found = article_candidate(url, discovered_from=row.key, **known)
            return looks.alias(row, found, now, status, is_sure=False)
        links: tuple[Candidate, ...] = ()
        if verdict.listing is not None:
            found_links = verdict.listing.found_by_address
            links = self.candidates(replace(verdict.listing.to_item(), articles=found_links), row)
        if verdict.kind is Kind.OTHER_LIST:
            target = listing_candidate(url, priority=row.priority, **known)
            return looks.moved_list(row, target, now, status, links)
        is_refusal, is_unproven = verdict.kind is Kind.REFUSED, verdict.kind is Kind.ERROR
        known = {"is_refusal": is_refusal, "is_unproven": is_unproven}
        return looks.failed(row, reason, now, status=status, candidates=links, **known)

    async def parse_listing(self, response: Response, row: Row) -> AsyncIterator[Any]:
        """Admit the links of a listing in its transaction; an unproven page stays unread."""
        if urls.is_sitemap(row.url):
            yield self._sitemap_change(response, row)
            return
        try:
            with deadline:
                verdict = recognition.listing(response, row.url)
                change = self._list_change(verdict, row, response)
                has_pager = verdict.listing is not None and verdict.listing.last_page > 1
        except TooSlow as error:
            change, has_pager = self.unread(Verdict(Kind.ERROR, str(error)), row, response), False
        yield await self._checked_by_next_page(change, has_pager=has_pager)

    def _list_change(self, verdict: Verdict, row: Row, response: Response) -> PageChange:
        if verdict.kind is not Kind.LISTING:
            return self.unread(verdict, row, response)
        assert verdict.listing is not None
        page, listing = verdict.listing, verdict.listing.to_item()
        index_day = index_day_of(row.url)
        # Rows in a markup that is not known can stand beside rows that are.
        every = replace(listing, articles=page.found_by_address)
        if index_day is not None and not row.key.endswith(LATEST):
            change = self._index_change(listing, row, response, *index_day)
            return replace(change, candidates=self.candidates(every, row))
        front_page = self._front_page(page, row, recognition.age(response))
        now = self.run.clock.now()
        if not listing.articles and index_day is None and (row.pager_of or page.is_rowed):
            self.crawler.stats.inc_value("listings/empty")
            return replace(looks.empty_day(row, now, response.status), front_page=front_page)
        if index_day is not None and not listing.articles:
            if now >= datetime.combine(index_day[1], MORNING, WIB):
                return looks.failed(row, "the index has no row", now, is_unproven=True)
            self.crawler.stats.inc_value("listings/empty_days")
        return PageChange(
            row=row,
            state=State.DONE,
            is_repeated=self._repeats(page, row),
            next_at=fronts.next_look(front_page, now),
            candidates=self.candidates(listing if row.key.endswith(LATEST) else every, row),
            next_page=self.next_page(listing, row),
            front_page=front_page,
        )

    def _index_change(
        self, listing: Listing, row: Row, response: Response, site: str, day: date
    ) -> PageChange:
        """The change of an index page; one without a row of its section needs several looks."""
        now, number, status = self.run.clock.now(), page_number(row.url), response.status
        age = recognition.age(response)
        change = PageChange(row=row, state=State.DONE)
        if listing.unread_rows is None and max(number, listing.last_page) > 1:
            reason = "no row on a page in the pager"
            change = looks.failed(row, reason, now, status=status, claim=reason)
            if number == 1 or not looks.is_confirmed(change, now, looks.LIST_GONE_AFTER, looks=4):
                return change
            change = replace(change, state=State.DONE, reason=None, next_at=None, is_failure=False)
        is_early = age > OLDEST_COPY and now - age < index_days.settled_at(day)
        reason = f"a cached copy, {duration(age.total_seconds())} old" if is_early else ""
        if unread := (listing.unread_rows or 0) + max(len(listing.articles) - MAX_LINKS, 0):
            reason = f"rows that were not understood, or are too many: {unread}"
        found = self.candidates(listing, row)
        has_own = any(one.section == site or site not in SECTIONS for one in found)
        if reason:
            change = looks.failed(row, reason, now, status=status, is_unproven=True)
        elif number == 1 and not has_own and now.astimezone(WIB).date() > day:
            change = looks.empty_day(row, now, status)
            if change.state is not State.DONE:
                self.crawler.stats.inc_value("listings/empty")
                return change
        if not listing.articles:
            self.crawler.stats.inc_value("listings/empty_days")
        named = max(listing.last_page, number, number + 1 if listing.next_page_url else 1)
        if named > MAX_INDEX_PAGES and number == 1:
            self._cut_off(f"{row.url}: pages past {MAX_INDEX_PAGES}")
        first = index_candidate(day, site, scope=row.scope, priority=Priority.PAGER)
        known: dict[str, Any] = {"site": site, "day": day, "page": number, "first": first}
        known |= {"age": min(age, OLDEST_COPY), "keys": tuple(one.key for one in found)}
        is_whole, named = change.state is State.DONE, min(named, MAX_INDEX_PAGES)
        index_page = IndexPage(**known, named=named, is_whole=is_whole, claim=row.claim)
        return replace(change, index_page=index_page)

    async def _checked_by_next_page(self, change: PageChange, *, has_pager: bool) -> PageChange:
        """*change*; a full last page of an index ends it if the next lists no other article."""
        page, now = change.index_page, self.run.clock.now()
        if page is None or not page.is_whole or not page.page == page.named < MAX_INDEX_PAGES:
            return change
        sitting = await self.run.writer.call(lambda c: sittings.sitting_of(c, page.site, page.day))
        others = sitting.read_pages.values() if sitting and page.page > 1 else ()
        full = max([FULL, *map(len, others if has_pager else ())])
        if len(page.keys) < full or now < index_days.settled_at(page.day):
            return change
        url, known = page_url(page.first.url, page.page + 1), {"row": change.row}
        request = Request(url, dont_filter=True, cb_kwargs=known)
        why, claim, more = "", None, set[str]()
        try:
            response = await self.crawler.engine.download_async(request)
            with deadline:
                verdict = recognition.listing(response, url)
            if verdict.kind is Kind.REFUSED or response.status not in (200, 404, 410):
                raise ValueError(verdict.reason)
            listed = verdict.listing.article_urls if verdict.listing and not verdict.reason else ()
            more = {urls.row_key(one) for one in listed}.difference(page.keys, *others)
            is_elsewhere = page_url(response.url, 1) != page_url(url, 1)
            if verdict.kind in (Kind.ERROR, Kind.GONE) or is_elsewhere:
                claim = "it has no pager, and the page after it is not a list"
                why = f"{claim}: {verdict.reason}"
            elif listed and not more:  # the site may ignore the page number
                why = "it has no pager, and the page after it repeats it"
        except Exception as error:  # noqa: BLE001 - this page is read again
            reason = str(error) or type(error).__name__
            why = f"it has no pager, and the page after it was not read: {reason}"
        failed = looks.failed(change.row, why, now, claim=claim, candidates=change.candidates)
        is_doubted = why and not has_pager  # a pager is refuted by other articles alone
        if is_doubted and not looks.is_confirmed(failed, now, looks.EMPTY_AFTER, looks=2):
            return replace(failed, index_page=replace(page, is_whole=False))
        return replace(change, index_page=replace(page, named=page.page + bool(more)))

    def _front_page(self, page: ListingPage, row: Row, age: timedelta) -> FrontPage | None:
        front = row.pager_of or row.key
        if (section := FRONTS.get(front)) is None:
            return None
        keys = tuple(map(str, filter(None, map(urls.article_key, page.row_urls))))
        # More rows that are newer than the row before: a list of what is read most.
        is_by_time = sum(map(lt, keys, keys[1:])) <= max(1, len(keys) // 4)
        known = {"has_rows": page.has_rows, "is_whole": is_by_time and not page.unread_rows}
        number = page_number(row.url)
        return FrontPage(front=front, section=section, page=number, keys=keys, age=age, **known)

    def candidates(self, listing: Listing, row: Row) -> tuple[Candidate, ...]:
        """Candidates for the links of *listing*, at most ``MAX_LINKS``."""
        if len(listing.articles) > MAX_LINKS:
            self._cut_off(f"{row.url} has {len(listing.articles)} links; those past {MAX_LINKS}")
        known: dict[str, Any] = {"scope": row.scope, "discovered_from": row.key}
        listed = known | {"depth": row.depth, "is_listed": True}
        beside = known | {"depth": max(row.depth, 1)}
        return tuple(
            article_candidate(one.url, title=one.title, **(beside if one.is_beside else listed))
            for one in listing.articles[:MAX_LINKS]
        )

    def next_page(self, listing: Listing, row: Row) -> Candidate | None:
        """The next page of the pager."""
        url = listing.next_page_url
        is_over = row.reads_all and self._repeated[page_url(row.url, 1)] >= EMPTY_PAGES
        if url is None or is_over or page_number(url) <= page_number(row.url):  # a cycle
            return None
        if page_number(url) > MAX_PAGES:
            self._cut_off(f"{row.url}: pages past {MAX_PAGES}")
            return None
        known = {"discovered_from": row.key, "pager_of": row.pager_of or row.key}
        first = {"scope": row.scope, "depth": row.depth, "priority": Priority.PAGER}
        found = listing_candidate(url, **first, **known)
        return replace(found, key=f"{found.key}{LATEST}") if row.key.endswith(LATEST) else found

    def _repeats(self, page: ListingPage, row: Row) -> bool:
        """Whether most rows of a page are on earlier pages of its pager, as on a cached copy."""
        name, number = page_url(row.url, 1), page_number(row.url)
        pages = self._pagers.setdefault(name, {})
        pages[number] = keys = set(map(urls.row_key, page.row_urls))
        known = keys.intersection(chain(*(listed for n, listed in pages.items() if n < number)))
        is_repeated = 2 * len(known) > len(keys)
        self._repeated[name] = self._repeated[name] + 1 if is_repeated else 0
        return is_repeated

    def _cut_off(self, line: str) -> None:
        self.crawler.stats.inc_value("listings/cut_off")
        logger.warning("%s were not read", line)

    def read_sitemap(self, response: Response) -> tuple[Verdict, list[SitemapEntry]]:
        """Classify *response*, and read the entries of a sitemap."""
        verdict = recognition.sitemap(response, self.settings.getint("DOWNLOAD_MAXSIZE"))
        try:
            return verdict, list(sitemap.entries(verdict.sitemap)) if verdict.sitemap else []
        except etree.LxmlError as error:
            return Verdict(Kind.ERROR, f"broken sitemap: {error}"), []

    def _sitemap_change(self, response: Response, row: Row) -> PageChange:
        verdict, entries = self.read_sitemap(response)
        if len(entries) >= sitemap.MAX_ENTRIES:
            self._cut_off(f"{row.url}: entries past {sitemap.MAX_ENTRIES}")
        candidates = tuple(filter(None, (self._entry_candidate(one, row) for one in entries)))
        if verdict.kind is Kind.LISTING and (url := urls.canonical(response.url)) != row.url:
            verdict = Verdict(Kind.OTHER_LIST, f"redirected to {url}", url)
        is_read, done = verdict.kind is Kind.LISTING, PageChange(row=row, state=State.DONE)
        change = done if is_read else self.unread(verdict, row, response)
        return replace(change, candidates=(*candidates, *change.candidates))

    def _entry_candidate(self, entry: SitemapEntry, row: Row) -> Candidate | None:
        url, known = urls.canonical(entry.url), {"scope": row.scope, "discovered_from": row.key}
        if entry.is_sitemap and urls.is_sitemap(url):
            self._sitemaps.add(url)  # sitemap indexes may be cyclic
            if len(self._sitemaps) <= MAX_SITEMAPS:
                return listing_candidate(url, priority=Priority.PAGER, **known)
            self.crawler.stats.inc_value("listings/cut_off")
        if entry.is_sitemap or urls.kind(url) is not urls.UrlKind.ARTICLE:
            return None
        found = article_candidate(url, depth=0, title=entry.title, is_listed=True, **known)
        return replace(found, listed_at=entry.published_at, priority=Priority.BACKFILL)


def index_candidate(day: date, site: str, *, scope: str, priority: int) -> Candidate:
    return listing_candidate(index_url(day, site), scope=scope, priority=priority, day=day)


def latest_candidate(day: date, *, scope: str) -> Candidate:
    """The newest pages of the index of *day*: no sitting, but what a sweep has not met yet."""
    found = listing_candidate(index_url(day), scope=scope, priority=Priority.FRONT)
    return replace(found, key=f"{found.key}{LATEST}")


def listing_candidate(url: str, **known: Any) -> Candidate:
    """The candidate for a listing, which is read again in every run."""
    address = urls.canonical(url)
    known |= {"section": urls.section_of(address), "requeue": True}
    return Candidate(key=address, kind="listing", url=address, **known)
