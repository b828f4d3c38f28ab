"""Repair times in the future, written by a run whose clock was ahead."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, case, delete, func, select, update

from kompas_crawler.archive.crawl_models import FrontierRow, FrontRow, IndexDayRow
from kompas_crawler.archive.frontier.index_days import CLOCKS
from kompas_crawler.archive.models import RunRow
from kompas_crawler.frontier import State
from kompas_crawler.site.keys import WIB


def bring_back(connection: Connection, now: datetime) -> int:
    """Reset times later than *now*, and drop what such a clock proved, even if it is past by now.

    Returns the number of changed rows of the frontier.
    """
    latest, execute = now + CLOCKS, connection.execute
    row, index, front, run = FrontierRow, IndexDayRow, FrontRow, RunRow
    first = connection.scalar(select(func.min(run.id)).where(run.started_at > latest))
    if first is None:
        return 0
    day = now.astimezone(WIB).date() + timedelta(days=1)
    execute(delete(row).where(row.kind == "listing", row.day > day, row.state != State.DONE))
    back = {"visited_at": now, "next_at": now, "claim": None, "claimed_at": None, "looks": 0}
    brought = execute(update(row).where(row.visited_at > latest).values(back))
    execute(update(row).where(row.discovered_at > latest).values(discovered_at=now))
    execute(delete(index).where((index.day > day) | (index.began_at > latest)))
    execute(update(index).where(index.again_at > latest + timedelta(days=30)).values(again_at=now))
    is_sane = (run.id < first, run.started_at <= now)
    sane = connection.scalar(select(func.max(run.started_at)).where(*is_sane))
    execute(delete(front).where(front.since_at > latest))
    until = case((front.since_at > sane, front.since_at), else_=sane) if sane else front.since_at
    for column in (front.closed_at, front.began_at):
        execute(update(front).where(column > until).values({column: until}))
    execute(update(run).where(run.started_at > latest).values(started_at=now, finished_at=now))
    return brought.rowcount
