"""Index days: when a sitting (see ``sittings``) proves a day complete."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, String, cast, func, or_, select, update

from kompas_crawler.archive.crawl_models import FrontierCountRow, FrontierRow, IndexDayRow
from kompas_crawler.archive.frontier import settle, take
from kompas_crawler.frontier import NO_ROWS, State
from kompas_crawler.site.keys import WIB
from kompas_crawler.site.listings import index_url

SETTLES_AFTER = timedelta(hours=6)
"""How long after its end a day may still gain articles; earlier sittings do not complete it."""
EARLY = timedelta(days=7)
AGAIN_AFTER = timedelta(days=3)
"""A day completed within ``EARLY`` is read again after ``AGAIN_AFTER``; one without a row after
``EARLY``, as the site can lose its lists for days."""
CONTRADICTED_BY = 3  # stored articles of a day, beyond twice those that its index lists
CLOCKS = timedelta(minutes=5)  # maximum difference between the clocks of two machines


def settled_at(day: date) -> datetime:
    return datetime.combine(day, time(), WIB) + timedelta(days=1) + SETTLES_AFTER


def complete_days(connection: Connection) -> None:
    """Mark days as complete whose articles are all settled and whose sitting proves the day.

    The sitting must be complete and have begun after the day had settled.
    """
    row = IndexDayRow
    is_read = (row.read_all, row.complete.is_(False))
    query = select(row.site, row.day, row.began_at, row.again_at, row.listed).where(*is_read)
    times: dict[str, datetime | None] = {}
    proofs = connection.execute(query.where(~has_open_articles(), ~is_contradicted())).all()
    for site, day, began_at, again_at, listed in proofs:
        if began_at < settled_at(day):
            continue
        is_early = began_at < settled_at(day) - SETTLES_AFTER + EARLY
        if again_at is None and (is_early or not listed):
            again_at = began_at + (AGAIN_AFTER if is_early else EARLY)
        if again_at is not None and again_at > began_at:
            times[index_url(day, site)] = again_at
        changed = update(row).where(row.site == site, row.day == day)
        changed = changed.values(complete=True, again_at=again_at, sittings=0, read_pages={})
        connection.execute(changed)
    settle.schedule(connection, times)


def has_open_articles() -> ColumnElement[bool]:
    """Whether a day has an article that is neither stored nor settled."""
    row, index = FrontierRow, IndexDayRow
    is_of = (row.day == index.day, or_(index.site == "all", row.section == index.site))
    is_open = (row.state.in_((*take.OPEN, State.DONE)), ~take.IS_STORED, ~take.IS_DEAD_LINK)
    return select(row.id).where(row.kind == "article", *is_of, *is_open).exists()


def is_contradicted() -> ColumnElement[bool]:
    """Whether more articles of a day are stored than its index lists and than were removed."""
    index, row = IndexDayRow, FrontierCountRow
    is_of = (
        row.day == cast(index.day, String),
        or_(index.site == "all", row.section == index.site),
    )
    is_live = (row.kind == "article", row.state == State.DONE, row.is_stored)
    live = select(func.coalesce(func.sum(row.total), 0)).where(*is_of, *is_live).scalar_subquery()
    return live >= CONTRADICTED_BY + 2 * index.listed


def proven(
    connection: Connection, sites: Sequence[str], since: date, until: date, now: datetime
) -> set[date]:
    """Return the days of a range that are proven for all *sites*."""
    index = IndexDayRow
    query = with_doubts().where(index.site.in_(sites), index.day.between(since, until))
    count = Counter(
        row.day
        for row in connection.execute(query)
        if row.began_at >= settled_at(row.day) and doubt_of(row, now) is None
    )
    return {day for day, found in count.items() if found == len(sites)}


def empty_so_far(connection: Connection, now: datetime) -> set[str]:
    """Return the keys of first pages without a row, whose confirmation is due after *now*."""
    row = FrontierRow
    is_empty = (row.kind == "listing", row.state == State.FAILED, row.claim == NO_ROWS)
    return set(connection.scalars(select(row.key).where(*is_empty, row.next_at > now)))


def in_doubt(connection: Connection, now: datetime) -> list[tuple[date, str]]:
    """Return day and site of the index days to be read again, newest first."""
    rows = connection.execute(with_doubts().order_by(IndexDayRow.day.desc()))
    return [(row.day, row.site) for row in rows if doubt_of(row, now)]


def with_doubts() -> Select[Any]:
    """Select the rows of ``IndexDayRow``, each with what ``doubt_of`` asks."""
    return select(IndexDayRow.__table__, is_contradicted().label("is_contradicted"))


def doubt_of(row: Any, now: datetime) -> str | None:
    """Return why the last sitting of a day of ``with_doubts`` does not prove it, or ``None``."""
    if row.began_at > now + CLOCKS:
        return "read by a machine whose clock was ahead"
    if not row.read_all:
        if len(row.read_pages) < row.named:
            return f"{len(row.read_pages)} of {row.named} pages were read"
        return "page 1 was not fetched again to confirm the list"
    if row.is_contradicted:
        listed = "lists few articles" if row.listed else "has no row"
        return f"the index {listed}, but articles of the day are stored"
    if row.began_at < settled_at(row.day):
        return "read before the day had settled" if now >= settled_at(row.day) else None
    if row.again_at is not None and row.began_at < row.again_at <= now:
        return "due to be read again for late articles"
    if not row.complete and row.began_at <= now - EARLY:
        return "articles are missing for a week; the index may know other addresses of them"
    return None


def unfinished(connection: Connection, scope: str, since: date, until: date) -> int:
    """Count the days of a range with pending rows of *scope*."""
    row = FrontierRow
    is_of = (row.state == State.PENDING, row.scope == scope, row.day.between(since, until))
    return connection.scalar(select(func.count(row.day.distinct())).where(*is_of)) or 0


def average_listed(connection: Connection, site: str) -> float | None:
    """Return the mean of articles per index day of *site*, if at least three were read."""
    is_read = (IndexDayRow.site == site, IndexDayRow.read_all, IndexDayRow.listed > 0)
    query = select(func.count(), func.avg(IndexDayRow.listed)).where(*is_read)
    count, listed = connection.execute(query).one()
    return float(listed) if count >= 3 else None
