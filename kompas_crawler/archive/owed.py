"""What a command still owes: rows of its scope that failed, in this run or in earlier ones."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import and_, func, or_, select

from kompas_crawler.archive.frontier import BACKFILL_SCOPES, IS_STORED
from kompas_crawler.archive.models import FrontierRow, State
from kompas_crawler.urls import WIB

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

    from kompas_crawler.archive.frontier import Work

_F = FrontierRow
WITHIN = timedelta(days=7)
"""A command without a range of days is measured by the articles of so many days."""


class Owed(NamedTuple):
    """``failed`` articles and lists of ``known``; ``unconfirmed`` wait for another look."""

    failed: int = 0
    unconfirmed: int = 0
    known: int = 0


def of_work(connection: Connection, work: Work, now: datetime) -> Owed:
    """What *work* owes; an article that is stored is owed no more."""
    is_own = _scope(work)
    is_missing = or_(_F.kind == "listing", ~IS_STORED)
    failed, unconfirmed = connection.execute(
        select(
            func.count().filter(_F.claim.is_(None)), func.count().filter(_F.claim.is_not(None))
        ).where(_F.state == State.FAILED, is_missing, is_own)
    ).one()
    since = work.since or (now - WITHIN).astimezone(WIB).date()
    known = select(func.count()).where(_F.kind == "article", _F.day >= since, is_own)
    return Owed(failed, unconfirmed, connection.scalar(known) or 0)


def _scope(work: Work) -> ColumnElement[bool]:
    if work.takes_gaps:
        return _F.id.is_not(None)
    if work.since is not None and work.until is not None:
        return and_(_F.day.between(work.since, work.until))
    if work.takes_due:
        return _F.scope.not_in(BACKFILL_SCOPES)
    return _F.scope == work.scope
