"""What is missing, and what the archive vouches for: computed from what was proven."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, func, or_, select

from kompas_crawler.archive.frontier import index_days as days
from kompas_crawler.archive.frontier.take import IS_DEAD_LINK, IS_STORED
from kompas_crawler.archive.models import (
    ArticleRow,
    FrontierRow,
    FrontRow,
    IndexDayRow,
    LinkRow,
    RunRow,
)
from kompas_crawler.archive.read import quiet_hours
from kompas_crawler.frontier import GONE, State
from kompas_crawler.site.listings import index_day_of

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import ColumnElement, Connection

    from kompas_crawler.archive.read.quiet_hours import QuietSpan

_F = FrontierRow
_OPEN = (State.PENDING, State.LEASED, State.FAILED)
UNCONFIRMED = "unconfirmed"


@dataclass(frozen=True, slots=True)
class DayCount:
    """What is known of one day and section: how many articles, and what became of them.

    ``gone`` and ``skipped`` count articles that were never stored.
    """

    day: date | None
    section: str | None
    known: int
    stored: int
    failed: int
    waiting: int
    gone: int
    skipped: int


@dataclass(frozen=True, slots=True)
class Missing:
    """One article that is known to exist and is not stored."""

    key: str
    url: str
    section: str | None
    state: str  # failed, pending, unconfirmed: said to be gone, and looked at again
    reason: str | None
    attempts: int
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class UnreadList:
    """A page of links that was asked for and not read."""

    url: str
    state: str
    reason: str | None
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class UnreadDay:
    """A day whose index was asked for and is not proven; ``why`` says what is lacking."""

    site: str
    day: date
    listed: int
    pages: int
    why: str


@dataclass(frozen=True, slots=True)
class UnreadSpan:
    """A span of time in which nobody has read what the front of a section listed."""

    section: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class WholeDay:
    """A day whose index was read whole; ``is_confirmed`` when the news sitemaps name the same."""

    site: str
    day: date
    listed: int
    is_confirmed: bool


@dataclass(frozen=True, slots=True)
class Followed:
    """A section whose front was read without a break."""

    section: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Gaps:
    """What is missing from an archive, and the days and fronts that it vouches for.

    Apart from gaps: ``never_stored`` articles are gone or have no text, ``dead_links`` answered
    404 so far, ``absent`` lists are gone or moved, ``quiet`` hours have few articles,
    ``only_linked`` articles are known by links beyond the depth crawled, ``old_days`` were read
    by an older version, which proved nothing.
    """

    days: list[DayCount] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)
    unread_lists: list[UnreadList] = field(default_factory=list)
    unread_days: list[UnreadDay] = field(default_factory=list)
    unread_spans: list[UnreadSpan] = field(default_factory=list)
    whole_days: list[WholeDay] = field(default_factory=list)
    followed: list[Followed] = field(default_factory=list)
    absent: list[UnreadList] = field(default_factory=list)
    quiet: list[QuietSpan] = field(default_factory=list)
    never_stored: int = 0
    dead_links: int = 0
    only_linked: int = 0
    old_days: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether nothing is missing of what the archive vouches for or was asked for."""
        return not (self.missing or self.unread_lists or self.unread_days or self.unread_spans)


def find(
    connection: Connection,
    *,
    since: date | None = None,
    until: date | None = None,
    now: datetime | None = None,
) -> Gaps:
    """The gaps of the days from *since* to *until*, or of all, as things stand *now*.

    By default that is this moment; of an archive of a mirror, its last run.
    """
    now = now or _last_run_of_mirror(connection) or datetime.now(UTC)
    counts = _days(connection, since, until)
    unread_lists, asked_days = _unread_lists(connection, since, until)
    unread_days, whole_days, old_days = _index_days(connection, since, until, now, asked_days)
    spans, followed = _fronts(connection, now)
    return Gaps(
        days=counts,
        missing=_missing(connection, since, until),
        unread_lists=unread_lists,
        unread_days=unread_days,
        unread_spans=spans,
        whole_days=whole_days,
        followed=followed,
        absent=_absent(connection),
        quiet=quiet_hours.find(connection, since=since, until=until),
        never_stored=sum(day.gone + day.skipped for day in counts),
        dead_links=_count(connection, IS_DEAD_LINK, ~IS_STORED),
        only_linked=_only_linked(connection),
        old_days=old_days,
    )


def _last_run_of_mirror(connection: Connection) -> datetime | None:
    query = select(RunRow.mirror, func.coalesce(RunRow.finished_at, RunRow.started_at))
    row = connection.execute(query.order_by(RunRow.id.desc()).limit(1)).one_or_none()
    return row[1] if row is not None and row[0] else None


def _days(connection: Connection, since: date | None, until: date | None) -> list[DayCount]:
    is_stored = ArticleRow.id.is_not(None)

    def count(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
        return func.sum(case((and_(*conditions), 1), else_=0))

    is_lost = and_(_F.state == State.DONE, ~is_stored)
    query = (
        select(
            _F.day,
            _F.section,
            func.count(),
            count(is_stored),
            count(_F.state == State.FAILED, ~is_stored),
            count(or_(_F.state.in_((State.PENDING, State.LEASED)), is_lost), ~is_stored),
            count(_F.state == State.GONE, ~is_stored),
            count(_F.state.in_((State.SKIPPED, State.FORGOTTEN)), ~is_stored),
        )
        .select_from(_F)
        .join(ArticleRow, ArticleRow.key == _F.key, isouter=True)
        .where(_F.kind == "article", ~IS_DEAD_LINK)
        .group_by(_F.day, _F.section)
        .order_by(_F.day.desc(), _F.section)
    )
    return [DayCount(*row) for row in connection.execute(_within(query, _F.day, since, until))]


def _within(query: Any, day: Any, since: date | None, until: date | None) -> Any:
    if since:
        query = query.where(day >= since)
    return query.where(day <= until) if until else query


def _missing(connection: Connection, since: date | None, until: date | None) -> list[Missing]:
    query = (
        select(
            _F.key,
            _F.url,
            _F.section,
            case((and_(_F.state == State.FAILED, _F.claim == GONE), UNCONFIRMED), else_=_F.state),
            _F.reason,
            _F.attempts,
            _F.next_at,
        )
        .where(_F.kind == "article", _F.state.in_((*_OPEN, State.DONE)), ~IS_STORED, ~IS_DEAD_LINK)
        .order_by(_F.key)
    )
    return [Missing(*row) for row in connection.execute(_within(query, _F.day, since, until))]


def _unread_lists(
    connection: Connection, since: date | None, until: date | None
) -> tuple[list[UnreadList], dict[tuple[str, date], str]]:
    """Lists asked for and not read; of index days why, by site and day."""
    query = (
        select(_F.url, _F.state, _F.reason, _F.next_at, _F.visited_at)
        .where(_F.kind == "listing", _F.state.in_(_OPEN))
        .order_by(_F.key)
    )
    lists: list[UnreadList] = []
    asked: dict[tuple[str, date], str] = {}
    for url, state, reason, next_at, visited_at in connection.execute(query):
        found = index_day_of(url)
        if found is None:
            lists.append(UnreadList(url, state, reason, next_at))
        elif (since is None or found[1] >= since) and (until is None or found[1] <= until):
            is_new = state != State.FAILED and visited_at is None
            why = "asked for and not begun" if is_new else "pages are still to be read"
            asked[found] = (reason or why) if state == State.FAILED else asked.get(found, why)
    return lists, asked


def _index_days(
    connection: Connection,
    since: date | None,
    until: date | None,
    now: datetime,
    asked: dict[tuple[str, date], str],
) -> tuple[list[UnreadDay], list[WholeDay], int]:
    """The days that are not proven, those that are, and how many an older version read."""
    query = select(IndexDayRow.__table__).order_by(IndexDayRow.day.desc(), IndexDayRow.site)
    unread: list[UnreadDay] = []
    whole: list[WholeDay] = []
    old = 0
    confirmed = _confirmed(connection)
    for row in connection.execute(_within(query, IndexDayRow.day, since, until)):
        why = asked.pop((row.site, row.day), None)
        if row.began_at is None:
            old += why is None
        else:
            why = why or days.doubt_of(row, now)
        if why is not None:
            unread.append(UnreadDay(row.site, row.day, row.listed, row.pages, why))
        elif row.complete and row.began_at is not None:
            is_confirmed = row.site == "all" and row.day in confirmed
            whole.append(WholeDay(row.site, row.day, row.listed, is_confirmed))
    unread += [UnreadDay(site, day, 0, 0, why) for (site, day), why in asked.items()]
    return sorted(unread, key=lambda one: (one.day, one.site), reverse=True), whole, old


def _confirmed(connection: Connection) -> set[date]:
    """The days of which the index and the news sitemaps name the same articles."""
    in_sitemap = _F.listed_at.is_not(None)
    rows = connection.execute(
        select(_F.day)
        .where(_F.kind == "article", _F.day.in_(select(_F.day).where(in_sitemap).distinct()))
        .where(or_(in_sitemap, _F.in_index))
        .group_by(_F.day)
        .having(func.sum(case((and_(in_sitemap, _F.in_index), 0), else_=1)) == 0)
    )
    return {day for (day,) in rows if day is not None}


def _fronts(connection: Connection, now: datetime) -> tuple[list[UnreadSpan], list[Followed]]:
    spans: list[UnreadSpan] = []
    followed: list[Followed] = []
    for row in connection.execute(select(FrontRow.__table__).order_by(FrontRow.section)):
        if row.closed_at > now + days.CLOCKS:  # by a clock that was ahead
            spans.append(UnreadSpan(row.section, row.since_at, now))
            continue
        if row.began_at > row.closed_at:
            spans.append(UnreadSpan(row.section, row.closed_at, row.began_at))
        followed.append(Followed(row.section, row.since_at, row.closed_at))
    return spans, followed


def _absent(connection: Connection) -> list[UnreadList]:
    """Lists that are gone or have moved, as several looks have said."""
    query = select(_F.url, _F.state, _F.reason, _F.next_at).where(
        _F.kind == "listing", _F.state.in_((State.GONE, State.SKIPPED))
    )
    return [UnreadList(*row) for row in connection.execute(query.order_by(_F.key))]


def _count(connection: Connection, *conditions: ColumnElement[bool]) -> int:
    return connection.scalar(select(func.count()).select_from(_F).where(*conditions)) or 0


def _only_linked(connection: Connection) -> int:
    """Articles that "Baca juga" links name and the frontier does not hold."""
    # Each key once, and only then looked up: most of a million are known.
    named = select(LinkRow.target_key).distinct().subquery()
    is_known = select(1).where(FrontierRow.key == named.c.target_key).exists()
    return connection.scalar(select(func.count()).select_from(named).where(~is_known)) or 0
