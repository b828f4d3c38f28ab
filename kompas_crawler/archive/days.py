"""Index days: what the index of a day listed, and whether all of it is dealt with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Table, and_, case, exists, or_, select, update

from kompas_crawler.archive.models import FrontierRow, IndexDayRow, State
from kompas_crawler.archive.sql import upsert

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date, datetime

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


def settle(connection: Connection) -> None:
    """Mark as complete the days whose every page was read and every article dealt with."""
    unfinished = exists(
        select(FrontierRow.id).where(
            FrontierRow.day == _DAYS.c.day,
            FrontierRow.kind == "article",
            FrontierRow.state.not_in(_FINISHED),
            or_(_DAYS.c.site == "all", FrontierRow.section == _DAYS.c.site),
        )
    )
    connection.execute(
        update(_DAYS)
        .where(_DAYS.c.read_all, _DAYS.c.complete.is_(False), ~unfinished)
        .values(complete=True)
    )


def complete(connection: Connection, site: str, since: date, until: date) -> Collection[date]:
    """The days of a range that need no further sweep."""
    return set(
        connection.scalars(
            select(_DAYS.c.day).where(
                and_(_DAYS.c.site == site, _DAYS.c.day.between(since, until), _DAYS.c.complete)
            )
        )
    )
