"""R30: what was asked for and not read is named, and read."""

from __future__ import annotations

import re
from contextlib import contextmanager
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from kompas_crawler.archive.crawl_models import IndexDayRow
from kompas_crawler.archive.frontier import fronts, sittings, take
from kompas_crawler.archive.frontier.take import Owed
from kompas_crawler.archive.read import unread
from kompas_crawler.exitcodes import Exit
from kompas_crawler.pages import listing
from kompas_crawler.pages.listing import ListingPage
from kompas_crawler.sample.site import article, replies
from kompas_crawler.sample.site.site import Site
from kompas_crawler.sample.site.words import Channel
from kompas_crawler.site.listings import page_url, tag_url
from kompas_crawler.spiders import kompas, list_spider
from kompas_crawler.spiders.kompas import KompasSpider
from tests.faults.healing import (
    HEALS,
    MONEY,
    ONE_BY_ONE,
    QUIET,
    WEEKS_LATER,
    heal,
    listed_keys,
    range_of,
    served,
    site_of_days,
)
from tests.faults.world import EVENING, World, first_fast, later, silence
from tests.sample.site.catalogue import keys_within, tags
from tests.sample.site.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.mark.slow
def test_an_unread_page_of_a_pager_is_named_and_fetched(
    alike: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Channel, "rows", 2)
    second = f"{MONEY}?page=2"
    alike.strike_page(second, Fault(500))
    alike.crawl(sections="money", depth="0")
    assert [unread.url for unread in alike.gaps().unread_lists] == [second]
    alike.faults.clear()
    alike.crawl(sections="money", depth="0", at=later(EVENING, minutes=16))
    assert alike.gaps().is_empty
    assert alike.stored() == keys_within(alike.site, 0, pages=0, sections=["money"])


@pytest.mark.parametrize("page", first_fast(2, 1))
def test_a_page_of_a_tag_without_a_row_is_believed_when_seen_twice_a_day_apart(
    alike: World, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    monkeypatch.setattr(replies, "_TAG_ROWS", 2)
    tag = tags(alike.site)[0]
    url = page_url(tag_url(tag), page)
    alike.strike_page(url, Fault(200, body=QUIET))
    alike.crawl(tags=tag)
    tagged = {alike.site.key(index) for index in alike.site.tagged(tag)}
    assert alike.stored() < tagged
    assert [unread.url for unread in alike.gaps().unread_lists] == [url]
    alike.faults.clear()
    alike.crawl(tags=tag, at=later(EVENING, days=1.1))
    assert alike.stored() >= tagged
    assert alike.gaps(later(EVENING, days=1.2)).is_empty


@pytest.mark.parametrize(("page", "code"), [(2, Exit.QUALITY), (1, Exit.DONE)])
def test_pages_without_a_row_that_a_pager_named_are_failures_until_then(
    alike: World, monkeypatch: pytest.MonkeyPatch, page: int, code: Exit
) -> None:
    """The first page may be that of a tag without articles."""
    monkeypatch.setattr(replies, "_TAG_ROWS", 2)
    names = tags(alike.site)[:3]
    for name in names:
        alike.strike_page(page_url(tag_url(name), page), Fault(200, body=QUIET))
    front = {"urls": ",".join([MONEY, *map(tag_url, names)])}
    assert alike.crawl(depth="0", **front).code is code
    assert len(alike.gaps().unread_lists) == 3


@pytest.mark.parametrize("what", first_fast("the page of the last sweep", "no row"))
def test_a_front_that_shows_nothing_new_for_a_moment_closes_no_span(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """A cache, or a frame without rows; later a page of the front no longer shows all."""
    monkeypatch.setattr(Channel, "rows", 2)
    command = {"sections": "money", "pages": "1", "depth": "0"}
    with served(tmp_path, Site(56, per_day=56)) as world:
        world.crawl(at="2026-07-01T00:10:00+07:00", **command)
        body = world.sent(MONEY) if what != "no row" else QUIET
        published = world.site.publish(56)
        world.strike_page(MONEY, Fault(200, body=body))
        world.crawl(at="2026-07-01T23:30:00+07:00", **command)
        world.faults.clear()
        world.crawl(at="2026-07-01T23:50:00+07:00", **command)
        of_front = {world.site.key(index) for index in world.site.front("money")}
        assert of_front & set(published) - world.stored()
        assert not world.gaps("2026-07-01T23:55:00+07:00").is_empty


@contextmanager
def _months(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A site whose fronts show two articles, and that publishes one a day."""
    monkeypatch.setattr(Channel, "rows", 2)
    with served(folder, Site(18, per_day=1, until=date(2026, 4, 1))) as world:
        yield world


FIRST, SECOND = "2026-04-01T23:00:00+07:00", "2026-05-11T23:00:00+07:00"


def _missed(world: World, published: tuple[str, ...]) -> set[str]:
    return set(published) & listed_keys(world) - world.stored()


@pytest.mark.slow
@pytest.mark.parametrize("how", first_fast(*HEALS))
def test_a_span_between_two_sweeps_of_months_is_named_and_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    with _months(tmp_path, monkeypatch) as world:
        world.crawl(at=FIRST, pages="1", depth="0")
        published = world.site.publish(40)
        world.strike("https://indeks.kompas.com/?", Fault(500))
        world.crawl(at=SECOND, pages="1", depth="0")
        assert _missed(world, published)
        found = world.gaps(SECOND)
        assert not found.is_empty
        spans = {(span.since.month, span.until.month) for span in found.unread_spans}
        assert spans == {(4, 5)}
        assert len({unread.day for unread in found.unread_days}) >= 40
        heal(world, how, at=SECOND, pages="1", depth="0")
        assert not _missed(world, published)
        assert not world.gaps(later(SECOND, minutes=20)).unread_spans


@pytest.mark.slow
def test_control_a_front_that_closes_a_span_at_once_forgets_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fronts, "_closes", lambda *_: True)
    monkeypatch.setattr(fronts, "_are_live", lambda *_: False)
    monkeypatch.setattr(kompas, "CATCH_UP_AFTER", timedelta(days=10_000))
    with _months(tmp_path, monkeypatch) as world:
        world.crawl(at=FIRST, pages="1", depth="0")
        published = world.site.publish(40)
        world.crawl(at=SECOND, pages="1", depth="0")
        assert _missed(world, published)
        assert world.gaps(SECOND).is_empty


@pytest.mark.slow
@pytest.mark.parametrize("how", [HEALS[0], pytest.param(HEALS[1], marks=pytest.mark.slow)])
def test_a_back_fill_that_was_ended_in_the_middle_names_the_days_it_did_not_begin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    with site_of_days(tmp_path, monkeypatch, 6) as world:
        ended = world.crawl(
            "indeks", at=WEEKS_LATER, settings={"CLOSESPIDER_PAGECOUNT": 4} | ONE_BY_ONE,
            **range_of(world),
        )  # fmt: skip
        assert ended.code is Exit.STOPPED
        found = world.gaps(WEEKS_LATER)
        assert {unread.day for unread in found.unread_days} == set(world.site.days)
        assert "requested, not started" in {unread.why for unread in found.unread_days}
        if how == "gaps=1":
            world.crawl(at=later(WEEKS_LATER, minutes=1), gaps="1")
        else:
            world.crawl("indeks", at=later(WEEKS_LATER, minutes=1), **range_of(world))
        assert world.stored() == listed_keys(world)
        assert world.gaps(WEEKS_LATER).is_empty


@pytest.mark.slow
def test_control_who_looks_at_days_that_were_begun_alone_does_not_see_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unread, "unread_lists", lambda *_: ([], {}))
    with site_of_days(tmp_path, monkeypatch, 6) as world:
        stop = {"CLOSESPIDER_PAGECOUNT": 1} | ONE_BY_ONE
        world.crawl("indeks", at=WEEKS_LATER, settings=stop, **range_of(world))
        begun = {day for (day,) in world.rows(IndexDayRow.day)}
        named = {unread.day for unread in world.gaps(WEEKS_LATER).unread_days}
        assert named <= begun < set(world.site.days)


def _lose_the_network(monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    left = [after]

    def is_silent(_: str) -> bool:
        left[0] -= 1
        return left[0] < 0

    silence(monkeypatch, is_silent)


@pytest.mark.slow
@pytest.mark.parametrize("after", first_fast(30, 12))
def test_a_back_fill_that_lost_the_network_says_so_until_it_is_healed(
    alike: World, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    listed = listed_keys(alike) - set(alike.site.missing)
    with monkeypatch.context() as lost:
        _lose_the_network(lost, after)
        first = alike.crawl("indeks", at=WEEKS_LATER, **range_of(alike))
        assert first.code in (Exit.QUALITY, Exit.UNREACHABLE), first.end
        again = alike.crawl("indeks", at=later(WEEKS_LATER, minutes=1), **range_of(alike))
        assert again.code in (Exit.QUALITY, Exit.UNREACHABLE), again.end
    assert not alike.gaps(WEEKS_LATER).is_empty
    at = later(WEEKS_LATER, minutes=5)
    early = alike.crawl("indeks", at=at, **range_of(alike))
    if not alike.stored() >= listed:
        assert early.code is Exit.QUALITY, early.end
        healed = alike.crawl("indeks", at=alike.next_time(), **range_of(alike))
        assert healed.code is Exit.DONE, healed.end
    assert alike.stored() >= listed
    assert alike.gaps(later(WEEKS_LATER, days=10)).is_empty


@pytest.mark.slow
def test_control_who_forgets_what_is_owed_says_done_with_much_missing(
    alike: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as lost:
        _lose_the_network(lost, 30)
        alike.crawl("indeks", at=WEEKS_LATER, **range_of(alike))
    monkeypatch.setattr(take, "owed", lambda *_: Owed())
    again = alike.crawl("indeks", at=later(WEEKS_LATER, minutes=1), **range_of(alike))
    assert again.code is Exit.DONE
    assert alike.gaps(WEEKS_LATER).missing


@pytest.mark.slow
def test_the_gaps_of_some_sections_are_fetched_alone(alike: World) -> None:
    """Control: without ``sections`` those of all are."""
    for section in ("money", "bola"):
        alike.strike(alike.site.url(alike.site.front(section)[0]), Fault(500))
    alike.crawl(depth="0")
    lost = {missing.url.split(".")[0] for missing in alike.gaps().missing}
    assert lost == {"https://money", "https://bola"}
    alike.faults.clear()
    alike.crawl(gaps="1", sections="money", at=later(EVENING, minutes=1))
    assert {missing.url.split(".")[0] for missing in alike.gaps().missing} == {"https://bola"}
    alike.crawl(gaps="1", at=later(EVENING, minutes=2))
    assert not alike.gaps().missing


@pytest.mark.parametrize("is_linked_first", first_fast(True, False))
def test_a_404_of_an_article_that_is_linked_and_listed_by_a_tag_is_missing(
    alike: World, *, is_linked_first: bool
) -> None:
    site = alike.site
    links = [(i, link.key) for i in range(20) for link in site.article(i).read_also if link.key]
    linking, linked = next((i, site.find(key)) for i, key in links if site.find(key) is not None)
    assert linked is not None
    alike.strike(site.url(linked), Fault(404))
    commands = [
        {"urls": site.url(linking), "depth": "1"},
        {"tags": article.tags(site.plan, linked)[0]},
    ]
    for n, command in enumerate(commands if is_linked_first else commands[::-1]):
        alike.crawl(at=later(EVENING, minutes=n), **command)
    found = alike.gaps()
    assert site.key(linked) in {one.key for one in found.missing}
    assert not found.dead_links


@pytest.mark.slow
@pytest.mark.parametrize("command", first_fast({"gaps": "1"}, {}))
def test_a_page_of_a_tag_that_another_command_reads_is_followed_to_the_end_of_the_tag(
    alike: World, monkeypatch: pytest.MonkeyPatch, command: dict[str, str]
) -> None:
    """Past pages of known articles, and not past ``since``."""
    monkeypatch.setattr(replies, "_TAG_ROWS", 1)
    site = alike.site
    tag = max(tags(site), key=lambda name: len(site.tagged(name)))
    tagged = [site.key(index) for index in site.tagged(tag)]
    assert len(tagged) > 6
    alike.crawl(urls=",".join(map(site.url, site.tagged(tag)[:5])))
    alike.strike_page(page_url(tag_url(tag), 2), Fault(500))
    alike.crawl(tags=tag, since=str(site.days[0]))
    assert len(alike.stored()) == 5
    alike.faults.clear()
    alike.crawl(at=later(EVENING, minutes=20), **command)
    assert alike.gaps().is_empty
    assert alike.stored() >= {*tagged}


COPIES = [(2, 1), *(pytest.param(*one, marks=pytest.mark.slow) for one in ((3, 1), (2, 3)))]
"""The page that is asked for, and the page that is sent."""


def _unmarked(body: bytes) -> Fault:
    """A page as a cache may send it for another: no mark says which one it is."""
    marks = rb' paging__link--(?:active|next|last)| rel="next"|<link rel="canonical"[^>]*>'
    return Fault(200, body=re.sub(marks, b"", body))


def _tag_of_many_pages(world: World) -> tuple[str, set[str]]:
    """A tag, and the keys of its articles."""
    site = world.site
    names = {name for index in range(site.count) for name in article.tags(site.plan, index)}
    tag = max(sorted(names), key=lambda name: len(site.tagged(name)))
    return tag, {site.key(index) for index in site.tagged(tag)}


@pytest.mark.parametrize("how", first_fast(*HEALS))
@pytest.mark.parametrize(("asked", "sent"), COPIES)
def test_a_page_of_a_tag_that_repeats_another_lets_the_tag_be_read_anew(
    alike: World, monkeypatch: pytest.MonkeyPatch, asked: int, sent: int, how: str
) -> None:
    monkeypatch.setattr(replies, "_TAG_ROWS", 2)
    tag, tagged = _tag_of_many_pages(alike)
    url = tag_url(tag)
    alike.strike_page(page_url(url, asked), _unmarked(alike.sent(page_url(url, sent))))
    alike.crawl(tags=tag)
    assert len(tagged - alike.stored()) == 2, "the pages after it are read"
    assert [(one.url, one.reason) for one in alike.gaps().unread_lists] == [(url, sittings.REPEATS)]
    heal(alike, how, at=EVENING, tags=tag)
    assert alike.stored() >= tagged
    assert alike.gaps().is_empty


def test_a_tag_that_always_repeats_its_first_page_stays_in_doubt(
    alike: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replies, "_TAG_ROWS", 2)
    tag, tagged = _tag_of_many_pages(alike)
    url = tag_url(tag)
    for number in range(2, len(tagged)):
        alike.strike_page(page_url(url, number), _unmarked(alike.sent(url)))
    for days in (0, 2, 4):
        alike.crawl(tags=tag, at=later(EVENING, days=days))
        assert len(alike.asked("/tag/")) == 3
        assert [one.url for one in alike.gaps().unread_lists] == [url]


@pytest.mark.slow
def test_control_a_tag_whose_pages_are_left_over_is_in_no_doubt(
    alike: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its later pages are read before those between."""
    monkeypatch.setattr(replies, "_TAG_ROWS", 2)
    tag, tagged = _tag_of_many_pages(alike)
    alike.crawl(tags=tag, settings={"CLOSESPIDER_PAGECOUNT": 6, "CONCURRENT_REQUESTS": 1})
    assert not alike.stored() >= tagged
    alike.crawl(tags=tag, at=later(EVENING, minutes=5))
    assert alike.stored() >= tagged
    assert alike.gaps().is_empty


@contextmanager
def _front_that_repeats_itself(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A front of which page 2 is page 1 for a moment, while the pages after it are right."""
    monkeypatch.setattr(Channel, "rows", 2)
    with served(folder, Site(112, per_day=112)) as world:
        world.crawl(at="2026-07-01T00:10:00+07:00", sections="money", depth="0")
        world.site.publish(112)
        world.strike_page(page_url(MONEY, 2), _unmarked(world.sent(MONEY)))
        world.crawl(at=_NEXT_EVENING, sections="money", depth="0")
        assert len(world.asked("page=")) > 2
        yield world


_NEXT_EVENING = "2026-07-01T23:50:00+07:00"


def _lacking(world: World) -> set[str]:
    return {world.site.key(index) for index in world.site.front("money")} - world.stored()


def _is_open_until_read(world: World) -> None:
    """The span of the front is a gap, until the front answers well again."""
    assert [span.section for span in world.gaps(_NEXT_EVENING).unread_spans] == ["money"]
    world.faults.clear()
    after = later(_NEXT_EVENING, minutes=5)
    world.crawl(at=after, sections="money", depth="0")
    assert not _lacking(world)
    assert world.gaps(after).is_empty


@pytest.mark.slow
def test_a_page_of_a_front_that_repeats_another_closes_no_span(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _front_that_repeats_itself(tmp_path, monkeypatch) as world:
        assert _lacking(world)
        _is_open_until_read(world)


def test_control_believed_it_closes_a_span_without_what_page_2_lists(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(KompasSpider, "_repeats", lambda *_: False)
    with _front_that_repeats_itself(tmp_path, monkeypatch) as world:
        assert _lacking(world)
        assert world.gaps(_NEXT_EVENING).is_empty


@contextmanager
def _front_of_two_schemes(folder: Path) -> Iterator[World]:
    """A front whose new articles have addresses of a form that nobody knows yet."""
    with served(folder, Site(112, per_day=112)) as world:
        world.crawl(at="2026-07-01T00:10:00+07:00", sections="money", depth="0")
        world.site.publish(36)
        body = world.sent(MONEY)
        for index in world.site.front("money")[-2:]:
            url = world.site.url(index)
            assert url.encode() in body
            body = body.replace(
                url.encode(), re.sub(r"/read/(.{10})/[0-9]+/", r"/berita/\1/", url).encode()
            )
        world.strike_page(MONEY, Fault(200, body=body))
        world.crawl(at=_NEXT_EVENING, sections="money", depth="0")
        yield world


def test_a_front_with_rows_that_are_not_understood_closes_no_span(tmp_path: Path) -> None:
    with _front_of_two_schemes(tmp_path) as world:
        assert len(_lacking(world)) >= 2
        _is_open_until_read(world)


def test_control_believed_it_closes_a_span_without_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ListingPage, "unread_rows", 0)
    with _front_of_two_schemes(tmp_path) as world:
        assert _lacking(world)
        assert world.gaps(_NEXT_EVENING).is_empty


@contextmanager
def _front_by_what_is_read_most(folder: Path) -> Iterator[World]:
    """A front that begins to list articles by how much they are read, new ones among old ones."""
    with served(folder, Site(240, per_day=240)) as world:
        world.crawl(at="2026-07-01T00:10:00+07:00", sections="money", depth="0")
        old = [*world.site.front("money")]
        world.site.publish(180)
        new = [*world.site.front("money")][len(old) :]
        read_most = [new[1], *old[-9:], new[0], *old[:-9], *new[2:]]
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(Site, "front", lambda *_: read_most[::-1])
            world.strike_page(MONEY, Fault(200, body=world.sent(MONEY)))
        world.crawl(at=_NEXT_EVENING, sections="money", depth="0", pages="1")
        yield world


@pytest.mark.slow
def test_a_front_that_is_not_in_order_of_time_closes_no_span(tmp_path: Path) -> None:
    with _front_by_what_is_read_most(tmp_path) as world:
        assert _lacking(world)
        _is_open_until_read(world)


def test_control_believed_it_closes_a_span_without_what_is_read_less(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_spider, "lt", lambda *_: False)
    with _front_by_what_is_read_most(tmp_path) as world:
        assert _lacking(world)
        assert world.gaps(_NEXT_EVENING).is_empty


def _names_a_dead_address_for_days(world: World) -> list[bool]:
    """A front whose script names an old article that is gone; whether one is missing each time."""
    dead = "https://money.kompas.com/read/2021/05/05/101010526/hilang".replace("/", r"\/")
    script = f'<script>var populer = ["{dead}"];</script></body>'.encode()
    world.strike_page(MONEY, Fault(200, body=world.sent(MONEY).replace(b"</body>", script)))
    found = []
    for days in (0, 1.1, 2.2, 3.3, 3.8):
        at = later("2026-07-01T00:10:00+07:00", days=days)
        world.crawl(at=at, sections="money", depth="0")
        found.append(bool(world.gaps(at).missing))
    return found


@pytest.mark.slow
def test_an_old_address_in_a_script_of_a_front_is_no_gap_for_ever(tmp_path: Path) -> None:
    with served(tmp_path, Site(60, per_day=60)) as world:
        assert not any(_names_a_dead_address_for_days(world))


@pytest.mark.slow
def test_control_as_a_row_of_the_front_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "replace", lambda one, **_: one)
    with served(tmp_path, Site(60, per_day=60)) as world:
        assert _names_a_dead_address_for_days(world) == [True, True, True, False, True]
