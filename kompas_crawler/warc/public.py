"""Check a capture received from a public web archive against its index."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from scrapy.http import Response

from kompas_crawler.pages.cdx import NotAsListed
from kompas_crawler.warc.records import digest_of
from kompas_crawler.warc.response import MAX_BODY, CapturedPage, captured_page

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime


def of_member(member: bytes, digest: str) -> CapturedPage:
    """The page in *member*, the gzip member of one WARC record with the payload *digest*.

    Raises ``NotAsListed``.
    """
    stream = zlib.decompressobj(31)
    try:
        record = stream.decompress(member, MAX_BODY)
    except zlib.error as error:
        raise NotAsListed(f"no gzip member: {error}") from None
    if not stream.eof or stream.unused_data:
        raise NotAsListed("not one whole gzip member")
    record = record.removesuffix(b"\r\n\r\n")  # two empty lines follow the block
    page = captured_page(record) if record.startswith(b"WARC/") else None
    if page is None or page.is_revisit:
        raise NotAsListed("no captured page in the WARC record")
    payload = record.partition(b"\r\n\r\n")[2].partition(b"\r\n\r\n")[2]
    _check(digest, {digest_of(payload), digest_of(page.response.body)})
    return page


def of_replay(response: Response, url: str, at: datetime, digest: str, found: str) -> CapturedPage:
    """The page of *url* in a *response* with its original bytes, whose digest is *found*.

    Raises ``NotAsListed``.
    """
    _check(digest, {found, digest_of(response.body)})
    kind = {"Content-Type": response.headers.get("Content-Type") or b"text/html"}
    page = Response(url, status=200, headers=kind, body=response.body)
    return CapturedPage(at=at, digest=f"sha1:{digest}", response=page)


def _check(digest: str, found: Collection[str]) -> None:
    if f"sha1:{digest.removeprefix('sha1:')}" not in found:
        raise NotAsListed(f"its digest is {min(found)}, not {digest}")
