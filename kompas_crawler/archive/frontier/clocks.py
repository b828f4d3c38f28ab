"""Repair times in the future, written by a run whose clock was ahead."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, case, delete, func, select, tuple_, update

from kompas_crawler.archive.crawl_models import FrontierRow, FrontRow, IndexDayRow
from kompas_crawler.archive.frontier.index_days import CLOCKS
from kompas_crawler.archive.models import ArticleRow, RevisionRow, RunRow, StateRow
from kompas_crawler.frontier import State
from kompas_crawler.site.keys import WIB


def bring_back(connection: Connection, now: datetime) -> bool:
    """Reset times later than *now*, and delete all that a clock that was ahead has proved.

    Returns whether there are such times; *now* itself may be the wrong one.
    """
    latest, execute = now + CLOCKS, connection.execute
    row, index, front, run = FrontierRow, IndexDayRow, FrontRow, RunRow
    first = connection.scalar(select(func.min(run.id)).where(run.started_at > latest))
    if first is None:
        return False
    day = now.astimezone(WIB).date() + timedelta(days=1)
    execute(delete(row).where(row.kind == "listing", row.day > day, row.state != State.DONE))
    back = {"visited_at": now, "next_at": now, "claim": None, "claimed_at": None, "looks": 0}
    ahead = update(row).where(row.visited_at > latest)  # by looks that were not as far apart
    execute(ahead.where(row.state.in_((State.GONE, State.SKIPPED))).values(state=State.FAILED))
    execute(ahead.values(back))
    kept = ArticleRow.added_at, ArticleRow.stored_at, RevisionRow.replaced_at
    for column in (row.discovered_at, *kept):
        execute(update(column.class_).where(column > latest).values({column: now}))
    state, is_later = StateRow, StateRow.until_at > latest
    first_of = select(state.article_id, func.min(state.until_at)).where(is_later)
    is_first = tuple_(state.article_id, state.until_at).in_(first_of.group_by(state.article_id))
    execute(delete(state).where(is_later, ~is_first))
    execute(update(state).where(is_later).values(until_at=now))
    execute(delete(index).where(index.day > day))
    unread = {"complete": False, "read_all": False, "is_checking": False, "read_pages": {}}
    execute(update(index).where(index.began_at > latest).values(began_at=now, **unread))
    execute(update(index).where(index.again_at > latest + timedelta(days=30)).values(again_at=now))
    sane_runs = select(func.max(run.started_at)).where(run.id < first, run.started_at <= now)
    sane = connection.scalar(sane_runs)
    execute(delete(front).where(front.since_at > latest))
    until = case((front.since_at > sane, front.since_at), else_=sane) if sane else front.since_at
    for column in (front.closed_at, front.began_at):
        execute(update(front).where(column > until).values({column: until}))
    execute(update(run).where(run.started_at > latest).values(started_at=now, finished_at=now))
    return True
