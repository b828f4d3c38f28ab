"""R29: a day that changes while it is read, or is read too early, is read again."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from kompas_crawler.archive.frontier import index_days, sittings
from kompas_crawler.sample.site import replies
from kompas_crawler.sample.site.site import Site
from kompas_crawler.site.keys import WIB
from kompas_crawler.site.listings import index_url
from tests.faults.healing import (
    HEALS,
    ONE_BY_ONE,
    WEEKS_LATER,
    heal,
    listed_keys,
    range_of,
    served,
)
from tests.faults.world import EVENING, World, first_fast, later
from tests.sample.site.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


REPEATS = "repeats another page"


@pytest.fixture
def one_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A site of one day of six articles, two on a page of the index, with room for more."""
    monkeypatch.setattr(replies, "_INDEX_ROWS", 2)
    with served(tmp_path, Site(6, per_day=9)) as world:
        yield world


@pytest.fixture
def long_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A site of one day of eight articles, two on a page of the index, with room for more."""
    monkeypatch.setattr(replies, "_INDEX_ROWS", 2)
    with served(tmp_path, Site(8, per_day=11)) as world:
        yield world


def _on_page(world: World, number: int, do: Any) -> None:
    """Call *do* once, when that page of the index is asked for, before it is answered."""
    url = index_url(world.site.days[0], page=number)
    done: list[str] = []

    def on_request(asked: str) -> None:
        if asked == url and not done:
            done.append(asked)
            do()

    world.faults.on_request = on_request


def _shrink(world: World) -> None:
    """The newest article is deleted: each page loses its first row to the page before."""
    world.site.remove([world.site.on_day(world.site.days[0])[0]])


def _grow(world: World) -> None:
    world.site.publish(3)


@pytest.mark.parametrize("change", first_fast(_shrink, _grow))
def test_a_day_that_changes_while_it_is_read_is_read_anew(long_day: World, change: Any) -> None:
    _on_page(long_day, 3, lambda: change(long_day))
    long_day.crawl("indeks", at=WEEKS_LATER, settings=ONE_BY_ONE, **range_of(long_day))
    assert len(long_day.asked("&page=2")) == 2
    assert long_day.stored() >= listed_keys(long_day)
    assert not long_day.gaps(WEEKS_LATER).unread_days


def _remove_from_page_2(world: World) -> None:
    world.site.remove([world.site.on_day(world.site.days[0])[2]])


def test_an_article_that_is_removed_below_page_1_hides_no_other(long_day: World) -> None:
    """The first row of each page moves to the page before, which is read later."""
    _on_page(long_day, 3, lambda: _remove_from_page_2(long_day))
    long_day.crawl("indeks", at=WEEKS_LATER, settings=ONE_BY_ONE, **range_of(long_day))
    pages = [address.rpartition("page=")[2][-1] for address in long_day.asked("date=")]
    assert "".join(pages) == "04320", "four pages, and the first once more"
    assert long_day.stored() >= listed_keys(long_day)
    assert not long_day.gaps(WEEKS_LATER).unread_days


def _read_in_the_order_of_the_pager(monkeypatch: pytest.MonkeyPatch) -> None:
    pages = sittings._pages
    monkeypatch.setattr(sittings, "_pages", lambda *known: pages(*known)[::-1])


def test_control_in_the_order_of_the_pager_it_hides_one(
    long_day: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    _read_in_the_order_of_the_pager(monkeypatch)
    _on_page(long_day, 3, lambda: _remove_from_page_2(long_day))
    long_day.crawl("indeks", at=WEEKS_LATER, settings=ONE_BY_ONE, **range_of(long_day))
    assert len(listed_keys(long_day) - long_day.stored()) == 1
    assert not long_day.gaps(WEEKS_LATER).unread_days


def _page_3_fails_for_an_hour(world: World) -> None:
    """Meanwhile an article of page 2 is removed; then a back-fill of another day runs."""
    third = index_url(world.site.days[0], page=3)
    world.strike_page(third, Fault(500))
    world.crawl("indeks", at=WEEKS_LATER, settings=ONE_BY_ONE, **range_of(world))
    world.faults.clear()
    _remove_from_page_2(world)
    day = str(world.site.days[0] - timedelta(days=1))
    world.crawl("indeks", at=later(WEEKS_LATER, hours=1), since=day, until=day)


def test_a_page_that_failed_is_of_another_list_if_rows_have_moved_since(long_day: World) -> None:
    _page_3_fails_for_an_hour(long_day)
    assert long_day.stored() >= listed_keys(long_day)
    assert long_day.gaps(later(WEEKS_LATER, hours=1.2)).whole_days


def test_control_of_the_same_sitting_it_hides_one(
    long_day: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sittings, "BREAK", timedelta(hours=2))
    _page_3_fails_for_an_hour(long_day)
    assert len(listed_keys(long_day) - long_day.stored()) == 1
    assert long_day.gaps(later(WEEKS_LATER, hours=1.2)).whole_days


@pytest.mark.parametrize("change", first_fast(_shrink, _grow))
def test_control_without_the_second_look_at_page_1_it_is_complete_and_lacks_an_article(
    long_day: World, monkeypatch: pytest.MonkeyPatch, change: Any
) -> None:
    monkeypatch.setattr(sittings, "_digest", lambda _: "alike")
    monkeypatch.setattr(sittings, "_refuted", lambda *_: {})
    monkeypatch.setattr(sittings, "_shared", lambda _: {})
    _read_in_the_order_of_the_pager(monkeypatch)
    _on_page(long_day, 3, lambda: change(long_day))
    long_day.crawl("indeks", at=WEEKS_LATER, settings=ONE_BY_ONE, **range_of(long_day))
    found = long_day.gaps(WEEKS_LATER)
    assert not found.unread_days
    assert listed_keys(long_day) - long_day.stored() - {missing.key for missing in found.missing}


@pytest.mark.parametrize("how", first_fast(*HEALS))
def test_pages_of_two_sittings_make_no_day(one_day: World, how: str) -> None:
    day = one_day.site.days[0]
    one_day.strike_page(index_url(day, page=3), Fault(500))
    one_day.crawl("indeks", at=WEEKS_LATER, **range_of(one_day))
    (unread,) = one_day.gaps(WEEKS_LATER).unread_days
    assert unread.day == day
    # A row of page 3 moves to page 2, and page 1 stays as it is.
    one_day.site.remove([one_day.site.on_day(day)[2]])
    heal(one_day, how, at=later(WEEKS_LATER, hours=8), spider="indeks", **range_of(one_day))
    assert len(one_day.asked("date=")) == 4, "three pages, and the first once more"
    assert one_day.stored() >= listed_keys(one_day)
    assert one_day.gaps(later(WEEKS_LATER, hours=9)).is_empty


def test_a_sitting_that_goes_on_hours_later_is_another_one(one_day: World) -> None:
    """The run was ended between pages 3 and 2; meanwhile a row of page 3 moved to page 2."""
    day = one_day.site.days[0]
    stop = {"CLOSESPIDER_PAGECOUNT": 3} | ONE_BY_ONE
    one_day.crawl("indeks", at=WEEKS_LATER, settings=stop, **range_of(one_day))
    assert [url[-6:] for url in one_day.asked("date=")][1:] == ["page=3"]
    one_day.site.remove([one_day.site.on_day(day)[2]])
    at = later(WEEKS_LATER, hours=5)
    one_day.crawl("indeks", at=at, **range_of(one_day))
    found = one_day.gaps(later(at, minutes=5))
    missing = {missing.key for missing in found.missing}
    assert found.unread_days or not listed_keys(one_day) - one_day.stored() - missing


@pytest.mark.slow
def test_control_pages_of_two_sittings_taken_for_one_lose_an_article(
    one_day: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sittings, "SITTING", timedelta(days=365))
    monkeypatch.setattr(sittings, "BREAK", timedelta(days=365))
    monkeypatch.setattr(sittings, "begin_anew", lambda *_: [])
    with monkeypatch.context() as first:
        first.setattr(sittings, "begin_anew", lambda _, firsts, __: firsts)
        day = one_day.site.days[0]
        one_day.strike_page(index_url(day, page=3), Fault(500))
        one_day.crawl("indeks", at=WEEKS_LATER, **range_of(one_day))
    gone = one_day.site.on_day(day)[2]
    one_day.site.remove([gone])
    one_day.faults.clear()
    one_day.crawl("indeks", at=later(WEEKS_LATER, hours=8), **range_of(one_day))
    assert len(listed_keys(one_day) - one_day.stored()) == 1
    assert one_day.gaps(later(WEEKS_LATER, hours=9)).is_empty


def _copy(world: World, page: int) -> Fault:
    """A page of the index as it is now, whose pager tells neither this nor the next page."""
    body = world.sent(index_url(world.site.days[0], page=page))
    return Fault(200, body=re.sub(rb' paging__link--(?:active|next)| rel="next"', b"", body))


@pytest.mark.parametrize("asked", first_fast(2, 3))
def test_a_page_that_repeats_another_proves_neither(one_day: World, asked: int) -> None:
    one_day.strike_page(index_url(one_day.site.days[0], page=asked), _copy(one_day, 5 - asked))
    one_day.crawl("indeks", at=WEEKS_LATER, **range_of(one_day))
    assert one_day.stored() < listed_keys(one_day)
    assert [unread.why for unread in one_day.gaps(WEEKS_LATER).unread_days] == [REPEATS]
    heal(one_day, HEALS[0], at=WEEKS_LATER, spider="indeks", **range_of(one_day))
    assert one_day.stored() == listed_keys(one_day)
    assert one_day.gaps(later(WEEKS_LATER, hours=2)).whole_days


def test_a_page_that_always_repeats_another_is_asked_for_less_and_less(long_day: World) -> None:
    """Each time the whole day is read anew, as its rows may have moved."""
    day = long_day.site.days[0]
    long_day.strike_page(index_url(day, page=4), _copy(long_day, 3))
    long_day.crawl(at=WEEKS_LATER, urls=index_url(day))
    asked = []
    for hours in (2, 5, 8):
        long_day.crawl(at=later(WEEKS_LATER, hours=hours), sections="homey", depth="0")
        asked.append(len(long_day.asked("date=")))
    assert asked[0] > 2
    assert asked[1:] == [0, 0]
    assert [unread.why for unread in long_day.gaps().unread_days] == [REPEATS]


@pytest.mark.slow
def test_a_page_of_an_hour_ago_between_others_proves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cache of when the day had eight articles less: as many of page 2 are on none."""
    monkeypatch.setattr(replies, "_INDEX_ROWS", 12)
    with served(tmp_path, Site(40, per_day=60)) as world:
        world.strike_page(index_url(world.site.days[0], page=2), _copy(world, 2))
        world.site.publish(8)
        world.crawl("indeks", at=WEEKS_LATER, **range_of(world))
        assert len(listed_keys(world) - world.stored()) == 8
        assert [unread.why for unread in world.gaps(WEEKS_LATER).unread_days] == [REPEATS]
        heal(world, HEALS[1], at=later(WEEKS_LATER, hours=2))
        assert world.stored() == listed_keys(world)
        assert world.gaps(later(WEEKS_LATER, hours=4)).whole_days


def test_control_where_pages_are_not_compared_one_is_lost(
    one_day: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sittings, "_refuted", lambda *_: {})
    one_day.strike_page(index_url(one_day.site.days[0], page=2), _copy(one_day, 3))
    one_day.crawl("indeks", at=WEEKS_LATER, **range_of(one_day))
    assert one_day.stored() < listed_keys(one_day)
    assert one_day.gaps(WEEKS_LATER).is_empty


NEXT_NOON = "2026-07-01T12:00:00+07:00"


def test_a_day_read_before_it_settled_is_read_again(one_day: World) -> None:
    one_day.crawl("indeks", at=EVENING, **range_of(one_day))
    assert not one_day.gaps(EVENING).whole_days
    late = set(one_day.site.publish(1))
    found = one_day.gaps(NEXT_NOON)
    assert [unread.why for unread in found.unread_days] == ["read before the day had settled"]
    one_day.crawl("indeks", at=NEXT_NOON, **range_of(one_day))
    assert late <= one_day.stored()
    assert len(one_day.gaps(NEXT_NOON).whole_days) == 1


@pytest.mark.slow
def test_control_where_a_day_settles_at_once_its_late_articles_are_lost(
    one_day: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_days, "settled_at", lambda day: datetime.combine(day, time(), WIB))
    one_day.crawl("indeks", at=EVENING, **range_of(one_day))
    late = set(one_day.site.publish(1))
    one_day.crawl("indeks", at=NEXT_NOON, **range_of(one_day))
    assert one_day.gaps(NEXT_NOON).is_empty
    assert not late & one_day.stored()


@pytest.mark.parametrize("how", first_fast(*HEALS))
@pytest.mark.slow
def test_a_day_completed_early_is_read_once_more_three_days_later(one_day: World, how: str) -> None:
    one_day.crawl("indeks", at=NEXT_NOON, **range_of(one_day))
    late = set(one_day.site.publish(1))
    assert one_day.gaps(later(NEXT_NOON, days=2)).is_empty, "a promise is no gap"
    one_day.crawl("indeks", at=later(NEXT_NOON, days=2), **range_of(one_day))
    assert not one_day.asked("date=")
    due = later(NEXT_NOON, days=3, hours=1)
    (unread,) = one_day.gaps(due).unread_days
    assert "read again" in unread.why
    if how == "gaps=1":
        one_day.crawl(at=due, gaps="1")
    else:
        one_day.crawl("indeks", at=due, **range_of(one_day))
    assert late <= one_day.stored()
    assert one_day.gaps(later(NEXT_NOON, days=40)).is_empty
    one_day.crawl("indeks", at=later(NEXT_NOON, days=40), **range_of(one_day))
    assert not one_day.asked("date="), "once"


def test_a_day_read_anew_before_its_promised_look_keeps_that_look(one_day: World) -> None:
    """A catch-up read it, and another one the day after."""
    index = {"urls": index_url(one_day.site.days[0])}
    one_day.crawl(at=NEXT_NOON, **index)
    one_day.crawl(at=later(NEXT_NOON, days=1), **index)
    late = set(one_day.site.publish(1))
    one_day.crawl(sections="homey", at=later(NEXT_NOON, days=3, hours=2))
    assert late <= one_day.stored()
    assert not one_day.gaps(later(NEXT_NOON, days=3, hours=3)).unread_days


@pytest.mark.slow
def test_control_without_it_a_late_article_with_an_early_time_is_lost(
    one_day: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_days, "EARLY", timedelta())
    one_day.crawl("indeks", at=NEXT_NOON, **range_of(one_day))
    late = set(one_day.site.publish(1))
    one_day.crawl("indeks", at=later(NEXT_NOON, days=40), **range_of(one_day))
    assert one_day.gaps(later(NEXT_NOON, days=40)).is_empty
    assert not late & one_day.stored()
