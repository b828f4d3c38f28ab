"""Articles that appear in a pause between sweeps, with a date before it."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

import pytest

from kompas_crawler.archive.frontier import fronts
from kompas_crawler.sample.site.site import Site
from kompas_crawler.site.keys import WIB
from tests import archives
from tests.histories.living_site import LivingSite
from tests.histories.world import World, mortal, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from pathlib import Path

SECTION = "megapolitan"
DAYS = 12


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A site of which an article of the sixth day appears on the ninth."""
    archives.put(tmp_path / "kompas.db")
    site = LivingSite(3, 30, dense_days=DAYS, days=DAYS)
    shown = [i for i in Site.front(site, SECTION) if i in site.of_day(_day(site, 5))]
    site.appears_at[shown[0]] = _morning(site, 8)
    with serving(site) as host, mortal(host):
        found = World(host, tmp_path)
        yield found
        found.close()


def _day(site: LivingSite, nth: int) -> date:
    return site.plan.first_day + timedelta(days=nth)


def _morning(site: LivingSite, nth: int) -> datetime:
    return datetime.combine(_day(site, nth), time(6), WIB)


def _sweep(world: World, at: datetime) -> list[str]:
    """Read page 1 of the front; return the days whose index was asked for."""
    ran = world.crawl(at, "kompas", sections=SECTION, pages="1", depth="0")
    return sorted({url[-10:] for url in (s.url for s in ran.served) if url[-15:-10] == "date="})


def _lacking(world: World) -> list[str]:
    """What the front listed in the time that ``gaps`` vouches for, and is not stored."""
    found, stored = world.look()
    assert found.is_empty
    world.lag = timedelta(0)
    named = world.vouched(found)
    (front,) = (listed for name, listed in named.items() if name.startswith("the front"))
    return world.lacking(front, stored, set())


@pytest.mark.slow
def test_the_index_of_the_days_before_a_pause_is_read_where_the_front_is_not_enough(
    world: World,
) -> None:
    site = world.site
    _sweep(world, _morning(site, 6) - timedelta(hours=3))
    assert not _sweep(world, _morning(site, 6))
    asked = _sweep(world, _morning(site, 10))
    assert asked == [str(_day(site, nth)) for nth in range(3, 11)]
    assert not _lacking(world)
    (front,) = world.look()[0].followed
    assert front.until - front.since > timedelta(days=4)


def test_where_nothing_was_covered_so_far_what_is_covered_begins_after_the_pause(
    world: World,
) -> None:
    site = world.site
    _sweep(world, _morning(site, 6))
    asked = _sweep(world, _morning(site, 10))
    assert asked == [str(_day(site, nth)) for nth in range(6, 11)]
    assert not _lacking(world)
    (front,) = world.look()[0].followed
    assert front.since == front.until


@pytest.mark.slow
def test_control_without_the_days_before_the_late_article_is_missing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fronts, "LATE", timedelta(0))
    site = world.site
    _sweep(world, _morning(site, 6) - timedelta(hours=3))
    _sweep(world, _morning(site, 6))
    _sweep(world, _morning(site, 10))
    assert _lacking(world)
