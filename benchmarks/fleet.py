"""A fleet on a large sample site: cost, rate, and losses after a kill.

Needs a PostgreSQL: the wheel of the development group.
"""

from __future__ import annotations

import resource
import tempfile
import time
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.measures import Measure
from kompas_crawler.sample.site.server import serve
from kompas_crawler.sample.site.site import Site
from tests.fleet.world import Fleet
from tests.postgres import Server as Database

if TYPE_CHECKING:
    from collections.abc import Iterator

WORKERS = (1, 2, 4)
DELAY = 0.05
MEASURED = 20.0
"""Seconds over which a rate is measured."""
LEASED = 60
"""Rows that a killed worker had leased; their pages may be requested again."""


class Whole(NamedTuple):
    """What a complete sweep cost and lost."""

    cpu_ms: float  # per page
    lost: int
    stored_twice: int
    asked_twice: int
    seconds: float


def measures(articles: int = 2_000, seconds: float = MEASURED) -> list[Measure]:
    """Sweep a site by one, two and four workers, once with a kill; then watch their rate."""
    site = Site(articles)
    database = Database(f"bench{time.time_ns() % 10**7}")
    try:
        runs = {count: whole(site, database, count) for count in WORKERS}
        killed = whole(site, database, 2, kill_at=articles // 2)
        rates = {count: rate(site, database, count, seconds) for count in WORKERS}
    finally:
        database.close()
    for count, run in runs.items():
        print(
            f"{count} workers: {run.seconds:.0f} s, {run.cpu_ms:.2f} ms of CPU a page", flush=True
        )
    found = [
        Measure(
            name=f"fleet: CPU a page, {count} workers / one",
            values=[runs[count].cpu_ms / runs[1].cpu_ms],
        )
        for count in WORKERS[1:]
    ]
    of_all = [*runs.values(), killed]
    alone = runs[1].asked_twice  # moved articles
    for name, value, limit in (
        ("articles lost", sum(run.lost for run in of_all), 0),
        ("articles stored twice", sum(run.stored_twice for run in of_all), 0),
        ("repeated requests", max(run.asked_twice for run in runs.values()) - alone, 0),
        ("repeated requests, one worker killed", killed.asked_twice - alone, LEASED),
    ):
        found.append(Measure(name=f"fleet: {name}", values=[value], limit=limit, at_most=True))
    found += [
        Measure(
            name=f"fleet: rate of {count} workers / that of their delay",
            values=[rates[count]],
            limit=1.02,
            at_most=True,
        )
        for count in WORKERS
    ]
    return found


@contextmanager
def fleet(site: Site, database: Database, **settings: str) -> Iterator[Fleet]:
    """A new archive, a site, and the jobs of a sweep, without workers."""
    with (
        tempfile.TemporaryDirectory() as folder,
        serve(site) as server,
        database.database() as url,
    ):
        made = Fleet(server, url, Path(folder), **settings)
        try:
            made.enqueue("kompas", "-a", "pages=0")
            yield made
        finally:
            made.close()


def whole(site: Site, database: Database, workers: int, *, kill_at: int = 0) -> Whole:
    """A complete sweep by *workers*, one of which is killed."""
    with fleet(site, database) as made:
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        for _ in range(workers):
            made.start()
        if kill_at:
            made.wait(lambda: len(made.server.requests) >= kill_at, "the kill", 600)
            made.kill(made.workers[0])
            made.start()
        made.wait(lambda: not made.jobs(), "the end", 900)
        seconds = time.monotonic() - began
        made.stop()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        asked = made.articles_asked()
        stored = made.stored()
        pages = len(made.server.requests)
        return Whole(
            cpu_ms=1000 * cpu / pages,
            lost=len(site.keys_within(2) - set(stored)),
            stored_twice=len(stored) - len(set(stored)),
            asked_twice=sum(count - 1 for count in asked.values()),
            seconds=seconds,
        )


def rate(site: Site, database: Database, workers: int, seconds: float) -> float:
    """The rate of requests of *workers* that keep one delay, relative to the delay's."""
    with fleet(site, database) as made:
        for _ in range(workers):
            made.start("-s", f"DOWNLOAD_DELAY={DELAY}")
        made.wait(lambda: len(made.server.requests) >= 100, "all at work", 120)
        first = len(made.server.requests)
        time.sleep(seconds)
        times = sorted(r.at for r in list(made.server.requests)[first:])
        gaps = [later - sooner for sooner, later in pairwise(times)]
        return DELAY * len(gaps) / sum(gaps)
