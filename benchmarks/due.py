"""Taking the next rows of the frontier, and a sweep that finds nothing new, on a large archive."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select, update

from benchmarks import crawls
from benchmarks.measures import Measure, about
from kompas_crawler.archive.crawl_models import FrontierRow
from kompas_crawler.archive.frontier.take import OPEN, Work, take

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, Engine

FEW = 100
GROUP = 60
SWEEP = Work(scope="kompas", takes_leftovers=True, takes_due=True)


def measures(engine: Engine, runs: int = 15) -> list[Measure]:
    """Compare taking rows of many with taking them of ``FEW``; then sweep a site twice."""
    due = select(FrontierRow.next_at).where(FrontierRow.next_at.is_not(None))
    with engine.connect() as connection:
        few = connection.scalars(due.order_by(FrontierRow.next_at).offset(FEW - 1)).first()
        all_of_them = connection.scalar(due.with_only_columns(func.max(FrontierRow.next_at)))
        many = connection.scalar(due.with_only_columns(func.count())) or 0
        assert few is not None
        assert all_of_them is not None
        times = [(_taking(connection, all_of_them), _taking(connection, few)) for _ in range(runs)]
    return [
        Measure(
            name=f"taking {GROUP} rows, {about(many)} due / {FEW}, time",
            values=[one / other for one, other in times[1:]],
            limit=1.5,
            at_most=True,
        ),
        _sweep(engine),
    ]


def _taking(connection: Connection, now: datetime) -> float:
    began = time.thread_time()
    found = take(connection, SWEEP, now=now, started_at=now, limit=GROUP, in_flight=())
    assert len(found) == GROUP
    return time.thread_time() - began


def _sweep(engine: Engine) -> Measure:
    """A sweep over nothing new: its CPU on this archive, less that on one of the site alone."""
    with engine.begin() as connection:  # no row of the large archive is left to fetch
        connection.execute(delete(FrontierRow).where(FrontierRow.state.in_(OPEN)))
        connection.execute(update(FrontierRow).values(next_at=None))
        known = connection.scalar(select(func.count()).select_from(FrontierRow)) or 0
    engine.dispose()
    large = Path(str(engine.url.database))
    with tempfile.TemporaryDirectory() as folder, crawls.site(200, 4) as mirror:
        spent = [_second(mirror, path) for path in (large, Path(folder) / "small.db")]
    print(f"a sweep over nothing new: {spent[0]:.2f} s of CPU, {spent[1]:.2f} on a small archive")
    name = f"sweep over nothing new, {about(known)} rows: CPU s more than on a small archive"
    return Measure(name=name, values=[spent[0] - spent[1]], limit=1, at_most=True)


def _second(mirror: str, database: Path) -> float:
    """The CPU of the quickest of three sweeps after the first."""
    crawls.ours(mirror, database=database)
    spent = []
    for _ in range(3):
        before = os.times()
        crawls.ours(mirror, database=database)
        after = os.times()
        spent.append(sum(after[2:4]) - sum(before[2:4]))
    return min(spent)
