"""What is missing: listed against stored, day by day and section by section."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import case, func, select

from kompas_crawler.archive.models import FrontierRow, IndexDayRow, LinkRow, State

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy import Connection

_OPEN = (State.PENDING, State.LEASED, State.FAILED)


@dataclass(frozen=True, slots=True)
class DayCount:
    """What is known of one day and section: how many articles, and what became of them."""

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
    state: str
    reason: str | None
    attempts: int
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class UnreadDay:
    """A day whose index was not read to its end, or not since it settled."""

    site: str
    day: date
    listed: int
    pages: int


@dataclass(frozen=True, slots=True)
class Gaps:
    """What is missing from an archive; ``only_linked`` counts articles known by links alone."""

    days: list[DayCount] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)
    unread_days: list[UnreadDay] = field(default_factory=list)
    only_linked: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether everything that was listed is stored, gone or skipped."""
        return not self.missing and not self.unread_days


def find(connection: Connection, *, since: date | None = None, until: date | None = None) -> Gaps:
    """The gaps of the days from *since* to *until*, or of all."""
    return Gaps(
        days=_days(connection, since, until),
        missing=_missing(connection, since, until),
        unread_days=_unread_days(connection, since, until),
        only_linked=_only_linked(connection),
    )


def _days(connection: Connection, since: date | None, until: date | None) -> list[DayCount]:
    def count(*states: State):  # type: ignore[no-untyped-def]
        return func.sum(case((FrontierRow.state.in_(states), 1), else_=0))

    query = (
        select(
            FrontierRow.day,
            FrontierRow.section,
            func.count(),
            count(State.DONE),
            count(State.FAILED),
            count(State.PENDING, State.LEASED),
            count(State.GONE),
            count(State.SKIPPED, State.FORGOTTEN),
        )
        .where(FrontierRow.kind == "article")
        .group_by(FrontierRow.day, FrontierRow.section)
        .order_by(FrontierRow.day.desc(), FrontierRow.section)
    )
    if since:
        query = query.where(FrontierRow.day >= since)
    if until:
        query = query.where(FrontierRow.day <= until)
    return [DayCount(*row) for row in connection.execute(query)]


def _missing(connection: Connection, since: date | None, until: date | None) -> list[Missing]:
    query = (
        select(
            FrontierRow.key,
            FrontierRow.url,
            FrontierRow.section,
            FrontierRow.state,
            FrontierRow.reason,
            FrontierRow.attempts,
            FrontierRow.next_at,
        )
        .where(FrontierRow.kind == "article", FrontierRow.state.in_(_OPEN))
        .order_by(FrontierRow.key)
    )
    if since:
        query = query.where(FrontierRow.day >= since)
    if until:
        query = query.where(FrontierRow.day <= until)
    return [Missing(*row) for row in connection.execute(query)]


def _unread_days(connection: Connection, since: date | None, until: date | None) -> list[UnreadDay]:
    query = (
        select(IndexDayRow.site, IndexDayRow.day, IndexDayRow.listed, IndexDayRow.pages)
        .where(IndexDayRow.read_all.is_(False))
        .order_by(IndexDayRow.day.desc(), IndexDayRow.site)
    )
    if since:
        query = query.where(IndexDayRow.day >= since)
    if until:
        query = query.where(IndexDayRow.day <= until)
    return [UnreadDay(*row) for row in connection.execute(query)]


def _only_linked(connection: Connection) -> int:
    """Articles that "Baca juga" links name and the frontier does not hold."""
    # Each key once, and only then looked up: most of a million are known.
    named = select(LinkRow.target_key).distinct().subquery()
    is_known = select(1).where(FrontierRow.key == named.c.target_key).exists()
    return connection.scalar(select(func.count()).select_from(named).where(~is_known)) or 0
