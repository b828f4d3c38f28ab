"""How the fleet is: workers, jobs, rows that are taken, the rate they keep together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import text

from kompas_crawler.archive.fleet import jobs as fleet_queue
from kompas_crawler.archive.frontier import leases

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from kompas_crawler.archive.fleet.jobs import Counts

_RECENT = 60
"""Seconds without a request after which a rate would tell of the past."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FleetStatus:
    """The fleet at one moment.

    ``rate`` is requests a second, ``None`` while nothing is sent or no delay is kept;
    ``delay`` the seconds to which refusals have slowed all, 0 when they go as asked;
    ``held_until`` when a refusal lets requests leave again, if that is to come.
    """

    workers: int
    jobs: Counts
    leased: int
    rate: float | None
    delay: float
    held_until: datetime | None

    @property
    def is_well(self) -> bool:
        """Whether no job is left to a person, and somebody works those that wait."""
        is_left_alone = self.workers == 0 and self.jobs.waiting > 0
        return not self.jobs.failed and not is_left_alone


def examine(connection: Connection, lease: float) -> FleetStatus | None:
    """Look at the fleet, whose leases last *lease* seconds; ``None`` where there is none."""
    if not fleet_queue.exists(connection):
        return None
    pace = connection.execute(
        text(
            "select delay, gap, moment_at > now() - make_interval(secs => :recent) as is_recent,"
            " case when held_until > now() then held_until end as held_until from fleet_pace"
        ),
        {"recent": _RECENT},
    ).first()
    return FleetStatus(
        workers=fleet_queue.workers(connection, lease),
        jobs=fleet_queue.counts(connection),
        leased=leases.leased(connection),
        rate=1 / pace.gap if pace and pace.is_recent and pace.gap > 0 else None,
        delay=pace.delay if pace else 0.0,
        held_until=pace.held_until if pace else None,
    )
