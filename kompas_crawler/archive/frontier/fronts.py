"""Section fronts: the span of time that each covers without a gap."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from statistics import median_high
from typing import Any

from sqlalchemy import Connection, and_, bindparam, exists, func, or_, select, update

from kompas_crawler.archive.crawl_models import FrontierRow, FrontRow, IndexDayRow
from kompas_crawler.archive.frontier import index_days
from kompas_crawler.archive.frontier.index_days import AGAIN_AFTER, CLOCKS
from kompas_crawler.archive.models import RunRow
from kompas_crawler.archive.sql import count, update_each, upsert
from kompas_crawler.frontier import GONE, LATEST, SWEEP, FrontPage, State
from kompas_crawler.site.keys import WIB, ArticleKey

SHORTEST, LONGEST = timedelta(hours=1), timedelta(hours=18)
"""Times after which a front is read again, by how much it publishes."""
LATE = AGAIN_AFTER  # how long after its day an article may still appear
_IS_OPEN = FrontRow.began_at > FrontRow.closed_at
_FRONT = select(FrontRow.__table__).where(FrontRow.key == bindparam("front"))
NEVER = datetime.min.replace(tzinfo=UTC)


def note(
    connection: Connection, pages: Sequence[FrontPage], now: datetime
) -> tuple[set[str], set[str]]:
    """Add pages to the sittings of their fronts.

    Returns the fronts whose next page is needed, and those that reached the sitting before.

    A sitting begins with the first page. It is closed by a consecutive page of whose rows at
    least half were known and published before the last closed sitting. Old copies and error
    pages list such rows, too: the sitting must also show the newest articles of the last one,
    except those that are gone, and those that left the front although it shows newer ones.
    """
    still_open: set[str] = set()
    reached: set[str] = set()
    for page in sorted(pages, key=lambda p: (p.front, p.page)):
        row = connection.execute(_FRONT, {"front": page.front}).one_or_none()
        if not page.keys and row is not None:
            of_section = select(FrontierRow.id).where(FrontierRow.section == page.section)
            if connection.scalar(of_section.where(FrontierRow.kind == "article").limit(1)):
                continue  # an empty page proves nothing
        at = now - page.age
        start = {"key": page.front, "section": page.section, "since_at": at, "closed_at": at}
        values: dict[str, Any] = start if row is None else dict(row._mapping)
        if row is not None and page.age and at <= row.closed_at:
            continue  # a cached copy from before the last closed sitting
        if page.page == 1:
            values |= {"began_at": at, "newest": sorted(page.keys)[-max(len(page.keys) // 4, 2) :]}
        elif row is None or page.page != row.pages_read + 1 or at < row.began_at - CLOCKS:
            continue  # a retry of an older sitting, or an older copy
        values["pages_read"] = page.page if page.is_whole else 0  # else no later page closes it
        is_closed = row is not None and page.page > 1 and row.began_at <= row.closed_at
        former = [] if is_closed else values.get("to_meet") or []  # those are on its first page
        unmet = [key for key in former if key not in page.keys]
        if not page.has_rows:  # a side list can have any of them
            unmet = [*former, *page.keys]
        elif len(unmet) < len(former):  # of the others, older ones may have left the front
            unmet = [key for key in unmet if key > values["newest"][-1]]
        values |= {} if is_closed else {"to_meet": unmet}
        if row is None or _closes(connection, page, row.closed_at, values["began_at"]):
            if not (unmet and _are_live(connection, unmet, now)):
                values |= {"closed_at": values["began_at"], "to_meet": values["newest"]}
            reached |= set() if row is None else {page.front}
        else:
            still_open.add(page.front)
        upsert(connection, FrontRow, **values)
    return still_open, reached


def _closes(connection: Connection, page: FrontPage, closed_at: datetime, start: datetime) -> bool:
    """Whether *page* reaches articles published before *closed_at*; a pager's end proves none."""
    row = FrontierRow
    # What the index named may have appeared on the front only after that sitting.
    is_other = func.coalesce(row.discovered_from, "").not_like(f"%{LATEST}")
    is_older = or_(row.discovered_at <= closed_at, and_(row.discovered_at < start, is_other))
    older = connection.scalars(select(row.key).where(row.key.in_(page.keys), is_older))
    times = (ArticleKey.parse(key).published_at for key in older)
    known = sum(at is not None and at <= closed_at for at in times)
    return page.is_whole and 2 * known >= len(page.keys)


def _are_live(connection: Connection, keys: Sequence[str], now: datetime) -> bool:
    """Whether an article is not known to be gone; the stored ones of these become due."""
    row = FrontierRow
    # An older 404 that no later look confirmed may have been that of an outage.
    is_sure = or_(row.next_at.is_(None), row.visited_at > now - LONGEST)
    is_gone = and_(or_(row.state == State.GONE, row.claim == GONE), is_sure)
    is_settled = or_(row.state.in_((State.SKIPPED, State.FORGOTTEN)), is_gone)
    is_live = (row.key.in_(keys), func.coalesce(~is_settled, True))
    is_visited = row.state.in_((State.DONE, State.GONE))
    connection.execute(update(row).where(*is_live, is_visited).values(next_at=now))
    return count(connection, *is_live) > 0


def next_look(page: FrontPage | None, now: datetime) -> datetime | None:
    """Return when a front is read again: after about two and a half pages of new articles."""
    if page is None or page.page > 1:
        return None
    times = [at for key in page.keys if (at := ArticleKey.parse(key).published_at) is not None]
    half = max(now - median_high(times), timedelta()) if times else LONGEST
    return now + min(max(5 * half, SHORTEST), LONGEST)


def unvisited(connection: Connection, keys: Sequence[str], now: datetime) -> set[str]:
    """Return those of *keys* that were not visited for ``LONGEST``, whatever their next time."""
    known = select(FrontierRow.key).where(FrontierRow.key.in_(keys))
    return set(connection.scalars(known.where(FrontierRow.visited_at <= now - LONGEST)))


def take_over(
    connection: Connection, index: Sequence[str], keys: Sequence[str], since: datetime
) -> bool:
    """Make the fronts *keys* due unless the lists *index* were read *since*; return if any."""
    row = FrontierRow
    is_done = row.state.concat("") == State.DONE  # not by the index of states: most rows are done
    is_read = (row.key.in_(index), is_done, row.visited_at >= since)
    if count(connection, *is_read) == len(index):
        return False
    waits = (row.key.in_(keys), is_done, row.visited_at < since)
    return connection.execute(update(row).where(*waits).values(next_at=since)).rowcount > 0


def last_read(connection: Connection) -> datetime:
    """Return when a front was last read by a sweep that ended; long ago in a new archive."""
    ended = (RunRow.spider == SWEEP, RunRow.finished_at >= FrontRow.began_at)
    query = select(func.max(FrontRow.began_at)).where(exists().where(*ended))
    return connection.scalar(query) or NEVER


def missed(connection: Connection, before: datetime, end: datetime | None) -> dict[str, set[date]]:
    """Return by front the days whose index would cover its span that is open since *before*.

    With *end* all days up to then, also of fronts that only fail to answer.
    """
    days = {row.key: {*limits} for row, limits in _open(connection) if row.closed_at < before}
    if end is not None:
        query = select(FrontRow.key, FrontRow.closed_at).where(FrontRow.closed_at < before)
        for key, since in connection.execute(query):
            days[key] = {*days.get(key, ()), *days_of(since, end)}
    return days


def close_by_days(connection: Connection) -> None:
    """Extend covered spans over index days that were read completely; empty ones begin there."""
    closed: dict[str, dict[str, Any]] = {}
    for row, limits in _open(connection):
        until = min(limits.values(), default=row.began_at)
        if until > row.closed_at:
            since = row.since_at if row.since_at < row.closed_at else until
            closed[row.key] = {"since_at": since, "closed_at": until, "to_meet": []}
    update_each(connection, FrontRow.key, closed)


def _open(connection: Connection) -> Iterator[tuple[Any, dict[date, datetime]]]:
    """Yield the rows with an open span, each with the days whose index does not cover it.

    An article of a day can appear until ``LATE`` after its end, so days before a span that goes
    on count. The index covers the span until it was read, or until the beginning of its day.
    """
    rows = connection.execute(select(FrontRow.__table__).where(_IS_OPEN)).all()
    first = min((row.closed_at for row in rows), default=NEVER + LATE) - LATE
    index = IndexDayRow
    is_read = (index.day >= first.date(), index.read_all, ~index_days.is_contradicted())
    proofs = select(index.site, index.day, index.began_at).where(*is_read)
    read = {(site, at): began for site, at, began in connection.execute(proofs)} if rows else {}
    for row in rows:
        limits = {}
        since = row.closed_at - (LATE if row.since_at < row.closed_at else timedelta())
        for day in days_of(since, row.began_at):
            begin = datetime.combine(day, time(), WIB)
            moment = max(read.get((site, day), NEVER) for site in ("all", row.section))
            if moment < min(row.began_at, begin + timedelta(days=1) + LATE):
                limits[day] = max(moment, begin)
        yield row, limits


def days_of(since: datetime, until: datetime) -> list[date]:
    """Return the days in Jakarta that a span overlaps, oldest first."""
    first, last = since.astimezone(WIB).date(), until.astimezone(WIB).date()
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]
