"""What a sweep asks for: the newest of the index, fronts by how much they publish, and why."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from benchmarks.week import SWEEP, World, living
from benchmarks.week_site import FIRST_DAY, WeekSite, drawn, midnight
from kompas_crawler.archive.crawl_models import FrontierRow
from kompas_crawler.archive.database import database_url, open_engine
from kompas_crawler.archive.frontier import admit, fronts
from kompas_crawler.archive.frontier.looks import next_visit, parse_schedule
from kompas_crawler.archive.models import RunRow
from kompas_crawler.archive.read import unread
from kompas_crawler.exitcodes import Exit
from kompas_crawler.frontier import FrontPage
from kompas_crawler.site.sections import named

FRONTS = len(named(""))
NOON = midnight(FIRST_DAY) + timedelta(hours=36)


def _is_index(url: str) -> bool:
    return "//indeks.kompas.com/?" in url


def _lists(world: World) -> list[str]:
    return [url for url in world.asked if "/read/" not in url and "robots" not in url]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """An archive of a site of some 45 articles a day, after its first sweep."""
    lives = drawn(3, share=0.05)
    for life in lives:
        life.appears_at, life.corrected_at, life.removed_at = life.published_at, None, None
    with living(World(WeekSite(lives), tmp_path)) as found:
        assert found.crawl(NOON).exit_code is Exit.DONE
        yield found


def _sweep(world: World, at: datetime) -> None:
    assert world.crawl(at).exit_code is Exit.DONE


def test_the_first_sweep_asks_all_fronts_and_a_later_one_the_index_alone(world: World) -> None:
    assert len({url.partition("?")[0] for url in _lists(world)}) == FRONTS
    world.crawl(NOON + SWEEP)
    assert len(_lists(world)) <= 2
    assert all(map(_is_index, _lists(world)))
    assert not world.look()[1]


@pytest.mark.slow
def test_control_where_fronts_have_no_next_time_each_sweep_asks_them(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fronts, "unvisited", lambda _, keys, now: set(keys))
    world.crawl(NOON + SWEEP)
    assert len(_lists(world)) > FRONTS


@pytest.mark.slow
def test_the_index_is_read_until_it_meets_known_articles(world: World) -> None:
    at = NOON + timedelta(hours=10)
    appeared = [i for i, life in enumerate(world.site.lives) if NOON < life.appears_at < at]
    assert len(appeared) > 15
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fronts, "LONGEST", timedelta(days=1))
        patch.setattr(fronts, "next_look", lambda page, now: now + timedelta(days=1))
        world.crawl(NOON + SWEEP, sections=",".join(s.slug for s in named("")))
        _sweep(world, at)
    assert all(map(_is_index, _lists(world)))
    assert len(_lists(world)) == -(-len(appeared) // 15) or len(_lists(world)) == 3
    assert not world.look()[1]


def test_a_front_that_publishes_more_is_asked_earlier() -> None:
    def look(minutes: int) -> timedelta:
        times = [NOON - timedelta(minutes=minutes * nth) for nth in range(15)]
        keys = tuple(f"{at:%Y%m%d-%H%M%S}001" for at in times)
        page = FrontPage(front="x", section="x", page=1, keys=keys)
        at = fronts.next_look(page, NOON)
        assert at is not None
        return at - NOON

    assert look(1) == fronts.SHORTEST
    assert fronts.SHORTEST < look(10) < look(30) < fronts.LONGEST
    assert look(600) == fronts.LONGEST


@pytest.mark.slow
def test_named_sections_are_always_asked(world: World) -> None:
    world.crawl(NOON + SWEEP, sections="money,tekno")
    assert {"https://money.kompas.com/", "https://tekno.kompas.com/"} <= set(_lists(world))
    assert not any(map(_is_index, world.asked))


@pytest.mark.slow
def test_after_more_than_a_day_all_fronts_and_the_index_of_the_days_are_asked(
    world: World,
) -> None:
    world.crawl(NOON + timedelta(days=1, hours=2))
    asked = {url.partition("?")[0] for url in _lists(world)}
    assert len(asked) == FRONTS + 1
    assert not world.look()[1]


def _without_index(world: World) -> None:
    """Three hours of sweeps without the index, of which the last is looked at."""
    world.fails = _is_index
    for nth in range(1, 4):
        world.crawl(NOON + nth * timedelta(hours=1))


@pytest.mark.slow
def test_without_the_index_fronts_take_over_at_once_and_back(world: World) -> None:
    _without_index(world)
    assert len({url.partition("?")[0] for url in _lists(world)}) == FRONTS + 1
    assert not world.look()[1]
    world.fails = lambda url: False
    world.crawl(NOON + timedelta(hours=3, minutes=15))
    assert all(map(_is_index, _lists(world)))
    assert not world.look()[1]


@pytest.mark.slow
def test_an_index_that_fails_is_no_failure_and_no_gap_where_fronts_take_over(
    world: World,
) -> None:
    world.fails = _is_index
    _sweep(world, NOON + SWEEP)
    found = world.look()[0]
    assert not found.unread_days
    assert not found.unread_lists


@pytest.mark.slow
def test_control_taken_for_a_list_that_is_owed_it_is_a_gap(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = select(*unread._COLUMNS).where(FrontierRow.kind == "listing")
    monkeypatch.setattr(unread, "_LISTS", every)
    world.fails = _is_index
    _sweep(world, NOON + SWEEP)
    assert world.look()[0].unread_days


@pytest.mark.slow
def test_a_first_sweep_that_was_killed_is_resumed_as_one(world: World) -> None:
    _forget_that_it_ended(world)
    world.crawl(NOON + SWEEP)
    assert not any(map(_is_index, world.asked))
    assert len({url.partition("?")[0] for url in _lists(world)}) == FRONTS


@pytest.mark.slow
def test_control_where_it_counts_as_ended_fronts_are_left_out(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    _forget_that_it_ended(world)
    monkeypatch.setattr(fronts, "last_read", lambda _: NOON)
    world.crawl(NOON + SWEEP)
    assert len(_lists(world)) < FRONTS


def _forget_that_it_ended(world: World) -> None:
    engine = open_engine(database_url(world.url, world.folder))
    with engine.begin() as connection:
        connection.execute(update(RunRow).values(finished_at=None, exit_code=None))
    engine.dispose()


@pytest.mark.slow
def test_control_without_them_articles_are_missing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fronts, "take_over", lambda *_, **known: False)
    monkeypatch.setattr(fronts, "next_look", lambda page, now: now + timedelta(hours=11))
    world.crawl(NOON + SWEEP, sections=",".join(s.slug for s in named("")))
    _without_index(world)
    assert world.look()[1]


def _retitle(world: World) -> tuple[int, datetime]:
    """Change the title of the newest stored article; return it and when."""
    site = world.site
    index = max(i for i, life in enumerate(site.lives) if life.fetched)
    life = site.lives[index]
    life.corrected_at, life.is_retitled = site.now, True
    world.crawl(site.now + SWEEP)
    return index, site.now


@pytest.mark.slow
def test_another_title_in_a_list_brings_a_visit_at_once(world: World) -> None:
    index, _ = _retitle(world)
    assert len(world.site.lives[index].fetched) == 2


@pytest.mark.slow
def test_control_without_the_title_it_waits(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admit, "_retitle", lambda *_: None)
    index, _ = _retitle(world)
    assert len(world.site.lives[index].fetched) == 1


@pytest.mark.parametrize(
    ("hours", "known", "expected"),
    [
        (0, {"unchanged": 0, "is_likely": True}, 6),
        (0, {"unchanged": 0, "is_likely": False}, 168),
        (7, {"unchanged": 1, "is_likely": True}, 24),
        (25, {"unchanged": 2, "is_likely": True}, 168),
        (169, {"unchanged": 0, "is_likely": True}, None),
    ],
)
def test_early_visits_are_for_likely_corrections_and_the_last_for_all(
    hours: int, known: dict[str, Any], expected: int | None
) -> None:
    now = NOON + timedelta(hours=hours)
    at = next_visit(parse_schedule("6h?,1d?,7d"), published_at=NOON, now=now, **known)
    assert at == (None if expected is None else NOON + timedelta(hours=expected))


@pytest.mark.slow
def test_a_day_is_announced(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.crawl(NOON + SWEEP, dry_run="1")
    assert "A day of sweeps: about" in capsys.readouterr().out
    assert not world.asked
