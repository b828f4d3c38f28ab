"""Sittings: passes over the index of one day, from its first page to its last."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import chain

from sqlalchemy import Connection, or_, select, update

from kompas_crawler.archive.crawl_models import FrontierRow, IndexDayRow
from kompas_crawler.archive.frontier.index_days import settled_at
from kompas_crawler.archive.sql import upsert
from kompas_crawler.frontier import Candidate, IndexPage, State
from kompas_crawler.site.listings import index_day_of, page_url

SITTING = timedelta(hours=6)  # maximum duration of a sitting
BREAK = timedelta(minutes=10)  # maximum pause after which an interrupted sitting continues
FEW = 5  # articles that a page may share with others: rows move when one is added or removed
REPEATS, SHORT = "repeats another page", "lists at most half of another page"
SHARES = "lists articles of another page, so others may be missing: "
RESTARTS = 3  # sittings in a row whose first page changed: the day is read again only later


@dataclass(frozen=True, slots=True)
class Sitting:
    """One pass over a day's index, a row of the table."""

    site: str
    day: date
    began_at: datetime
    named: int
    read_pages: dict[str, list[str]]  # the articles of each
    first_keys: str
    listed: int
    swept_at: datetime  # when the last page was read
    is_checking: bool = False
    read_all: bool = False
    complete: bool = False
    sittings: int = 0
    again_at: datetime | None = None


@dataclass(slots=True)
class Wanted:
    """Lists to read next, and when to read lists again; why pages are ``refuted``."""

    lists: list[Candidate] = field(default_factory=list)
    refuted: dict[str, str] = field(default_factory=dict)
    times: dict[str, datetime | None] = field(default_factory=dict)


def note(connection: Connection, pages: Sequence[IndexPage], now: datetime) -> Wanted:
    """Add pages to the sittings of their days, and return what to read next."""
    wanted = Wanted()
    for page in sorted(pages, key=lambda p: (p.site, p.day, p.page)):
        before = sitting_of(connection, page.site, page.day)
        after = _with_page(before, page, now)
        if after is None:  # the sitting has expired: begin another one
            wanted.lists.append(page.first)
            if page.claim and page.claim.startswith((SHORT, SHARES)):  # and there, too
                wanted.refuted[page_url(page.first.url, page.page)] = page.claim
            continue
        is_last_look = before is not None and before.is_checking and after.read_all
        refuted = _refuted(after, page) | (_shared(after) if is_last_look else {})
        failed = {page_url(page.first.url, n): why for n, why in refuted.items()}
        wanted.refuted |= failed
        pause = SITTING * 2 ** min(after.sittings, 5)
        wanted.times |= dict.fromkeys(failed if after.sittings else (), now + 2 * pause)
        if unread := refuted or ([] if page.is_whole else [page.page]):
            read = {n: keys for n, keys in after.read_pages.items() if int(n) not in unread}
            after = replace(after, read_pages=read, is_checking=False, read_all=False)
        is_confirmed = is_last_look and 1 not in unread
        if page.page == 1 and not is_confirmed:
            drop_leftovers(connection, page.first)
            is_restless = before is not None and before.is_checking and after.sittings >= RESTARTS
            if not is_restless:  # else the day waits: its first page keeps changing
                # The last one first: so no row is missed that moves up when another goes.
                wanted.lists += _pages(page, range(after.named, 1, -1))
            wanted.times[page.first.key] = now + pause
        elif before is not None and after.named > before.named:
            wanted.lists += _pages(page, range(after.named, before.named, -1))
        if is_confirmed:
            wanted.times[page.first.key] = None
        elif not after.read_all and {*range(1, after.named + 1)} <= {*map(int, after.read_pages)}:
            after = _at_its_end(after, page, wanted)
        values = asdict(replace(after, swept_at=now)) | {"pages": len(after.read_pages)}
        upsert(connection, IndexDayRow, **values)
    return wanted


def _with_page(sitting: Sitting | None, page: IndexPage, now: datetime) -> Sitting | None:
    """Return the sitting with *page*; a first page begins a new one, unless it confirms it."""
    is_over = sitting is None or now - sitting.began_at > SITTING
    if page.page > 1:
        if sitting is None or is_over:
            return None
        is_late = now - sitting.swept_at > BREAK
        if is_late and any(1 < int(n) < page.page for n in sitting.read_pages):
            return None  # rows may have moved from it to pages that were read
        keys = [key for key in page.keys if f"{key}," not in f"{page.claim},"]  # not shared before
        read = sitting.read_pages | {str(page.page): keys}
        listed = sum(map(len, read.values()))
        named = max(sitting.named, page.named)
        # Only the last page may have no row: the pager names one too many.
        read = {number: keys for number, keys in read.items() if keys or int(number) == named}
        began_at = min(sitting.began_at, now - page.age)
        return replace(sitting, began_at=began_at, named=named, read_pages=read, listed=listed)
    digest = _digest(page.keys)
    is_same = sitting is not None and digest == sitting.first_keys and page.named >= sitting.named
    if sitting is not None and sitting.is_checking and is_same and not is_over:
        return replace(sitting, is_checking=False, read_all=True)
    return Sitting(
        site=page.site,
        day=page.day,
        began_at=now - page.age,
        named=page.named,
        read_pages={"1": list(page.keys)},
        first_keys=digest,
        listed=len(page.keys),
        swept_at=now,
        sittings=0 if sitting is None or sitting.complete else sitting.sittings + 1,
        again_at=sitting.again_at if sitting else None,
    )


def _at_its_end(sitting: Sitting, page: IndexPage, wanted: Wanted) -> Sitting:
    """After the last page: fetch the first again, if the sitting can complete the day."""
    is_early = sitting.began_at < settled_at(sitting.day)
    if sitting.named > 1 and not is_early:
        wanted.lists.append(page.first)
        return replace(sitting, is_checking=True)
    wanted.times[page.first.key] = settled_at(sitting.day) if is_early else None
    return replace(sitting, read_all=True)


def _pages(page: IndexPage, numbers: Iterable[int]) -> list[Candidate]:
    following = replace(page.first, pager_of=page.first.key, discovered_from=page.first.key)
    urls = [page_url(page.first.url, number) for number in numbers]
    return [replace(following, key=url, url=url) for url in urls]


def begin_anew(
    connection: Connection, firsts: Sequence[Candidate], now: datetime
) -> list[Candidate]:
    """Return those of *firsts* that begin a new sitting; drop the leftovers of older ones.

    A sitting that was interrupted recently continues with its pending pages.
    """
    found = []
    row = FrontierRow
    for first in firsts:
        named = index_day_of(first.url)
        sitting = sitting_of(connection, *named) if named else None
        is_page = or_(row.key == first.key, row.pager_of == first.key)
        waits = select(row.id).where(row.day == first.day, is_page, row.state == State.PENDING)
        is_under_way = sitting is not None and now - sitting.swept_at <= BREAK
        if not (is_under_way and connection.scalar(waits.limit(1)) is not None):
            drop_leftovers(connection, first)
            found.append(first)
    return found


def drop_leftovers(connection: Connection, first: Candidate) -> None:
    """Settle the open pages of an older sitting."""
    row, why = FrontierRow, "left over from an older sitting"
    is_open = (row.pager_of == first.key, row.state.in_((State.PENDING, State.FAILED)))
    settled = update(row).where(row.day == first.day, *is_open)
    connection.execute(settled.values(state=State.DONE, next_at=None, reason=why))


def sitting_of(connection: Connection, site: str, day: date) -> Sitting | None:
    query = select(*(getattr(IndexDayRow, name) for name in Sitting.__dataclass_fields__))
    query = query.where(IndexDayRow.site == site, IndexDayRow.day == day)
    row = connection.execute(query).one_or_none()
    if row is None or isinstance(row.read_pages, list):  # an older version kept the numbers alone
        return None
    return Sitting(**row._mapping)


def _refuted(sitting: Sitting, page: IndexPage) -> dict[int, str]:
    """Return the pages that prove nothing, with the reason.

    *page* and those that list the same articles, or together most of its articles: one is a
    copy, such as of a cache. Not the first page, which is fetched again at the end. Else *page*,
    if it lists at most half of another's articles and is not the last: asked for once more.
    """
    keys, others = set(page.keys), {**sitting.read_pages}
    others.pop(str(page.page), None)
    copied = [number for number, listed in others.items() if keys and keys == {*listed}]
    if len(keys.intersection(chain(*others.values()))) > max(FEW, len(keys) / 2):
        copied = [number for number, listed in others.items() if not keys.isdisjoint(listed)]
    if copied:
        return dict.fromkeys({page.page, *map(int, copied)} - {1}, REPEATS)
    is_short = 0 < 2 * len(page.keys) <= max(map(len, others.values()), default=0)
    is_doubted = is_short and page.page < sitting.named and page.claim != SHORT
    return {page.page: SHORT} if is_doubted else {}


def _shared(sitting: Sitting) -> dict[int, str]:
    """Return the pages that list articles of earlier ones, unless these moved up one border."""
    found, has_moved, earlier = dict[int, str](), False, dict[str, None]()
    for number in sorted(map(int, sitting.read_pages)):
        keys = sitting.read_pages[str(number)]
        if shared := [key for key in keys if key in earlier]:
            found[number] = SHARES + ", ".join(sorted(shared))
            has_moved = number > 2 and keys[: len(shared)] == shared == [*earlier][-len(shared) :]
        earlier |= dict.fromkeys(keys)
    return {} if has_moved and len(found) == 1 else found


def _digest(keys: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(sorted(set(keys))).encode()).hexdigest()[:32]
