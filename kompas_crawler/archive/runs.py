"""The table of runs."""

import os
import platform
from collections.abc import Sequence
from datetime import datetime
from importlib.metadata import version
from typing import Any

from sqlalchemy import Connection, insert, select, update

from kompas_crawler.archive.models import ArticleRow, RunRow
from kompas_crawler.exitcodes import ConfigurationProblem, Exit

GOOD = (Exit.DONE, Exit.STOPPED, Exit.INTERRUPTED)
_WAYS = {"urls", "tags", "gaps"}  # arguments that select articles of any year
_REACH = 10_000  # maximum of runs to compare with: a month of sweeps, two weeks of a fleet's


def start(
    connection: Connection,
    *,
    spider: str,
    arguments: dict[str, Any],
    now: datetime,
    mirror: str | None,
    unsafe: Sequence[str] = (),
) -> int:
    """Insert a run and return its number; *unsafe* lists the disabled protections."""
    values = {
        "spider": spider,
        "arguments": arguments,
        "started_at": now,
        "version": version("kompas-crawler"),
        "mirror": mirror,
        "host": platform.node(),
        "pid": os.getpid(),
        "counts": {"unsafe": list(unsafe)} if unsafe else {},
    }
    return connection.execute(insert(RunRow).values(values).returning(RunRow.id)).scalar_one()


def finish(
    connection: Connection,
    run_id: int,
    *,
    now: datetime,
    code: Exit,
    reason: str,
    counts: dict[str, Any],
) -> None:
    """Record how a run ended."""
    values = {"finished_at": now, "outcome": code.name.lower(), "exit_code": int(code)}
    _update(connection, run_id, counts, reason=reason, **values)


def _update(connection: Connection, run_id: int, counts: dict[str, Any], **values: Any) -> None:
    begun = connection.scalar(select(RunRow.counts).where(RunRow.id == run_id)) or {}
    changed = update(RunRow).where(RunRow.id == run_id)
    connection.execute(changed.values(counts=begun | counts, **values))


def note_notice(connection: Connection, run_id: int, now: datetime) -> bool:
    """Note in ``counts`` that *run_id* shows the site's notice; ``False`` if a run has shown it."""
    at = RunRow.counts["notice_shown_at"].as_string()
    if connection.scalar(select(RunRow.id).where(at.is_not(None)).order_by(RunRow.id).limit(1)):
        return False
    _update(connection, run_id, {"notice_shown_at": now.isoformat(timespec="seconds")})
    return True


def refuse_mixing(connection: Connection, mirror: str | None) -> None:
    """Raise ``ConfigurationProblem`` for a mixed archive of the live site and a mirror."""
    other = RunRow.mirror.is_(None) if mirror else RunRow.mirror.is_not(None)
    others = select(RunRow.id).where(other)
    mixed = select(ArticleRow.id).where(ArticleRow.run_id.in_(others)).limit(1)
    # Mostly there is no such run, and no need to read all articles.
    if connection.scalar(others.limit(1)) and connection.scalar(mixed) is not None:
        here, there = ("a mirror", "the live site") if mirror else ("the live site", "a mirror")
        why = f"this archive contains articles of {there} and must not be mixed with {here}; set "
        raise ConfigurationProblem(f"{why}KOMPAS_DATABASE_URL to another, or move this one away")


def coverages(
    connection: Connection, run_id: int, since: datetime
) -> list[tuple[dict[str, dict[str, int]], bool]]:
    """Return the coverage of runs since *since*, newest first, each with whether it ended well.

    Only runs that ended well or with exit 10, of the same spider, and that selected articles in
    the same way as *run_id*: those of a tag or an address may be of any year.
    """
    row = RunRow
    spider, asked = _asked(connection, run_id)
    is_recent = (row.id > run_id - _REACH, row.started_at >= since)
    is_alike = (row.spider == spider, row.exit_code.in_([*GOOD, Exit.QUALITY]))
    query = select(row.arguments, row.counts["coverage"], row.exit_code)
    rows = connection.execute(query.where(*is_recent, *is_alike).order_by(row.id.desc()))
    return [
        (coverage, code in GOOD)
        for arguments, coverage, code in rows
        if coverage and _WAYS & arguments.keys() == _WAYS & asked.keys()
    ]


def last_figures(connection: Connection, run_id: int, limit: int) -> list[dict[str, int]]:
    """Return the figures of the last *limit* good runs with the same arguments as *run_id*."""
    row = RunRow
    spider, arguments = _asked(connection, run_id)
    is_good = (row.spider == spider, row.exit_code == Exit.DONE, row.id < run_id)
    query = select(row.arguments, row.counts).where(*is_good).order_by(row.id.desc())
    rows = connection.execute(query.limit(100))
    return [counts.get("figures", {}) for asked, counts in rows if asked == arguments][:limit]


def _asked(connection: Connection, run_id: int) -> tuple[str, dict[str, Any]]:
    query = select(RunRow.spider, RunRow.arguments).where(RunRow.id == run_id)
    return connection.execute(query).one()


def deepest(connection: Connection, spider: str) -> int:
    """Return the maximum depth of the finished runs of *spider*, or -1."""
    query = select(RunRow.arguments).where(RunRow.spider == spider, RunRow.exit_code == 0)
    last = connection.scalars(query.order_by(RunRow.id.desc()).limit(100))
    return max((arguments.get("max_depth", -1) for arguments in last), default=-1)
