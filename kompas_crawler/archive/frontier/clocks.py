"""Repair times in the future, written by a run whose clock was ahead."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select, update

from kompas_crawler.archive.frontier.index_days import CLOCKS
from kompas_crawler.archive.models import FrontierRow, FrontRow, IndexDayRow, RunRow
from kompas_crawler.frontier import State
from kompas_crawler.site.keys import WIB

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection


def bring_back(connection: Connection, now: datetime) -> int:
    """Reset times later than *now*, and drop proofs with such times.

    Returns the number of changed rows of the frontier.
    """
    latest = now + CLOCKS
    ahead = select(func.min(RunRow.id)).where(RunRow.started_at > latest)
    first = connection.scalar(ahead)
    if first is None:
        return 0
    day = now.astimezone(WIB).date() + timedelta(days=1)
    connection.execute(
        delete(FrontierRow).where(
            FrontierRow.kind == "listing", FrontierRow.day > day, FrontierRow.state != State.DONE
        )
    )
    brought = connection.execute(
        update(FrontierRow)
        .where(FrontierRow.visited_at > latest)
        .values(visited_at=now, next_at=now, claim=None, claimed_at=None, looks=0)
    )
    connection.execute(
        update(FrontierRow).where(FrontierRow.discovered_at > latest).values(discovered_at=now)
    )
    connection.execute(
        delete(IndexDayRow).where((IndexDayRow.day > day) | (IndexDayRow.began_at > latest))
    )
    connection.execute(
        update(IndexDayRow)
        .where(IndexDayRow.again_at > latest + timedelta(days=30))
        .values(again_at=now)
    )
    sane = connection.scalar(
        select(func.max(RunRow.started_at)).where(RunRow.id < first, RunRow.started_at <= now)
    )
    connection.execute(delete(FrontRow).where(FrontRow.since_at > latest))
    for column in (FrontRow.closed_at, FrontRow.began_at):
        value = sane or FrontRow.since_at
        connection.execute(update(FrontRow).where(column > latest).values({column: value}))
    connection.execute(
        update(RunRow).where(RunRow.started_at > latest).values(started_at=now, finished_at=now)
    )
    return brought.rowcount
