"""A packed page is unpacked; a stream that does not end as it should, and a bomb, are refused."""

from __future__ import annotations

import gzip
import zlib
from typing import TYPE_CHECKING

import pytest
from scrapy import Request
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import HtmlResponse, Response
from scrapy.utils.test import get_crawler

from kompas_crawler.frontier import CutShort
from kompas_crawler.middlewares import compression
from kompas_crawler.middlewares.compression import MAX_STREAMS, CompressionMiddleware
from tests.sample.site.faults import packer

if TYPE_CHECKING:
    from types import ModuleType

URL = "https://money.kompas.com/read/2026/06/30/100000001/judul"
PAGE = b"<html><p>Vinales naik podium</p></html>"


def modules() -> list[ModuleType]:
    """The module in use, and the one of Python where that is another."""
    in_use = vars(compression)["zlib"]
    return list({id(module): module for module in (in_use, zlib)}.values())


@pytest.fixture(params=modules(), ids=lambda module: module.__name__)
def _module(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compression, "zlib", request.param)


def unpacked(
    body: bytes, encoding: str, flags: tuple[str, ...] = (), **settings: object
) -> Response:
    crawler = get_crawler(settings_dict=settings)
    middleware = CompressionMiddleware.from_crawler(crawler)
    headers = {"Content-Encoding": encoding, "Content-Type": "text/html"}
    request = Request(URL)
    response = Response(URL, body=body, headers=headers, request=request, flags=list(flags))
    found = middleware.process_response(request, response)
    assert isinstance(found, Response)
    return found


def damaged(packed: bytes, at: int) -> bytes:
    """*packed* with one byte, counted from its end, turned into another."""
    return packed[:at] + bytes([packed[at] ^ 255]) + packed[at + 1 :]


GZIP, ZLIB, BR, ZSTD = (packer(name)(PAGE) for name in ("gzip", "deflate", "br", "zstd"))
RAW = ZLIB[2:-4]  # deflate without zlib's header and sum
TWO = gzip.compress(PAGE[:9]) + gzip.compress(PAGE[9:])
SKIPPED = b"\x50\x2a\x4d\x18\x04\0\0\0abcd"  # a frame of zstd's that says nothing

WHOLE = {
    "gzip": (GZIP, "gzip"),
    "zeros after it": (GZIP + b"\0" * 9, "gzip"),
    "two streams": (TWO, "gzip"),
    "zeros between two": (GZIP + b"\0\0" + gzip.compress(b""), "gzip"),
    "x-gzip": (GZIP, "x-gzip"),
    "in capitals": (GZIP, "GZIP"),
    "deflate": (ZLIB, "deflate"),
    "raw deflate": (RAW, "deflate"),
    "br": (BR, "br"),
    "zstd": (ZSTD, "zstd"),
    "two frames": (packer("zstd")(PAGE[:9]) + SKIPPED + packer("zstd")(PAGE[9:]), "zstd"),
    "gzip twice": (gzip.compress(GZIP), "gzip, gzip"),
    "deflate in br": (packer("br")(ZLIB), "deflate, br"),
}
BROKEN = (
    {
        "gzip cut in its sum": (GZIP[:-3], "gzip"),
        "gzip cut in its head": (GZIP[:5], "gzip"),
        "gzip with a wrong sum": (damaged(GZIP, -5), "gzip"),
        "gzip with a wrong size": (damaged(GZIP, -1), "gzip"),
        "a second stream cut": (TWO[:-1], "gzip"),
        "a second stream cut in its head": (GZIP + GZIP[:1], "gzip"),
        "other bytes after it": (GZIP + b"\0<p>", "gzip"),
        "x-gzip cut": (GZIP[:-1], "x-gzip"),
        "zlib cut": (ZLIB[:-1], "deflate"),
        "zlib with a wrong sum": (damaged(ZLIB, -1), "deflate"),
        "raw deflate cut": (RAW[:-1], "deflate"),
        "br cut": (BR[:-1], "br"),
        "br damaged": (damaged(BR, -1), "br"),  # it has no sum, and not all damage shows
        "other bytes after br": (BR + b"<p>", "br"),
        "zstd cut in its sum": (ZSTD[:-1], "zstd"),
        "zstd with a wrong sum": (damaged(ZSTD, -1), "zstd"),
        "a second frame cut": (ZSTD + ZSTD[:-1], "zstd"),
        "the inner one cut": (gzip.compress(GZIP[:-1]), "gzip, gzip"),
        "the outer one cut": (packer("br")(ZLIB)[:-1], "deflate, br"),
        "nothing in it": (gzip.compress(b""), "deflate, gzip"),
    }
    | {f"no {name} at all": (PAGE, name) for name in ("gzip", "x-gzip", "deflate", "br", "zstd")}
)


@pytest.mark.usefixtures("_module")
@pytest.mark.parametrize(("packed", "encoding"), WHOLE.values(), ids=WHOLE)
def test_a_page_is_unpacked(packed: bytes, encoding: str) -> None:
    response = unpacked(packed, encoding, flags=("partial", "other"))
    assert (response.body, type(response)) == (PAGE, HtmlResponse)
    assert "Content-Encoding" not in response.headers
    assert response.flags == ["other"]


@pytest.mark.usefixtures("_module")
@pytest.mark.parametrize(("packed", "encoding"), BROKEN.values(), ids=BROKEN)
def test_what_does_not_end_as_it_should_is_refused(packed: bytes, encoding: str) -> None:
    with pytest.raises(CutShort) as refused:
        unpacked(packed, encoding)
    assert str(refused.value).endswith(f"stream of {URL} is truncated or damaged")


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "compress"])
def test_an_empty_body_is_handed_on(encoding: str) -> None:
    response = unpacked(b"", encoding, flags=("partial",))
    assert (response.body, response.flags) == (b"", ["partial"])


def test_an_encoding_that_is_not_known_proves_nothing() -> None:
    response = unpacked(PAGE, "compress", flags=("partial",))
    assert (response.body, response.flags) == (PAGE, ["partial"])
    response = unpacked(GZIP, "compress, gzip", flags=("partial",))
    assert (response.body, response.flags) == (PAGE, [])
    assert response.headers.getlist("Content-Encoding") == [b"compress"]


def test_a_body_of_streams_without_number_is_refused() -> None:
    empty = gzip.compress(b"")
    assert unpacked(GZIP + empty * (MAX_STREAMS - 1), "gzip").body == PAGE
    with pytest.raises(CutShort):
        unpacked(GZIP + empty * MAX_STREAMS, "gzip")


@pytest.mark.usefixtures("_module")
@pytest.mark.parametrize("packing", ["gzip", "deflate", "br", "zstd"])
@pytest.mark.parametrize("size", [len(PAGE) + 100, 2 * 1024 * 1024])
def test_what_unpacks_to_more_than_the_limit_is_refused(size: int, packing: str) -> None:
    packed = packer(packing)(PAGE.ljust(size))
    assert len(unpacked(packed, packing, DOWNLOAD_MAXSIZE=size).body) == size
    assert len(unpacked(packed, packing, DOWNLOAD_MAXSIZE=0).body) == size
    with pytest.raises(IgnoreRequest, match="DOWNLOAD_MAXSIZE") as refused:
        unpacked(packed, packing, DOWNLOAD_MAXSIZE=size - 1)
    assert not isinstance(refused.value, CutShort)


def test_streams_together_are_held_to_the_limit() -> None:
    with pytest.raises(IgnoreRequest, match="DOWNLOAD_MAXSIZE"):
        unpacked(GZIP * 3, "gzip", DOWNLOAD_MAXSIZE=len(PAGE) * 3 - 1)


def test_control_without_the_limit_it_is_let_in() -> None:
    assert unpacked(GZIP * 3, "gzip", DOWNLOAD_MAXSIZE=0).body == PAGE * 3


@pytest.mark.parametrize(
    "name", ["gzip cut in its sum", "zlib cut", "br cut", "zstd cut in its sum"]
)
def test_control_scrapys_own_middleware_lets_it_in(name: str) -> None:
    packed, encoding = BROKEN[name]
    middleware = HttpCompressionMiddleware.from_crawler(get_crawler())
    response = Response(URL, body=packed, headers={"Content-Encoding": encoding})
    found = middleware.process_response(Request(URL), response)
    assert isinstance(found, Response)
