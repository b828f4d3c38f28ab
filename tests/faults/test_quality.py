"""R15: a change of Kompas's pages that costs a field or all articles ends the run with exit 10."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from kompas_crawler.archive import runs
from kompas_crawler.exitcodes import Exit
from kompas_crawler.outcome import drift, verdict
from kompas_crawler.pages import article
from kompas_crawler.sample.site.words import CHANNELS
from tests.faults.hostile import page
from tests.sample.site.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.crawling import Crawled
    from tests.faults.world import World

LATER = "2026-07-02T00:00:00+07:00"
NEW_ALONE = {"KOMPAS_REVISIT": ""}


def _publish(world: World, count: int = 25) -> None:
    world.site.publish(count)


@pytest.mark.parametrize(
    ("body", "end"),
    [
        (b"<html><a href='/tentang'>x</a></html>", "pages failed"),
        (b"<html><div class='articleList'></div></html>", "no list page contained an article link"),
    ],
    ids=["no lists", "lists without a row"],
)
def test_listings_without_an_article_link_end_with_10(world: World, body: bytes, end: str) -> None:
    world.strike("https://", Fault(status=200, body=body))
    world.strike("https://www.kompas.com/robots.txt", Fault(status=404))
    crawled = world.crawl()
    assert crawled.code is Exit.QUALITY
    assert end in crawled.end


def test_a_tag_that_lists_nothing_may_be_misspelt(world: World) -> None:
    world.strike(
        "https://www.kompas.com/tag/", Fault(status=200, body=b"<div class='articleList'></div>")
    )
    crawled = world.crawl(tags="banjri")
    assert crawled.code is Exit.QUALITY
    assert "or writes this tag in another way: banjri" in crawled.end


@pytest.mark.slow
def test_a_field_that_vanished_ends_with_10(swept: World, monkeypatch: pytest.MonkeyPatch) -> None:
    _publish(swept)
    monkeypatch.setattr(article.ArticlePage, "summary", None)
    crawled = swept.crawl(at=LATER)
    assert crawled.code is Exit.QUALITY, crawled.end
    assert "summary in all sections: 0 of" in crawled.end


@pytest.mark.slow
def test_control_the_same_articles_with_the_field_end_with_0(swept: World) -> None:
    _publish(swept)
    assert swept.crawl(at=LATER).code is Exit.DONE


@pytest.mark.slow
def test_control_without_the_comparison_nobody_notices(
    swept: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    _publish(swept)
    monkeypatch.setattr(article.ArticlePage, "summary", None)
    monkeypatch.setattr(drift, "vanished", lambda *_: [])
    assert swept.crawl(at=LATER).code is Exit.DONE


@pytest.mark.slow
def test_runs_of_more_than_a_month_ago_do_not_count(
    swept: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    _publish(swept)
    monkeypatch.setattr(article.ArticlePage, "summary", None)
    assert swept.crawl(at="2026-08-20T00:00:00+07:00").code is Exit.DONE


def _sweeps(world: World, count: int, after: str = LATER) -> Iterator[Crawled]:
    """Sweeps of all fronts, with nine new articles each, a quarter of an hour apart."""
    sections = ",".join(channel.slug for channel in CHANNELS)
    for minutes in range(15, 15 * count + 1, 15):
        _publish(world, 9)
        at = datetime.fromisoformat(after) + timedelta(minutes=minutes)
        crawled = world.crawl(at=at.isoformat(), settings=NEW_ALONE, sections=sections)
        assert sum(crawled.stored) < drift.LEAST_EXPECTED, crawled.stored
        yield crawled


@pytest.mark.slow
def test_authors_that_vanish_end_small_sweeps_with_10_within_200_articles(
    any_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert any_world.crawl(settings=NEW_ALONE).code is Exit.DONE
    monkeypatch.setattr(article.ArticlePage, "authors", ())
    sweeps = _sweeps(any_world, 200 // 9)
    crawled = next(crawled for crawled in sweeps if crawled.code is not Exit.DONE)
    assert crawled.code is Exit.QUALITY
    assert "authors in all sections: " in crawled.end
    assert next(sweeps).code is Exit.QUALITY, "it lasts"
    morning = "2026-07-02T06:00:00+07:00"
    assert any_world.crawl(at=morning).code is Exit.DONE, "without an article"
    monkeypatch.undo()
    sweeps = _sweeps(any_world, 200 // 9, after=morning)
    assert any(crawled.code is Exit.DONE for crawled in sweeps), "it ends"


@pytest.mark.slow
def test_control_judged_per_run_small_sweeps_end_with_0(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert world.crawl(settings=NEW_ALONE).code is Exit.DONE
    monkeypatch.setattr(drift, "WINDOW", 0)
    monkeypatch.setattr(article.ArticlePage, "authors", ())
    assert all(crawled.code is Exit.DONE for crawled in _sweeps(world, 6))


@pytest.mark.parametrize(("ways", "code"), [({"urls"}, Exit.DONE), (set(), Exit.QUALITY)])
def test_articles_asked_for_by_address_are_compared_with_such_alone(
    swept: World, monkeypatch: pytest.MonkeyPatch, ways: set[str], code: Exit
) -> None:
    monkeypatch.setattr(runs, "_WAYS", ways)
    monkeypatch.setattr(article.ArticlePage, "authors", ())
    urls = ",".join(swept.site.article(key).url for key in swept.site.publish(25))
    assert swept.crawl(at=LATER, urls=urls).code is code


def _refused(world: World) -> Exit:
    urls = [f"https://money.kompas.com/read/2026/06/30/1000000{n}/x" for n in range(10, 22)]
    for url in urls:
        made = page(canonical=url, body="")
        world.strike(url, Fault(status=200, body=made))
    return world.crawl(urls=",".join(urls)).code


def test_pages_that_all_lost_their_text_end_with_10(world: World) -> None:
    assert _refused(world) is Exit.QUALITY
    assert not world.stored()


def test_control_without_the_limit_such_a_run_passes_for_good(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verdict, "LEAST_REFUSED", 1000)
    monkeypatch.setattr(verdict, "MAX_FAILED_SHARE", 2.0)
    assert _refused(world) is Exit.DONE


@pytest.mark.parametrize(
    ("had", "articles", "is_noticed"),
    [(0, 20, True), (4, 20, True), (5, 20, False), (0, 15, False), (20, 20, False)],
)
def test_the_limits(had: int, articles: int, is_noticed: bool) -> None:
    before = [({"money": {"articles": 100, "summary": 95}}, True)]
    now = {"money": {"articles": articles, "summary": had}}
    assert bool(drift.vanished(now, before)) == is_noticed


def test_small_sections_are_looked_at_together() -> None:
    before = [({name: {"articles": 50, "tags": 50} for name in ("money", "tekno", "bola")}, True)]
    now = {name: {"articles": 6} for name in ("money", "tekno", "bola")}
    assert drift.vanished(now, before) == ["tags in all sections: 0 of 18, expected 18"]
