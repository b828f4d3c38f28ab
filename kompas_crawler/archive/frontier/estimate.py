"""Estimated cost of a back-fill, and of a day of sweeps."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, select

from kompas_crawler.archive.crawl_models import FrontierRow
from kompas_crawler.archive.models import RunRow
from kompas_crawler.archive.sql import count
from kompas_crawler.clock import duration
from kompas_crawler.frontier import SWEEP, State
from kompas_crawler.log.terminal import counted
from kompas_crawler.site.keys import WIB

WEEKDAY_ARTICLES, WEEKEND_ARTICLES = 1030, 545  # per day in April 2021
ROWS_A_PAGE = 15


class Estimate(NamedTuple):
    """Numbers of ``articles`` and ``listings`` to fetch, and of revisits."""

    articles: int
    listings: int
    revisits: int = 0

    def line(self, delay: float) -> str:
        """The estimate in words.

        >>> Estimate(27000, 1800).line(1.0)
        'about 27,000 articles, 28,800 requests, 8 hours at 1 s between requests'
        """
        time = f"{duration(sum(self) * delay)} at {delay:g} s between requests"
        return f"about {counted(self.articles, 'article')}, {counted(sum(self), 'request')}, {time}"


def of_days(
    days: Iterable[date], *, average: float | None, sites: int = 1, share: float = 1.0
) -> Estimate:
    """The estimate for index days; *average* articles a day if known, *share* of all sections."""
    articles = listings = 0
    for day in days:
        usual = WEEKEND_ARTICLES if day.weekday() >= 5 else WEEKDAY_ARTICLES
        number = average if average is not None else usual * share
        articles += round(number)
        listings += round(number / ROWS_A_PAGE) + sites
    return Estimate(articles, listings)


def daily(connection: Connection, now: datetime) -> Estimate:
    """Estimate the next day: articles as in the last week, lists as yesterday, due revisits."""
    row, day, today = FrontierRow, timedelta(days=1), now.astimezone(WIB).date()
    is_article, is_recent = row.kind == "article", row.day.between(today - 7 * day, today - day)
    is_due = (row.state == State.DONE, row.next_at.between(now, now + day))
    swept = (RunRow.spider == SWEEP, RunRow.started_at.between(now - day, now))
    figures = connection.scalars(select(RunRow.counts["figures"]).where(*swept))
    listings = sum((found or {}).get("listings/read", 0) for found in figures)
    per_day = round(count(connection, is_article, is_recent) / 7)
    return Estimate(per_day, listings, count(connection, is_article, *is_due))
