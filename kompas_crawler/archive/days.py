"""Index days: what the index of a day listed, and whether all of it is dealt with."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Table, bindparam, case, exists, func, or_, select, update

from kompas_crawler.archive.models import FrontierRow, IndexDayRow, State
from kompas_crawler.archive.sql import upsert
from kompas_crawler.urls import WIB

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy import Connection

    from kompas_crawler.archive.changes import IndexPage

_DAYS: Table = IndexDayRow.__table__  # type: ignore[assignment]
_FINISHED = (State.DONE, State.GONE, State.SKIPPED, State.FORGOTTEN)


def note(connection: Connection, pages: Sequence[IndexPage], now: datetime) -> None:
    """Add what index pages listed; a first page begins its day anew."""
    for page in sorted(pages, key=lambda p: (p.site, p.day, p.page)):
        statement = upsert(connection, _DAYS).values(
            site=page.site,
            day=page.day,
            listed=page.listed,
            pages=page.page,
            read_all=page.is_last,
            complete=False,
            swept_at=now,
        )
        excluded = statement.excluded
        is_first = excluded.pages == 1
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=["site", "day"],
                set_={
                    "listed": case(
                        (is_first, excluded.listed), else_=_DAYS.c.listed + excluded.listed
                    ),
                    "pages": excluded.pages,
                    "read_all": excluded.read_all,
                    "complete": False,
                    "swept_at": excluded.swept_at,
                },
            )
        )


SETTLES_AFTER = timedelta(hours=6)
"""How long after its end a day may still gain articles; an earlier sweep is not its last."""


def settle(connection: Connection) -> None:
    """Mark as complete the days that were read to the end and whose every article is dealt with.

    A day counts only when it was swept after it had settled.
    """
    unfinished = exists(
        select(FrontierRow.id).where(
            FrontierRow.day == _DAYS.c.day,
            FrontierRow.kind == "article",
            FrontierRow.state.not_in(_FINISHED),
            or_(_DAYS.c.site == "all", FrontierRow.section == _DAYS.c.site),
        )
    )
    rows = connection.execute(
        select(_DAYS.c.site, _DAYS.c.day, _DAYS.c.swept_at).where(
            _DAYS.c.read_all, _DAYS.c.complete.is_(False), ~unfinished
        )
    ).all()
    settled = [
        {"s": site, "d": day}
        for site, day, swept_at in rows
        if swept_at >= datetime.combine(day, time(), WIB) + timedelta(days=1) + SETTLES_AFTER
    ]
    if settled:
        connection.execute(
            update(_DAYS)
            .where(_DAYS.c.site == bindparam("s"), _DAYS.c.day == bindparam("d"))
            .values(complete=True),
            settled,
        )


def complete(connection: Connection, sites: Sequence[str], since: date, until: date) -> set[date]:
    """The days of a range that need no further sweep of any of *sites*."""
    rows = connection.execute(
        select(_DAYS.c.day, func.count())
        .where(_DAYS.c.site.in_(sites), _DAYS.c.day.between(since, until), _DAYS.c.complete)
        .group_by(_DAYS.c.day)
    )
    return {day for day, count in rows if count == len(sites)}


def unfinished(connection: Connection, scope: str, since: date, until: date) -> int:
    """How many days of a range still have something to fetch, of what *scope* asked for."""
    return (
        connection.scalar(
            select(func.count(FrontierRow.day.distinct())).where(
                FrontierRow.state == State.PENDING,
                FrontierRow.scope == scope,
                FrontierRow.day.between(since, until),
            )
        )
        or 0
    )


def average_listed(connection: Connection, site: str) -> float | None:
    """How many articles a day the index of *site* listed, where at least three were read."""
    count, listed = connection.execute(
        select(func.count(), func.avg(_DAYS.c.listed)).where(
            _DAYS.c.site == site, _DAYS.c.read_all, _DAYS.c.listed > 0
        )
    ).one()
    return float(listed) if count >= 3 else None
