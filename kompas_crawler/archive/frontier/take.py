"""Take rows of the frontier that are to be fetched, and count those that wait."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, exists, func, or_, select, true, update

from kompas_crawler.archive.models import ArticleRow, FrontierRow
from kompas_crawler.frontier import GONE, NO_HOPS, Row, State

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date, datetime

    from sqlalchemy import ColumnElement, Connection, Select


IS_STORED = exists(select(ArticleRow.id).where(ArticleRow.key == FrontierRow.key))
"""Whether the article of a row is stored."""


IS_DEAD_LINK = and_(
    FrontierRow.state == State.FAILED,
    func.coalesce(FrontierRow.claim, "") == GONE,  # never NULL, for its negation is asked as well
    FrontierRow.depth > 0,
    FrontierRow.depth < NO_HOPS,
)
"""Said to be gone and not confirmed, and named by links alone: no list named it."""


ROWS = select(
    *[
        getattr(FrontierRow, name).label(name)
        for name in Row.__dataclass_fields__
        if hasattr(FrontierRow, name)
    ],
    IS_STORED.label("is_stored"),
    exists(select(ArticleRow.id).where(ArticleRow.key == FrontierRow.claim)).label(
        "is_claim_stored"
    ),
)
"""All rows, as they are taken."""


OPEN = (State.PENDING, State.LEASED, State.FAILED)
"""States of rows that are still to be fetched."""


DUE = (State.FAILED, State.SKIPPED, State.DONE, State.GONE)
"""States of rows that are looked at again when their ``next_at`` has come."""


BACKFILL_SCOPES = ("indeks", "sitemap")
"""Scopes whose work may last for weeks: only the spider that began it goes on with it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Work:
    """Which rows a run takes.

    Pending ones of its ``scope``, or with ``takes_leftovers`` of every scope that is
    no back-fill; those of its scope that failed or are lists, and whose time has come, or with
    ``takes_due`` all whose time has come but the lists of back-fills; with ``takes_gaps``
    every article that is neither stored nor known to be gone, and every list not read.
    ``max_depth`` is how many "Baca juga" hops the run follows.
    """

    scope: str
    max_depth: int = 2
    takes_leftovers: bool = False
    takes_due: bool = False
    takes_gaps: bool = False
    since: date | None = None  # the days it is about, where it is about days
    until: date | None = None


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
    """Up to *limit* rows to be fetched now, in order of priority, none of those in *in_flight*.

    Pending rows first, then rows whose time has come, then gaps. *among* may narrow the
    choice further.
    """
    rows: dict[str, Row] = {}
    for condition, order in _choices(work, now, started_at):
        if len(rows) >= limit:
            break
        found = connection.execute(
            among.where(condition, FrontierRow.key.not_in([*in_flight, *rows]))
            .order_by(*order)
            .limit(limit - len(rows))
        )
        rows |= {row.key: row for row in map(_row, found.mappings())}
    return list(rows.values())


def _choices(
    work: Work, now: datetime, started_at: datetime
) -> list[tuple[ColumnElement[bool], Sequence[Any]]]:
    """Which rows *work* takes, and in which order, kind by kind."""
    found: list[tuple[ColumnElement[bool], Sequence[Any]]] = [
        (
            and_(FrontierRow.state == State.PENDING, _in_scope(work)),
            (FrontierRow.priority, FrontierRow.id),
        )
    ]
    is_due = and_(FrontierRow.next_at <= now, FrontierRow.state.in_(DUE))
    if work.takes_due:
        own = or_(FrontierRow.kind == "article", FrontierRow.scope == work.scope)
        if work.takes_leftovers:
            own = or_(own, FrontierRow.scope.not_in(BACKFILL_SCOPES))
    else:
        own = and_(
            FrontierRow.scope == work.scope,
            or_(FrontierRow.kind == "listing", FrontierRow.state.in_((State.FAILED,))),
        )
        if work.since is not None:  # whoever asked for it first
            own = or_(
                own,
                and_(
                    FrontierRow.kind == "article",
                    FrontierRow.state == State.FAILED,
                    is_of_days(work),
                ),
            )
    # Retries before revisits.
    found.append(
        (and_(is_due, own), (FrontierRow.state.desc(), FrontierRow.next_at, FrontierRow.id))
    )
    if work.takes_gaps:
        found.append(
            (
                and_(
                    FrontierRow.state.in_((State.FAILED, State.PENDING)),
                    or_(
                        FrontierRow.visited_at.is_(None),
                        FrontierRow.visited_at < started_at,
                        and_(
                            FrontierRow.kind == "listing", FrontierRow.state == State.PENDING
                        ),  # asked once more
                    ),
                ),
                (FrontierRow.kind.desc(), FrontierRow.day.desc(), FrontierRow.id),
            )
        )
    return found


def is_of_days(work: Work) -> ColumnElement[bool]:
    """Whether a row is of one of the days that *work* is about."""
    assert work.since is not None
    until = FrontierRow.day <= work.until if work.until is not None else true()
    return and_(FrontierRow.day >= work.since, until)


def _in_scope(work: Work) -> ColumnElement[bool]:
    if work.takes_leftovers:
        return or_(FrontierRow.scope == work.scope, FrontierRow.scope.not_in(BACKFILL_SCOPES))
    return FrontierRow.scope == work.scope


def _row(values: Any) -> Row:
    return Row(**{**values, "state": State(values["state"])})


def lost_articles(connection: Connection) -> int:
    """Make rows pending that count as done and whose article is not there; return how many."""
    changed = connection.execute(
        update(FrontierRow)
        .where(FrontierRow.kind == "article", FrontierRow.state == State.DONE, ~IS_STORED)
        .values(state=State.PENDING)
    )
    return changed.rowcount


def waiting(connection: Connection, now: datetime) -> tuple[int, datetime | None]:
    """How many rows wait for a later time, and the first of those times."""
    count, first = connection.execute(
        select(func.count(), func.min(FrontierRow.next_at)).where(FrontierRow.next_at > now)
    ).one()
    return count, first


def pending(connection: Connection) -> int:
    """How many rows are still to be fetched, of whatever scope."""
    return connection.scalar(select(func.count()).where(FrontierRow.state == State.PENDING)) or 0
