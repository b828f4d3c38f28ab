"""R29: pagers that name too few pages, and pages with a row of another in place of their own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from kompas_crawler.archive.frontier import sittings
from kompas_crawler.sample.site import replies
from kompas_crawler.sample.site.site import Site
from kompas_crawler.site.listings import index_url
from kompas_crawler.spiders import list_spider
from tests.faults.healing import HEALS, WEEKS_LATER, heal, listed_keys, range_of, served
from tests.faults.world import World, first_fast, later
from tests.histories.wrong_lists import _ROW as ROW
from tests.sample.site.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A site of one day of four pages of two articles, which is a full page."""
    monkeypatch.setattr(replies, "_INDEX_ROWS", 2)
    monkeypatch.setattr(list_spider, "FULL", 2)
    with served(tmp_path, Site(8, per_day=9)) as world:
        yield world


def _url(world: World, page: int) -> str:
    return index_url(world.site.days[0], page=page)


def _name_two_pages(world: World) -> None:
    """The pagers of the first two pages end with page 2."""
    for page in (1, 2):
        further = rb'<div class="paging__item"><a[^>]*page=(\d)"[^>]*>[^<]*</a></div>'
        body = re.sub(
            further,
            lambda link: link[0] if int(link[1]) <= 2 else b"",
            world.sent(_url(world, page)),
        )
        world.strike_page(_url(world, page), Fault(200, body=body))


def _fill(world: World) -> None:
    world.crawl("indeks", at=WEEKS_LATER, **range_of(world))


@pytest.mark.slow
def test_the_page_after_a_full_last_one_is_looked_at(day: World) -> None:
    _name_two_pages(day)
    _fill(day)
    assert day.stored() == listed_keys(day)
    assert day.gaps(WEEKS_LATER).unread_days
    day.faults.clear()
    day.crawl("indeks", at=later(WEEKS_LATER, hours=1), **range_of(day))
    assert day.gaps(later(WEEKS_LATER, hours=2)).whole_days


def test_control_where_the_pager_is_believed_half_a_day_is_missing(
    day: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_spider, "FULL", 3)
    _name_two_pages(day)
    _fill(day)
    assert day.gaps(WEEKS_LATER).is_empty
    assert len(day.stored()) == 4


@pytest.mark.parametrize("answer", [Fault(404), Fault(503), Fault(200, body=b"<p>Tidak ada</p>")])
def test_nothing_past_the_end_leaves_a_right_pager_in_doubt(day: World, answer: Fault) -> None:
    day.strike_page(_url(day, 5), answer)
    _fill(day)
    assert day.gaps(WEEKS_LATER).whole_days


def test_a_site_that_sends_page_1_past_the_end_leaves_no_doubt(day: World) -> None:
    day.strike_page(_url(day, 5), Fault(200, body=day.sent(_url(day, 1))))
    _fill(day)
    assert day.gaps(WEEKS_LATER).whole_days


def _share_rows(world: World) -> None:
    """Page 2 begins with the last row of page 1, in place of its own first one."""
    first, second = (world.sent(_url(world, page)) for page in (1, 2))
    body = second.replace(ROW.findall(second)[0], ROW.findall(first)[-1], 1)
    world.strike_page(_url(world, 2), Fault(200, body=body))


@pytest.mark.parametrize("how", first_fast(*HEALS))
def test_a_row_that_stands_on_two_pages_leaves_a_day_in_doubt(day: World, how: str) -> None:
    _share_rows(day)
    _fill(day)
    (unread,) = day.gaps(WEEKS_LATER).unread_days
    assert unread.why.startswith(sittings.SHARES)
    heal(day, how, at=WEEKS_LATER, spider="indeks", **range_of(day))
    assert day.stored() == listed_keys(day)


def test_control_where_rows_may_repeat_one_is_lost(
    day: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sittings, "_shared", lambda _: {})
    _share_rows(day)
    _fill(day)
    assert day.gaps(WEEKS_LATER).is_empty
    assert len(listed_keys(day) - day.stored()) == 1


def test_a_row_that_stays_on_two_pages_is_believed(day: World) -> None:
    _share_rows(day)
    _fill(day)
    at = later(WEEKS_LATER, hours=1.1)
    day.crawl("indeks", at=at, **range_of(day))
    assert day.gaps(at).whole_days
