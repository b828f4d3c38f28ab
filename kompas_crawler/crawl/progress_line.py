"""The progress line of a crawl: page counts, pages per minute, remaining work."""

from collections.abc import Mapping
from typing import Any

from kompas_crawler.clock import duration
from kompas_crawler.log.terminal import counted

VISITS = ("done", "failed", "unconfirmed", "gone", "skipped")
"""The results of a visit; each is counted in the stats, as in ``pages/done``."""
OUTCOMES = ("new", "updated", "unchanged")


def days(done: int, asked: int, seconds: float) -> str:
    """Return how many of the days *asked* are done, and the time left as estimated from *seconds*.

    >>> days(6, 366, 6 * 3600), days(0, 366, 60)
    ('6 of 366 days, 15 days left', '0 of 366 days')
    """
    line = f"{done:,} of {counted(asked, 'day')}"
    if not done or done == asked:
        return line
    return f"{line}, {duration(seconds / done * (asked - done))} left"


def pages(stats: Mapping[str, Any]) -> int:
    return sum(stats.get(f"pages/{name}", 0) for name in VISITS)


def line(stats: Mapping[str, Any], *, seconds: float, left: str) -> str:
    """Return the progress line: what was done in *seconds*, and what is *left*.

    >>> line({"pages/done": 90, "articles/new": 80}, seconds=60, left="12 left")
    '90 pages · 80 new · 0 updated · 0 unchanged · 90 a minute · 12 left'
    """
    count = pages(stats)
    parts = [counted(count, "page")]
    parts += [f"{stats.get(f'articles/{name}', 0):,} {name}" for name in OUTCOMES]
    if failed := stats.get("pages/failed"):
        parts.append(f"{failed:,} failed")
    parts += [f"{count / max(seconds, 1.0) * 60:,.0f} a minute", left]
    return " · ".join(filter(None, parts))
