"""The status of the fleet: workers, jobs, leases and pace."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from kompas_crawler.archive.fleet import jobs as fleet_queue
from kompas_crawler.archive.fleet.jobs import Counts
from kompas_crawler.archive.frontier import leases
from kompas_crawler.archive.sql import count


@dataclass(frozen=True, kw_only=True, slots=True)
class FleetStatus:
    """The status of a fleet.

    ``rate`` is requests a second, ``None`` if idle or without a delay; ``delay`` the seconds
    after refusals, else 0; ``held_until`` the end of a hold after a refusal, if any.
    """

    workers: int
    jobs: Counts
    leased: int
    rate: float | None
    delay: float
    held_until: datetime | None

    @property
    def is_well(self) -> bool:
        """Whether no job has failed, and a worker is running if jobs wait."""
        return not self.jobs.failed and (self.workers > 0 or not self.jobs.waiting)


def examine(connection: Connection, lease: float) -> FleetStatus | None:
    """Read the status of the fleet; ``None`` without one. A lease lasts *lease* seconds."""
    if not fleet_queue.exists(connection):
        return None
    pace = connection.execute(
        text(
            "select delay, gap, moment_at > now() - interval '1 minute' as is_recent,"
            " case when held_until > now() then held_until end as held_until from fleet_pace"
        )
    ).first()
    return FleetStatus(
        workers=fleet_queue.workers(connection, lease),
        jobs=fleet_queue.counts(connection),
        leased=count(connection, leases.IS_LEASED),
        rate=1 / pace.gap if pace and pace.is_recent and pace.gap > 0 else None,
        delay=pace.delay if pace else 0.0,
        held_until=pace.held_until if pace else None,
    )
