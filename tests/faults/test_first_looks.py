"""R28: an article is gone, or an alias, when several looks agree."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from kompas_crawler import frontier
from kompas_crawler.archive import sql
from kompas_crawler.archive.frontier import admit, looks
from kompas_crawler.archive.models import AliasRow
from kompas_crawler.archive.store import pages
from kompas_crawler.sample.site.replies import Replies
from tests.faults.healing import (
    MONEY,
    NO_ARTICLE,
    QUIET,
)
from tests.faults.hostile import KEY, OUTAGE, URL, page
from tests.faults.world import EVENING, World, first_fast, later
from tests.sample.site.faults import Fault

if TYPE_CHECKING:
    pass


LISTING = (
    f'<html><div class="articleList"><div class="articleItem"><a href="{URL}">J</a></div></div>'
)
OTHER = "https://money.kompas.com/read/2026/06/29/080000026/judul-lain"
OTHER_KEY = "20260629-080000026"


def _sweep(world: World, hours: float, front: bytes = QUIET) -> Any:
    """Sweep one front *hours* after the evening; return the article's row."""
    world.strike_page(MONEY, Fault(200, body=front))
    world.crawl(at=later(EVENING, hours=hours), urls=MONEY)
    return world.row(KEY)


def _hours(at: datetime) -> float:
    return (at - datetime.fromisoformat(EVENING)).total_seconds() / 3600


@pytest.mark.parametrize("status", first_fast(404, 410))
def test_an_article_is_gone_when_four_looks_over_three_days_say_so(
    world: World, status: int
) -> None:
    world.strike(URL, Fault(status))
    for hours, until in ((0, 1), (1.1, 24), (24.1, 72)):
        row = _sweep(world, hours, LISTING.encode())
        assert (row.state, row.claim) == ("failed", "gone")
        assert _hours(row.next_at) == pytest.approx(until, abs=0.1)
        (missing,) = world.gaps().missing
        assert (missing.key, missing.state) == (KEY, "unconfirmed")
    row = _sweep(world, 72.2)
    assert (row.state, row.next_at) == ("gone", None)
    found = world.gaps()
    assert found.is_empty
    assert found.never_stored == 1
    assert [day.stored for day in found.days] == [0]


@pytest.mark.slow
def test_nobody_looks_before_the_time_has_come(world: World) -> None:
    world.strike(URL, Fault(404))
    _sweep(world, 0, LISTING.encode())
    _sweep(world, 0.9, LISTING.encode())
    assert not world.asked("/read/")


@pytest.mark.slow
def test_an_article_that_answers_at_a_later_look_is_stored(world: World) -> None:
    world.strike(URL, Fault(404))
    _sweep(world, 0, LISTING.encode())
    _sweep(world, 1.1)
    world.strike(URL, Fault(200, body=page()))
    row = _sweep(world, 24.1)
    assert (row.state, row.claim) == ("done", None)
    assert world.stored() == {KEY}
    assert world.gaps().is_empty


@pytest.mark.slow
def test_looks_that_say_other_things_between_begin_anew(world: World) -> None:
    world.strike(URL, Fault(404))
    _sweep(world, 0, LISTING.encode())
    _sweep(world, 1.1)
    world.strike(URL, Fault(500))
    _sweep(world, 24.2)
    world.strike(URL, Fault(404))
    row = _sweep(world, 400)
    assert (row.state, row.claim, row.looks) == ("failed", "gone", 1)


def test_control_believed_at_once_one_404_loses_an_article(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looks, "is_confirmed", lambda *_, **__: True)
    world.strike(URL, Fault(404))
    _sweep(world, 0, LISTING.encode())
    world.strike(URL, Fault(200, body=page()))
    for hours in (1.1, 24.1, 72.2):
        _sweep(world, hours)
    assert world.gaps().is_empty
    assert not world.stored()


@pytest.mark.parametrize(
    "fault", first_fast(Fault(200, body=OUTAGE), Fault(200)), ids=["outage", "empty"]
)
@pytest.mark.slow
def test_an_answer_that_proves_nothing_is_looked_at_by_the_same_times_and_for_ever(
    world: World, fault: Fault
) -> None:
    world.strike(URL, fault)
    hours = 0.0
    for wait in (1, 24, 72, 168, 168):
        row = _sweep(world, hours, LISTING.encode())
        assert row.state == "failed"
        assert _hours(row.next_at) - hours == pytest.approx(wait, abs=0.1)
        hours += wait + 0.1
    assert [missing.state for missing in world.gaps().missing] == ["failed"]


@pytest.mark.parametrize("settled", first_fast("no text", "gone"))
def test_listed_again_after_a_verdict_it_is_asked_for_at_most_daily(
    world: World, settled: str
) -> None:
    world.strike(
        URL,
        Fault(404 if settled == "gone" else 200, body=NO_ARTICLE["pages of photographs"].encode()),
    )
    for hours in (0, 1.1, 24.1, 72.2) if settled == "gone" else (72.2,):
        row = _sweep(world, hours, LISTING.encode())
    assert row.state == ("gone" if settled == "gone" else "skipped")
    _sweep(world, 90)
    _sweep(world, 97)
    assert not world.asked("/read/"), "no list named it"
    world.strike(URL, Fault(200, body=page()))
    _sweep(world, 98, LISTING.encode())
    assert len(world.asked("/read/")) == 1
    assert world.stored() == {KEY}


@pytest.mark.slow
def test_listed_again_within_a_day_of_the_verdict_it_is_asked_for_after_that_day(
    world: World,
) -> None:
    world.strike(URL, Fault(404))
    for hours in (0, 1.1, 24.1, 72.2):
        row = _sweep(world, hours, LISTING.encode())
    assert row.state == "gone"
    world.strike(URL, Fault(200, body=page()))
    assert _sweep(world, 80, LISTING.encode()).state == "failed"
    assert not world.stored()
    _sweep(world, 97)
    assert world.stored() == {KEY}


@pytest.mark.slow
def test_control_without_the_second_asking_it_stays_gone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admit, "_is_asked", lambda *_: False)
    world.strike(URL, Fault(200, body=NO_ARTICLE["pages of photographs"].encode()))
    _sweep(world, 0, LISTING.encode())
    world.strike(URL, Fault(200, body=page()))
    _sweep(world, 98, LISTING.encode())
    assert not world.stored()


WHOLE = f"<p>{'Satu kata lagi. ' * 5}Habis.</p>"
PARTS = {
    "a wall with the article's head": page(
        head='<meta name="content_total_words" content="400">',
        body="<p>Untuk membaca selengkapnya, silakan masuk.</p>",
    ),
    "an error in an article's layout": page(title="Maaf", published="", body="<p>Pindah.</p>"),
    "a date that its address contradicts": page(published="2026-06-30 17:00:00"),
}


@pytest.mark.parametrize("name", PARTS)
def test_a_text_that_may_be_a_part_is_looked_at_again(world: World, name: str) -> None:
    world.strike(URL, Fault(200, body=PARTS[name]))
    world.crawl(urls=URL)
    assert _hours(world.row(KEY).next_at) == pytest.approx(1, abs=0.1)
    world.strike(URL, Fault(200, body=page(body=WHOLE)))
    world.crawl(urls=URL, at=later(EVENING, hours=1.1))
    assert world.body(KEY) == WHOLE[3:-4]
    assert world.row(KEY).claim is None


def test_a_text_that_stays_a_part_is_looked_at_three_times(world: World) -> None:
    world.strike(URL, Fault(200, body=PARTS["a wall with the article's head"]))
    looks_at = [0, 1.1, 25.2, 97.3, 1000.0]
    asked = []
    for hours in looks_at:
        world.crawl(urls=URL, at=later(EVENING, hours=hours), settings={"KOMPAS_REVISIT": ""})
        asked.append(len(world.asked("/read/")))
    assert asked == [1, 1, 1, 1, 0]


def test_control_without_another_look_the_part_stays(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "_is_part", lambda *_: False)
    no_revisits = {"KOMPAS_REVISIT": ""}
    world.strike(URL, Fault(200, body=PARTS["a wall with the article's head"]))
    world.crawl(urls=URL, settings=no_revisits)
    world.strike(URL, Fault(200, body=page(body=WHOLE)))
    world.crawl(urls=URL, at=later(EVENING, days=30), settings=no_revisits)
    assert world.body(KEY) != WHOLE[3:-4]


def _walled_with_the_validators_of_the_whole(world: World) -> str:
    """The key of an article that a wall stood before; the site says 304 of the whole page."""
    index = world.whole()
    url = world.site.url(index)
    reply = Replies(world.site).answer(f"{url}?page=all")
    assert reply.headers["ETag"]
    cut = re.sub(rb"(read__content.*?</p>).*</p>", rb"\1</div>", reply.body, flags=re.DOTALL)
    world.strike(url, Fault(200, body=cut, headers=dict(reply.headers)))
    world.crawl(urls=url)
    world.faults.clear()
    world.crawl("revisits", at=later(EVENING, hours=1.1))
    assert world.asked(url)
    return world.site.key(index)


def test_a_304_for_a_part_does_not_make_it_the_whole(world: World) -> None:
    key = _walled_with_the_validators_of_the_whole(world)
    assert world.body(key) == "\n\n".join(world.site.article(key).paragraphs)
    assert world.row(key).claim is None


def test_control_asked_for_what_has_changed_the_part_stays(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frontier, "PART", "")
    key = _walled_with_the_validators_of_the_whole(world)
    assert world.body(key) in world.site.article(key).paragraphs
    assert world.row(key).claim == "part"


def test_a_page_of_photographs_is_looked_at_once_more(world: World) -> None:
    """A cache may have sent it for a moment, and an old day lists the article but once."""
    world.strike(URL, Fault(200, body=NO_ARTICLE["pages of photographs"].encode()))
    assert _sweep(world, 0, LISTING.encode()).state == "skipped"
    world.strike(URL, Fault(200, body=page()))
    _sweep(world, 24 * 7.1)
    assert world.stored() == {KEY}


def _another_in_its_place(world: World) -> None:
    world.strike(URL, Fault(200, body=page(canonical=OTHER, published="2026-06-29 08:00:00")))
    world.strike(OTHER, Fault(200, body=page(canonical=OTHER, published="2026-06-29 08:00:00")))


def test_an_alias_is_one_after_two_looks_a_day_apart(world: World) -> None:
    _another_in_its_place(world)
    for hours in (0, 1.1):
        row = _sweep(world, hours, LISTING.encode())
        assert (row.state, row.claim) == ("failed", OTHER_KEY)
        assert world.stored() == {OTHER_KEY}, "the other is fetched from its own address"
        assert [missing.key for missing in world.gaps().missing] == [KEY]
    row = _sweep(world, 24.2)
    assert row.state == "skipped"
    assert world.gaps().is_empty
    assert world.rows(AliasRow.url, where=AliasRow.article_key == OTHER_KEY) == [(URL,)]


def test_an_alias_is_looked_at_once_more_a_week_later(world: World) -> None:
    _another_in_its_place(world)
    for hours in (0, 24.2):
        row = _sweep(world, hours, LISTING.encode())
    assert row.state == "skipped"
    assert _hours(row.next_at) == pytest.approx(24.2 + 168, abs=0.1)
    row = _sweep(world, 24.2 + 169)
    assert (row.state, row.next_at) == ("skipped", None)


@pytest.mark.slow
def test_and_shows_its_own_article_if_a_cache_had_sent_the_other_for_days(world: World) -> None:
    _another_in_its_place(world)
    for hours in (0, 24.2):
        _sweep(world, hours, LISTING.encode())
    world.strike(URL, Fault(200, body=page()))
    assert _sweep(world, 24.2 + 169).state == "done"
    assert world.stored() == {KEY, OTHER_KEY}


@pytest.mark.parametrize("status", first_fast(404, 410))
def test_after_a_404_an_article_is_asked_for_without_its_query(world: World, status: int) -> None:
    """The site may answer ``?page=all`` no longer."""
    world.strike(f"{URL}?page=all", Fault(status))
    world.strike_page(URL, Fault(200, body=page()))
    assert _sweep(world, 0, LISTING.encode()).state == "failed"
    assert _sweep(world, 1.1).state == "done"
    assert world.stored() == {KEY}


WRONG = URL.replace("//www.", "//bola.")


def _listed_elsewhere(world: World) -> str:
    """A list names an address where the article is not; then another one, where it is."""
    world.strike(WRONG, Fault(404))
    world.strike(URL, Fault(200, body=page()))
    _sweep(world, 0, LISTING.replace(URL, WRONG).encode())
    assert world.asked(WRONG)
    _sweep(world, 0.5, LISTING.encode())
    return str(_sweep(world, 1.1).state)


def test_an_article_is_fetched_from_where_a_list_names_it_last(world: World) -> None:
    assert _listed_elsewhere(world) == "done"
    assert world.asked(URL)
    assert world.stored() == {KEY}


def test_control_asked_for_at_its_first_address_it_is_gone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    update = sql.update_each

    def keep_urls(connection: Any, column: Any, rows: Any, *only: Any, **alike: Any) -> None:
        if all("url" not in values for values in rows.values()):
            update(connection, column, rows, *only, **alike)

    monkeypatch.setattr(admit, "update_each", keep_urls)
    assert _listed_elsewhere(world) == "failed"


@pytest.mark.slow
def test_an_alias_is_none_while_the_other_article_is_not_stored(world: World) -> None:
    _another_in_its_place(world)
    world.strike(OTHER, Fault(500))
    for hours in (0, 1.1, 24.2, 97, 270):
        assert _sweep(world, hours, LISTING.encode()).state == "failed"
    assert {missing.key for missing in world.gaps().missing} == {KEY, OTHER_KEY}


@pytest.mark.slow
def test_an_address_that_shows_its_own_article_later_is_no_alias(world: World) -> None:
    _another_in_its_place(world)
    _sweep(world, 0, LISTING.encode())
    world.strike(URL, Fault(200, body=page()))
    _sweep(world, 24.2)
    assert world.stored() == {KEY, OTHER_KEY}
    assert world.gaps().is_empty


@pytest.mark.slow
def test_control_believed_at_once_another_article_s_page_loses_an_article(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looks, "is_confirmed", lambda *_, **__: True)
    _another_in_its_place(world)
    _sweep(world, 0, LISTING.encode())
    _sweep(world, 1.1)
    world.strike(URL, Fault(200, body=page()))
    _sweep(world, 98, LISTING.encode())
    assert world.stored() == {OTHER_KEY}
    assert world.gaps().is_empty
