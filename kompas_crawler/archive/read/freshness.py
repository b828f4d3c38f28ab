"""Freshness: the age of each section's newest article, compared with its usual gap."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

from sqlalchemy import Connection, func, select

from kompas_crawler.archive.models import ArticleRow

WINDOW = timedelta(days=14)  # period before the newest article in which the usual gap is measured
PATIENCE = 5  # maximum age in usual gaps, at least the longest gap of the window (a night)
LEAST = 5  # minimum of articles in the window for a usual gap


@dataclass(frozen=True, kw_only=True, slots=True)
class Freshness:
    """The newest article of a section, its age and limit.

    ``usual_gap`` is the median time between two articles; ``None``, like ``limit``, if there
    are too few.
    """

    section: str
    articles: int
    newest_at: datetime
    age: timedelta
    usual_gap: timedelta | None
    limit: timedelta | None

    @property
    def is_stale(self) -> bool:
        """Whether the newest article is older than the limit."""
        return self.limit is not None and self.age > self.limit


def of_sections(connection: Connection, now: datetime) -> list[Freshness]:
    """Return the sections with articles in the window, the longest overdue first."""
    published = ArticleRow.published_at
    newest = connection.scalar(select(func.max(published)).where(published <= now))
    if newest is None:
        return []
    times: dict[str, list[datetime]] = {}
    query = select(ArticleRow.section, published).order_by(published)
    is_recent = (published > newest - WINDOW, published <= now)
    for section, at in connection.execute(query.where(*is_recent)):
        times.setdefault(section or "-", []).append(at)
    found = []
    for section, seen in times.items():
        gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(seen)]
        usual = median(gaps) if len(seen) >= LEAST else None
        found.append(
            Freshness(
                section=section,
                articles=len(seen),
                newest_at=seen[-1],
                age=now - seen[-1],
                usual_gap=None if usual is None else timedelta(seconds=usual),
                limit=None if usual is None else timedelta(seconds=max(usual * PATIENCE, *gaps)),
            )
        )
    return sorted(found, key=lambda one: (-(one.age / one.limit if one.limit else 0), one.section))
