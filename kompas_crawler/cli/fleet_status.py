"""The state of the fleet for ``scrapy status``, as lines and as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.text import Text

from kompas_crawler.items import instant
from kompas_crawler.log.terminal import safe
from kompas_crawler.site.keys import WIB

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kompas_crawler.archive.fleet.status import FleetStatus

MOST = 5
"""Maximum number of failed jobs shown; ``--json`` has all."""


def facts(fleet: FleetStatus) -> Iterator[tuple[str, str | Text]]:
    jobs = fleet.jobs
    line = f"{fleet.workers} workers, {jobs.running:,} jobs running, {jobs.waiting:,} queued"
    line += f", {jobs.later:,} scheduled" if jobs.later else ""
    if jobs.waiting and not fleet.workers:
        yield "fleet", Text(f"{line}; to start one: scrapy worker", "red")
    else:
        yield "fleet", line
    if fleet.leased or fleet.rate is not None:
        yield "", _pace(fleet)
    for job in jobs.failed[:MOST]:
        what = f"job {job.number}, {job.name}: {job.reason or 'failed'}"
        yield "failed", Text(safe(what), "red")
    if len(jobs.failed) > MOST:
        yield "", f"... and {len(jobs.failed) - MOST} more failed jobs"


def _pace(fleet: FleetStatus) -> str:
    parts = [f"{fleet.leased:,} pages leased"]
    if fleet.rate is not None:
        parts.append(f"{fleet.rate:.2f} requests a second")
    if fleet.held_until is not None:
        parts.append(f"requests paused until {fleet.held_until.astimezone(WIB):%H:%M:%S} WIB")
    elif fleet.delay:
        parts.append(f"delay increased to {fleet.delay:.1f} s after refusals")
    return ", ".join(parts)


def as_json(fleet: FleetStatus | None) -> dict[str, Any] | None:
    if fleet is None:
        return None
    return {
        "is_well": fleet.is_well,
        "workers": fleet.workers,
        "jobs_running": fleet.jobs.running,
        "jobs_waiting": fleet.jobs.waiting,
        "jobs_later": fleet.jobs.later,
        "jobs_failed": [asdict(job) for job in fleet.jobs.failed],
        "pages_taken": fleet.leased,
        "requests_a_second": None if fleet.rate is None else round(fleet.rate, 3),
        "delay_seconds": fleet.delay,
        "held_until": instant(fleet.held_until),
    }
