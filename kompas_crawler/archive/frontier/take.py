"""Select rows of the frontier to be fetched, and count waiting ones."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select, true, update
from sqlalchemy.orm import aliased
from sqlalchemy.sql import Select, bindparam

from kompas_crawler.archive.crawl_models import FrontierCountRow, FrontierRow
from kompas_crawler.archive.models import ArticleRow
from kompas_crawler.archive.sql import count, within
from kompas_crawler.frontier import GONE, LATEST, NO_HOPS, NO_ROWS, PART, Row, State
from kompas_crawler.site.keys import WIB

IS_LATEST = FrontierRow.key.like(f"%{LATEST}")
"""The newest pages of the index: fronts take their place when one fails, and prove the time."""
IS_STORED = select(ArticleRow.id).where(ArticleRow.key == FrontierRow.key).exists()
"""Whether the article of a row is stored."""

IS_DEAD_LINK = and_(  # unconfirmed as gone, and known only by links
    FrontierRow.state == State.FAILED,
    func.coalesce(FrontierRow.claim, "") == GONE,  # not NULL, so that it can be negated
    FrontierRow.depth > 0,
    FrontierRow.depth < NO_HOPS,
)

_CLAIMED = aliased(FrontierRow)  # it may itself be an alias
_ITS_CLAIM = select(_CLAIMED.claim).where(_CLAIMED.key == FrontierRow.claim).correlate(FrontierRow)
_IS_CLAIMED = ArticleRow.key.in_((FrontierRow.claim, _ITS_CLAIM.scalar_subquery()))
_TAKEN = [name for name in Row.__dataclass_fields__ if hasattr(FrontierRow, name)]
ROWS = select(
    *(getattr(FrontierRow, name).label(name) for name in _TAKEN),
    IS_STORED.label("is_stored"),
    select(1).where(_IS_CLAIMED).exists().label("is_claim_stored"),
)
OPEN = (State.PENDING, State.LEASED, State.FAILED)  # states of rows to be fetched
DUE = (State.SKIPPED, State.GONE, State.FAILED, State.DONE)
"""States of rows that are fetched again at ``next_at``: retries before revisits."""
WITHIN = timedelta(days=7)  # period of the known articles for a command without a range of days
BACKFILL_SCOPES = ("indeks", "sitemap", "commoncrawl", "wayback")
"""Scopes that only their own spider continues: a back-fill may take weeks."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Work:
    """Which rows a run takes.

    Pending rows of its ``scope``, or with ``takes_leftovers`` of all scopes except back-fills.
    Due rows (``next_at``) of its scope that failed or are lists, or with ``takes_due`` all
    except lists of back-fills. With ``takes_gaps`` all unsettled articles and unread lists.
    ``max_depth`` is the maximum of "Baca juga" hops. Only rows of its ``kinds``.
    """

    scope: str
    max_depth: int = 2
    takes_leftovers: bool = False
    takes_due: bool = False
    takes_gaps: bool = False
    since: date | None = None  # range of days, if any
    until: date | None = None
    kinds: tuple[str, ...] = ("article", "listing")
    sections: tuple[str, ...] = ()  # due rows and gaps of these alone, if any

    def of_sections(self) -> ColumnElement[bool]:
        """Whether a row is of the sections of this work, or of an unknown one."""
        of = FrontierRow.section
        return or_(of.in_(self.sections), of.is_(None)) if self.sections else true()

    def of_days(self) -> ColumnElement[bool]:
        """Whether a row is of the range of days."""
        return and_(true(), *within(FrontierRow.day, self.since, self.until))


def take(
    connection: Connection,
    work: Work,
    *,
    now: datetime,
    started_at: datetime,
    limit: int,
    in_flight: Collection[str],
    among: Select[Any] = ROWS,
) -> list[Row]:
    """Return up to *limit* rows to fetch now that are not *in_flight*, in order of priority.

    Pending rows first, then due rows, then gaps. *among* may filter further.
    """
    rows: dict[str, Row] = {}
    for query in _queries(work, among):
        if len(rows) >= limit:
            break
        known = {"now": now, "began": started_at, "taken": [*in_flight, *rows]}
        for one in connection.execute(query, {**known, "room": limit - len(rows)}).mappings():
            rows[one["key"]] = Row(**{**one, "state": State(one["state"])})
    return list(rows.values())


@lru_cache(maxsize=8)  # to build them costs more than to run them
def _queries(work: Work, among: Select[Any]) -> list[Select[Any]]:
    row = FrontierRow
    own: ColumnElement[bool]
    own = in_scope = row.scope == work.scope
    if work.takes_leftovers:
        in_scope = or_(in_scope, row.scope.not_in(BACKFILL_SCOPES))
    if work.takes_due:
        own = or_(row.kind == "article", in_scope)
    else:
        is_part = and_(row.state == State.DONE, row.claim == PART)
        is_retried = or_(row.state.in_((State.FAILED, State.SKIPPED)), is_part)
        own = and_(own, or_(row.kind == "listing", is_retried))
        if work.since is not None:  # of any scope
            own = or_(own, and_(row.kind == "article", is_retried, work.of_days()))
        if work.takes_gaps:
            own = or_(own, is_part)
    is_due = and_(row.next_at <= bindparam("now"), own, work.of_sections())
    found: list[tuple[ColumnElement[bool], Sequence[Any]]] = [
        (and_(row.state == State.PENDING, in_scope), (row.priority, row.id)),
        # One state each: the index then has them in order, however many are due.
        *((and_(row.state == state, is_due), (row.next_at, row.id)) for state in DUE),
    ]
    if work.takes_gaps:
        is_again = and_(row.kind == "listing", row.state == State.PENDING)  # in this run
        is_left = or_(row.visited_at.is_(None), row.visited_at < bindparam("began"), is_again)
        is_gap = and_(row.state.in_((State.FAILED, State.PENDING)), is_left, work.of_sections())
        found.append((is_gap, (row.kind.desc(), row.day.desc(), row.id)))
    free = among.where(row.key.not_in(bindparam("taken")), row.kind.in_(work.kinds))
    return [free.where(which).order_by(*order).limit(bindparam("room")) for which, order in found]


def lost_articles(connection: Connection) -> int:
    """Make done rows pending whose article is not stored; return how many."""
    row = FrontierCountRow
    counted = (row.kind == "article", row.state == State.DONE, ~row.is_stored)
    if not connection.scalar(select(func.sum(row.total)).where(*counted)):
        return 0
    is_lost = (FrontierRow.kind == "article", FrontierRow.state == State.DONE, ~IS_STORED)
    changed = update(FrontierRow).where(*is_lost).values(state=State.PENDING)
    return connection.execute(changed).rowcount


def waiting(connection: Connection, now: datetime) -> tuple[int, datetime | None]:
    """Return how many rows, without lists that were read, are due later, and the first time."""
    is_read = and_(FrontierRow.kind == "listing", FrontierRow.state == State.DONE)
    later = (FrontierRow.state.in_((*DUE, State.PENDING)), FrontierRow.next_at > now, ~is_read)
    query = select(func.count(), func.min(FrontierRow.next_at)).where(*later)
    return connection.execute(query).one()


def pending(connection: Connection, work: Work) -> int:
    """Count the pending rows of the kinds of *work*, of all scopes."""
    return count(connection, FrontierRow.state == State.PENDING, FrontierRow.kind.in_(work.kinds))


class Owed(NamedTuple):
    """``failed`` articles and lists that are owed; ``known`` articles.

    Not owed: dead links, empty days, and the newest of the index, which fronts replace.
    """

    failed: int = 0
    known: int = 0
    named_by: str = "scrapy gaps"


def owed(connection: Connection, work: Work, now: datetime) -> Owed:
    """Count the rows of *work*; stored articles are not counted as failed."""
    row, is_own = FrontierRow, _of_command(work)
    is_missing = (row.state == State.FAILED, or_(row.kind == "listing", ~IS_STORED))
    is_empty_day = and_(func.coalesce(row.claim, "") == NO_ROWS, row.pager_of.is_(None))
    is_owed = (~IS_DEAD_LINK, ~is_empty_day, ~IS_LATEST, is_own)
    since = work.since or (now - WITHIN).astimezone(WIB).date()
    is_known = (row.kind == "article", row.day >= since, is_own)
    named_by = "scrapy gaps --archive" if "cdx" in work.kinds else "scrapy gaps"
    return Owed(count(connection, *is_missing, *is_owed), count(connection, *is_known), named_by)


def _of_command(work: Work) -> ColumnElement[bool]:
    if work.takes_gaps:
        return work.of_sections()
    if work.since is not None:
        return or_(FrontierRow.scope == work.scope, work.of_days())
    if work.takes_due:
        own = or_(FrontierRow.kind == "article", FrontierRow.scope.not_in(BACKFILL_SCOPES))
        return and_(own, work.of_sections())
    return FrontierRow.scope == work.scope
