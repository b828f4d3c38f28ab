"""Estimated cost of a back-fill, and of a day of sweeps."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from kompas_crawler.clock import duration

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
        return f"about {self.articles:,} articles, {sum(self):,} requests, {time}"


def of_days(
    days: Iterable[date], *, average: float | None, sites: int = 1, share: float = 1.0
) -> Estimate:
    """The estimate for index days; *average* articles a day if known, *share* of all sections."""
    articles = listings = 0
    for day in days:
        usual = WEEKEND_ARTICLES if day.weekday() >= 5 else WEEKDAY_ARTICLES
        count = average if average is not None else usual * share
        articles += round(count)
        listings += round(count / ROWS_A_PAGE) + sites
    return Estimate(articles, listings)
