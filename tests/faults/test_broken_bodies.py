"""R8: a body that is cut, short or wrongly measured never replaces a good text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kompas_crawler.archive import articles
from kompas_crawler.exitcodes import Exit
from kompas_crawler.sample_site.faults import Fault

if TYPE_CHECKING:
    from tests.faults.world import World

LATER = "2026-07-02T00:00:00+07:00"
PLAIN = {"DEFAULT_REQUEST_HEADERS": {"Accept-Encoding": "identity"}}

_BROKEN = {
    "connection cut": Fault(cut_after=800),
    "more declared than sent": Fault(headers={"Content-Length": "9999999"}, delay=0),
    "less declared than sent": Fault(headers={"Content-Length": "800"}),
    "cut where no length is declared": Fault(headers={"Content-Length": ""}, cut_after=800),
    "a packed page cut off": Fault(headers={"Content-Length": "800"}, packed="gzip"),
    "nothing at all": Fault(cut_after=0),
    "an empty page": Fault(status=200, body=b""),
}


def _fresh(fault: Fault) -> Fault:
    from dataclasses import replace

    return replace(fault)


_IN_EVERY_RUN = ("connection cut", "a packed page cut off")


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(name, marks=() if name in _IN_EVERY_RUN else pytest.mark.slow)
        for name in _BROKEN
    ],
)
def test_a_good_text_survives_whatever_comes(world: World, broken: str) -> None:
    index = world.whole()
    url, key = world.site.url(index), world.site.key(index)
    world.crawl(urls=url)
    good = world.body(key)
    assert good
    world.site.correct([key])  # else the server says: not modified
    world.strike(url, _fresh(_BROKEN[broken]))
    settings = {"DOWNLOAD_TIMEOUT": 2}
    world.crawl(at=LATER, gaps="1", settings=settings)
    world.crawl(at=LATER, urls=url, settings=settings)
    world.crawl(at="2026-07-09T00:00:00+07:00", settings=settings, pages="1", sections="money")
    assert any(url in request.url for request in world.server.requests), "it was not looked at"
    assert world.body(key) == good, "a broken page took the place of a whole one"


def test_a_body_cut_off_is_a_failure_that_is_tried_again(world: World) -> None:
    url = world.site.url(world.whole())
    world.strike(url, Fault(cut_after=800))
    crawled = world.crawl(urls=url)
    row = world.row(world.site.key(world.whole()))
    assert crawled.code is Exit.UNREACHABLE
    assert row.state == "failed"
    assert row.next_at is not None
    world.server.faults.clear()
    world.crawl(at=LATER, urls=url)
    assert world.stored() == {world.site.key(world.whole())}


def test_control_without_the_measure_a_short_page_replaces_the_whole_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(articles, "is_broken", lambda *_: False)
    index = world.whole()
    url, key = world.site.url(index), world.site.key(index)
    world.crawl(urls=url)
    good = world.body(key) or ""
    shorter = Fault(headers={"Content-Length": ""}, status=200)
    text = good.split("\n\n")[0]
    shorter.body = (
        f'<link rel="canonical" href="{url}"><meta name="content_PublishedDate" content="x">'
        f'<h1 class="read__title">T</h1><div class="read__content"><p>{text[:40]}</p></div>'
    ).encode()
    world.strike(url, shorter)
    world.crawl(at=LATER)
    assert len(world.body(key) or "") < len(good)


def test_with_the_measure_it_does_not(world: World) -> None:
    index = world.whole()
    url, key = world.site.url(index), world.site.key(index)
    world.crawl(urls=url)
    good = world.body(key)
    body = (
        f'<link rel="canonical" href="{url}"><meta name="content_PublishedDate" content="x">'
        f'<h1 class="read__title">T</h1><div class="read__content"><p>Tiga kata saja</p></div>'
    ).encode()
    world.strike(url, Fault(status=200, body=body))
    crawled = world.crawl(at=LATER)
    assert world.body(key) == good
    assert crawled.stats["articles/kept_whole"] == 1
