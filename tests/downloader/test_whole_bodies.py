"""A body cut short is an error, and one that nothing proves whole is flagged: by both handlers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from kompas_crawler.sample.site.server import serve
from kompas_crawler.sample.site.site import Site
from tests.downloader.probe import crawl
from tests.downloader.test_reactor import reactor_crawl
from tests.sample.site.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kompas_crawler.sample.site.server import Server

PAGE = b"<html><p>" + b" ".join(b"%d" % (number**3) for number in range(900)) + b"</p></html>"
LONG = b"<html><p>" + b" ".join(b"%d" % (number**3) for number in range(20_000)) + b"</p></html>"
"""More than a block of zstd's, so that half of it can be had."""
NO_LENGTH = {"Content-Length": ""}
SCRAPYS = "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware"
OURS = "kompas_crawler.middlewares.compression.CompressionMiddleware"

PACKINGS = ("gzip", "deflate", "br", "zstd")
ANSWERS = {
    "a length": (Fault(), "whole"),
    "chunks": (Fault(chunked=True), "whole"),
    "no content": (Fault(status=204, headers=NO_LENGTH), "whole"),
    "neither": (Fault(headers=NO_LENGTH), "partial"),
    "neither, nothing": (Fault(headers=NO_LENGTH), "partial"),
    "neither, cut": (Fault(headers=NO_LENGTH, cut_after=800), "partial"),
    "less than its length": (Fault(cut_after=800), "ResponseDataLossError"),
    "no final chunk": (Fault(chunked=True, clip=5), "ResponseDataLossError"),
    "cut in a chunk": (Fault(chunked=True, clip=500), "ResponseDataLossError"),
    "only the final chunk": (Fault(chunked=True), "whole"),
}
EMPTY = {"no content", "neither, nothing", "only the final chunk"}
PACKED = {
    f"{packing}, {how}": (replace(fault, packed=packing), outcome)
    for packing in PACKINGS
    for how, (fault, outcome) in {
        "a length": (Fault(), "whole"),
        "chunks": (Fault(chunked=True), "whole"),
        "neither": (Fault(headers=NO_LENGTH), "whole"),
        "cut, a length": (Fault(clip=1), "CutShort"),
        "cut, neither": (Fault(clip=1, headers=NO_LENGTH), "CutShort"),
        "damaged": (Fault(flip=1), "CutShort"),
        "less than its length": (Fault(cut_after=800), "ResponseDataLossError"),
        "no final chunk": (Fault(chunked=True, clip=5), "ResponseDataLossError"),
    }.items()
}
ALL = ANSWERS | PACKED
URLS = {name: f"https://money.kompas.com/{number}." for number, name in enumerate(ALL)}
EXPECTED = {name: outcome for name, (_, outcome) in ALL.items()}


@pytest.fixture
def site() -> Iterator[Server]:
    with serve(Site(1)) as server:
        for name, (fault, _) in ALL.items():
            body = b"" if name in EMPTY else PAGE
            server.faults[URLS[name]] = replace(fault, status=fault.status or 200, body=body)
        yield server


def settings(site: Server, compression: str = OURS) -> dict[str, Any]:
    return {
        "KOMPAS_MIRROR": site.url,
        "DEFAULT_REQUEST_HEADERS": {"Accept-Encoding": "identity"},
        "DOWNLOADER_MIDDLEWARES": {SCRAPYS: None, OURS: None} | {compression: 590},
    }


def in_process(*urls: str, **known: Any) -> dict[str, tuple[str, str]]:
    crawled = crawl(*urls, **known)
    texts = {url: (_flag(r.flags), r.text) for url, r in crawled.responses.items()}
    return texts | {url: (type(error).__name__, "") for url, error in crawled.errors.items()}


def by_reactor(*urls: str, **known: Any) -> dict[str, tuple[str, str]]:
    crawled = reactor_crawl(*urls, **known)
    texts = {url: (_flag(crawled["flags"][url]), r[2]) for url, r in crawled["responses"].items()}
    return texts | {url: (error, "") for url, error in crawled["errors"].items()}


def _flag(flags: list[str]) -> str:
    return "partial" if "partial" in flags else "whole"


HANDLERS = pytest.mark.parametrize(
    "crawled", [in_process, pytest.param(by_reactor, marks=pytest.mark.slow)]
)


@HANDLERS
def test_what_nothing_proves_whole_is_flagged_and_what_is_cut_fails(
    crawled: Callable[..., dict[str, tuple[str, str]]], site: Server
) -> None:
    found = crawled(*URLS.values(), **settings(site))
    assert {name: found[url][0] for name, url in URLS.items()} == EXPECTED
    texts = {found[URLS[name]][1] for name in PACKED if EXPECTED[name] == "whole"}
    assert texts == {PAGE.decode()}


@HANDLERS
def test_control_scrapys_own_unpacking_hands_on_half_a_page(
    crawled: Callable[..., dict[str, tuple[str, str]]], site: Server
) -> None:
    urls = {packing: f"https://money.kompas.com/half-{packing}" for packing in PACKINGS}
    for packing, url in urls.items():
        site.faults[url] = Fault(status=200, body=LONG, packed=packing, clip=400)
    found = crawled(*urls.values(), **settings(site, SCRAPYS))
    for packing, url in urls.items():
        flag, text = found[url]
        assert flag == "whole", packing
        assert 0 < len(text) < len(LONG), packing
