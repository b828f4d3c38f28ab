"""The frontier between spider and engine: every row that is taken is settled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from scrapy import Request, signals
from scrapy.exceptions import IgnoreRequest

from kompas_crawler.exitcodes import Exit
from kompas_crawler.middlewares import supply
from kompas_crawler.sample.site.server import serve
from kompas_crawler.sample.site.site import Site
from tests.crawling import crawl

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Self

    from scrapy.crawler import Crawler

    from kompas_crawler.sample.site.server import Server


@pytest.fixture
def server() -> Iterator[Server]:
    with serve(Site(40)) as server:
        yield server


class Swallower:
    """An extension that drops requests to one section without a word."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        swallower = cls()
        crawler.signals.connect(swallower.scheduled, signal=signals.request_scheduled)
        return swallower

    def scheduled(self, request: Request) -> None:
        if "/tekno.kompas.com/" in request.url:
            raise IgnoreRequest


@pytest.mark.slow
def test_a_run_does_not_wait_for_requests_that_vanished(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kompas_crawler import settings

    monkeypatch.setattr(supply, "LOST_CHECK_SECONDS", 0.2)
    crawled = crawl(
        "kompas",
        mirror=server.url,
        database_url=f"sqlite:///{tmp_path / 'k.db'}",
        folder=tmp_path,
        settings={"EXTENSIONS": settings.EXTENSIONS | {Swallower: 500}},
    )
    assert crawled.code is Exit.ERROR
    assert crawled.stats["pages/error"] > 0
    assert crawled.stats["articles/new"] > 0


def test_a_callback_that_fails_fails_its_row_and_the_crawl_goes_on(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kompas_crawler.pages.listing import ListingPage

    read = ListingPage.to_item

    def broken(page: ListingPage) -> object:
        listing = read(page)
        if "money" in listing.url:
            raise ZeroDivisionError
        return listing

    monkeypatch.setattr(ListingPage, "to_item", broken)
    crawled = crawl(
        "kompas",
        mirror=server.url,
        database_url=f"sqlite:///{tmp_path / 'k.db'}",
        folder=tmp_path,
    )
    assert crawled.code is Exit.ERROR
    assert crawled.stats["spider_exceptions/ZeroDivisionError"] >= 1
    assert crawled.stats["articles/new"] > 20
