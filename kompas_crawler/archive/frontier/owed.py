"""Count the failed rows of a command's scope, of this run and earlier ones."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import and_, func, or_, select

from kompas_crawler.archive.frontier.take import (
    BACKFILL_SCOPES,
    IS_DEAD_LINK,
    IS_STORED,
    is_of_days,
)
from kompas_crawler.archive.models import FrontierRow
from kompas_crawler.frontier import NO_ROWS, State
from kompas_crawler.site.keys import WIB

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

    from kompas_crawler.archive.frontier.take import Work

WITHIN = timedelta(days=7)
"""Period of the known articles for a command without a range of days."""


class Owed(NamedTuple):
    """``failed`` articles and lists, without dead links and empty days; ``known`` articles."""

    failed: int = 0
    known: int = 0


def of_work(connection: Connection, work: Work, now: datetime) -> Owed:
    """Count the rows of *work*; stored articles are not counted as failed."""
    is_own = _scope(work)
    is_missing = or_(FrontierRow.kind == "listing", ~IS_STORED)
    is_empty_day = func.coalesce(FrontierRow.claim, "") == NO_ROWS
    failed = select(func.count()).where(
        FrontierRow.state == State.FAILED, ~IS_DEAD_LINK, ~is_empty_day, is_missing, is_own
    )
    since = work.since or (now - WITHIN).astimezone(WIB).date()
    known = select(func.count()).where(
        FrontierRow.kind == "article", FrontierRow.day >= since, is_own
    )
    return Owed(connection.scalar(failed) or 0, connection.scalar(known) or 0)


def _scope(work: Work) -> ColumnElement[bool]:
    if work.takes_gaps:
        return FrontierRow.id.is_not(None)
    if work.since is not None:
        return or_(FrontierRow.scope == work.scope, is_of_days(work))
    if work.takes_due:
        own = or_(FrontierRow.kind == "article", FrontierRow.scope.not_in(BACKFILL_SCOPES))
        return and_(own, work.of_sections())
    return FrontierRow.scope == work.scope
