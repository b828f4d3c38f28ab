"""Gzip is unpacked in one call; what is no whole stream of a page's size goes Scrapy's way."""

from __future__ import annotations

import gzip
import zlib
from typing import TYPE_CHECKING

import pytest
from scrapy import Request
from scrapy.exceptions import IgnoreRequest
from scrapy.http import HtmlResponse, Response
from scrapy.utils.test import get_crawler

from kompas_crawler.middlewares import compression
from kompas_crawler.middlewares.compression import CompressionMiddleware

if TYPE_CHECKING:
    from types import ModuleType

URL = "https://money.kompas.com/read/2026/06/30/100000001/judul"
PAGE = b"<html><p>Vinales naik podium</p></html>"
GZIP = gzip.compress(PAGE)


def modules() -> list[ModuleType]:
    """The module in use, and the one of Python where that is another."""
    in_use = vars(compression)["zlib"]
    return list({id(module): module for module in (in_use, zlib)}.values())


@pytest.fixture(params=modules(), ids=lambda module: module.__name__)
def _module(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compression, "zlib", request.param)
    monkeypatch.setattr(compression, "_DAMAGED", request.param.error)


def unpacked(body: bytes, encoding: str, **settings: object) -> Response:
    crawler = get_crawler(settings_dict=settings)
    middleware = CompressionMiddleware.from_crawler(crawler)
    headers = {"Content-Encoding": encoding, "Content-Type": "text/html"}
    request = Request(URL)
    response = Response(URL, body=body, headers=headers, request=request)
    found = middleware.process_response(request, response)
    assert isinstance(found, Response)
    return found


@pytest.mark.usefixtures("_module")
@pytest.mark.parametrize(
    ("packed", "encoding"),
    [
        (GZIP, "gzip"),
        (GZIP[:-3], "gzip"),  # cut off in its checksum
        (GZIP[:-8] + b"\0\0\0\0" + GZIP[-4:], "gzip"),  # a wrong one
        (GZIP + b"\0\0", "gzip"),
        (gzip.compress(PAGE[:9]) + gzip.compress(PAGE[9:]), "gzip"),
        (GZIP, "x-gzip"),
        (gzip.compress(GZIP), "gzip, gzip"),
        (zlib.compress(PAGE), "deflate"),
    ],
    ids=[  # gzip writes the time into what it packs: no name for a test
        *("whole", "cut off", "a wrong sum", "zeros after it", "two streams", "x-gzip"),
        *("packed twice", "deflate"),
    ],
)
def test_a_page_is_unpacked(packed: bytes, encoding: str) -> None:
    response = unpacked(packed, encoding)
    assert (response.body, type(response)) == (PAGE, HtmlResponse)
    assert "Content-Encoding" not in response.headers


@pytest.mark.usefixtures("_module")
@pytest.mark.parametrize("size", [len(PAGE) + 100, 2 * 1024 * 1024])
def test_what_unpacks_to_more_than_the_limit_is_refused(size: int) -> None:
    packed = gzip.compress(PAGE.ljust(size))
    assert len(unpacked(packed, "gzip", DOWNLOAD_MAXSIZE=size).body) == size
    with pytest.raises(IgnoreRequest, match="DOWNLOAD_MAXSIZE"):
        unpacked(packed, "gzip", DOWNLOAD_MAXSIZE=size - 1)


def test_control_without_the_limit_it_is_let_in(monkeypatch: pytest.MonkeyPatch) -> None:
    unlimited = compression.gunzip
    monkeypatch.setattr(compression, "gunzip", lambda packed, _limit: unlimited(packed, 1 << 30))
    packed = gzip.compress(PAGE.ljust(1000))
    assert len(unpacked(packed, "gzip", DOWNLOAD_MAXSIZE=999).body) == 1000
