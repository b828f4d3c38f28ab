"""Known articles: how many are stored, and which are not."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Connection, and_, case, func, or_, select

from kompas_crawler.archive.frontier.take import IS_DEAD_LINK, IS_STORED, OPEN
from kompas_crawler.archive.models import ArticleRow, FrontierRow, LinkRow
from kompas_crawler.archive.sql import keys_within, pairs, within
from kompas_crawler.frontier import GONE, State

UNCONFIRMED = "unconfirmed"


@dataclass(frozen=True, slots=True)
class DayCount:
    """The known articles of a day and section, by state.

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
    """A known article that is not stored."""

    key: str
    url: str
    section: str | None
    state: str  # failed, pending, or unconfirmed (as gone)
    reason: str | None
    attempts: int
    next_at: datetime | None


def by_day(connection: Connection, since: date | None, until: date | None) -> list[DayCount]:
    """Count the articles by day and section, newest day first."""
    is_stored = ArticleRow.id.is_not(None)

    def count(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
        return func.sum(case((and_(*conditions), 1), else_=0))

    is_lost = and_(FrontierRow.state == State.DONE, ~is_stored)
    query = (
        select(
            FrontierRow.day,
            FrontierRow.section,
            func.count(),
            count(is_stored),
            count(FrontierRow.state == State.FAILED, ~is_stored),
            count(or_(FrontierRow.state.in_((State.PENDING, State.LEASED)), is_lost), ~is_stored),
            count(FrontierRow.state == State.GONE, ~is_stored),
            count(FrontierRow.state.in_((State.SKIPPED, State.FORGOTTEN)), ~is_stored),
        )
        .select_from(FrontierRow)
        .join(ArticleRow, ArticleRow.key == FrontierRow.key, isouter=True)
        .where(FrontierRow.kind == "article", ~IS_DEAD_LINK, *within(FrontierRow.day, since, until))
        .group_by(FrontierRow.day, FrontierRow.section)
        .order_by(FrontierRow.day.desc(), FrontierRow.section)
    )
    return [DayCount(*row) for row in connection.execute(query)]


def articles(connection: Connection, since: date | None, until: date | None) -> list[Missing]:
    """Return the articles that are not stored, ordered by key."""
    row = FrontierRow
    is_unconfirmed = and_(row.state == State.FAILED, row.claim == GONE)
    state = case((is_unconfirmed, UNCONFIRMED), else_=row.state)
    query = (
        select(row.key, row.url, row.section, state, row.reason, row.attempts, row.next_at)
        .where(row.kind == "article", row.state.in_((*OPEN, State.DONE)), ~IS_STORED)
        .where(~IS_DEAD_LINK, *within(row.day, since, until))
        .order_by(row.key)
    )
    return [Missing(*found) for found in connection.execute(query)]


def incomplete(connection: Connection, since: date | None, until: date | None) -> dict[str, str]:
    """Return the addresses of stored articles of which only a part was read, by key."""
    query = select(ArticleRow.key, ArticleRow.url).where(ArticleRow.is_complete.is_(False))
    query = query.where(*keys_within(ArticleRow.key, since, until))
    return pairs(connection.execute(query.order_by(ArticleRow.key)))


def dead_links(connection: Connection) -> int:
    """Count the articles known by links only that returned 404 so far."""
    query = select(func.count()).select_from(FrontierRow).where(IS_DEAD_LINK, ~IS_STORED)
    return connection.scalar(query) or 0


def only_linked(connection: Connection) -> int:
    """Count the targets of "Baca juga" links that are not in the frontier."""
    # Distinct keys first: most of a million links are known.
    named = select(LinkRow.target_key).distinct().subquery()
    is_known = select(1).where(FrontierRow.key == named.c.target_key).exists()
    return connection.scalar(select(func.count()).select_from(named).where(~is_known)) or 0
