"""How the fleet is, in the lines that ``scrapy status`` shows and the JSON it gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.text import Text

from kompas_crawler.log.terminal import safe
from kompas_crawler.site.keys import WIB

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kompas_crawler.archive.fleet.status import FleetStatus

MOST = 5
"""Failed jobs shown; ``--json`` has them all."""


def facts(fleet: FleetStatus) -> Iterator[tuple[str, str | Text]]:
    """Name and value, line by line."""
    jobs = fleet.jobs
    line = f"{fleet.workers} workers, {jobs.running:,} jobs at work, {jobs.waiting:,} wait"
    line += f", {jobs.later:,} later" if jobs.later else ""
    if jobs.waiting and not fleet.workers:
        yield "fleet", Text(f"{line}; start one: scrapy worker", "red")
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
    parts = [f"{fleet.leased:,} pages taken"]
    if fleet.rate is not None:
        parts.append(f"{fleet.rate:.2f} requests a second")
    if fleet.held_until is not None:
        parts.append(f"nothing is sent until {fleet.held_until.astimezone(WIB):%H:%M:%S} WIB")
    elif fleet.delay:
        parts.append(f"slowed to {fleet.delay:.1f} s by refusals")
    return ", ".join(parts)


def as_json(fleet: FleetStatus | None) -> dict[str, Any] | None:
    """The same for a program; ``None`` where there is no fleet."""
    if fleet is None:
        return None
    held = fleet.held_until
    return {
        "is_well": fleet.is_well,
        "workers": fleet.workers,
        "jobs_running": fleet.jobs.running,
        "jobs_waiting": fleet.jobs.waiting,
        "jobs_later": fleet.jobs.later,
        "jobs_failed": [
            {"number": job.number, "name": job.name, "reason": job.reason}
            for job in fleet.jobs.failed
        ],
        "pages_taken": fleet.leased,
        "requests_a_second": None if fleet.rate is None else round(fleet.rate, 3),
        "delay_seconds": fleet.delay,
        "held_until": held.astimezone(WIB).isoformat(timespec="seconds") if held else None,
    }
