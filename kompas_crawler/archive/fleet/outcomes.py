"""How the last attempt at each job of the fleet ended, in one line a person can read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select

from kompas_crawler.archive.models import FleetOutcomeRow
from kompas_crawler.archive.sql import upsert

if TYPE_CHECKING:
    from sqlalchemy import Connection


def failures(connection: Connection, job_id: int) -> int:
    """How many attempts count against a job."""
    query = select(FleetOutcomeRow.failures).where(FleetOutcomeRow.job_id == job_id)
    return connection.scalar(query) or 0


def note(connection: Connection, job_id: int, *, code: int, reason: str, failures: int) -> None:
    """Note how an attempt ended, in the place of the one before."""
    upsert(
        connection,
        FleetOutcomeRow,
        job_id=job_id,
        exit_code=code,
        reason=reason,
        failures=failures,
        ended_at=func.now(),
    )


def drop(connection: Connection, job_id: int) -> None:
    """Forget a job that is done."""
    connection.execute(delete(FleetOutcomeRow).where(FleetOutcomeRow.job_id == job_id))
