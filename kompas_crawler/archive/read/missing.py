"""Known articles: how many are stored, and which are not."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, String, and_, case, cast, func, literal, select

from kompas_crawler.archive.crawl_models import FrontierCountRow, FrontierRow
from kompas_crawler.archive.frontier.take import IS_DEAD_LINK, IS_STORED, OPEN
from kompas_crawler.archive.models import ArticleRow
from kompas_crawler.archive.sql import keys_within, within
from kompas_crawler.frontier import GONE, State


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


def by_day(
    connection: Connection, since: date | None, until: date | None, at: datetime | None = None
) -> list[DayCount]:
    """Count the articles by day and section, newest day first, as they were *at* that time."""
    row: Any = FrontierCountRow if at is None else _counts(at)

    def count(*conditions: Any) -> ColumnElement[int]:
        return func.sum(case((and_(*conditions), row.total), else_=0))

    def missing(*states: State) -> ColumnElement[int]:
        return count(row.state.in_(states), ~row.is_stored)

    first = since.isoformat() if since else "0" if until else None  # unknown days are empty
    last = until and until.isoformat()
    query = (
        select(
            row.day,
            row.section,
            func.sum(row.total),
            count(row.is_stored.is_(True)),
            missing(State.FAILED),
            missing(State.PENDING, State.LEASED, State.DONE),  # done: its article was lost
            missing(State.GONE),
            missing(State.SKIPPED, State.FORGOTTEN),
        )
        .where(row.kind == "article", ~row.is_dead, *within(row.day, first, last))
        .group_by(row.day, row.section)
        .having(func.sum(row.total) > 0)
        .order_by(row.day.desc(), row.section)
    )
    return [
        DayCount(date.fromisoformat(day) if day else None, section or None, *counts)
        for day, section, *counts in connection.execute(query)
    ]


def _counts(at: datetime) -> Any:
    """The columns of ``FrontierCountRow``, of what was known and stored at the time *at*."""
    row, one = FrontierRow, ArticleRow
    day = func.coalesce(cast(row.day, String), "").label("day")
    is_stored = select(1).where(one.key == row.key, one.added_at <= at).exists().label("is_stored")
    columns = row.kind, row.section, row.state, day, is_stored, IS_DEAD_LINK.label("is_dead")
    known = select(*columns, literal(1).label("total")).where(row.discovered_at <= at)
    return known.subquery().c


def articles(
    connection: Connection, since: date | None, until: date | None, limit: int | None = None
) -> list[Missing]:
    """Return the articles that are not stored, ordered by key, or the first *limit*."""
    row = FrontierRow
    is_unconfirmed = and_(row.state == State.FAILED, row.claim == GONE)
    state = case((is_unconfirmed, "unconfirmed"), else_=row.state)
    query = (
        select(row.key, row.url, row.section, state, row.reason, row.attempts, row.next_at)
        .where(row.kind == "article", ~IS_STORED, ~IS_DEAD_LINK, *within(row.day, since, until))
        .order_by(row.key)
        .limit(limit)
    )
    counts = FrontierCountRow
    is_lost = (counts.kind == "article", counts.state == State.DONE, ~counts.is_stored)
    lost = select(counts.day).where(*is_lost).group_by(counts.day)
    days = connection.scalars(lost.having(func.sum(counts.total) > 0)).all()
    is_missing: ColumnElement[bool] = row.state.in_(OPEN)
    if days:
        is_of = row.day.is_(None) | row.day.in_([date.fromisoformat(day) for day in days if day])
        is_missing |= and_(row.state == State.DONE, is_of)
    return [Missing(*one) for one in connection.execute(query.where(is_missing))]


def incomplete(
    connection: Connection, since: date | None, until: date | None, limit: int | None = None
) -> dict[str, str]:
    """Return the addresses of stored articles of which only a part was read, by key."""
    query = select(ArticleRow.key, ArticleRow.url).where(ArticleRow.is_complete.is_(False))
    query = query.where(*keys_within(ArticleRow.key, since, until))
    return dict(connection.execute(query.order_by(ArticleRow.key).limit(limit)).all())


def dead_links(connection: Connection) -> int:
    """Count the articles known by links only that returned 404 so far."""
    row = FrontierCountRow
    return connection.scalar(select(func.sum(row.total)).where(row.is_dead, ~row.is_stored)) or 0
