"""R12: what is small on the wire and huge in memory is refused and counted; the crawl goes on."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from kompas_crawler.exitcodes import Exit
from kompas_crawler.pages import sitemap
from tests.faults.hostile import KEY, URL, addresses, keys, page
from tests.sample.site.faults import Fault

if TYPE_CHECKING:
    from tests.faults.world import World

BOMB = page(body="<p>" + "kata " * 2_600_000 + "</p>")
SITEMAP = "https://www.kompas.com/sitemap.xml"


@pytest.mark.slow
def test_a_bomb_is_refused_and_the_crawl_goes_on(world: World) -> None:
    urls = addresses("gzip", "deflate", "br", "zstd", "good")
    of = keys(urls)
    good = urls["good"]
    for packed in ("gzip", "deflate", "br", "zstd"):
        world.strike(urls[packed], Fault(status=200, body=BOMB, packed=packed))
    world.strike(good, Fault(status=200, body=page(canonical=good)))
    crawled = world.crawl(urls=",".join(urls.values()))
    assert crawled.code is Exit.QUALITY, crawled.end
    assert world.stored() == {of.pop("good")}
    for packed, key in of.items():
        assert world.row(key).state == "failed", packed
        assert "DOWNLOAD_MAXSIZE" in world.row(key).reason, packed


@pytest.mark.slow
def test_control_without_a_limit_the_bomb_goes_off(world: World) -> None:
    world.strike(URL, Fault(status=200, body=BOMB, packed="gzip"))
    world.crawl(urls=URL, settings={"DOWNLOAD_MAXSIZE": 0})
    assert world.stored() == {KEY}


def _news(count: int) -> bytes:
    rows = "".join(
        f"<url><loc>https://money.kompas.com/read/2026/06/30/{100000000 + n}/x</loc></url>"
        for n in range(count)
    )
    return f"<urlset>{rows}</urlset>".encode()


def test_a_huge_sitemap_is_cut_off_and_counted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sitemap, "MAX_ENTRIES", 20)
    world.strike(SITEMAP, Fault(status=200, body=_news(500)))
    world.strike("https://money.kompas.com/read/", Fault(status=404))
    crawled = world.crawl("sitemap")
    assert crawled.stats["listings/cut_off"] == 1
    assert crawled.stats["pages/failed"] == 20


def test_sitemaps_that_nest_without_end_come_to_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kompas_crawler.spiders import list_spider as spider

    monkeypatch.setattr(spider, "MAX_SITEMAPS", 5)
    for n in range(12):
        host = f"https://www.kompas.com/s{n}.xml"
        inner = f"<sitemapindex><sitemap><loc>https://www.kompas.com/s{n + 1}.xml</loc></sitemap>"
        world.strike(host, Fault(status=200, body=f"{inner}</sitemapindex>".encode()))
    first = (
        "<sitemapindex><sitemap><loc>https://www.kompas.com/s0.xml</loc></sitemap></sitemapindex>"
    )
    world.strike(SITEMAP, Fault(status=200, body=first.encode()))
    crawled = world.crawl("sitemap")
    assert crawled.stats["listings/cut_off"] == 1
    assert len(world.server.requests) == 1 + 1 + 5


LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha ha ha ha ha ha ha ha ha ha">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">
<!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;"><!ENTITY file SYSTEM "file:///etc/hostname">]>
<urlset><url><loc>https://money.kompas.com/read/2026/06/30/100000001/x</loc>
<title>&d;&file;</title></url></urlset>"""


@pytest.mark.parametrize("body", [LAUGHS, gzip.compress(LAUGHS)], ids=["plain", "packed"])
def test_entities_are_not_resolved(world: World, body: bytes) -> None:
    world.strike(SITEMAP, Fault(status=200, body=body))
    world.strike("https://money.kompas.com/read/", Fault(status=404))
    crawled = world.crawl("sitemap")
    assert crawled.stats["pages/failed"] == 1
    (entry,) = sitemap.entries(LAUGHS)
    assert "ha ha" not in (entry.title or "")


def test_control_lxml_would_resolve_them() -> None:
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=True, load_dtd=True)
    root = etree.fromstring(LAUGHS.replace(b"&file;", b""), parser)
    assert "ha ha" in "".join(root.itertext())


def test_an_index_that_never_ends_is_left(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from kompas_crawler.spiders import list_spider

    monkeypatch.setattr(list_spider, "MAX_INDEX_PAGES", 6)
    row = f'<div class="articleItem"><a class="article-link" href="{URL}">x</a></div>'
    row += '<a class="paging__link" href="?page=9999999">9999999</a>'
    row += '<a class="paging__link" href="?page=999999">999999</a>'
    world.strike("https://indeks.kompas.com/", Fault(status=200, body=row.encode()))
    world.strike(URL, Fault(status=200, body=page()))
    crawled = world.crawl("indeks", since="2026-06-30", until="2026-06-30")
    assert crawled.stats["listings/cut_off"] == 1
    assert sum(r.host == "indeks.kompas.com" for r in world.server.requests) <= 7
