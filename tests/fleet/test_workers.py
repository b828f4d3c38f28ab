"""R3: several workers on one archive, each article once, also when one of them is killed."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from kompas_crawler.exitcodes import Exit

if TYPE_CHECKING:
    from kompas_crawler.sample_site.site import Site
    from tests.fleet.world import Fleet

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(sys.platform == "win32", reason="POSIX processes"),
]

IN_FLIGHT = 40
"""Rows that one crawl may have when it is killed."""
NEVER = {"KOMPAS_LEASE": "86400"}
"""Leases that do not run out: nothing of a dead worker comes back."""


def assert_whole(fleet: Fleet, site: Site) -> None:
    """Everything is stored, each article once, and nobody holds anything."""
    stored = fleet.stored()
    assert len(stored) == len(set(stored))
    assert set(stored) == site.keys_within(2)
    assert not fleet.states()["pending"]
    assert not fleet.leased()
    assert not fleet.jobs()


def asked_again(fleet: Fleet) -> int:
    return sum(count - 1 for count in fleet.articles_asked().values())


def test_two_workers_fetch_each_article_once(fleet: Fleet, site: Site) -> None:
    fleet.enqueue("kompas")
    fleet.start()
    fleet.start()
    fleet.wait_until_done()
    assert fleet.stop() == [0, 0]
    assert_whole(fleet, site)
    assert asked_again(fleet) == 0
    robots = [r.host for r in fleet.server.requests if r.path == "/robots.txt"]
    assert len(robots) == len(set(robots)), "a robots.txt was fetched twice"


@pytest.mark.parametrize(
    ("count", "point"),
    [(2, 60), *(pytest.param(4, point, marks=pytest.mark.slow) for point in (10, 100))],
)
def test_what_a_killed_worker_had_is_taken_over(
    fleet: Fleet, site: Site, count: int, point: int
) -> None:
    fleet.enqueue("kompas")
    for _ in range(count):
        fleet.start()
    fleet.wait(lambda: len(fleet.server.requests) >= point, "the kill")
    fleet.kill(fleet.workers[0])
    fleet.wait_until_done()
    fleet.stop()
    assert_whole(fleet, site)
    assert asked_again(fleet) <= IN_FLIGHT


def test_control_without_leases_and_take_over_work_is_lost_and_a_job_stuck(
    fleet: Fleet, site: Site
) -> None:
    fleet.enqueue("kompas")
    first = fleet.start(**NEVER)
    fleet.wait(lambda: len(fleet.articles_asked()) >= 5, "the kill")
    fleet.kill(first)
    fleet.start(**NEVER)
    fleet.wait(lambda: set(fleet.jobs()) == {"doing"} and fleet.jobs()["doing"] == 1, "the rest")
    assert set(fleet.stored()) < site.keys_within(2)
    assert fleet.leased()


def test_a_crawl_ends_with_its_worker_and_gives_its_rows_back(fleet: Fleet, site: Site) -> None:
    fleet.enqueue("kompas")
    worker = fleet.start("-s", "DOWNLOAD_DELAY=0.2", **NEVER)
    fleet.wait(lambda: len(fleet.articles_asked()) >= 3, "the kill")
    worker.kill()  # it alone: its crawl is left without it
    worker.wait()
    fleet.wait(lambda: not fleet.leased(), "the rows are given back")
    assert set(fleet.stored()) < site.keys_within(2)


def test_a_worker_that_is_stopped_gives_its_jobs_back(fleet: Fleet, site: Site) -> None:
    fleet.enqueue("kompas")
    fleet.start("-s", "DOWNLOAD_DELAY=0.1")
    fleet.wait(lambda: len(fleet.articles_asked()) >= 3, "the stop")
    assert fleet.stop() == [0]
    assert not fleet.leased()
    assert set(fleet.jobs()) == {"todo"}
    assert f"exit {Exit.INTERRUPTED:d}" in fleet.said()
    assert "Traceback" not in fleet.said()
    fleet.start("--concurrency", "2")
    fleet.wait_until_done()
    fleet.stop()
    assert_whole(fleet, site)


def test_a_lone_crawl_and_a_fleet_exclude_one_another(fleet: Fleet) -> None:
    fleet.enqueue("kompas")
    fleet.start("-s", "DOWNLOAD_DELAY=0.2")
    fleet.wait(lambda: len(fleet.articles_asked()) >= 2, "a crawl at work")
    lone = fleet.run("crawl", "kompas")
    assert lone.returncode == Exit.RUNNING
    assert "another crawl is at work" in lone.stderr
    shared = fleet.run("crawl", "kompas", "-a", "sections=money", "-s", "KOMPAS_FLEET=1")
    assert shared.returncode == Exit.DONE, shared.stderr
