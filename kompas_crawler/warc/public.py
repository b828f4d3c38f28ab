"""Check a capture received from a public web archive against its index."""

import zlib
from collections.abc import Collection

from scrapy.http import Response

from kompas_crawler.frontier import CutShort
from kompas_crawler.pages.cdx import NotAsListed, moment
from kompas_crawler.warc.records import digest_of
from kompas_crawler.warc.response import MAX_BODY, CapturedPage, captured_page


def captured(response: Response, where: str, digest: str, received: str) -> CapturedPage:
    """The page of the capture at *where* in a *response* whose bytes have the digest *received*.

    Raises ``NotAsListed`` if its payload has not the *digest* of the index, ``CutShort`` if it is
    not received whole.
    """
    file, _, span = where.partition("#")
    first, _, last = span.partition("-")
    size = int(last) - int(first) + 1 if span else 0
    if response.status != (206 if span else 200) or len(response.body) < size:
        raise CutShort(f"HTTP {response.status}, {len(response.body):,} of {size:,} bytes")
    if span:
        return _of_member(response.body, digest)
    _check(digest, {received, digest_of(response.body)})
    timestamp, _, url = file.partition("/web/")[2].partition("id_/")
    kind = {"Content-Type": response.headers.get("Content-Type") or b"text/html"}
    page = Response(url, status=200, headers=kind, body=response.body)
    return CapturedPage(at=moment(timestamp), digest=f"sha1:{digest}", response=page)


def _of_member(member: bytes, digest: str) -> CapturedPage:
    """The page in the gzip member of one WARC record."""
    stream = zlib.decompressobj(31)
    try:
        record = stream.decompress(member, MAX_BODY)
    except zlib.error as error:
        raise NotAsListed(f"no gzip member: {error}") from None
    if not stream.eof or stream.unused_data:
        raise NotAsListed("not one whole gzip member")
    record = record.removesuffix(b"\r\n\r\n")  # two empty lines follow the block
    page = captured_page(record) if record.startswith(b"WARC/") else None
    if page is None or page.at is None or page.is_revisit:
        raise NotAsListed("no captured page in the WARC record")
    payload = record.partition(b"\r\n\r\n")[2].partition(b"\r\n\r\n")[2]
    _check(digest, {digest_of(payload), digest_of(page.response.body)})
    return page


def _check(digest: str, found: Collection[str]) -> None:
    if f"sha1:{digest.removeprefix('sha1:')}" not in found:
        raise NotAsListed(f"its digest is {min(found)}, not {digest}")
