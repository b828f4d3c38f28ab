"""When a stored article is fetched again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
SETTLED_AFTER = 2
"""Visits in a row without a change, after which an article is not fetched again."""


def parse_schedule(text: str) -> tuple[timedelta, ...]:
    """Parse times after publication, such as ``6h,1d,7d``; empty means never.

    Raises ``ValueError``.

    >>> parse_schedule("6h, 1d")
    (datetime.timedelta(seconds=21600), datetime.timedelta(days=1))
    """
    times = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        match = re.fullmatch(r"([0-9]{1,5})([mhdw])", part)
        if match is None:
            raise ValueError(f"KOMPAS_REVISIT has {part!r}; write times like 6h,1d,7d")
        times.append(timedelta(**{_UNITS[match[2]]: int(match[1])}))
    return tuple(sorted(times))


def next_visit(
    schedule: Sequence[timedelta],
    *,
    published_at: datetime,
    now: datetime,
    unchanged: int,
    is_late_find: bool = False,
) -> datetime | None:
    """Return the next visit after *now*, or ``None``.

    *unchanged* counts the visits in a row without a change. *is_late_find*: a sweep stored it
    only now; such an article gets at least one visit.
    """
    if unchanged >= SETTLED_AFTER:
        return None
    visits = [published_at + time for time in schedule if published_at + time > now]
    if is_late_find and schedule:
        visits.append(now + schedule[0])
    return next(iter(visits), None)
