"""R8: a body that is cut, short or wrongly measured never replaces a good text."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware

from kompas_crawler.archive.crawl_models import FrontierRow
from kompas_crawler.archive.store import articles
from kompas_crawler.exitcodes import Exit
from kompas_crawler.middlewares.compression import CompressionMiddleware
from kompas_crawler.pages import sitemap
from kompas_crawler.site.urls import section_of
from tests.faults.hostile import KEY, URL, addresses, keys, page
from tests.sample.site.faults import Fault

if TYPE_CHECKING:
    from tests.faults.world import World

LATER = "2026-07-02T00:00:00+07:00"
A_WEEK_LATER = "2026-07-07T00:00:00+07:00"
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
    of = section_of(url) or "money"
    world.crawl(at="2026-07-09T00:00:00+07:00", settings=settings, pages="1", sections=of)
    assert any(url in request.url for request in world.server.requests), "it was not looked at"
    assert world.body(key) == good, "a broken page took the place of a whole one"


def test_a_body_cut_off_is_a_failure_that_is_tried_again(world: World) -> None:
    url = world.site.url(world.whole())
    world.strike(url, Fault(cut_after=800))
    crawled = world.crawl(urls=url)
    row = world.row(world.site.key(world.whole()))
    assert crawled.code is Exit.QUALITY
    assert row.state == "failed"
    assert row.next_at is not None
    world.server.faults.clear()
    world.crawl(at=LATER, urls=url)
    assert world.stored() == {world.site.key(world.whole())}


@pytest.mark.slow
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


@pytest.mark.slow
def test_with_the_measure_it_does_not(world: World) -> None:
    index = world.whole()
    url, key = world.site.url(index), world.site.key(index)
    world.crawl(urls=url)
    good = world.body(key)
    body = (
        f'<link rel="canonical" href="{url}"><meta name="content_PublishedDate" content="x">'
        f'<h1 class="read__title">T</h1><div class="read__content"><p>Tiga kata saja</p></div>'
    ).encode()
    validators = {"ETag": '"short"', "Last-Modified": "Thu, 02 Jul 2026 00:00:00 GMT"}
    world.strike(url, Fault(status=200, body=body, headers=validators))
    crawled = world.crawl(at=LATER)
    assert world.body(key) == good
    assert crawled.stats["articles/kept_whole"] == 1
    kept = world.rows(FrontierRow.etag, FrontierRow.last_modified, where=FrontierRow.key == key)
    assert kept == [(None, None)], "a 304 would confirm what is not stored"


def test_a_correction_of_which_a_page_was_missing_is_read_later(world: World) -> None:
    plan = world.site.plan
    [index, *_] = [i for i in range(world.site.count) if plan.is_page_all_broken(i)]
    url, key = world.site.url(index), world.site.key(index)
    world.crawl(urls=url)
    former = world.body(key)
    world.site.correct([key])
    world.strike(f"{url}?page=2", Fault(status=429))
    world.crawl("revisits", at=A_WEEK_LATER)
    assert world.body(key) == former, "page 1 alone took the place of the whole text"
    world.server.faults.clear()
    world.crawl("revisits", at="2026-07-09T00:00:00+07:00")
    corrected = world.body(key)
    assert corrected is not None
    assert corrected != former, "a 304 confirmed what was not stored"


ROBOTS = "https://www.kompas.com/robots.txt"
SITEMAP = "https://www.kompas.com/sitemap.xml"
PACKINGS = ("gzip", "deflate", "br", "zstd")
LONG = "".join(f"<p>Alinea ke-{n} tentang angka {n**3} saja.</p>" for n in range(6000))
"""More than a block of zstd's, so that half of it can be had."""


def _without_the_check(monkeypatch: pytest.MonkeyPatch) -> None:
    scrapys = HttpCompressionMiddleware.process_response
    monkeypatch.setattr(CompressionMiddleware, "process_response", scrapys)


STREAMS = {
    f"{packing} {how}": replace(fault, status=200, packed=packing)
    for packing in PACKINGS
    # In the last byte are sums, and of br the bits that fill it up: br has no sum.
    for how, fault in {
        "cut at its end": Fault(clip=1),
        "cut": Fault(clip=900),
        "damaged": Fault(flip=1),
    }.items()
}


@pytest.mark.slow
def test_a_stream_cut_short_or_damaged_is_a_failure_that_is_tried_again(world: World) -> None:
    urls = addresses(*STREAMS)
    for name, url in urls.items():
        world.strike(url, replace(STREAMS[name], body=page(canonical=url, body=LONG)))
    crawled = world.crawl(urls=",".join(urls.values()))
    assert crawled.code is Exit.QUALITY
    for name, key in keys(urls).items():
        row = world.row(key)
        assert row.state == "failed", name
        stream = f"the {name.split()[0]} stream of {urls[name]}?page=all"
        assert row.reason == f"CutShort: {stream} is truncated or damaged"
        assert row.next_at is not None, name
    assert world.stored() == set()
    for name, url in urls.items():
        packing = STREAMS[name].packed
        world.strike(url, Fault(status=200, body=page(canonical=url), packed=packing))
    world.crawl(at=LATER, urls=",".join(urls.values()))
    assert world.stored() == set(keys(urls).values())


@pytest.mark.slow
def test_control_without_the_check_half_a_page_is_stored(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    _without_the_check(monkeypatch)
    urls = addresses(*PACKINGS)
    for packing, url in urls.items():
        body = page(canonical=url, body=LONG)
        world.strike(url, Fault(status=200, body=body, packed=packing, clip=900))
    world.crawl(urls=",".join(urls.values()))
    for packing, key in keys(urls).items():
        text = world.body(key) or ""
        assert "Alinea ke-9 " in text, packing
        assert "Alinea ke-5999 " not in text, packing


@pytest.mark.parametrize(
    "broken",
    [Fault(chunked=True, clip=5), Fault(chunked=True, clip=100)],
    ids=["only that is missing", "cut in a chunk"],
)
def test_chunks_without_the_final_one_are_a_failure(world: World, broken: Fault) -> None:
    world.strike(URL, replace(broken, status=200, body=page()))
    world.crawl(urls=URL)
    assert (world.row(KEY).state, world.stored()) == ("failed", set())
    assert world.row(KEY).reason.startswith("ResponseDataLossError")
    world.strike(URL, Fault(status=200, body=page(), chunked=True))
    world.crawl(at=LATER, urls=URL)
    assert world.stored() == {KEY}


def test_control_when_data_may_be_lost_it_is_stored(world: World) -> None:
    world.strike(URL, Fault(status=200, body=page(), chunked=True, clip=5))
    world.crawl(urls=URL, settings={"DOWNLOAD_FAIL_ON_DATALOSS": False} | PLAIN)
    assert world.stored() == {KEY}


RULES = b"User-agent: *\n" + b"".join(b"Disallow: /rahasia%d/\n" % n for n in range(9000))


@pytest.mark.slow
def test_a_robots_txt_cut_short_is_not_read(world: World) -> None:
    """Each host packs it in another way."""
    hosts = dict(zip(PACKINGS, ("www", "money", "bola", "tekno"), strict=True))
    urls = {
        packing: url.replace("www", hosts[packing]) for packing, url in addresses(*PACKINGS).items()
    }
    for packing, url in urls.items():
        robots = Fault(status=200, body=RULES, packed=packing, clip=900)
        world.strike(f"https://{hosts[packing]}.kompas.com/robots.txt", robots)
        world.strike(url, Fault(status=200, body=page(canonical=url)))
    crawled = world.crawl(urls=",".join(urls.values()))
    assert crawled.stats["robots/hosts_unreachable"] == len(PACKINGS)
    for packing, key in keys(urls).items():
        assert world.row(key).reason.startswith("RobotsUnreachable"), packing
    assert not world.asked("/read/")
    for fault in world.faults.values():
        assert isinstance(fault, Fault)
        fault.clip = 0
    world.crawl(at=LATER, urls=",".join(urls.values()))
    assert world.stored() == set(keys(urls).values())


def test_control_without_the_check_half_of_its_rules_are_read(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    _without_the_check(monkeypatch)
    world.strike(ROBOTS, Fault(status=200, body=RULES, packed="gzip", clip=900))
    world.strike(URL, Fault(status=200, body=page()))
    crawled = world.crawl(urls=URL)
    assert crawled.stats["robots/fetched"] == 1
    assert world.stored() == {KEY}


NEWS = b"<urlset>%b</urlset>" % b"".join(
    b"<url><loc>https://money.kompas.com/read/2026/06/30/%d/x</loc></url>" % (100000000 + n)
    for n in range(4000)
)


@pytest.mark.parametrize("packing", PACKINGS)
def test_a_sitemap_cut_short_is_not_read(world: World, packing: str) -> None:
    world.strike(SITEMAP, Fault(status=200, body=NEWS, packed=packing, clip=200))
    crawled = world.crawl("sitemap")
    (row,) = world.rows(FrontierRow.state, FrontierRow.reason, FrontierRow.next_at)
    assert (row.state, row.next_at is not None) == ("failed", True)
    assert row.reason.startswith(f"CutShort: the {packing} stream")
    assert crawled.code is Exit.QUALITY


def test_control_without_the_check_half_a_sitemap_is_read(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    _without_the_check(monkeypatch)
    monkeypatch.setattr(sitemap, "MAX_ENTRIES", 20)
    world.strike(SITEMAP, Fault(status=200, body=NEWS, packed="gzip", clip=200))
    world.strike("https://money.kompas.com/read/", Fault(status=404))
    crawled = world.crawl("sitemap")
    assert crawled.stats["pages/failed"] == 19 + 1  # the last may be cut; the sitemap itself fails
