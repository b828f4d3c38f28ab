"""Back-fill from the daily index ("indeks")."""

from __future__ import annotations

import logging
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from scrapy.exceptions import CloseSpider

from kompas_crawler.archive.frontier import index_days
from kompas_crawler.archive.frontier.take import Work
from kompas_crawler.frontier import Candidate, Priority
from kompas_crawler.polite.pace import polite_delay
from kompas_crawler.site import sections as known_sections
from kompas_crawler.site.keys import WIB
from kompas_crawler.spiders import arguments as read
from kompas_crawler.spiders import estimate
from kompas_crawler.spiders.archive_spider import ArchiveSpider
from kompas_crawler.spiders.list_spider import index_candidate

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy import Connection

logger = logging.getLogger(__name__)

FIRST_DAY = date(2008, 1, 1)
"""The first day with a known index."""


class IndeksSpider(ArchiveSpider):
    """Reads every page of the index of each day, newest day first.

    Skips days whose index was read completely after they had settled; their failed articles are
    retried when due.

    ======== =======================================================================
    since    YYYY-MM-DD, the first day; required
    until    YYYY-MM-DD, the last day, default today
    sections only the index of these sections, by commas
    dry_run  1 = only print the estimated cost
    ======== =======================================================================

    Raises ``ValueError`` for an invalid or unknown argument.
    """

    name = "indeks"

    def __init__(
        self,
        since: str | None = None,
        until: str | None = None,
        sections: str = "",
        dry_run: str | None = None,
        **unknown: Any,
    ) -> None:
        asked = {"since": since, "until": until, "sections": sections, "dry_run": dry_run}
        super().__init__(asked, **unknown)
        first = read.day("since", since)
        if first is None:
            raise ValueError("since is missing: -a since=YYYY-MM-DD")
        self.since = max(first, FIRST_DAY)
        self.until = read.day("until", until)
        if self.until is not None and self.until < self.since:
            raise ValueError(f"until={until} is before since={since}")
        self.sites: tuple[str, ...] = ("all",)
        if sections and sections.lower() != "all":
            self.sites = tuple(section.slug for section in known_sections.named(sections))
        self.work = Work(scope="indeks", max_depth=0, since=self.since, until=self.until)
        self.is_dry_run = read.switch("dry_run", dry_run)

    async def start(self) -> AsyncIterator[Candidate]:
        """The first index page of every incomplete day, newest first."""
        now = self.run.clock.now()
        days, cost = await self.run.writer.call(lambda c: self.plan(c, now))
        line = f"{len(days)} days to read: {cost.line(polite_delay(self.settings))}"
        if self.is_dry_run:
            print(line)  # noqa: T201
            raise CloseSpider("dry_run")
        logger.info(line)
        self.days_asked = tuple(days)
        empty = await self.run.writer.call(lambda c: index_days.empty_so_far(c, now))
        for day in days:
            for site in self.sites:
                first = index_candidate(
                    day, site, scope=self.work.scope, priority=Priority.BACKFILL
                )
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
        return left, self._cost(connection, left)

    def _cost(self, connection: Connection, days: list[date]) -> estimate.Estimate:
        averages = [index_days.average_listed(connection, site) for site in self.sites]
        known = [average for average in averages if average is not None]
        average = sum(known) if len(known) == len(self.sites) else None
        share = 1.0
        if self.sites != ("all",):
            share = min(1.0, len(self.sites) / len(known_sections.named("")))
        return estimate.of_days(days, average=average, sites=len(self.sites), share=share)
