"""R27: is an answer a whole sitemap."""

from __future__ import annotations

import gzip

import pytest

from kompas_crawler.pages import sitemap as sitemaps
from kompas_crawler.pages.recognition import Kind
from tests.pages.answering import (
    FRONT,
    LIMIT,
    NEW,
    SITEMAP,
    Body,
    address,
    canonical,
    made,
    sitemap,
)

NAMES = "".join(f"<url><loc>{address(n)}</loc></url>" for n in range(5))
XMLNS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
URLSET = f"<?xml version='1.0' encoding='UTF-8'?>\n<urlset {XMLNS}>{NAMES}</urlset>"
PROPERSITEMAPS: dict[str, Body] = {
    "of articles": URLSET,
    "of sitemaps": f"<sitemapindex><sitemap><loc>{SITEMAP}</loc></sitemap></sitemapindex>",
    "with a prefix": "<s:urlset xmlns:s='x'><s:url><s:loc>y</s:loc></s:url></s:urlset>",
    "packed": gzip.compress(URLSET.encode()),
    "after a comment, before another": f"<!-- a -->{URLSET}<!-- 0.1 s -->\n",
    "quiet": f"<urlset {XMLNS}></urlset>",
    "quiet and short": f"<urlset {XMLNS}/>",
}


@pytest.mark.parametrize("name", PROPERSITEMAPS)
def test_proper_sitemaps(name: str) -> None:
    verdict = sitemap(PROPERSITEMAPS[name])
    assert (verdict.kind, verdict.reason) == (Kind.LISTING, "")
    assert verdict.sitemap


PACKED = gzip.compress(URLSET.encode())
WRONGSITEMAPS: dict[str, Body] = {
    "cut in an address": URLSET[:-40],
    "cut between two entries": URLSET[: URLSET.rindex("<url>")],
    "cut in its last tag": URLSET[:-3],
    "packed and cut": PACKED[:-20],
    "packed and cut in its checksum": PACKED[:-1],
    "packed with a wrong checksum": PACKED[:-5] + bytes([PACKED[-5] ^ 255]) + PACKED[-4:],
    "packed and too large": gzip.compress(b"<urlset>" + b" " * LIMIT + b"</urlset>"),
    "packed twice": gzip.compress(PACKED),
    "a page": made(NEW),
    "RSS": "<rss><channel><item><link>x</link></item></channel></rss>",
    "the front": made(NEW, head=canonical(FRONT)),
}


@pytest.mark.parametrize("name", WRONGSITEMAPS)
def test_wrong_sitemaps(name: str) -> None:
    verdict = sitemap(WRONGSITEMAPS[name])
    assert verdict.kind is Kind.ERROR
    assert verdict.reason
    assert (verdict.sitemap is not None) == name.startswith("cut"), "what came of it is read"


def test_a_sitemap_without_a_length_is_whole_only_with_its_end() -> None:
    assert sitemap(URLSET, is_partial=True).kind is Kind.LISTING
    assert sitemap(URLSET[:-3], is_partial=True).kind is Kind.ERROR


def test_control_without_the_end_half_a_sitemap_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemaps, "has_end", lambda _: True)
    assert sitemap(WRONGSITEMAPS["cut in an address"]).kind is Kind.LISTING
