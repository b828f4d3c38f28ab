"""The row that hands out moments, asked by paces of several workers in one loop."""

from __future__ import annotations

import asyncio
import time
from contextlib import contextmanager
from itertools import chain, pairwise
from math import inf
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import pytest
from procrastinate.schema import SchemaManager
from sqlalchemy import text

from kompas_crawler.archive.database import database_url as read_url
from kompas_crawler.archive.database import open_engine
from kompas_crawler.archive.fleet import jobs, status
from kompas_crawler.archive.fleet import pace as fleet_pace
from kompas_crawler.archive.fleet.pace import FleetPace
from kompas_crawler.exitcodes import CrawlError, DatabaseUnavailable
from kompas_crawler.polite.pace import Pace

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Engine

pytestmark = [pytest.mark.postgres, pytest.mark.slow]

LATE = 0.05


@pytest.fixture
def engine(postgres_url: str) -> Iterator[Engine]:
    engine = open_engine(read_url(postgres_url, Path.cwd()))
    yield engine
    engine.dispose()


def fail(error: CrawlError) -> None:
    raise AssertionError(error)


@contextmanager
def paces(engine: Engine, *delays: float) -> Iterator[list[FleetPace]]:
    made = [FleetPace(delay, engine, fail) for delay in delays]
    yield made
    for pace in made:
        pace.close()


async def leave(pace: Pace) -> float:
    """Wait for a turn, as the middleware does; when it was."""
    while wait := await pace.turn():
        await asyncio.sleep(wait)
    pace.leave()
    return time.monotonic()


async def leave_often(pace: Pace, times: int) -> list[float]:
    return [await leave(pace) for _ in range(times)]


async def together(made: Sequence[Pace], times: int) -> list[float]:
    left = await asyncio.gather(*(leave_often(pace, times) for pace in made))
    return sorted(chain.from_iterable(left))


def test_of_four_none_leaves_before_the_delay_is_over(engine: Engine) -> None:
    with paces(engine, 0.05, 0.05, 0.05, 0.05) as made:
        left = asyncio.run(together(made, 10))
    assert left[-1] - left[0] >= 0.95 * 39 * 0.05
    assert median(later - sooner for sooner, later in pairwise(left)) <= 1.05 * 0.05


def test_control_each_for_itself_they_take_a_quarter(engine: Engine) -> None:
    left = asyncio.run(together([Pace(0.05) for _ in range(4)], 10))
    assert median(later - sooner for sooner, later in pairwise(left)) < 0.05 / 2


def test_who_wants_to_go_slower_does(engine: Engine) -> None:
    with paces(engine, 0.3) as (slow,):
        left = asyncio.run(leave_often(slow, 4))
    assert min(later - sooner for sooner, later in pairwise(left)) >= 0.3 - LATE


def test_a_refusal_is_counted_once_however_many_met_it(engine: Engine) -> None:
    async def run(one: FleetPace, other: FleetPace) -> float:
        left_at = [await leave(one), await leave(other)]
        for pace, at in zip((one, other), left_at, strict=True):
            pace.slow_down(at)  # both were under way when the site refused
        await leave(one)
        return one.delay

    with paces(engine, 0.1, 0.1) as (one, other):
        assert asyncio.run(run(one, other)) == pytest.approx(0.2)


def test_what_a_refusal_lengthened_comes_down_again(engine: Engine) -> None:
    async def run(pace: FleetPace) -> float:
        pace.slow_down(await leave(pace))
        for _ in range(4):
            await leave(pace)
            pace.ease()
        await leave(pace)
        return pace.delay

    with paces(engine, 0.05) as (pace,):
        assert asyncio.run(run(pace)) == 0.05


def test_when_one_was_blocked_nothing_leaves_for_an_hour(engine: Engine) -> None:
    with engine.begin() as connection:
        fleet_pace.hold_all(connection, 3600)
    with paces(engine, 0.05) as (pace,):
        assert asyncio.run(pace.turn()) > 3500


@pytest.mark.parametrize(("days", "least", "most"), [(366, 0, 1), (0.1, 8600, 8641)])
@pytest.mark.parametrize("column", ["moment_at", "held_until"])
def test_no_request_waits_for_a_year_that_the_servers_clock_was_in(
    engine: Engine, column: str, days: float, least: float, most: float
) -> None:
    """R34, and a control: what a refusal may hold stays held."""
    ahead = f"update fleet_pace set {column} = now() + :days * interval '1 day'"
    with engine.begin() as connection:
        fleet_pace.hold_all(connection, 0)
        connection.execute(text(ahead), {"days": days})
    with paces(engine, 0.05) as (pace,):
        assert least <= asyncio.run(pace.turn()) <= most


def all_after_a_standstill(engine: Engine) -> list[float]:
    """The pauses between requests of workers whose reserved moments have all passed."""

    async def run(made: list[FleetPace]) -> list[float]:
        for pace in made:
            await pace.turn()
            pace.now = lambda: time.monotonic() + 60
        return await together(made, 1)

    with paces(engine, 0.1, 0.1, 0.1, 0.1) as made:
        left = asyncio.run(run(made))
    return [later - sooner for sooner, later in pairwise(left)]


def test_after_a_standstill_the_requests_keep_the_delay(engine: Engine) -> None:
    """As when the server or the machine did not answer for a minute."""
    assert min(all_after_a_standstill(engine)) >= 0.1 - LATE


def test_control_without_new_moments_they_leave_at_once(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def most(*values: float) -> float:
        return inf if 1.0 in values else max(values)  # no moment is too late

    monkeypatch.setattr(fleet_pace, "max", most, raising=False)
    assert min(all_after_a_standstill(engine)) < 0.1 - LATE


def test_the_rate_is_known(engine: Engine) -> None:
    with engine.begin() as connection:
        jobs.create(connection, SchemaManager.get_schema())
    with paces(engine, 0.1) as (pace,):
        asyncio.run(leave_often(pace, 12))
    with engine.connect() as connection:
        found = status.examine(connection, 60)
    assert found is not None
    assert found.rate is not None
    assert 2 < found.rate <= 10.01


def test_a_database_that_stays_away_ends_the_crawl(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fleet_pace, "RETRY_SECONDS", 0)
    away = open_engine(read_url("postgresql://nobody@127.0.0.1:1/none", Path.cwd()))
    met: list[CrawlError] = []
    pace = FleetPace(0.05, away, met.append)
    assert asyncio.run(pace.turn()) > 0, "nothing leaves unasked"
    assert isinstance(met[0], DatabaseUnavailable)
    pace.close()
