"""The progress line of a crawl: page counts, pages per minute, remaining work."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kompas_crawler.clock import duration

VISITS = ("done", "failed", "unconfirmed", "gone", "skipped")
"""The results of a visit; each is counted in the stats, as in ``pages/done``."""
OUTCOMES = ("new", "updated", "unchanged")


@dataclass(frozen=True, kw_only=True, slots=True)
class Days:
    """The days of a back-fill: how many were requested, and how many are done."""

    asked: int
    done: int

    def line(self, seconds: float) -> str:
        """Return the days done and the time left, estimated from the *seconds* so far.

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
    return sum(stats.get(f"pages/{name}", 0) for name in VISITS)


def line(stats: Mapping[str, Any], *, seconds: float, left: str) -> str:
    """Return the progress line: what was done in *seconds*, and what is *left*.

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
