"""A fleet on a large sample site: cost, rate, and losses after a kill.

    python -m benchmarks.fleet [ARTICLES]

Needs a PostgreSQL (the wheel of the development group). Prints a table and writes
``benchmarks/fleet.json``; takes some minutes.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kompas_crawler.sample.site.server import serve
from kompas_crawler.sample.site.site import Site
from tests.fleet.world import Fleet
from tests.postgres import Server as Database

if TYPE_CHECKING:
    from collections.abc import Iterator

WORKERS = (1, 2, 4)
KILLS = (60, 1000, 2500)
DELAY = 0.05
MEASURED = 20.0
"""Seconds over which a rate is measured."""


def main(articles: int = 5000) -> None:
    """Measure everything and show it."""
    site = Site(articles, weight=30)
    database = Database(f"bench{time.time_ns() % 10**7}")
    results: list[dict[str, Any]] = []
    try:
        for count in WORKERS:
            results.append(whole(site, database, count))
            print(results[-1], flush=True)
        for count in (2, 4):
            for point in KILLS:
                if point < len(site.keys_within(2)):
                    results.append(whole(site, database, count, kill_at=point))
                    print(results[-1], flush=True)
        for count in WORKERS:
            results.append(rate(site, database, count))
            print(results[-1], flush=True)
    finally:
        database.close()
    path = Path(__file__).parent / "fleet.json"
    path.write_text(json.dumps(results, indent=1) + "\n")
    print(f"written to {path.name}")


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


def whole(site: Site, database: Database, workers: int, *, kill_at: int = 0) -> dict[str, Any]:
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
        return {
            "workers": workers,
            "killed_at": kill_at or None,
            "lost": len(site.keys_within(2) - set(stored)),
            "stored": len(stored),
            "stored_twice": len(stored) - len(set(stored)),
            "asked_twice": sum(count - 1 for count in asked.values()),
            "jobs_left": dict(made.jobs()),
            "leased": made.leased(),
            "pages": pages,
            "seconds": round(seconds, 1),
            "cpu_ms_a_page": round(1000 * cpu / pages, 2),
        }


def rate(site: Site, database: Database, workers: int) -> dict[str, Any]:
    """The gaps between requests while *workers* keep one delay."""
    with fleet(site, database) as made:
        for _ in range(workers):
            made.start("-s", f"DOWNLOAD_DELAY={DELAY}")
        made.wait(lambda: len(made.server.requests) >= 100, "all at work", 120)
        first = len(made.server.requests)
        time.sleep(MEASURED)
        times = sorted(r.at for r in list(made.server.requests)[first:])
        gaps = [later - sooner for sooner, later in pairwise(times)]
        mean = sum(gaps) / len(gaps)
        return {
            "workers": workers,
            "delay": DELAY,
            "mean_gap": round(mean, 5),
            "rate_against_delay": round(DELAY / mean, 4),
            "smallest_gap": round(min(gaps), 4),
            "requests": len(gaps),
        }


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
