"""R27: a list that is gone or has moved is named apart, once several looks agree."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from kompas_crawler.archive.frontier import looks
from kompas_crawler.exitcodes import Exit
from kompas_crawler.site.sections import SECTIONS
from tests.faults.healing import (
    MONEY,
    WEEKS_LATER,
    range_of,
    row_states,
)
from tests.faults.hostile import HOME
from tests.faults.world import EVENING, World, first_fast, later
from tests.sample.site.faults import Fault

if TYPE_CHECKING:
    pass


def _weeks_sweeps(world: World) -> list[str]:
    """The states of a front after sweeps over a week and a day."""
    found = []
    for day in (0, 2, 4, 6, 8):
        world.crawl(at=later(EVENING, days=day), urls=MONEY, depth="0")
        found.append(row_states(world)[MONEY])
        unread = [one.url for one in world.gaps().unread_lists]
        assert unread == ([MONEY] if found[-1] == "failed" else [])
    return found


@pytest.mark.parametrize("status", first_fast(404, 410))
@pytest.mark.slow
def test_a_list_that_is_gone_for_a_week_is_absent_and_no_gap(world: World, status: int) -> None:
    world.strike_page(MONEY, Fault(status))
    assert _weeks_sweeps(world) == ["failed", "failed", "failed", "failed", "gone"]
    assert [absent.url for absent in world.gaps().absent] == [MONEY]
    world.faults.clear()
    world.crawl(at=later(EVENING, days=9), urls=MONEY)
    assert row_states(world)[MONEY] == "done"
    assert not world.gaps().absent


@pytest.mark.slow
def test_a_list_that_leads_to_another_for_a_week_has_moved_and_that_one_is_read(
    world: World,
) -> None:
    bola = SECTIONS["bola"].front_url
    world.strike_page(MONEY, Fault(302, headers={"Location": bola}))
    assert _weeks_sweeps(world) == ["failed", "failed", "failed", "failed", "skipped"]
    assert row_states(world)[bola] == "done"
    (absent,) = world.gaps().absent
    assert bola in (absent.reason or "")


@pytest.mark.slow
def test_the_home_page_is_no_place_to_which_a_list_moves(world: World) -> None:
    world.strike_page(MONEY, Fault(302, headers={"Location": HOME}))
    assert _weeks_sweeps(world) == ["failed"] * 5


@pytest.mark.parametrize(
    "fault",
    first_fast(Fault(404), Fault(302, headers={"Location": SECTIONS["tren"].front_url})),
    ids=["404", "moved"],
)
@pytest.mark.parametrize("spider", first_fast("kompas", "indeks"))
def test_a_run_whose_every_list_is_gone_or_leads_elsewhere_does_not_end_with_0(
    world: World, spider: str, fault: Fault
) -> None:
    """Before four looks over a week it is a failure like any."""
    for slug in ("money", "bola", "tekno"):
        world.strike_page(SECTIONS[slug].front_url, replace(fault))
    world.strike("https://indeks.kompas.com/?", replace(fault))
    sweep = {"sections": "money,bola,tekno", "depth": "0"}
    command = sweep if spider == "kompas" else range_of(world)
    for minutes in (0, 5):
        crawled = world.crawl(spider, at=later(WEEKS_LATER, minutes=minutes), **command)
        found = world.gaps(WEEKS_LATER)
        assert found.unread_lists or found.unread_days
        assert crawled.code is Exit.QUALITY, crawled.end


@pytest.mark.slow
def test_a_back_fill_of_whose_articles_most_answer_404_does_not_end_with_0(alike: World) -> None:
    for index in range(40):
        alike.strike(alike.site.url(index), Fault(404))
    crawled = alike.crawl("indeks", at=WEEKS_LATER, **range_of(alike))
    assert len(alike.gaps(WEEKS_LATER).missing) > 30
    assert crawled.code is Exit.QUALITY, crawled.end


def test_control_believed_at_once_a_list_that_hides_for_a_moment_is_absent(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looks, "is_confirmed", lambda *_, **__: True)
    world.strike_page(MONEY, Fault(404))
    world.crawl(urls=MONEY)
    assert world.gaps().is_empty
