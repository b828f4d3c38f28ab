"""Gaps: what is missing in the archive, and which days and fronts are proven complete."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Self

from sqlalchemy import Connection, func, select

from kompas_crawler.archive.models import RunRow
from kompas_crawler.archive.read import missing, quiet_hours, unread
from kompas_crawler.archive.read.export import Filters
from kompas_crawler.archive.read.missing import DayCount, Missing
from kompas_crawler.archive.read.quiet_hours import QuietSpan
from kompas_crawler.archive.read.unread import FrontSpan, UnreadDay, UnreadList, WholeDay
from kompas_crawler.archive.sql import within
from kompas_crawler.site.sections import SECTIONS, spellings


@dataclass(frozen=True, slots=True)
class Gaps:
    """The gaps of an archive, and the proven days and fronts.

    Not gaps: ``never_stored`` articles are gone or have no text, ``dead_links`` returned 404 so
    far, ``absent`` lists are gone or moved, of ``incomplete`` articles only a part was read,
    ``quiet`` hours have few articles.
    """

    days: list[DayCount] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)
    unread_lists: list[UnreadList] = field(default_factory=list)
    unread_days: list[UnreadDay] = field(default_factory=list)
    unread_spans: list[FrontSpan] = field(default_factory=list)
    whole_days: list[WholeDay] = field(default_factory=list)
    followed: list[FrontSpan] = field(default_factory=list)
    absent: list[UnreadList] = field(default_factory=list)
    quiet: list[QuietSpan] = field(default_factory=list)
    incomplete: dict[str, str] = field(default_factory=dict)  # addresses by key
    never_stored: int = 0
    dead_links: int = 0
    last_run_at: datetime | None = None

    @property
    def missing_count(self) -> int:
        return sum(day.failed + day.waiting for day in self.days)

    @property
    def is_empty(self) -> bool:
        return not (self.missing or self.unread_lists or self.unread_days or self.unread_spans)

    def by_day(self, *states: str) -> Counter[date]:
        """Count the articles of each known day in these *states*, fields of ``DayCount``."""
        found: Counter[date] = Counter()
        for one in self.days:
            if one.day is not None:
                found[one.day] += sum(getattr(one, state) for state in states)
        return found

    def proven_days(self, names: Iterable[str]) -> set[date]:
        """The days whose index was read completely, of all sections or of each of *names*."""
        asked = spellings(names) & SECTIONS.keys()
        sites: dict[date, set[str]] = {}
        for whole in self.whole_days:
            sites.setdefault(whole.day, set()).add(whole.site)
        return {day for day, of in sites.items() if "all" in of or (asked and asked <= of)}

    def of_sections(self, names: Iterable[str]) -> Self:
        """The counts, missing articles and unread days and spans of some sections.

        Names of which none is a section in URLs select all.
        """
        asked = spellings(names) & SECTIONS.keys()
        if not asked:
            return self
        return replace(
            self,
            days=[one for one in self.days if one.section in asked],
            missing=[one for one in self.missing if one.section in asked],
            unread_days=[one for one in self.unread_days if one.site in {"all", *asked}],
            unread_spans=[one for one in self.unread_spans if one.section in asked],
        )


def find(
    connection: Connection,
    *,
    since: date | None = None,
    until: date | None = None,
    now: datetime | None = None,
    limit: int | None = None,
) -> Gaps:
    """Find the gaps of the days from *since* to *until*, or of all; name *limit* articles.

    *now* defaults to the current time, or for an archive of a mirror to that of its last run.
    """
    found = of_days(connection, Filters(since=since, until=until), now)
    return replace(
        found,
        missing=missing.articles(connection, since, until, limit),
        absent=unread.absent(connection),
        quiet=quiet_hours.find(connection, since=since, until=until),
        incomplete=missing.incomplete(connection, since, until, limit),
        never_stored=sum(day.gone + day.skipped for day in found.days),
        dead_links=missing.dead_links(connection),
    )


def of_days(connection: Connection, filters: Filters, now: datetime | None) -> Gaps:
    """Find only what is unread and proven, and counts of days: the quick part of ``find``.

    For the days and sections of *filters*; with ``as_of`` what was known then, except of lists.
    """
    at = filters.as_of
    now = at or now or _last_run_of_mirror(connection) or datetime.now(UTC)
    unread_lists, asked_days = unread.unread_lists(connection, filters)
    unread_days, whole_days = unread.read_days(connection, filters, now, asked_days)
    spans, followed = unread.read_fronts(connection, filters, now)
    last_run_at = select(func.max(RunRow.finished_at)).where(*within(RunRow.finished_at, None, at))
    return Gaps(
        days=missing.by_day(connection, filters.since, filters.until, at),
        unread_lists=unread_lists,
        unread_days=unread_days,
        unread_spans=spans,
        whole_days=whole_days,
        followed=followed,
        last_run_at=connection.scalar(last_run_at),
    ).of_sections(filters.section)


def _last_run_of_mirror(connection: Connection) -> datetime | None:
    query = select(RunRow.mirror, func.coalesce(RunRow.finished_at, RunRow.started_at))
    row = connection.execute(query.order_by(RunRow.id.desc()).limit(1)).one_or_none()
    return row[1] if row is not None and row[0] else None
