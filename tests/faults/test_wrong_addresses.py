"""R27: a list names addresses on which no article is, for a while."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from kompas_crawler.archive.frontier import index_days
from kompas_crawler.sample.site import replies
from kompas_crawler.sample.site.site import Site
from kompas_crawler.site.listings import index_url
from tests.faults.healing import WEEKS_LATER, listed_keys, range_of, served
from tests.faults.world import World, later
from tests.sample.site.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A site of one day of two pages of four articles."""
    monkeypatch.setattr(replies, "_INDEX_ROWS", 4)
    with served(tmp_path, Site(8, per_day=9)) as world:
        yield world


def _url(world: World, page: int) -> str:
    return index_url(world.site.days[0], page=page)


def _list_elsewhere(world: World) -> None:
    """For a while the index names a host on which no article is, whose articles fail for a week."""
    for page in (1, 2):
        link = rb"https://[a-z.]+(?=/[^\"]*read/)"
        body = re.sub(link, b"https://beta.kompas.com", world.sent(_url(world, page)))
        world.strike_page(_url(world, page), Fault(200, body=body))
    world.strike("https://beta.kompas.com/", Fault(503))
    world.crawl("indeks", at=WEEKS_LATER, **range_of(world))
    for page in (1, 2):
        del world.faults.pages[_url(world, page)]
    for hours in (1, 6, 30):
        world.crawl("indeks", at=later(WEEKS_LATER, hours=hours), **range_of(world))
    assert not world.stored()
    world.crawl("indeks", at=later(WEEKS_LATER, days=7.1), **range_of(world))


def test_an_index_whose_articles_fail_is_asked_for_other_addresses(day: World) -> None:
    _list_elsewhere(day)
    assert day.stored() == listed_keys(day)


def test_control_never_asked_again_they_are_never_stored(
    day: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_days, "doubt_of", lambda *_: None)
    _list_elsewhere(day)
    assert not day.stored()
