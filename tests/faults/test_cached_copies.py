"""R27, R29: a copy from a cache proves nothing of the time after it was made; nor does a part."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from kompas_crawler.archive.crawl_models import FrontierRow
from kompas_crawler.archive.frontier import fronts, sittings
from kompas_crawler.archive.read import gaps
from kompas_crawler.archive.read.export import Filters, Reader
from kompas_crawler.pages import recognition
from kompas_crawler.sample.site import replies
from kompas_crawler.sample.site.site import Site
from kompas_crawler.site.listings import index_url
from kompas_crawler.spiders import list_spider
from tests.faults.healing import (
    HEALS,
    MONEY,
    PLAIN,
    WEEKS_LATER,
    heal,
    listed_keys,
    range_of,
    served,
)
from tests.faults.hostile import KEY, URL, page
from tests.faults.world import EVENING, World, first_fast, later
from tests.pages.answering import made, new_row
from tests.sample.site.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SWEEP = {"sections": "money", "depth": "0"}
ROW = re.compile(rb'<div class="articleItem".*?\n(?=\n|<)', re.DOTALL)


@pytest.fixture
def one_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A site of one day of eleven articles, four on a page of the index, with room for more."""
    monkeypatch.setattr(replies, "_INDEX_ROWS", 4)
    with served(tmp_path, Site(11, per_day=40)) as world:
        yield world


def _copied(world: World, url: str, hours: float) -> Fault:
    return Fault(200, body=world.sent(url), headers={"Age": f"{hours * 3600:.0f}"})


def _fill(world: World, at: str = WEEKS_LATER) -> None:
    world.crawl("indeks", at=at, settings=PLAIN, **range_of(world))


def _next_noon(world: World) -> str:
    return f"{world.site.days[0] + timedelta(days=1)}T12:00:00+07:00"


def _strike_with_copies(world: World, hours: float) -> None:
    """Each page of the index is a copy of when the day had eight articles less."""
    day = world.site.days[0]
    for number in (1, 2, 3):
        url = index_url(day, page=number)
        world.strike_page(url, _copied(world, url, hours))
    world.site.publish(8)


def _closed_at(world: World, at: str) -> datetime:
    (span,) = world.gaps(at).followed
    return span.until


def _sweep_over_a_copy(world: World) -> str:
    """A sweep that finds all read, and one two hours later whose front is 90 minutes old."""
    world.crawl(**SWEEP)
    world.strike_page(MONEY, _copied(world, MONEY, 1.5))
    shown = len(world.site.front("money"))
    while len(world.site.front("money")) == shown:
        world.site.publish(1)
    at = later(EVENING, hours=2)
    world.crawl(at=at, **SWEEP)
    return at


@pytest.mark.slow
@pytest.mark.parametrize("how", HEALS)
def test_an_old_copy_of_an_index_proves_nothing(one_day: World, how: str) -> None:
    _strike_with_copies(one_day, 20)
    _fill(one_day, _next_noon(one_day))
    assert one_day.stored() < listed_keys(one_day)
    (unread,) = one_day.gaps(_next_noon(one_day)).unread_days
    assert unread.why == "a cached copy, 20 hours old"
    heal(one_day, how, at=WEEKS_LATER, spider="indeks", **range_of(one_day))
    assert one_day.stored() == listed_keys(one_day)
    _fill(one_day)  # late publications are looked for
    assert one_day.gaps(later(WEEKS_LATER, days=1)).whole_days


def test_control_without_its_age_the_copy_is_believed(
    one_day: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recognition, "age", lambda _: timedelta())
    _strike_with_copies(one_day, 20)
    _fill(one_day, _next_noon(one_day))
    assert one_day.stored() < listed_keys(one_day)
    assert one_day.gaps(_next_noon(one_day)).is_empty


def test_a_copy_made_after_the_day_had_settled_proves_it(one_day: World) -> None:
    for number in (1, 2, 3):
        url = index_url(one_day.site.days[0], page=number)
        one_day.strike_page(url, _copied(one_day, url, 20))
    _fill(one_day)
    assert one_day.stored() == listed_keys(one_day)
    assert one_day.gaps(WEEKS_LATER).whole_days


@pytest.mark.parametrize("age", ["300", "", "-5", "morgen", "9" * 40])
def test_a_copy_of_some_minutes_and_a_strange_age_are_believed(one_day: World, age: str) -> None:
    url = index_url(one_day.site.days[0])
    one_day.strike_page(url, Fault(200, body=one_day.sent(url), headers={"Age": age}))
    _fill(one_day)
    assert one_day.gaps(WEEKS_LATER).whole_days


def test_a_copy_of_a_front_is_read_up_to_its_time(world: World) -> None:
    at = _sweep_over_a_copy(world)
    made_at = datetime.fromisoformat(later(EVENING, hours=0.5))
    assert _closed_at(world, at) <= made_at + timedelta(minutes=1)
    world.faults.clear()
    world.crawl(at=later(at, hours=1), **SWEEP)
    shown = {world.site.key(i) for i in world.site.front("money")}
    assert shown <= world.stored()
    assert _closed_at(world, later(at, hours=1)) >= datetime.fromisoformat(at)


def test_a_copy_from_before_the_last_sweep_changes_nothing(world: World) -> None:
    world.crawl(**SWEEP)
    read_until = _closed_at(world, EVENING)
    world.strike_page(MONEY, _copied(world, MONEY, 30))
    at = later(EVENING, hours=2)
    world.crawl(at=at, **SWEEP)
    assert _closed_at(world, at) == read_until


def test_control_without_its_age_a_copy_of_a_front_hides_two_hours(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recognition, "age", lambda _: timedelta())
    at = _sweep_over_a_copy(world)
    shown = {world.site.key(i) for i in world.site.front("money")}
    assert not shown <= world.stored()
    assert _closed_at(world, at) >= datetime.fromisoformat(at)


def _known_rows(world: World) -> dict[str, bytes]:
    """Pages in place of the front of money, which list none but known articles."""
    shown = [world.site.url(i) for i in world.site.front("money")]
    others = [world.site.url(i) for i in world.site.front("bola")]
    most = "".join(f'<a class="most__link" href="{url}">Judul</a>' for url in sorted(shown)[:3])
    return {
        "an empty list beside the most read": made([], most).encode(),
        "an error with the most read": made(map(new_row, sorted(shown)[:3])).encode(),
        "an error with another section": made(map(new_row, others[:3])).encode(),
        "an old copy without its age": world.sent(MONEY),
    }


def _publish_in_money(world: World) -> None:
    shown = len(world.site.front("money"))
    while len(world.site.front("money")) == shown:
        world.site.publish(1)


def _sweep_over_known_rows(world: World, name: str) -> str:
    """Sweeps before and after two new articles, of which the second is shown *name*."""
    body = _known_rows(world)[name]
    world.crawl(sections="bola", depth="0")
    _publish_in_money(world)
    world.crawl(at=later(EVENING, hours=1), **SWEEP)
    _publish_in_money(world)
    world.strike(MONEY, Fault(200, body=body))
    at = later(EVENING, hours=3)
    world.crawl(at=at, **SWEEP)
    assert not {world.site.key(i) for i in world.site.front("money")} <= world.stored()
    return at


KNOWN_ROWS = (
    "an empty list beside the most read",
    "an error with the most read",
    "an error with another section",
    "an old copy without its age",
)


@pytest.mark.parametrize("name", first_fast(*KNOWN_ROWS))
def test_known_rows_without_the_newest_known_prove_no_span(world: World, name: str) -> None:
    at = _sweep_over_known_rows(world, name)
    (span,) = (one for one in world.gaps(at).unread_spans if one.section == "money")
    assert span.since < datetime.fromisoformat(later(EVENING, hours=1.1))
    with Reader(world.url, world.folder).engine.connect() as connection:
        of = partial(gaps.of_days, connection, now=datetime.fromisoformat(at))
        days = [Filters(since=day, until=day) for day in (date(2026, 6, 30), date(2026, 7, 1))]
        of_days = [of(day).unread_spans for day in days]
        assert of_days == [[], [span]], "of the days that are asked for alone"
    world.faults.clear()
    at = later(at, hours=2)
    world.crawl(at=at, **SWEEP)
    assert world.gaps(at).is_empty
    assert {world.site.key(i) for i in world.site.front("money")} <= world.stored()


def test_control_where_no_newest_has_to_be_met_two_hours_are_hidden(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fronts, "_are_live", lambda *_: False)
    assert world.gaps(_sweep_over_known_rows(world, KNOWN_ROWS[0])).is_empty


def test_a_front_whose_newest_articles_are_removed_is_read(world: World) -> None:
    world.crawl(**SWEEP)
    world.site.remove([max(map(world.site.key, world.site.front("money")))])
    for hours in (2, 4):
        world.crawl(at=later(EVENING, hours=hours), **SWEEP)
    assert world.gaps(later(EVENING, hours=4)).is_empty


def _spans_after_an_outage(world: World) -> list[Any]:
    """The unread spans of money: its articles once answered 404, and its front lacks them later."""
    body = _known_rows(world)["an error with another section"]
    world.crawl(sections="bola", depth="0")
    world.crawl(at=later(EVENING, hours=1), **SWEEP)
    world.strike("https://money.kompas.com/read/", Fault(404))
    urls = ",".join(world.site.url(i) for i in world.site.front("money"))
    world.crawl(at=later(EVENING, days=8), urls=urls)
    world.strike_page(MONEY, Fault(503))
    world.crawl(at=later(EVENING, days=8), urls=MONEY)
    assert world.rows(FrontierRow.key, where=FrontierRow.state == "gone")
    world.faults.clear()
    _publish_in_money(world)
    world.strike(MONEY, Fault(200, body=body))
    at = later(EVENING, days=16)
    world.crawl(at=at, gaps="1")
    return [one for one in world.gaps(at).unread_spans if one.section == "money"]


def test_a_404_of_an_outage_long_ago_lifts_no_doubt(world: World) -> None:
    assert len(_spans_after_an_outage(world)) == 1


@pytest.mark.slow
def test_control_where_a_404_of_any_age_does_a_week_is_hidden(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fronts, "LONGEST", timedelta(days=365))
    monkeypatch.setattr(list_spider, "lt", lambda *_: False)  # its rows are in no order of time
    assert _spans_after_an_outage(world) == []


def test_an_article_that_leaves_a_front_below_newer_ones_leaves_no_doubt(world: World) -> None:
    for _ in range(2):
        _publish_in_money(world)
    world.crawl(**SWEEP)
    newest = max(map(world.site.key, world.site.front("money"))).partition("-")[2]
    _publish_in_money(world)
    rows = ROW.findall(body := world.sent(MONEY))
    (left,) = (row for row in rows if f"/{newest}/".encode() in row)
    world.strike_page(MONEY, Fault(200, body=body.replace(left, b"")))
    at = later(EVENING, hours=2)
    world.crawl(at=at, **SWEEP)
    assert world.gaps(at).is_empty


def test_an_old_copy_of_an_article_replaces_no_newer_text(world: World) -> None:
    def strike(text: str, **headers: str) -> None:
        world.strike(URL, Fault(200, body=page(body=f"<p>{text}</p>"), headers=headers))

    strike("Lama.")
    world.crawl(urls=URL)
    strike("Baru.")
    world.crawl("revisits", at=later(EVENING, hours=12))
    strike("Lama.", Age="576000")
    world.crawl("revisits", at=later(EVENING, hours=170))
    assert world.body(KEY) == "Baru."
    strike("Lama.", Age="600")  # control: a copy made after the last visit is read
    world.crawl("revisits", at=later(EVENING, hours=170.5))
    assert world.body(KEY) == "Lama."


def _cut(world: World, page: int, share: float) -> None:
    url = index_url(world.site.days[0], page=page)
    body = world.sent(url)
    world.strike_page(url, Fault(200, body=body[: int(len(body) * share)]))


@pytest.mark.parametrize(("page", "share"), [(1, 0.5), (1, 0.8), (3, 0.6)])
def test_a_part_of_a_page_whose_length_is_met_proves_nothing(
    one_day: World, page: int, share: float
) -> None:
    _cut(one_day, page, share)
    _fill(one_day)
    (unread,) = one_day.gaps(WEEKS_LATER).unread_days
    assert unread.why == "the page has no end"
    heal(one_day, HEALS[0], at=WEEKS_LATER, spider="indeks", **range_of(one_day))
    assert one_day.stored() == listed_keys(one_day)


def test_control_believed_the_part_is_a_whole_day(
    one_day: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recognition, "_CLOSED", re.compile(b""))
    _cut(one_day, 1, 0.5)
    _fill(one_day)
    assert one_day.gaps(WEEKS_LATER).is_empty
    assert one_day.stored() < listed_keys(one_day)


def _strike_rows(world: World, page: int, kept: int) -> None:
    url = index_url(world.site.days[0], page=page)
    body = world.sent(url)
    for row in ROW.findall(body)[kept:]:
        body = body.replace(row, b"", 1)
    world.strike_page(url, Fault(200, body=body))


@pytest.mark.parametrize(("page", "others"), [(1, ()), (2, ()), (2, (1,))])
def test_a_page_with_few_rows_between_others_is_read_again(
    one_day: World, page: int, others: tuple[int, ...]
) -> None:
    for struck in (page, *others):
        _strike_rows(one_day, struck, 1)
    _fill(one_day)
    (unread,) = one_day.gaps(WEEKS_LATER).unread_days
    assert unread.why == sittings.SHORT
    heal(one_day, HEALS[page - 1], at=WEEKS_LATER, spider="indeks", **range_of(one_day))
    assert one_day.stored() == listed_keys(one_day)
    assert one_day.gaps(later(WEEKS_LATER, days=1)).whole_days


def test_a_page_that_keeps_its_few_rows_is_believed(one_day: World) -> None:
    _strike_rows(one_day, 2, 1)
    _fill(one_day)
    one_day.crawl("indeks", at=later(WEEKS_LATER, hours=1.1), **range_of(one_day))
    assert one_day.gaps(later(WEEKS_LATER, hours=2)).whole_days


@pytest.mark.slow
def test_sweeps_hours_apart_believe_it_too(one_day: World) -> None:
    """Each asks for that page alone, after the sitting: its doubt goes on in the next sitting."""
    _strike_rows(one_day, 2, 1)
    one_day.crawl(at=WEEKS_LATER, urls=index_url(one_day.site.days[0]))
    assert [day.why for day in one_day.gaps(WEEKS_LATER).unread_days] == [sittings.SHORT]
    for nth in (1, 2, 3, 4):
        at = later(WEEKS_LATER, hours=nth * 7)
        one_day.crawl(at=at, sections="homey", depth="0")
    assert not one_day.asked("&page="), "nothing is left"
    assert not one_day.gaps(at).unread_days


def test_control_where_rows_are_not_counted_half_a_page_is_lost(
    one_day: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sittings, "_refuted", lambda *_: {})
    _strike_rows(one_day, 2, 1)
    _fill(one_day)
    assert one_day.gaps(WEEKS_LATER).is_empty
    assert one_day.stored() < listed_keys(one_day)
