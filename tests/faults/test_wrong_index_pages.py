"""R27, R29: a wrong page of an index leaves its day in doubt."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from scrapy.http import HtmlResponse
from sqlalchemy import insert
from sqlalchemy.engine import make_url

from kompas_crawler.archive.crawl_models import FrontRow
from kompas_crawler.archive.database import open_engine
from kompas_crawler.archive.frontier import index_days, looks
from kompas_crawler.exitcodes import Exit
from kompas_crawler.pages import listing
from kompas_crawler.pages.listing import ListingPage
from kompas_crawler.sample.site import replies
from kompas_crawler.sample.site.site import Site
from kompas_crawler.site.listings import index_url
from kompas_crawler.site.sections import SECTIONS
from kompas_crawler.spiders import list_spider
from tests.faults.healing import (
    HEALS,
    MONEY,
    PLAIN,
    QUIET,
    WEEKS_LATER,
    believe_every_list,
    heal,
    listed_keys,
    range_of,
    served,
    site_of_days,
)
from tests.faults.hostile import HOME, OUTAGE, wrong_answers
from tests.faults.world import EVENING, World, first_fast, later
from tests.sample.site.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


def _index_cases(world: World, pages: tuple[int, ...]) -> dict[str, Fault]:
    day = world.site.days[0]
    wrong = wrong_answers() | {
        "another day": Fault(200, body=world.sent(index_url(day, page=1))),
        "the home page": Fault(200, body=world.sent(HOME)),
        "a front": Fault(200, body=world.sent(SECTIONS["money"].front_url)),
        "an article": Fault(200, body=world.sent(world.site.url(1))),
        "a redirect to a front": Fault(302, headers={"Location": SECTIONS["money"].front_url}),
        "a redirect to another day": Fault(302, headers={"Location": index_url(day)}),
        "404": Fault(404),
    }
    return {f"page {n}: {name}": replace(wrong[name]) for n in pages for name in wrong}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("pages", "how"),
    [
        ((1,), HEALS[0]),
        pytest.param((2,), HEALS[1], marks=pytest.mark.slow),
        pytest.param((2, 3), HEALS[0], marks=pytest.mark.slow),
        pytest.param((1, 3), HEALS[1], marks=pytest.mark.slow),
    ],
)
def test_a_wrong_answer_for_a_page_of_an_index_leaves_its_day_in_doubt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pages: tuple[int, ...], how: str
) -> None:
    with site_of_days(tmp_path, monkeypatch, 27 * len(pages) + 2, max(pages) + 1) as world:
        cases = _index_cases(world, pages)
        # The paper's oldest day is whole, and so is its newest.
        names = dict(zip(world.site.days[1:], cases, strict=False))
        assert len(names) == len(cases)
        for day, name in names.items():
            world.strike_page(index_url(day, page=int(name[5])), cases[name])
        crawled = world.crawl("indeks", at=WEEKS_LATER, settings=PLAIN, **range_of(world))
        found = world.gaps(WEEKS_LATER)
        named = {names.get(unread.day, str(unread.day)) for unread in found.unread_days}
        assert named == set(cases)
        assert {whole.day for whole in found.whole_days} == set(world.site.days) - set(names)
        assert crawled.code is Exit.QUALITY, crawled.end
        heal(world, how, at=WEEKS_LATER, spider="indeks", **range_of(world))
        assert world.stored() == listed_keys(world)
        at = later(WEEKS_LATER, days=1)
        assert world.gaps(at).is_empty
        assert len(world.gaps(at).whole_days) == len(world.site.days)


@pytest.mark.parametrize("wrong", first_fast("another day", "a front"))
def test_control_believed_it_makes_a_day_complete_that_lacks_articles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    believe_every_list(monkeypatch)
    with site_of_days(tmp_path, monkeypatch, 2) as world:
        fault = _index_cases(world, (2,))[f"page 2: {wrong}"]
        world.strike_page(index_url(world.site.days[1], page=2), fault)
        world.crawl("indeks", at=WEEKS_LATER, **range_of(world))
        assert world.gaps(WEEKS_LATER).is_empty
        assert world.stored() < listed_keys(world)


@pytest.mark.parametrize("body", first_fast(QUIET, b"", OUTAGE), ids=["frame", "empty", "outage"])
def test_a_page_that_the_pager_named_and_without_a_row_is_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: bytes
) -> None:
    with site_of_days(tmp_path, monkeypatch, 1) as world:
        (day,) = world.site.days
        world.strike_page(index_url(day, page=2), Fault(200, body=body))
        world.crawl("indeks", at=WEEKS_LATER, **range_of(world))
        (unread,) = world.gaps(WEEKS_LATER).unread_days
        assert unread.day == day
        heal(world, HEALS[0], at=WEEKS_LATER, spider="indeks", **range_of(world))
        assert world.stored() == listed_keys(world)


@pytest.mark.slow
def test_only_the_last_page_of_the_pager_may_have_no_row_for_a_week(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pager names one page too many; a page between others without a row is a fault."""
    with site_of_days(tmp_path, monkeypatch, 2) as world:
        last, between = world.site.days
        world.strike_page(index_url(last, page=3), Fault(200, body=QUIET))
        world.strike_page(index_url(between, page=2), Fault(200, body=QUIET))
        for days in (0, 2, 4, 6, 8):
            at = later(WEEKS_LATER, days=days)
            crawled = world.crawl("indeks", at=at, settings=PLAIN, **range_of(world))
            assert crawled.code is not Exit.ERROR, crawled.end
            whole = {one.day for one in world.gaps(at).whole_days}
            assert whole == ({last} if days == 8 else set()), f"after {days} days"
        assert {one.day for one in world.gaps(at).unread_days} == {between}


def test_a_first_page_without_a_row_whose_pager_goes_on_is_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its rows come from another server than its frame, and that one fails for days."""
    with site_of_days(tmp_path, monkeypatch, 1) as world:
        address = index_url(world.site.days[0])
        body = re.sub(rb'<div class="article(?:Item|__list).*?\n(?=\n|<)', b"", world.sent(address))
        assert b'rel="next"' in body
        assert b"/read/" not in body
        world.strike_page(address, Fault(200, body=body))
        for hours in (0, 25, 50):
            world.crawl("indeks", at=later(WEEKS_LATER, hours=hours), **range_of(world))
            assert not world.gaps(later(WEEKS_LATER, hours=hours)).whole_days
        heal(world, HEALS[1], at=later(WEEKS_LATER, hours=51))
        assert world.stored() == listed_keys(world)


def test_a_redesign_beside_a_list_in_the_old_markup_costs_no_article(tmp_path: Path) -> None:
    """Rows that are not recognised are links of the day all the same."""
    with served(tmp_path, Site(15, per_day=15)) as world:
        address = index_url(world.site.days[0])
        body = world.sent(address).decode().replace("articleItem", "kartu")
        body = body.replace("article__list", "kartu")
        rows = len(ListingPage(HtmlResponse(address, body=body.encode())).articles)
        aside = '<div class="articleItem"><a href="{}">Terpopuler</a></div>'
        shown = aside.format(world.site.url(world.site.indexed(world.site.days[0])[0]))
        body = body.replace("</body>", f"{shown}</body>")
        world.strike_page(address, Fault(200, body=body.encode()))
        world.crawl("indeks", at=WEEKS_LATER, **range_of(world))
        assert rows < 2
        assert listed_keys(world) <= world.stored()


def _in_scripts(body: bytes) -> bytes:
    """Every second row's address, for a script that makes the row of it."""
    count = iter(range(1_000))
    link = re.compile(rb'<a class="article[^>]*href="(https://[^"]*/read/[^"]*)".*?</a>', re.DOTALL)

    def hidden(row: re.Match[bytes]) -> bytes:
        return b"<script>rows.push('%s')</script>" % row[1] if next(count) % 2 else row[0]

    return link.sub(hidden, body)


@pytest.fixture
def in_scripts(tmp_path: Path) -> Iterator[World]:
    with served(tmp_path, Site(15, per_day=15)) as world:
        address = index_url(world.site.days[0])
        world.strike_page(address, Fault(200, body=_in_scripts(world.sent(address))))
        yield world


def test_rows_that_scripts_are_to_make_are_articles_of_the_day(in_scripts: World) -> None:
    in_scripts.crawl("indeks", at=WEEKS_LATER, **range_of(in_scripts))
    assert listed_keys(in_scripts) <= in_scripts.stored()


@pytest.mark.slow
def test_control_where_links_alone_count_they_are_missing_and_no_gap(
    in_scripts: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "_ADDRESS", re.compile(rb"(?!)"))
    in_scripts.crawl("indeks", at=WEEKS_LATER, **range_of(in_scripts))
    assert listed_keys(in_scripts) - in_scripts.stored()
    assert in_scripts.gaps(WEEKS_LATER).is_empty


@contextmanager
def _cut_off_day(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A day of two pages of two articles each; the pager of the first is missing."""
    monkeypatch.setattr(replies, "_INDEX_ROWS", 2)
    monkeypatch.setattr(list_spider, "FULL", 2)
    with served(folder, Site(4, per_day=9)) as world:
        address = index_url(world.site.days[0])
        body = re.sub(rb'<div class="paging__wrap.*?</div>\n', b"", world.sent(address), flags=re.S)
        assert body != world.sent(address)
        world.strike_page(address, Fault(200, body=body))
        yield world


def test_a_full_page_without_a_pager_ends_a_day_only_if_the_next_has_no_other_article(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _cut_off_day(tmp_path, monkeypatch) as world:
        world.crawl("indeks", at=WEEKS_LATER, **range_of(world))
        assert world.stored() == listed_keys(world)
        assert [whole.listed for whole in world.gaps(WEEKS_LATER).whole_days] == [4]


def test_control_believed_it_closes_a_day_of_which_half_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _cut_off_day(tmp_path, monkeypatch) as world:
        monkeypatch.setattr(list_spider, "FULL", 3)
        world.crawl("indeks", at=WEEKS_LATER, **range_of(world))
        found = world.gaps(WEEKS_LATER)
        assert found.is_empty
        assert found.whole_days
        assert world.stored() < listed_keys(world)


@pytest.mark.parametrize("status", first_fast(503, 403))
def test_a_page_after_the_last_that_is_refused_leaves_the_day_in_doubt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    with _cut_off_day(tmp_path, monkeypatch) as world:
        world.strike_page(index_url(world.site.days[0], page=2), Fault(status))
        world.crawl("indeks", at=WEEKS_LATER, **range_of(world))
        assert len(world.stored()) == 2, "what the first page lists is stored"
        (unread,) = world.gaps(WEEKS_LATER).unread_days
        assert unread.why.endswith(f"and the page after it was not read: HTTP {status}")
        heal(world, HEALS[1], at=WEEKS_LATER)
        assert world.stored() == listed_keys(world)
        assert world.gaps(later(WEEKS_LATER, hours=1)).whole_days


def _page_one(world: World) -> Fault:
    """The first page of the day without its pager, whatever number is asked for."""
    found: Fault = world.faults.pages[index_url(world.site.days[0])]
    return replace(found)


_NO_NEXT_PAGE: dict[str, Callable[[World], Fault]] = {
    "page 1 again": _page_one,
    "a front": lambda _: Fault(302, headers={"Location": SECTIONS["money"].front_url}),
    "another day": lambda world: Fault(
        302, headers={"Location": index_url(world.site.days[0] - timedelta(days=1))}
    ),
}


@pytest.mark.parametrize("how", first_fast(*HEALS[::-1]))
@pytest.mark.parametrize("name", first_fast(*_NO_NEXT_PAGE))
def test_what_is_not_the_page_after_a_full_one_ends_no_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, how: str
) -> None:
    with _cut_off_day(tmp_path, monkeypatch) as world:
        second = index_url(world.site.days[0], page=2)
        world.strike_page(second, _NO_NEXT_PAGE[name](world))
        world.crawl("indeks", at=WEEKS_LATER, **range_of(world))
        assert len(world.stored()) == 2
        (unread,) = world.gaps(WEEKS_LATER).unread_days
        assert unread.why.startswith("it has no pager, and the page after it ")
        heal(world, how, at=WEEKS_LATER, spider="indeks", **range_of(world))
        assert world.stored() == listed_keys(world)


def test_a_day_whose_page_number_is_ignored_stays_in_doubt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _cut_off_day(tmp_path, monkeypatch) as world:
        world.strike_page(index_url(world.site.days[0], page=2), _page_one(world))
        for days in (0, 2, 9):
            at = later(WEEKS_LATER, days=days)
            world.crawl("indeks", at=at, **range_of(world))
            assert world.gaps(at).unread_days


_PAST_THE_END = {
    "404": Fault(404),
    "the first page": Fault(302, headers={"Location": index_url(date(2026, 6, 30))}),
    "another page of the site": Fault(200, body=b"<html><h1>Halaman tidak ada</h1></html>"),
}


@pytest.mark.parametrize("name", first_fast(*_PAST_THE_END))
def test_whatever_stands_past_the_end_of_a_day_completes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(replies, "_INDEX_ROWS", 2)
    monkeypatch.setattr(list_spider, "FULL", 2)
    with served(tmp_path, Site(2, per_day=9)) as world:
        (day,) = world.site.days
        world.strike_page(index_url(day, page=2), replace(_PAST_THE_END[name]))
        world.crawl("indeks", at=WEEKS_LATER, **range_of(world))
        assert len(world.asked("page=2")) == 1
        at = WEEKS_LATER
        if name != "the first page":  # it could be an error or outage: seen twice, a day apart
            assert world.gaps(at).unread_days
            at = later(WEEKS_LATER, hours=25)
            world.strike_page(index_url(day, page=2), Fault(200, body=b" "))  # for another reason
            world.crawl("indeks", at=at, **range_of(world))
        assert [whole.day for whole in world.gaps(at).whole_days] == [day]
        assert world.stored() == listed_keys(world)


def test_the_index_of_a_section_without_a_row_of_it_is_believed_when_seen_twice_a_day_apart(
    tmp_path: Path,
) -> None:
    with served(tmp_path, Site(60, per_day=60)) as world:
        (day,) = world.site.days
        sections = [one for one in ("money", "tekno", "bola") if world.site.indexed(day, one)][:2]
        asked, other = (index_url(day, site) for site in sections)
        body = re.sub(rb'<link rel="canonical"[^>]*>', b"", world.sent(other))
        assert b"paging__" not in body
        world.strike_page(asked, Fault(200, body=body))
        command = range_of(world) | {"sections": sections[0]}
        world.crawl("indeks", at=WEEKS_LATER, **command)
        (unread,) = world.gaps(WEEKS_LATER).unread_days
        assert (unread.site, unread.day) == (sections[0], day)
        assert world.stored(), "its articles are stored all the same"
        at = later(WEEKS_LATER, hours=25)
        with_own = world.stored() | {
            world.site.key(i) for i in world.site.indexed(day, sections[0])
        }
        heal(world, HEALS[0], at=at, spider="indeks", **command)
        assert world.stored() >= with_own
        assert world.gaps(later(at, hours=1)).whole_days


@pytest.mark.slow
def test_a_first_page_without_a_row_is_believed_when_seen_twice_a_day_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with site_of_days(tmp_path, monkeypatch, 1) as world:
        command = {"since": "2026-06-01", "until": "2026-06-01"}
        world.crawl("indeks", at=WEEKS_LATER, **command)
        assert [unread.day for unread in world.gaps(WEEKS_LATER).unread_days] == [date(2026, 6, 1)]
        world.crawl("indeks", at=later(WEEKS_LATER, hours=2), **command)
        assert not world.asked("date="), "it waits for its day"
        world.crawl("indeks", at=later(WEEKS_LATER, hours=25), **command)
        found = world.gaps(later(WEEKS_LATER, hours=25))
        assert found.is_empty
        assert [whole.day for whole in found.whole_days] == [date(2026, 6, 1)]


def test_control_believed_at_once_a_day_of_which_the_index_was_empty_for_a_moment_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looks, "is_confirmed", lambda *_, **__: True)
    with site_of_days(tmp_path, monkeypatch, 1) as world:
        world.strike_page(index_url(world.site.days[0]), Fault(200, body=QUIET, times=1))
        world.crawl("indeks", at=WEEKS_LATER, **range_of(world))
        assert world.gaps(WEEKS_LATER).is_empty
        assert not world.stored()


def test_a_day_that_had_no_row_for_days_is_read_once_more_a_week_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with site_of_days(tmp_path, monkeypatch, 1) as world:
        world.strike_page(index_url(world.site.days[0]), Fault(200, body=QUIET))
        for hours in (0, 25):
            world.crawl("indeks", at=later(WEEKS_LATER, hours=hours), **range_of(world))
        assert not world.stored()
        world.faults.clear()
        at = later(WEEKS_LATER, days=8.1)
        assert [unread.day for unread in world.gaps(at).unread_days] == [world.site.days[0]]
        world.crawl("indeks", at=at, **range_of(world))
        assert world.stored() == listed_keys(world)
        assert world.gaps(later(at, days=30)).is_empty


def _empty_with_stored_articles(world: World, count: int) -> None:
    """Twice, a day apart, the index has no row; *count* articles of its day are stored."""
    (day,) = world.site.days
    articles = [one for one in world.site.articles if one.published_at.date() == day]
    urls = [one.url for one in articles if str(one.key) in listed_keys(world)][:count]
    world.crawl(urls=",".join(urls), at=WEEKS_LATER)
    assert len(world.stored()) == count
    fault = Fault(200, body=QUIET)
    world.strike_page(index_url(day), fault)
    for hours in (1, 26):
        world.crawl("indeks", at=later(WEEKS_LATER, hours=hours), **range_of(world))
    fault.times = 0


def test_a_day_without_a_row_whose_articles_are_stored_is_in_doubt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with site_of_days(tmp_path, monkeypatch, 1) as world:
        _empty_with_stored_articles(world, index_days.CONTRADICTED_BY)
        at = later(WEEKS_LATER, hours=27)
        (unread,) = world.gaps(at).unread_days
        assert unread.why == "the index has no row, but articles of the day are stored"
        assert not world.gaps(at).whole_days
        heal(world, HEALS[1], at=at, spider="kompas", gaps="1")
        assert world.stored() == listed_keys(world)
        assert world.gaps(later(at, hours=1)).is_empty


_BEGIN, _END = (datetime(2026, 6, 30, hour, tzinfo=UTC) for hour in (1, 16))


def _front_with_a_span_not_read(world: World) -> None:
    known = {"key": MONEY, "section": "money", "since_at": _BEGIN, "pages_read": 1}
    engine = open_engine(make_url(world.url))
    with engine.begin() as connection:
        connection.execute(insert(FrontRow).values(**known, closed_at=_BEGIN, began_at=_END))
    engine.dispose()


@pytest.mark.slow
def test_a_day_with_few_rows_whose_articles_are_stored_is_in_doubt(tmp_path: Path) -> None:
    """A page between others of the site: its list of the most read has rows of the day."""
    with served(tmp_path, Site(40, per_day=40)) as world:
        (day,) = world.site.days
        world.crawl("indeks", at=EVENING, **range_of(world))
        assert len(world.stored()) > 15
        _front_with_a_span_not_read(world)
        rows = b"".join(
            b'<div class="articleItem"><a class="article-link" href="%s">J</a></div>' % url.encode()
            for url in map(world.site.url, range(5))
        )
        body = b'<html><h1>Pemeliharaan</h1><div class="articleList">%s</div></html>' % rows
        world.strike_page(index_url(day), Fault(200, body=body))
        world.crawl("indeks", at=WEEKS_LATER, **range_of(world))
        found = world.gaps(WEEKS_LATER)
        assert not found.whole_days
        (unread,) = found.unread_days
        assert unread.why == "the index lists few articles, but articles of the day are stored"
        assert [span.until for span in found.unread_spans] == [_END]
        assert [span.until for span in found.followed] == [_BEGIN], "it closes no front's span"
        world.faults.clear()
        world.crawl("indeks", at=later(WEEKS_LATER, hours=7), **range_of(world))
        assert world.gaps(later(WEEKS_LATER, hours=8)).is_empty


def test_control_fewer_may_have_been_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with site_of_days(tmp_path, monkeypatch, 1) as world:
        _empty_with_stored_articles(world, index_days.CONTRADICTED_BY - 1)
        found = world.gaps(later(WEEKS_LATER, hours=27))
        assert found.is_empty
        assert found.whole_days
