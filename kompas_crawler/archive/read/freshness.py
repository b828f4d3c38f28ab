"""How fresh the archive is: the age of each section's newest article against its usual gap."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from kompas_crawler.archive.models import ArticleRow

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

WINDOW = timedelta(days=14)
"""The days before the newest article in which the usual gap is measured."""
PATIENCE = 5
"""So many usual gaps may pass; so may the longest gap of the window, which a night is."""
LEAST = 5
"""With fewer articles in the window there is no usual gap."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Freshness:
    """One section: its newest article, how long ago that was, and what is usual.

    ``usual_gap`` is the median time between two articles; ``None`` with ``limit``
    where there are too few to tell.
    """

    section: str
    articles: int
    newest_at: datetime
    age: timedelta
    usual_gap: timedelta | None
    limit: timedelta | None

    @property
    def is_stale(self) -> bool:
        """Whether there should have been an article since."""
        return self.limit is not None and self.age > self.limit


def of_sections(connection: Connection, now: datetime) -> list[Freshness]:
    """The sections that had articles in the window, the longest overdue first.

    Reads the window alone, by the index of publication times.
    """
    newest = connection.scalar(
        select(func.max(ArticleRow.published_at)).where(ArticleRow.published_at <= now)
    )
    if newest is None:
        return []
    times: dict[str, list[datetime]] = {}
    for section, at in connection.execute(
        select(ArticleRow.section, ArticleRow.published_at)
        .where(ArticleRow.published_at > newest - WINDOW, ArticleRow.published_at <= now)
        .order_by(ArticleRow.published_at)
    ):
        times.setdefault(section or "-", []).append(at)
    found = [_freshness(section, seen, now) for section, seen in times.items()]
    return sorted(found, key=lambda one: (-_overdue(one), one.section))


def _freshness(section: str, times: Sequence[datetime], now: datetime) -> Freshness:
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(times)]
    usual = median(gaps) if len(times) >= LEAST else None
    return Freshness(
        section=section,
        articles=len(times),
        newest_at=times[-1],
        age=now - times[-1],
        usual_gap=None if usual is None else timedelta(seconds=usual),
        limit=None if usual is None else timedelta(seconds=max(usual * PATIENCE, *gaps)),
    )


def _overdue(one: Freshness) -> float:
    return one.age / one.limit if one.limit else 0.0
