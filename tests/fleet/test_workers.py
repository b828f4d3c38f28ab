"""R3: several workers on one archive, each article once, also when one of them is killed."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from kompas_crawler.exitcodes import Exit
from tests.fleet.world import Fleet, children
from tests.test_processes import wait_until_gone

if TYPE_CHECKING:
    from pathlib import Path

    from kompas_crawler.sample.site.server import Server
    from tests.faults.test_database_away import OwnServer

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(sys.platform == "win32", reason="POSIX processes"),
]

IN_FLIGHT = 40
"""Rows that one crawl may have when it is killed."""
NEVER = {"KOMPAS_LEASE": "86400"}
"""Leases that do not run out: nothing of a dead worker comes back."""


def assert_whole(fleet: Fleet, reached: frozenset[str]) -> None:
    """Everything is stored, each article once, and nobody holds anything."""
    stored = fleet.stored()
    assert len(stored) == len(set(stored))
    assert set(stored) == reached
    assert not fleet.states()["pending"]
    assert not fleet.leased()
    assert not fleet.jobs()


def asked_again(fleet: Fleet) -> int:
    return sum(count - 1 for count in fleet.articles_asked().values())


@pytest.mark.slow
def test_two_workers_fetch_each_article_once(fleet: Fleet, reached: frozenset[str]) -> None:
    fleet.enqueue_sweep()
    fleet.start()
    fleet.start()
    fleet.wait_until_done()
    assert fleet.stop() == [0, 0]
    assert_whole(fleet, reached)
    assert asked_again(fleet) == 0
    robots = [r.host for r in fleet.server.requests if r.path == "/robots.txt"]
    assert len(robots) == len(set(robots)), "a robots.txt was fetched twice"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("count", "point"),
    [(2, 60), (3, 10)],
)
def test_what_a_killed_worker_had_is_taken_over(
    fleet: Fleet, reached: frozenset[str], count: int, point: int
) -> None:
    fleet.enqueue_sweep()
    for _ in range(count):
        fleet.start()
    fleet.wait(lambda: len(fleet.server.requests) >= point, "the kill")
    fleet.kill(fleet.workers[0])
    fleet.wait_until_done()
    fleet.stop()
    assert_whole(fleet, reached)
    assert asked_again(fleet) <= IN_FLIGHT


@pytest.mark.slow
def test_control_without_leases_and_take_over_work_is_lost_and_a_job_stuck(
    fleet: Fleet, reached: frozenset[str]
) -> None:
    fleet.enqueue_sweep()
    first = fleet.start(**NEVER)
    fleet.wait(lambda: len(fleet.articles_asked()) >= 5, "the kill")
    fleet.kill(first)
    fleet.start(**NEVER)
    fleet.wait(lambda: set(fleet.jobs()) == {"doing"} and fleet.jobs()["doing"] == 1, "the rest")
    assert set(fleet.stored()) < reached
    assert fleet.leased()


@pytest.mark.slow
def test_a_crawl_ends_with_its_worker_and_gives_its_rows_back(
    fleet: Fleet, reached: frozenset[str]
) -> None:
    fleet.enqueue_sweep()
    worker = fleet.start("-s", "DOWNLOAD_DELAY=0.2", **NEVER)
    fleet.wait(lambda: len(fleet.articles_asked()) >= 3, "the kill")
    (crawl,) = children(worker.pid)
    worker.kill()  # it alone: its crawl is left without it
    worker.wait()
    fleet.wait(lambda: not fleet.leased(), "the rows are given back")
    assert wait_until_gone(crawl)
    assert set(fleet.stored()) < reached


@pytest.mark.slow
def test_a_worker_that_is_stopped_gives_its_jobs_back(
    fleet: Fleet, reached: frozenset[str]
) -> None:
    fleet.enqueue_sweep()
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
    assert_whole(fleet, reached)


def test_a_worker_that_is_stopped_at_once_gives_its_job_back_at_once(fleet: Fleet) -> None:
    fleet.enqueue_sweep()
    fleet.start()
    fleet.wait(lambda: ": started" in fleet.said(), "a job that is begun")
    assert fleet.stop() == [0]
    assert "again in 0 s (exit 12)" in fleet.said()
    assert fleet.jobs() == {"todo": 2}


@pytest.mark.slow
def test_a_schedule_adds_jobs_and_one_that_cannot_be_done_says_why(fleet: Fleet) -> None:
    fleet.enqueue("gaps")  # makes the queue
    fleet.start("--schedule", KOMPAS_SCHEDULE='[["* * * * * *", "indeks", {}]]')
    fleet.wait(lambda: fleet.jobs()["failed"] > 0, "a job that failed")
    status = fleet.run("status", "--json")
    assert "since is missing" in json.loads(status.stdout)["fleet"]["jobs_failed"][0]["reason"]
    assert status.returncode == 1
    fleet.stop()
    assert "Traceback" not in fleet.said()


@pytest.mark.slow
def test_a_postgresql_restarted_in_mid_crawl_loses_nothing(
    server: Server, reached: frozenset[str], own: OwnServer, tmp_path: Path
) -> None:
    """R6, with workers: they wait for the server, and so do their crawls."""
    fleet = Fleet(server, own.url, tmp_path)
    try:
        fleet.enqueue_sweep()
        for _ in range(2):
            fleet.start("-s", "DOWNLOAD_DELAY=0.05")
        fleet.wait(lambda: len(fleet.articles_asked()) >= 20, "the restart")
        own.stop()
        own.start()
        fleet.engine.dispose()
        fleet.wait_until_done()
        assert fleet.stop() == [0, 0], fleet.said()
        assert_whole(fleet, reached)
        assert "Traceback" not in fleet.said()
    finally:
        fleet.close()
