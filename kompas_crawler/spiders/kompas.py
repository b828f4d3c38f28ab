"""Follows the index, the section pages and the "Baca juga" links of Kompas.com."""

import hashlib
import logging
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Any, ClassVar

from scrapy.exceptions import CloseSpider
from sqlalchemy import Connection

from kompas_crawler.archive.frontier import estimate, fronts, index_days
from kompas_crawler.archive.frontier.admit import admit, article_candidate
from kompas_crawler.archive.frontier.estimate import Estimate
from kompas_crawler.archive.frontier.take import Work
from kompas_crawler.exitcodes import UsageProblem
from kompas_crawler.frontier import NO_HOPS, SWEEP, TAGS, Candidate, Priority, Row
from kompas_crawler.items import Listing
from kompas_crawler.log.terminal import counted
from kompas_crawler.polite.pace import polite_delay
from kompas_crawler.site import sections as known_sections
from kompas_crawler.site.keys import WIB
from kompas_crawler.site.listings import page_number, tag_url
from kompas_crawler.site.urls import UrlKind, article_key, canonical, kind
from kompas_crawler.spiders import arguments as read
from kompas_crawler.spiders.archive_spider import ArchiveSpider
from kompas_crawler.spiders.list_spider import index_candidate, latest_candidate, listing_candidate

logger = logging.getLogger(__name__)

DEFAULT_DEPTH = 2
DEFAULT_PAGES = 50
CATCH_UP_AFTER = timedelta(days=1)  # since the last sweep: the days between are read as well
MIDNIGHT = timedelta(hours=1)  # how long after midnight the index of the day before is read as well


class KompasSpider(ArchiveSpider):
    """Sweeps the newest of the index, and fronts by how much they publish; follows "Baca juga"."""

    name = "kompas"
    ARGUMENTS: ClassVar = {
        "sections": "slugs or labels, by commas: asks all of these; ``all`` includes paid ones",
        "depth": '"Baca juga" hops from a listing, default 2',
        "pages": "maximum pager pages: per section, default 50; per tag, default 0 = no limit",
        "urls": "articles or listings instead of the sections: by commas, or a file",
        "list": "articles of an export of another archive: fetches what is missing, and compares",
        "tags": "every page of these tags, back to ``since``, without hops",
        "since": "YYYY-MM-DD, with ``tags``",
        "gaps": "1 = fetch what ``scrapy gaps`` lists, of ``sections`` if given, without waiting",
        "limit": "maximum number of new articles",
        "dry_run": "1 = only print what a day of sweeps costs",
    }

    def __init__(self, **asked: Any) -> None:
        super().__init__(**asked)
        given = asked.get
        self._is_named = bool(given("sections"))
        self.sections = known_sections.named(given("sections") or "")
        self._fronts = {canonical(one.front_url): one.slug for one in self.sections}
        self.urls = read.addresses(given("urls"))
        if given("list") is not None:
            self.take_list(asked["list"])
        self.tags = read.names(given("tags"))
        self.since = read.day("since", given("since"))
        self.fills_gaps = read.switch("gaps", given("gaps"))
        ways = [way for way in ("urls", "list", "tags") if given(way)]
        ways += ["sections"] if ways and given("sections") else []
        ways += ["gaps"] * self.fills_gaps + ["dry_run"] * self.is_dry_run
        if len(ways) > 1:
            raise UsageProblem(f"{' and '.join(ways)} cannot be combined")
        if self.since and not self.tags:
            raise UsageProblem("since needs tags; for days use: scrapy crawl indeks -a since=...")
        hops = read.number("depth", given("depth"), default=0 if self.tags else DEFAULT_DEPTH)
        self.pages = read.number("pages", given("pages"), default=0 if self.tags else DEFAULT_PAGES)
        # Links of requested addresses are followed only with an explicit depth.
        self._depth = 0 if given("depth") else NO_HOPS
        self.work = self._work(hops)
        self._latest: list[Candidate] = []
        self._missed: set[tuple[date, str]] = set()

    def _work(self, hops: int) -> Work:
        if self.urls:
            return Work(scope=f"urls:{_digest(self.urls)}", max_depth=hops)
        if self.listed:
            return Work(scope=f"list:{_digest(tuple(self.listed))}", max_depth=0)
        if self.tags:
            scope = f"{TAGS}{_digest((*self.tags, str(self.since)))}:{self.since or read.EARLIEST}"
            return Work(scope=scope, max_depth=hops)
        own = read.slugs(self.arguments.get("sections"))
        if self.fills_gaps:
            return Work(scope="gaps", max_depth=0, takes_gaps=True, sections=own)
        return Work(scope=SWEEP, max_depth=hops, sections=own, takes_leftovers=True, takes_due=True)

    async def start(self) -> AsyncIterator[Candidate]:
        """The seeds of the arguments; by default the index, due fronts and missed days."""
        scope = self.work.scope
        if self.is_dry_run:
            daily = await self.run.writer.call(lambda c: estimate.daily(c, self.run.clock.now()))
            print(f"A day of sweeps: {daily.line(polite_delay(self.settings))}")  # noqa: T201
            raise CloseSpider("dry_run")
        known: dict[str, Any] = {"scope": scope, "priority": Priority.FRONT}
        for url in self.urls:
            if kind(url) is UrlKind.LISTING:
                yield listing_candidate(url, **known)
            else:
                yield article_candidate(url, scope=scope, depth=self._depth, requeue=True)
        for given in self.given:
            yield article_candidate(given.url, scope=scope, depth=NO_HOPS)
        self.crawler.stats.set_value("listings/tags", ", ".join(self.tags))
        for tag in self.tags:
            yield listing_candidate(tag_url(tag), depth=self._depth, **known)
        if self.fills_gaps:
            for first in await self.run.writer.call(self._unverified_days):
                yield first
        if scope == SWEEP:
            for candidate in (*await self._lists(), *await self._missed_days()):
                yield candidate

    async def _lists(self) -> list[Candidate]:
        """The named fronts; else all after a day, or the newest of the index and fronts not due."""
        now, scope, writer = self.run.clock.now(), self.work.scope, self.run.writer
        asked, urls = {*self._fronts}, [*self._fronts]
        if not self._is_named and await writer.call(fronts.last_read) >= now - CATCH_UP_AFTER:
            asked = await writer.call(lambda c: fronts.unvisited(c, urls, now))
            days = {at.astimezone(WIB).date() for at in (now, now - MIDNIGHT)}
            self._latest = [latest_candidate(day, scope=scope) for day in sorted(days)]
            self.crawler.stats.set_value("listings/not_due", len(urls) - len(asked))
        known = [listing_candidate(url, scope=scope, priority=Priority.FRONT) for url in urls]
        return [*(replace(one, requeue=one.url in asked) for one in known), *self._latest]

    async def proceed(self) -> bool:
        """Once a run: all fronts, if the newest of the index was not read; days still missed."""
        keys, self._latest = [latest.key for latest in self._latest], []
        ask = partial(fronts.take_over, index=keys, keys=[*self._fronts], since=self.run.started_at)
        if bool(keys) and await self.run.writer.call(ask):
            return True
        days = await self._missed_days() if self.work.scope == SWEEP else []
        await self.run.writer.call(lambda c: admit(c, days, self.run.started_at))
        return bool(days)

    async def _missed_days(self) -> list[Candidate]:
        """The index of the days that fronts have missed for ``CATCH_UP_AFTER``, once a run."""
        now, call = self.run.started_at, self.run.writer.call
        before = now - CATCH_UP_AFTER
        end = now if await call(fronts.last_read) < before else None  # the first after a pause
        found = await call(partial(fronts.missed, before=before, end=end))
        missed = {
            (day, slug if self._is_named else "all")
            for url, slug in self._fronts.items()
            for day in found.get(url, ())
        } - self._missed
        self._missed |= missed
        if missed:
            logger.info("Reading the index of %s", counted(len(missed), "missed day"))
        return self._index(sorted(missed, reverse=True))

    def _unverified_days(self, connection: Connection) -> list[Candidate]:
        now = self.run.clock.now()
        days = index_days.in_doubt(connection, now)
        spans = fronts.missed(connection, now, None).values()
        return self._index([*days, *((day, "all") for span in spans for day in span)])

    def _index(self, days: Iterable[tuple[date, str]]) -> list[Candidate]:
        known: dict[str, Any] = {"scope": self.work.scope, "priority": Priority.BACKFILL}
        return [index_candidate(day, site, **known) for day, site in dict.fromkeys(days)]

    def candidates(self, listing: Listing, row: Row) -> tuple[Candidate, ...]:
        """The articles of a listing; of a tag only those since ``since``."""
        found = super().candidates(listing, row)
        if self.tags and page_number(row.url) == 1:
            pages = listing.last_page
            line = Estimate(pages * max(len(found), 1), pages).line(polite_delay(self.settings))
            logger.info("%s: %s, at most %s", row.url, counted(pages, "page"), line)
        return tuple(c for c in found if c.day is None or c.day >= _since(row))

    def next_page(self, listing: Listing, row: Row) -> Candidate | None:
        """The next page within the limit; a tag's pager ends when all articles are too old."""
        keys = [article_key(listed.url) for listed in listing.articles]
        is_limited = self.pages and (self.tags or not row.reads_all)
        is_far = is_limited and page_number(listing.next_page_url or row.url) > self.pages
        if is_far or (keys and all(key is not None and key.day < _since(row) for key in keys)):
            return None
        return super().next_page(listing, row)


class RevisitsSpider(ArchiveSpider):
    """Fetches due rows, without reading sections: it has no seeds. Takes no argument.

    A sweep by ``kompas`` does this too; in a fleet it is a separate job.
    """

    name = "revisits"
    work = Work(scope="revisits", max_depth=DEFAULT_DEPTH, takes_due=True)


def _since(row: Row) -> date:
    """The first day that the command of *row* asked for."""
    last = row.scope.rpartition(":")[2]  # older versions kept no day
    return date.fromisoformat(last) if len(last) == 10 else read.EARLIEST


def _digest(names: tuple[str, ...]) -> str:
    return hashlib.sha256("\n".join(sorted(names)).encode()).hexdigest()[:12]
