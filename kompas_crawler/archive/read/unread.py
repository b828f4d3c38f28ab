"""Which lists, index days and fronts were read, and which were not."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, case, func, or_, select

from kompas_crawler.archive.crawl_models import FrontierCountRow, FrontierRow, FrontRow, IndexDayRow
from kompas_crawler.archive.frontier import fronts, index_days
from kompas_crawler.archive.frontier.take import IS_LATEST, OPEN
from kompas_crawler.archive.read.export import Filters
from kompas_crawler.archive.sql import within
from kompas_crawler.frontier import State
from kompas_crawler.site.listings import index_day_of


@dataclass(frozen=True, slots=True)
class UnreadList:
    """A requested list page that was not read."""

    url: str
    state: str
    reason: str | None
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class UnreadDay:
    """A requested index day that is not proven; ``why`` is the reason."""

    site: str
    day: date
    listed: int
    pages: int
    why: str


@dataclass(frozen=True, slots=True)
class FrontSpan:
    """A span of time that readings of a section's front cover without a gap, or that none does."""

    section: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class WholeDay:
    """A proven index day; ``is_confirmed`` if the news sitemaps list the same articles."""

    site: str
    day: date
    listed: int
    is_confirmed: bool


_COLUMNS = (FrontierRow.url, FrontierRow.state, FrontierRow.reason, FrontierRow.next_at)
# Without the newest of the index, which proves nothing: fronts prove their spans.
_IS_LIST = (FrontierRow.kind == "listing", ~IS_LATEST)
_LISTS = select(*_COLUMNS).where(*_IS_LIST).order_by(FrontierRow.key)


def unread_lists(
    connection: Connection, filters: Filters
) -> tuple[list[UnreadList], dict[tuple[str, date], str]]:
    """Return the unread lists, and the reasons of unread index days by site and day."""
    query = _LISTS.add_columns(FrontierRow.visited_at).where(FrontierRow.state.in_(OPEN))
    lists, asked = list[UnreadList](), dict[tuple[str, date], str]()
    for url, state, reason, next_at, visited_at in connection.execute(query):
        found = index_day_of(url)
        if found is None:
            lists.append(UnreadList(url, state, reason, next_at))
        elif (filters.since or found[1]) <= found[1] <= (filters.until or found[1]):
            is_new = state != State.FAILED and visited_at is None
            why = "requested, not started" if is_new else "pages are still to be read"
            asked[found] = (reason or why) if state == State.FAILED else asked.get(found, why)
    return lists, asked


def read_days(
    connection: Connection, filters: Filters, now: datetime, asked: dict[tuple[str, date], str]
) -> tuple[list[UnreadDay], list[WholeDay]]:
    """Return the unproven days, and the proven ones; with ``as_of`` of those read until then."""
    query = index_days.with_doubts().where(*within(IndexDayRow.day, filters.since, filters.until))
    query = query.where(*within(IndexDayRow.swept_at, None, filters.as_of))
    unread, whole = list[UnreadDay](), list[WholeDay]()
    confirmed = _confirmed(connection, filters.since, filters.until)
    for row in connection.execute(query.order_by(IndexDayRow.day.desc(), IndexDayRow.site)):
        if why := asked.pop((row.site, row.day), None) or index_days.doubt_of(row, now):
            unread.append(UnreadDay(row.site, row.day, row.listed, row.pages, why))
        elif row.complete:
            is_confirmed = row.site == "all" and row.day in confirmed
            whole.append(WholeDay(row.site, row.day, row.listed, is_confirmed))
    unread += [UnreadDay(site, day, 0, 0, why) for (site, day), why in asked.items()]
    return sorted(unread, key=lambda one: (one.day, one.site), reverse=True), whole


def _confirmed(connection: Connection, since: date | None, until: date | None) -> set[date]:
    """Return the days for which the index and the news sitemaps list the same articles."""
    row = FrontierCountRow
    first, last = since and since.isoformat(), until and until.isoformat()
    days = connection.scalars(
        select(row.day)
        .where(row.kind == "article", or_(row.is_listed, row.in_index), row.day > "")
        .where(*within(row.day, first, last))
        .group_by(row.day)
        .having(func.sum(case((row.is_listed, row.total), else_=0)) > 0)
        .having(func.sum(case((row.is_listed == row.in_index, 0), else_=row.total)) == 0)
    )
    return {date.fromisoformat(day) for day in days}


def read_fronts(
    connection: Connection, filters: Filters, now: datetime
) -> tuple[list[FrontSpan], list[FrontSpan]]:
    """Return the unread spans of these days, and the read ones; as in ``read_days``."""
    spans, followed = list[FrontSpan](), list[FrontSpan]()
    query = select(FrontRow.__table__).where(*within(FrontRow.since_at, None, filters.as_of))
    for row in connection.execute(query.order_by(FrontRow.section)):
        if row.closed_at > now + index_days.CLOCKS:  # the clock was ahead
            spans.append(FrontSpan(row.section, row.since_at, now))
            continue
        if row.began_at > row.closed_at:
            spans.append(FrontSpan(row.section, row.closed_at, row.began_at))
        followed.append(FrontSpan(row.section, row.since_at, row.closed_at))

    def is_asked(span: FrontSpan) -> bool:
        first, *_, last = 2 * fronts.days_of(*sorted((span.since, span.until)))  # clocks go back
        return first <= (filters.until or first) and last >= (filters.since or last)

    return list(filter(is_asked, spans)), list(filter(is_asked, followed))


def absent(connection: Connection) -> list[UnreadList]:
    """Return the lists that are confirmed as gone or moved."""
    query = _LISTS.where(FrontierRow.state.in_((State.GONE, State.SKIPPED)))
    return [UnreadList(*row) for row in connection.execute(query)]
