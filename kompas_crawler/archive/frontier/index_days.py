"""Index days, read in sittings: what one sitting read, and when that proves a day complete."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, exists, func, or_, select, update

from kompas_crawler.archive.frontier import settle, take
from kompas_crawler.archive.models import FrontierRow, IndexDayRow
from kompas_crawler.archive.sql import upsert
from kompas_crawler.frontier import NO_ROWS, State
from kompas_crawler.site.keys import WIB
from kompas_crawler.site.listings import index_day_of, index_url, page_url

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from sqlalchemy import ColumnElement, Connection

    from kompas_crawler.frontier import Candidate, IndexPage

_DAYS = IndexDayRow.__table__
_F = FrontierRow
SETTLES_AFTER = timedelta(hours=6)
"""How long after its end a day may still gain articles; only a later sitting completes it."""
SITTING = timedelta(hours=6)
"""How long a sitting may last; what is read later belongs to another one."""
BREAK = timedelta(minutes=15)
"""How long after its last page a sitting that was stopped may go on."""
EARLY = timedelta(days=7)
AGAIN_AFTER = timedelta(days=3)
"""A day completed so soon after its end is read once more so much later."""
LONGEST_PAUSE = timedelta(days=7)
RESTARTS = 3
"""Sittings in a row whose first page changed meanwhile, after which a day is left for a while."""
CLOCKS = timedelta(minutes=5)
"""How far ahead of ours another machine's clock may be."""


@dataclass(frozen=True, slots=True)
class Sitting:
    """One reading of a day's index, as the table has it."""

    site: str
    day: date
    began_at: datetime
    named: int
    read_pages: tuple[int, ...]
    first_keys: str
    listed: int
    swept_at: datetime  # the last page read
    is_checking: bool = False
    read_all: bool = False
    complete: bool = False
    sittings: int = 0
    again_at: datetime | None = None

    @property
    def has_all_pages(self) -> bool:
        return set(self.read_pages) >= set(range(1, self.named + 1))


@dataclass(slots=True)
class Wanted:
    """What a group of index pages asks for: lists to read, and when to read lists again.

    ``refuted`` are pages that repeat the first one.
    """

    lists: list[Candidate] = field(default_factory=list)
    refuted: list[str] = field(default_factory=list)
    times: dict[str, datetime | None] = field(default_factory=dict)


def settled_at(day: date) -> datetime:
    """When the index of *day* has settled."""
    return datetime.combine(day, time(), WIB) + timedelta(days=1) + SETTLES_AFTER


def note(connection: Connection, pages: Sequence[IndexPage], now: datetime) -> Wanted:
    """Add pages to the sittings of their days, and say what has to be read next."""
    wanted = Wanted()
    for page in sorted(pages, key=lambda p: (p.site, p.day, p.page)):
        before = _sitting(connection, page.site, page.day)
        if before and page.page > 1 and _repeats_first(before, page):
            wanted.refuted.append(page_url(page.first.url, page.page))
            continue
        after = _with_page(before, page, now)
        if after is None:  # of a sitting that is over: another one begins
            wanted.lists.append(page.first)
            continue
        is_confirmed = before is not None and before.is_checking and after.read_all
        if page.page == 1 and not is_confirmed:
            drop_leftovers(connection, page.first)
            is_restless = before is not None and before.is_checking and after.sittings >= RESTARTS
            if not is_restless:  # else the day waits: its first page is never the same
                wanted.lists += _pages(page, range(2, after.named + 1))
            pause = min(SITTING * 2 ** min(after.sittings, 5), LONGEST_PAUSE)
            wanted.times[page.first.key] = now + pause
        elif before is not None and after.named > before.named:
            wanted.lists += _pages(page, range(before.named + 1, after.named + 1))
        if is_confirmed:
            wanted.times[page.first.key] = None
        elif after.has_all_pages and not after.read_all:
            after = _at_its_end(after, page, wanted)
        _write(connection, replace(after, swept_at=now))
    return wanted


def _repeats_first(sitting: Sitting, page: IndexPage) -> bool:
    """Whether a later page is the first one once more."""
    return _digest(page.keys) == sitting.first_keys


def _with_page(sitting: Sitting | None, page: IndexPage, now: datetime) -> Sitting | None:
    """The sitting with one more page; a first page begins another one, unless it confirms."""
    is_over = sitting is None or now - sitting.began_at > SITTING
    digest = _digest(page.keys)
    if page.page > 1:
        if sitting is None or is_over:
            return None
        is_new = page.page not in sitting.read_pages
        return replace(
            sitting,
            named=max(sitting.named, page.named),
            read_pages=tuple(sorted({*sitting.read_pages, page.page})),
            listed=sitting.listed + (len(page.keys) if is_new else 0),
        )
    if sitting is not None and sitting.is_checking and not is_over:
        is_same = digest == sitting.first_keys and page.named >= sitting.named
        if is_same:
            return replace(sitting, is_checking=False, read_all=True)
    return Sitting(
        site=page.site,
        day=page.day,
        began_at=now,
        named=page.named,
        read_pages=(1,),
        first_keys=digest,
        listed=len(page.keys),
        swept_at=now,
        sittings=0 if sitting is None or sitting.complete else sitting.sittings + 1,
        again_at=sitting.again_at if sitting else None,
    )


def _at_its_end(sitting: Sitting, page: IndexPage, wanted: Wanted) -> Sitting:
    """All pages were read: look at the first once more, where the day may be complete by it."""
    is_early = sitting.began_at < settled_at(sitting.day)
    if sitting.named > 1 and not is_early:
        wanted.lists.append(page.first)
        return replace(sitting, is_checking=True)
    wanted.times[page.first.key] = settled_at(sitting.day) if is_early else None
    return replace(sitting, read_all=True)


def _pages(page: IndexPage, numbers: Iterable[int]) -> list[Candidate]:
    first = page.first
    found = []
    for number in numbers:
        url = page_url(first.url, number)
        found.append(
            replace(first, key=url, url=url, pager_of=first.key, discovered_from=first.key)
        )
    return found


def drop_leftovers(connection: Connection, first: Candidate) -> None:
    """Ask no more for the pages of an older sitting."""
    connection.execute(
        update(_F)
        .where(
            _F.day == first.day,
            _F.pager_of == first.key,
            _F.state.in_((State.PENDING, State.FAILED)),
        )
        .values(state=State.DONE, next_at=None, reason="left over from an older sitting")
    )


def begin_anew(
    connection: Connection, firsts: Sequence[Candidate], now: datetime
) -> list[Candidate]:
    """Of the first pages *firsts* those that begin a sitting now, without what older ones left.

    A sitting that a stopped run left in the middle goes on: its pages still wait.
    """
    found = []
    for first in firsts:
        site, day = _named(first)
        sitting = _sitting(connection, site, day)
        waits = select(_F.id).where(
            _F.day == day,
            or_(_F.key == first.key, _F.pager_of == first.key),
            _F.state == State.PENDING,
        )
        is_under_way = sitting is not None and now - sitting.swept_at <= BREAK
        if is_under_way and connection.scalar(waits.limit(1)) is not None:
            continue
        drop_leftovers(connection, first)
        found.append(first)
    return found


def complete_days(connection: Connection) -> None:
    """Mark as complete the days that a sitting proves and whose every article is dealt with.

    The sitting is whole and began after the day had settled.
    """
    rows = connection.execute(
        select(_DAYS.c.site, _DAYS.c.day, _DAYS.c.began_at, _DAYS.c.again_at).where(
            _DAYS.c.read_all,
            _DAYS.c.complete.is_(False),
            _DAYS.c.began_at.is_not(None),
            ~has_open_articles(),
        )
    ).all()
    times: dict[str, datetime | None] = {}
    found = []
    for site, day, began_at, again_at in rows:
        if began_at < settled_at(day):
            continue
        if again_at is None and began_at < settled_at(day) - SETTLES_AFTER + EARLY:
            again_at = began_at + AGAIN_AFTER
            times[index_url(day, site)] = again_at
        found.append({"s": site, "d": day, "a": again_at})
    if found:
        connection.execute(
            update(_DAYS)
            .where(_DAYS.c.site == bindparam("s"), _DAYS.c.day == bindparam("d"))
            .values(complete=True, again_at=bindparam("a"), sittings=0),
            found,
        )
        settle.schedule(connection, times)


def has_open_articles() -> ColumnElement[bool]:
    """Whether a day has an article that is neither stored nor dealt with."""
    return exists(
        select(_F.id).where(
            _F.day == _DAYS.c.day,
            _F.kind == "article",
            _F.state.in_((State.PENDING, State.LEASED, State.FAILED, State.DONE)),
            # One that is stored fails only when it is looked at again.
            ~take.IS_STORED,
            ~take.IS_DEAD_LINK,
            or_(_DAYS.c.site == "all", _F.section == _DAYS.c.site),
        )
    )


def proven(
    connection: Connection, sites: Sequence[str], since: date, until: date, now: datetime
) -> set[date]:
    """The days of a range whose lists need no further reading, for any of *sites*."""
    rows = connection.execute(
        select(_DAYS.c.day, _DAYS.c.began_at, _DAYS.c.again_at)
        .where(_DAYS.c.site.in_(sites), _DAYS.c.day.between(since, until), _DAYS.c.read_all)
        .where(_DAYS.c.began_at.is_not(None))
    )
    count = Counter(
        day
        for day, began_at, again_at in rows
        if began_at >= settled_at(day) and not is_due_again(began_at, again_at, now)
    )
    return {day for day, found in count.items() if found == len(sites)}


def is_due_again(began_at: datetime, again_at: datetime | None, now: datetime) -> bool:
    """Whether the second reading of a day completed early is due and was not begun."""
    return again_at is not None and began_at < again_at <= now


def empty_so_far(connection: Connection, now: datetime) -> set[str]:
    """The first pages without a row that are looked at once more later than *now*."""
    query = select(_F.key).where(
        _F.state == State.FAILED, _F.claim == NO_ROWS, _F.next_at > now, _F.kind == "listing"
    )
    return set(connection.scalars(query))


def in_doubt(connection: Connection, now: datetime) -> list[tuple[str, date]]:
    """The days whose index has to be read again: site and day, newest first."""
    rows = connection.execute(
        select(_DAYS).where(_DAYS.c.began_at.is_not(None)).order_by(_DAYS.c.day.desc())
    )
    return [(row.site, row.day) for row in rows if doubt_of(row, now)]


def doubt_of(row: Any, now: datetime) -> str | None:
    """Why the last sitting over a day does not prove it, or ``None``; *row* is of the table."""
    if row.began_at > now + CLOCKS:
        return "read by a clock that was ahead"
    if not row.read_all:
        read, named = len(row.read_pages), row.named
        if read < named:
            return f"{read} of {named} pages were read"
        return "its first page was not looked at once more"
    if row.began_at < settled_at(row.day):
        return "read before it had settled" if now >= settled_at(row.day) else None
    if is_due_again(row.began_at, row.again_at, now):
        return "to be read once more, for late articles"
    return None


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


def _sitting(connection: Connection, site: str, day: date) -> Sitting | None:
    names = list(Sitting.__dataclass_fields__)
    row = connection.execute(
        select(*[_DAYS.c[name] for name in names]).where(
            _DAYS.c.site == site, _DAYS.c.day == day, _DAYS.c.began_at.is_not(None)
        )
    ).one_or_none()
    return None if row is None else Sitting(**{**row._mapping, "read_pages": tuple(row.read_pages)})


def _write(connection: Connection, sitting: Sitting) -> None:
    values: dict[str, Any] = {name: getattr(sitting, name) for name in Sitting.__dataclass_fields__}
    values["read_pages"] = list(sitting.read_pages)
    values["pages"] = len(sitting.read_pages)
    statement = upsert(connection, _DAYS).values(values)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["site", "day"],
            set_={name: value for name, value in values.items() if name not in ("site", "day")},
        )
    )


def _named(first: Candidate) -> tuple[str, date]:
    found = index_day_of(first.url)
    assert found is not None
    return found


def _digest(keys: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(sorted(set(keys))).encode()).hexdigest()[:32]
