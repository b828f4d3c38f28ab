"""The outcome of the last attempt of each unfinished job of the fleet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select

from kompas_crawler.archive.models import FleetOutcomeRow
from kompas_crawler.archive.sql import upsert

if TYPE_CHECKING:
    from sqlalchemy import Connection


def failures(connection: Connection, job_id: int) -> int:
    """Return the number of failed attempts of a job."""
    query = select(FleetOutcomeRow.failures).where(FleetOutcomeRow.job_id == job_id)
    return connection.scalar(query) or 0


def note(connection: Connection, job_id: int, *, code: int, reason: str, failures: int) -> None:
    """Record how the last attempt ended."""
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
    """Delete the outcome of a finished job."""
    connection.execute(delete(FleetOutcomeRow).where(FleetOutcomeRow.job_id == job_id))
