"""R15: a change of Kompas's pages that costs a field or all articles ends the run with exit 10."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kompas_crawler.exitcodes import Exit
from kompas_crawler.extensions import drift, verdict
from kompas_crawler.pages import article
from kompas_crawler.sample_site.faults import Fault
from tests.faults.hostile import page

if TYPE_CHECKING:
    from tests.faults.world import World

LATER = "2026-07-02T00:00:00+07:00"


def _publish(world: World, count: int = 25) -> None:
    world.site.publish(count)


def test_listings_without_an_article_link_end_with_10(world: World) -> None:
    world.strike("https://", Fault(status=200, body=b"<html><a href='/tentang'>x</a></html>"))
    world.strike("https://www.kompas.com/robots.txt", Fault(status=404))
    crawled = world.crawl()
    assert crawled.code is Exit.QUALITY
    assert "no listing had a single article link" in crawled.end


def test_a_field_that_vanished_ends_with_10(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert world.crawl().code is Exit.DONE
    _publish(world)
    monkeypatch.setattr(article.ArticlePage, "summary", None)
    crawled = world.crawl(at=LATER)
    assert crawled.code is Exit.QUALITY, crawled.end
    assert "summary in all sections: 0 of" in crawled.end


def test_control_the_same_articles_with_the_field_end_with_0(world: World) -> None:
    assert world.crawl().code is Exit.DONE
    _publish(world)
    assert world.crawl(at=LATER).code is Exit.DONE


def test_control_without_the_comparison_nobody_notices(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert world.crawl().code is Exit.DONE
    _publish(world)
    monkeypatch.setattr(article.ArticlePage, "summary", None)
    monkeypatch.setattr(drift, "vanished", lambda *_: [])
    assert world.crawl(at=LATER).code is Exit.DONE


def test_runs_of_more_than_a_week_ago_do_not_count(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert world.crawl().code is Exit.DONE
    _publish(world)
    monkeypatch.setattr(article.ArticlePage, "summary", None)
    assert world.crawl(at="2026-07-20T00:00:00+07:00").code is Exit.DONE


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
    assert _refused(world) is Exit.DONE


@pytest.mark.parametrize(
    ("had", "articles", "is_noticed"),
    [(0, 20, True), (4, 20, True), (5, 20, False), (0, 15, False), (20, 20, False)],
)
def test_the_limits(had: int, articles: int, is_noticed: bool) -> None:
    before = [{"money": {"articles": 100, "summary": 95}}]
    now = {"money": {"articles": articles, "summary": had}}
    assert bool(drift.vanished(now, before)) == is_noticed


def test_small_sections_are_looked_at_together() -> None:
    before = [{name: {"articles": 50, "tags": 50} for name in ("money", "tekno", "bola")}]
    now = {name: {"articles": 6} for name in ("money", "tekno", "bola")}
    assert drift.vanished(now, before) == [
        "tags in all sections: 0 of 18, where 18 were to be expected"
    ]
