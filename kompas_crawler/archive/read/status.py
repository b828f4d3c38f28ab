"""The status of the archive: its contents, its queue and its last run."""

import os
import platform
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select

from kompas_crawler.archive.crawl_models import FrontierCountRow, FrontierRow
from kompas_crawler.archive.fleet import status
from kompas_crawler.archive.fleet.status import FleetStatus
from kompas_crawler.archive.frontier import estimate, take
from kompas_crawler.archive.frontier.estimate import Estimate
from kompas_crawler.archive.models import ArticleRow, RevisionRow, RunRow
from kompas_crawler.archive.read import freshness
from kompas_crawler.archive.read.freshness import Freshness
from kompas_crawler.archive.read.report import BY_THE_SITE
from kompas_crawler.archive.runs import GOOD
from kompas_crawler.archive.sql import count
from kompas_crawler.frontier import State

WEEK = timedelta(days=7)


@dataclass(frozen=True, kw_only=True, slots=True)
class LastRun:
    """The last run; ``is_running`` while its process exists."""

    number: int
    spider: str
    started_at: datetime
    finished_at: datetime | None
    outcome: str | None
    exit_code: int | None
    reason: str | None
    mirror: str | None
    is_running: bool

    @property
    def is_failed(self) -> bool:
        """Whether it ended with an error, or died."""
        return self.exit_code not in GOOD if self.finished_at else not self.is_running


_SHOWN = [name for name in LastRun.__dataclass_fields__ if hasattr(RunRow, name)]


@dataclass(frozen=True, kw_only=True, slots=True)
class Status:
    """The status of the archive; ``states`` counts rows of the frontier.

    ``changes`` counts the changes of the week up to the last one, by kind: text or details.
    """

    articles: int
    newest_at: datetime | None
    stored_at: datetime | None
    changes: dict[str, int]
    states: dict[str, int]
    due: int
    daily: Estimate
    run: LastRun | None
    sections: list[Freshness]
    fleet: FleetStatus | None = None

    @property
    def is_well(self) -> bool:
        """Whether the last run ended well, no section is stale and the fleet is well."""
        is_failed = self.run is not None and self.run.is_failed
        is_fleet_well = self.fleet is None or self.fleet.is_well
        return is_fleet_well and not (is_failed or any(one.is_stale for one in self.sections))


def examine(connection: Connection, now: datetime, *, lease: float = 60.0) -> Status:
    """Read the status; *lease* is the duration of a fleet's leases in seconds."""
    fleet = status.examine(connection, lease)
    row = FrontierCountRow
    of_states = select(row.state, func.sum(row.total)).group_by(row.state)
    counts = dict(connection.execute(of_states).all())
    if fleet is not None:
        counts[State.LEASED] = fleet.leased
    return Status(
        articles=connection.scalar(select(func.count()).select_from(ArticleRow)) or 0,
        newest_at=connection.scalar(select(func.max(ArticleRow.published_at))),
        stored_at=connection.scalar(select(func.max(ArticleRow.stored_at))),
        changes=_changes(connection),
        states={state.value: counts.get(state.value, 0) for state in State},
        due=count(connection, FrontierRow.next_at <= now, FrontierRow.state.in_(take.DUE)),
        daily=estimate.daily(connection, now),
        run=_last_run(connection),
        sections=freshness.of_sections(connection, now),
        fleet=fleet,
    )


def _changes(connection: Connection) -> dict[str, int]:
    at, kind = RevisionRow.replaced_at, RevisionRow.kind
    last = connection.scalar(select(at).where(BY_THE_SITE).order_by(at.desc()).limit(1))
    if last is None:
        return {}
    counts = select(kind, func.count()).where(BY_THE_SITE, at > last - WEEK).group_by(kind)
    return dict(connection.execute(counts).all())


def _last_run(connection: Connection) -> LastRun | None:
    row = connection.execute(select(RunRow.__table__).order_by(RunRow.id.desc()).limit(1)).first()
    if row is None:
        return None
    shown = {name: getattr(row, name) for name in _SHOWN}
    return LastRun(number=row.id, is_running=row.finished_at is None and _is_alive(row), **shown)


def _is_alive(row: Any) -> bool:
    """Whether the process of an unfinished run exists; assumed if that cannot be checked."""
    if row.pid is None or row.host != platform.node() or os.name != "posix":
        return True
    try:
        os.kill(row.pid, 0)
    except OSError as error:
        return not isinstance(error, ProcessLookupError)
    return True
