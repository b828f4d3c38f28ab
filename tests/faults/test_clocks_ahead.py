"""R34: a clock that was years ahead for one run; nothing waits for that year."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, delete

from kompas_crawler.archive.crawl_models import FrontierRow, FrontRow, IndexDayRow
from kompas_crawler.archive.frontier import clocks, index_days
from kompas_crawler.archive.models import RunRow
from kompas_crawler.exitcodes import Exit
from kompas_crawler.site.listings import index_url
from kompas_crawler.site.sections import SECTIONS
from kompas_crawler.spiders import kompas
from tests.faults.hostile import KEY, URL, page
from tests.faults.world import EVENING, World, first_fast, later
from tests.sample.site.faults import Fault

AHEAD = "2035-03-01T12:00:00+07:00"
AFTER = later(EVENING, hours=1)
MONEY = SECTIONS["money"].front_url
LISTING = (
    f'<html><div class="articleList"><div class="articleItem"><a href="{URL}">J</a></div></div>'
)
OTHER = "https://money.kompas.com/read/2026/06/29/080000026/judul-lain"


@pytest.fixture(autouse=True)
def _no_catching_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sweep does not read the index of nine years."""
    monkeypatch.setattr(kompas, "CATCH_UP_AFTER", timedelta(days=100_000))


def _sweep(world: World, at: str, **known: Any) -> Any:
    """A sweep of one front, which lists one article."""
    world.strike_page(MONEY, Fault(200, body=LISTING.encode()))
    return world.crawl(at=at, sections="money", depth="0", **known)


def _moments(world: World) -> dict[str, datetime]:
    """The latest moment in each column of time."""
    columns = {
        "visited_at": FrontierRow.visited_at,
        "discovered_at": FrontierRow.discovered_at,
        "next_at": FrontierRow.next_at,
        "claimed_at": FrontierRow.claimed_at,
        "began_at of a day": IndexDayRow.began_at,
        "again_at of a day": IndexDayRow.again_at,
        "began_at of a front": FrontRow.began_at,
        "closed_at of a front": FrontRow.closed_at,
        "started_at": RunRow.started_at,
        "finished_at": RunRow.finished_at,
    }
    found = {name: [at for (at,) in world.rows(column)] for name, column in columns.items()}
    return {
        name: max(filter(None, at), default=datetime.min.replace(tzinfo=UTC))
        for name, at in found.items()
    }


def _is_ahead(at: datetime, than: str, hours: float = 0) -> bool:
    limit = datetime.fromisoformat(than).astimezone(UTC) + timedelta(hours=hours, minutes=5)
    return at > limit


@pytest.mark.parametrize("is_first", first_fast(False, True), ids=["a later run", "the first run"])
@pytest.mark.parametrize("status", first_fast(404, 200, 500))
def test_nothing_waits_for_a_year_that_has_not_come(
    world: World, status: int, *, is_first: bool
) -> None:
    world.strike(URL, Fault(status, body=page()))
    if not is_first:
        _sweep(world, EVENING)
    _sweep(world, AHEAD)
    assert _moments(world)["visited_at"].year == 2035
    _sweep(world, AFTER)
    # A revisit, and another look, are due within days.
    moments = _moments(world)
    late = {
        name: at
        for name, at in moments.items()
        if _is_ahead(at, AFTER, 24 * 8 if name in ("next_at", "again_at of a day") else 0)
    }
    assert not late


def test_what_failed_then_is_asked_for_now(world: World) -> None:
    world.strike(URL, Fault(500))
    _sweep(world, EVENING)
    _sweep(world, AHEAD)
    assert world.row(KEY).next_at.year == 2035
    world.strike(URL, Fault(200, body=page()))
    crawled = _sweep(world, AFTER)
    assert crawled.code is Exit.DONE, crawled.end
    assert world.stored() == {KEY}
    assert world.gaps(AFTER).is_empty


def test_control_without_it_the_row_waits_for_years(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clocks, "bring_back", lambda *_: 0)
    world.strike(URL, Fault(500))
    _sweep(world, EVENING)
    _sweep(world, AHEAD)
    world.strike(URL, Fault(200, body=page()))
    for days in (0, 365):
        _sweep(world, later(AFTER, days=days))
    assert not world.stored()


@pytest.mark.slow
def test_an_article_read_then_is_looked_at_again(world: World) -> None:
    world.strike(URL, Fault(200, body=page()))
    _sweep(world, AHEAD)
    next_at = world.row(KEY).next_at
    assert next_at is not None
    assert next_at.year == 2035, "found late, it is looked at once"
    world.strike(URL, Fault(200, body=page(body="<p>Satu dua tiga empat enam.</p>")))
    _sweep(world, AFTER)
    assert world.body(KEY) == "Satu dua tiga empat enam."


@pytest.mark.slow
def test_a_verdict_that_only_that_clock_confirmed_is_asked_for_again(world: World) -> None:
    world.strike(URL, Fault(200, body=page(canonical=OTHER, published="2026-06-29 08:00:00")))
    world.strike(OTHER, Fault(200, body=page(canonical=OTHER, published="2026-06-29 08:00:00")))
    _sweep(world, EVENING)
    _sweep(world, AHEAD)
    assert world.row(KEY).state == "skipped", "two looks, nine years apart"
    world.strike(URL, Fault(200, body=page()))
    _sweep(world, AFTER)
    assert KEY in world.stored()


def _back_fill(world: World, at: str, until: str = "") -> Any:
    day = str(world.site.days[-1])
    return world.crawl("indeks", at=at, since=day, until=until or day)


def test_a_day_read_then_is_read_again(world: World) -> None:
    _back_fill(world, AHEAD)
    late = set(world.site.publish(5))
    _back_fill(world, AFTER)
    assert late <= world.stored()
    assert not world.gaps(AFTER).whole_days, "it grows still"
    _back_fill(world, "2026-07-01T12:00:00+07:00")
    assert len(world.gaps("2026-07-01T12:00:00+07:00").whole_days) == 1


@pytest.mark.slow
def test_control_without_it_a_day_is_whole_by_a_clock_that_was_wrong(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clocks, "bring_back", lambda *_: 0)
    monkeypatch.setattr(index_days, "CLOCKS", timedelta(days=36500))
    _back_fill(world, AHEAD)
    late = set(world.site.publish(5))
    for at in (AFTER, "2026-07-01T12:00:00+07:00"):
        _back_fill(world, at)
    assert not late & world.stored()
    assert world.gaps("2026-07-01T12:00:00+07:00").is_empty


def test_gaps_vouches_for_nothing_that_was_read_at_a_moment_to_come(world: World) -> None:
    """Between that run and the next, which brings its times back."""
    _back_fill(world, AHEAD)
    assert not world.gaps(AFTER).whole_days


@pytest.mark.slow
def test_days_to_come_that_were_asked_for_are_forgotten(world: World) -> None:
    world.strike("https://indeks.kompas.com/?", Fault(500))
    world.crawl("indeks", at="2026-07-09T12:00:00+07:00", since="2026-06-30", until="2026-07-09")
    world.faults.clear()
    crawled = world.crawl("indeks", at=AFTER, since="2026-06-30", until="2026-07-09")
    assert crawled.code is Exit.DONE, crawled.end
    left = world.rows(FrontierRow.url, where=FrontierRow.state.in_(("pending", "failed")))
    assert not [url for (url,) in left if "date=2026-07-0" in url and not url.endswith("01")]
    assert index_url(world.site.days[-1]) not in {url for (url,) in left}
    assert not world.gaps(AFTER).unread_days


@pytest.mark.slow
def test_a_front_read_then_is_vouched_for_up_to_the_last_run_before(world: World) -> None:
    _sweep(world, EVENING)
    _sweep(world, AHEAD)
    _sweep(world, AFTER)
    (front,) = world.gaps(AFTER).followed
    assert not _is_ahead(front.until, AFTER)
    assert front.since <= front.until


@pytest.mark.slow
def test_the_copy_of_robots_txt_of_then_is_not_obeyed_now(world: World) -> None:
    world.strike_page(f"{MONEY}robots.txt", Fault(200, body=b"User-agent: *\nDisallow: /"))
    _sweep(world, AHEAD)
    world.faults.clear()
    crawled = _sweep(world, AFTER)
    assert world.asked("money.kompas.com/robots.txt")
    assert crawled.stats["pages/done"] == 1


def test_a_clock_some_minutes_ahead_changes_nothing(world: World) -> None:
    world.strike(URL, Fault(200, body=page()))
    _sweep(world, later(EVENING, minutes=4))
    _sweep(world, EVENING)
    assert not world.asked("/read/")


@pytest.mark.parametrize("how", first_fast("gaps=1", "the same command"))
def test_days_read_then_are_named_until_they_are_read_again(world: World, how: str) -> None:
    """Also if it is the later clock that was right: the days of a clock behind are read again."""
    _back_fill(world, "2026-07-20T12:00:00+07:00")
    at = "2026-07-17T12:00:00+07:00"
    world.crawl(at=at, urls=MONEY, depth="0")
    (unread,) = world.gaps(at).unread_days
    assert unread.day == world.site.days[-1]
    assert not world.gaps(at).whole_days
    if how == "gaps=1":
        world.crawl(at=later(at, hours=1), gaps="1")
    else:
        _back_fill(world, later(at, hours=1))
    assert world.gaps(later(at, hours=2)).is_empty
    assert len(world.gaps(later(at, hours=2)).whole_days) == 1


def test_an_article_gone_by_looks_of_then_is_missing_again(world: World) -> None:
    world.strike(URL, Fault(404))
    for hours in (0, 1.1, 25):
        _sweep(world, later(EVENING, hours=hours))
    _sweep(world, AHEAD)
    assert world.row(KEY).state == "gone", "the fourth look, in nine years"
    at = later(EVENING, hours=26)
    world.crawl(urls=OTHER, at=at)
    assert KEY in {one.key for one in world.gaps(at).missing}
    world.strike(URL, Fault(200, body=page()))
    world.crawl(gaps="1", at=later(at, hours=1))
    assert world.stored() == {KEY}


def test_control_without_it_the_days_of_then_are_forgotten(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clocks, "bring_back", _forget_days)
    _back_fill(world, "2026-07-20T12:00:00+07:00")
    at = "2026-07-17T12:00:00+07:00"
    world.crawl(at=at, urls=MONEY, depth="0")
    assert world.gaps(at).is_empty


def _forget_days(connection: Connection, now: datetime) -> int:
    return connection.execute(delete(IndexDayRow).where(IndexDayRow.began_at > now)).rowcount


def _looks_of_a_clock_behind(world: World) -> str:
    """An article's address shows another one for two hours, to a clock that is wrong at first."""
    world.strike(URL, Fault(500))
    _sweep(world, EVENING)
    for address in (URL, OTHER):
        body = page(canonical=OTHER, published="2026-06-29 08:00:00")
        world.strike(address, Fault(200, body=body))
    _sweep(world, later(EVENING, days=-3))
    assert world.row(KEY).looks == 1
    _sweep(world, later(EVENING, hours=2))
    assert world.row(KEY).looks == 2
    return str(world.row(KEY).state)


def test_looks_of_a_clock_that_was_behind_are_no_days_apart(world: World) -> None:
    assert _looks_of_a_clock_behind(world) == "failed"
    world.strike(URL, Fault(200, body=page()))
    _sweep(world, later(EVENING, hours=27))
    assert KEY in world.stored()


def test_control_where_that_clock_is_believed_the_article_is_an_alias(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring_back = clocks.bring_back
    monkeypatch.setattr(clocks, "bring_back", lambda *known: bring_back(*known) and False)
    assert _looks_of_a_clock_behind(world) == "skipped"
