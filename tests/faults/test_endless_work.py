"""R37: endless pagers and invented addresses come to an end, and are counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kompas_crawler.archive.frontier import admit, sittings
from kompas_crawler.sample.site import replies
from kompas_crawler.spiders import list_spider
from tests.faults.hostile import URL, page
from tests.sample.site.catalogue import tags
from tests.sample.site.faults import Fault

if TYPE_CHECKING:
    from tests.faults.world import World

TAG = "https://www.kompas.com/tag/banjir"
DAY = "2026-06-30"
INDEX = f"https://indeks.kompas.com/?site=all&date={DAY}"


def _list(*urls: str, following: int) -> bytes:
    rows = "".join(
        f'<div class="articleItem"><a class="article-link" href="{url}"><h2>x</h2></a></div>'
        for url in urls
    )
    pager = f'<a class="paging__link paging__link--next" href="?page={following}">Next</a>'
    return f"<html><body>{rows}{pager}</body></html>".encode()


def _endless(world: World) -> None:
    world.strike(URL, Fault(status=200, body=page()))
    for number in range(1, 40):
        address = f"{TAG}?page={number}" if number > 1 else TAG
        world.strike(address, Fault(status=200, body=_list(URL, following=number + 1)))


def _asked(world: World) -> int:
    return sum("/tag/" in request.path for request in world.server.requests)


def test_a_tag_that_always_names_a_next_page_ends_when_it_repeats_itself(world: World) -> None:
    _endless(world)
    world.crawl(tags="banjir")
    assert _asked(world) == 1 + admit.EMPTY_PAGES


def test_control_without_a_look_at_what_repeats_it_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_spider, "EMPTY_PAGES", 1000)
    monkeypatch.setattr(list_spider, "MAX_PAGES", 30)
    _endless(world)
    crawled = world.crawl(tags="banjir")
    assert _asked(world) == 30
    assert crawled.stats["listings/cut_off"] == 1


@pytest.mark.slow
def test_a_tag_whose_articles_are_known_is_read_to_its_end(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replies, "_TAG_ROWS", 2)
    world.crawl(settings={"KOMPAS_REVISIT": ""})
    tag = tags(world.site)[0]
    pages = -(-len(world.site.tagged(tag)) // 2)
    assert pages > 3
    world.crawl(tags=tag)
    assert _asked(world) == pages


def _invented(count: int) -> list[str]:
    where = "https://money.kompas.com/read/2026/06/30"
    return [f"{where}/{100000000 + number}/x" for number in range(count)]


def test_a_list_of_invented_addresses_is_cut_off_and_counted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_spider, "MAX_LINKS", 10)
    world.strike("https://money.kompas.com/read/", Fault(status=404))
    world.strike(TAG, Fault(status=200, body=_list(*_invented(50), following=1)))
    crawled = world.crawl(tags="banjir")
    assert crawled.stats["listings/cut_off"] == 1
    assert crawled.stats["pages/failed"] == 10


def test_control_without_the_limit_all_are_asked_for(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_spider, "MAX_LINKS", 1000)
    world.strike("https://money.kompas.com/read/", Fault(status=404))
    world.strike(TAG, Fault(status=200, body=_list(*_invented(50), following=1)))
    assert world.crawl(tags="banjir").stats["pages/failed"] == 50


def _restless(world: World) -> None:
    """An index whose first page lists other articles of the day each time."""
    world.strike("https://money.kompas.com/read/", Fault(status=404))
    urls = _invented(60)
    pager = '<a class="paging__link" href="?page=2">2</a>'

    def body(*found: str) -> bytes:
        return _list(*found, following=2).replace(b"</body>", f"{pager}</body>".encode())

    first = [Fault(200, body=body(urls[n])) for n in range(40)]
    world.server.faults[f"{INDEX}&page=2"] = Fault(200, body=body(urls[50]))
    world.server.faults[INDEX] = Fault(200, body=body(urls[49]), then=first)


def test_a_day_whose_first_page_is_never_the_same_is_left_for_a_while(world: World) -> None:
    _restless(world)
    world.crawl("indeks", at="2026-07-15T12:00:00+07:00", since=DAY, until=DAY)
    asked = sum(request.host == "indeks.kompas.com" for request in world.server.requests)
    assert asked <= 2 * (sittings.RESTARTS + 1)
    assert world.gaps().unread_days


@pytest.mark.slow
def test_control_without_the_limit_it_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sittings, "RESTARTS", 1000)
    _restless(world)
    world.crawl("indeks", at="2026-07-15T12:00:00+07:00", since=DAY, until=DAY)
    assert sum(request.host == "indeks.kompas.com" for request in world.server.requests) > 40
