"""Back-fill from the daily index ("indeks")."""

import logging
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from scrapy.exceptions import CloseSpider
from sqlalchemy import Connection

from kompas_crawler.archive.frontier import estimate, index_days
from kompas_crawler.archive.frontier.take import Work
from kompas_crawler.frontier import Candidate, Priority
from kompas_crawler.log.terminal import counted
from kompas_crawler.polite.pace import polite_delay
from kompas_crawler.site import sections as known_sections
from kompas_crawler.site.keys import WIB
from kompas_crawler.spiders import arguments as read
from kompas_crawler.spiders.archive_spider import ArchiveSpider
from kompas_crawler.spiders.list_spider import index_candidate

logger = logging.getLogger(__name__)

FIRST_DAY = date(2008, 1, 1)  # the first day with a known index


class IndeksSpider(ArchiveSpider):
    """Reads every page of the index of each day, newest day first.

    Skips days whose index was read completely after they had settled; their failed articles are
    retried when due.
    """

    name = "indeks"
    ARGUMENTS: ClassVar = {
        "since": "YYYY-MM-DD, the first day; required",
        "until": "YYYY-MM-DD, the last day, default today",
        "sections": "only the index of these sections, by commas",
        "dry_run": "1 = only print the estimated cost",
    }

    def __init__(self, **asked: Any) -> None:
        super().__init__(**asked)
        first, self.until = read.days(asked.get("since"), asked.get("until"))
        self.since = max(first, FIRST_DAY)
        self.sites = read.slugs(asked.get("sections")) or ("all",)
        self.work = Work(scope="indeks", max_depth=0, since=self.since, until=self.until)

    async def start(self) -> AsyncIterator[Candidate]:
        """The first index page of every incomplete day, newest first."""
        now = self.run.clock.now()
        days, cost = await self.run.writer.call(lambda c: self.plan(c, now))
        line = f"{counted(len(days), 'day')} to read: {cost.line(polite_delay(self.settings))}"
        if self.is_dry_run:
            print(line)  # noqa: T201
            raise CloseSpider("dry_run")
        logger.info(line)
        self.days_asked = tuple(days)
        empty = await self.run.writer.call(lambda c: index_days.empty_so_far(c, now))
        known: dict[str, Any] = {"scope": self.work.scope, "priority": Priority.BACKFILL}
        for day in days:
            for site in self.sites:
                first = index_candidate(day, site, **known)
                if first.key not in empty:
                    yield first

    def plan(self, connection: Connection, now: datetime) -> tuple[list[date], estimate.Estimate]:
        """The unproven days of the range, newest first, and their estimated cost."""
        today = now.astimezone(WIB).date()
        until = min(self.until or today, today)
        count = (until - self.since).days + 1
        days = [until - timedelta(days=back) for back in range(count)]  # empty for a future range
        proven = index_days.proven(connection, self.sites, self.since, until, now)
        left = [day for day in days if day not in proven]
        averages = [index_days.average_listed(connection, site) for site in self.sites]
        average = None if None in averages else sum(filter(None, averages))
        every = 1 if self.sites == ("all",) else len(known_sections.named(""))
        share = min(1.0, len(self.sites) / every)
        return left, estimate.of_days(left, average=average, sites=len(self.sites), share=share)
