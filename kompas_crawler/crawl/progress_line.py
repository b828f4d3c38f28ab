"""Where a crawl stands, in words: what became of pages, the pace, what is left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kompas_crawler.clock import duration

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

VISITS = ("done", "failed", "unconfirmed", "gone", "skipped")
"""What a visit to a page can end in; each has its count in the stats, ``pages/done``."""
OUTCOMES = ("new", "updated", "unchanged")


@dataclass(frozen=True, kw_only=True, slots=True)
class Days:
    """Of a back-fill: how many days were asked for, and how many of them are done."""

    asked: int
    done: int

    def line(self, seconds: float) -> str:
        """The days, and how long the rest takes at the pace of the *seconds* so far.

        >>> Days(asked=366, done=6).line(6 * 3600)
        '6 of 366 days, 15 days left'
        >>> Days(asked=366, done=0).line(60)
        '0 of 366 days'
        """
        line = f"{self.done:,} of {self.asked:,} days"
        if not self.done or self.done == self.asked:
            return line
        return f"{line}, {duration(seconds / self.done * (self.asked - self.done))} left"


def pages(stats: Mapping[str, Any]) -> int:
    """How many pages were visited."""
    return sum(stats.get(f"pages/{name}", 0) for name in VISITS)


def line(stats: Mapping[str, Any], *, seconds: float, left: str) -> str:
    """What was done in *seconds*, and what is *left*, in one line.

    >>> line({"pages/done": 90, "articles/new": 80}, seconds=60, left="12 left")
    '90 pages · 80 new · 0 updated · 0 unchanged · 90 a minute · 12 left'
    """
    count = pages(stats)
    parts = [f"{count:,} pages"]
    parts += [f"{stats.get(f'articles/{name}', 0):,} {name}" for name in OUTCOMES]
    if failed := stats.get("pages/failed"):
        parts.append(f"{failed:,} failed")
    parts += [f"{count / max(seconds, 1.0) * 60:,.0f} a minute", left]
    return " · ".join(filter(None, parts))
