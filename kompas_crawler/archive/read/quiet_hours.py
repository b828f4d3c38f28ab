"""Quiet hours: spans with far fewer articles than the same hours of other weeks.

Counts all known articles, stored or not, by the time of publication in their keys.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from math import exp, lgamma, log

from sqlalchemy import Connection, func, select

from kompas_crawler.archive.crawl_models import FrontierRow
from kompas_crawler.site.keys import WIB

Span = tuple[int, int, float, int]  # first hour, hour after the last, expected, found

WEEKS = 8  # weeks before and after that an hour is compared with
LEAST_WEEKS = 3
DAYS = 60
LEAST_EXPECTED = 8.0
CHANCE = 1e-6  # maximum Poisson probability of a quiet span
FAR_FEWER = 0.03
"""Assumed share of the usual articles in a quiet hour; a span has 28 % at most, a holiday 50 %."""

_WEEK = 7 * 24


@dataclass(frozen=True, slots=True)
class QuietSpan:
    """Hours with far fewer articles than expected; ``section`` is ``None`` for all sections."""

    section: str | None
    begins_at: datetime
    ends_at: datetime
    expected: float
    found: int


def find(
    connection: Connection, *, since: date | None = None, until: date | None = None
) -> list[QuietSpan]:
    """Find the quiet spans from *since* to *until*: of all sections together, then of each.

    *until* defaults to the newest day with ``LEAST_EXPECTED`` articles, *since* to ``DAYS`` days
    before. Hours outside a section's first and last known articles are ignored.
    """
    days = select(FrontierRow.day).where(FrontierRow.kind == "article").group_by(FrontierRow.day)
    # Days with few articles may come from a wrong date in a link.
    days = days.having(func.count() >= (1 if until else LEAST_EXPECTED)).limit(1)
    days = days.where(FrontierRow.day.is_not(None))
    oldest = connection.scalar(days.order_by(FrontierRow.day))
    newest = connection.scalar(days.order_by(FrontierRow.day.desc()))
    if oldest is None or newest is None:
        return []
    until = min(until or newest, newest)
    since = max(since or until - timedelta(days=DAYS - 1), oldest)
    if since > until:
        return []
    origin = since - timedelta(weeks=WEEKS)
    sections = _counts(connection, origin, until + timedelta(weeks=WEEKS))
    zero, first = datetime.combine(origin, time(), WIB), WEEKS * _WEEK
    hours = range(first, first + ((until - since).days + 1) * 24)
    whole = [sum(hour) for hour in zip(*sections.values(), strict=True)]
    found: list[QuietSpan] = []
    named: set[int] = set()  # quiet hours of all sections together
    for section, counts in [(None, whole), *sorted(sections.items())]:
        for begin, end, expected, count in _spans(counts, hours, named) if section != "" else ():
            at = zero + timedelta(hours=begin), zero + timedelta(hours=end)
            found.append(QuietSpan(section, *at, expected, count))
            if section is None:
                named.update(range(begin, end))
    return found


def _counts(connection: Connection, since: date, until: date) -> dict[str, list[int]]:
    """Count articles by section ("" for none) and hour since *since*."""
    hour, minute, second = (func.substr(FrontierRow.key, place, 2) for place in (10, 12, 14))
    rows = connection.execute(
        select(FrontierRow.section, FrontierRow.day, hour, func.count())
        .where(FrontierRow.kind == "article", FrontierRow.day.between(since, until))
        .where(hour <= "23", minute <= "59", second <= "59")
        .group_by(FrontierRow.section, FrontierRow.day, hour)
    )
    length = ((until - since).days + 1) * 24
    counts: defaultdict[str, list[int]] = defaultdict(lambda: [0] * length)
    for section, day, at, count in rows:
        assert day is not None
        counts[section or ""][(day - since).days * 24 + int(at)] = count
    return counts


def _spans(counts: list[int], hours: range, named: Collection[int]) -> list[Span]:
    """Find the quiet spans of *hours*, without the hours in *named*.

    Evidence is the log likelihood ratio of ``FAR_FEWER`` of the usual rate to the usual rate. A
    span maximizes its sum; a drop by ``-log(CHANCE)`` separates two spans.
    """
    known = [hour for hour, count in enumerate(counts) if count]
    spans: list[Span] = []
    hour, stop = (max(hours.start, known[0] + 1), min(hours.stop, known[-1])) if known else (0, 0)
    while hour < stop:
        begin = end = hour
        evidence = best = so_far = expected = 0.0
        for hour in range(begin, stop):
            if hour in named:
                break
            usual = _usual(counts, hour, known)
            so_far += usual
            evidence += usual * (1 - FAR_FEWER) + counts[hour] * log(FAR_FEWER)
            if evidence > best:
                best, end, expected = evidence, hour + 1, so_far
            if evidence <= max(0.0, best + log(CHANCE)):
                break
        found = sum(counts[begin:end])
        shares = (n * log(expected) - expected - lgamma(n + 1) for n in range(found + 1))  # Poisson
        if expected >= LEAST_EXPECTED and sum(map(exp, shares)) < CHANCE:
            spans.append((begin, end, expected, found))
        hour = end if end > begin else hour + 1
    return spans


def _usual(counts: list[int], hour: int, known: list[int]) -> float:
    """Return the mean of the hour in the weeks before or after, the lower one."""
    past = min(WEEKS, (hour - known[0] - 1) // _WEEK)
    to_come = min(WEEKS, (known[-1] - hour - 1) // _WEEK)
    before = counts[hour - past * _WEEK : hour : _WEEK]
    after = counts[hour + _WEEK : hour + to_come * _WEEK + 1 : _WEEK]
    if len(before) + len(after) < LEAST_WEEKS:
        return 0.0
    sides = [side for side in (before, after) if len(side) >= LEAST_WEEKS] or [before + after]
    return min(sum(side) / len(side) for side in sides)
