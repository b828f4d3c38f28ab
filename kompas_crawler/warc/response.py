"""A record of a WARC file as the response it once was."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING

from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.http import Response
from scrapy.utils._compression import _DecompressionMaxSizeExceeded
from warcio.bufferedreaders import ChunkedDataReader

from kompas_crawler.warc.records import digest_of
from kompas_crawler.warc.scan import head_target

if TYPE_CHECKING:
    from collections.abc import Mapping

logger = logging.getLogger(__name__)

MAX_BODY = 10 * 1024 * 1024
"""A page larger than this, once unpacked, is none; as ``DOWNLOAD_MAXSIZE`` has it."""

_STATUS = re.compile(rb"HTTP/[0-9.]+ ([0-9]{3})")
_TYPE = re.compile(rb"\r\nWARC-Type:[ \t]*(response|revisit)[ \t]*\r\n", re.IGNORECASE)
_HOST = re.compile(rb"https?://(?:[a-z0-9.-]+\.)?kompas\.com(?::[0-9]+)?/", re.IGNORECASE)


class TooLarge(ValueError):  # noqa: N818 - it is an answer, not a failure
    """The body is no page's."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """What a server answered, when, and the digest of the bytes it sent.

    ``response`` has the true address and the decoded body. Of a revisit it has no body, and
    ``digest`` is that of the payload which came again, ``None`` where the server only said
    that nothing was modified.
    """

    at: datetime
    digest: str | None
    response: Response
    is_revisit: bool = False


def is_of_kompas(head: bytes) -> bool:
    """Whether a record with that *head* holds an answer of Kompas."""
    # Most records are told apart by the first look, which costs nothing.
    return (
        b"kompas.com" in head and _TYPE.search(head) is not None
        and _HOST.match(head_target(head)) is not None
    )  # fmt: skip


def kept(record: bytes) -> Kept | None:
    """Read a whole *record*; ``None`` when it is no answer over HTTP, or past all measure."""
    head, _, block = record.partition(b"\r\n\r\n")
    told = _headers(head)
    at = _moment(told.get(b"warc-date", b""))
    http_head, _, body = block.partition(b"\r\n\r\n")
    status = _STATUS.match(http_head)
    if at is None or status is None:
        return None
    response = Response(
        head_target(head + b"\r\n").decode("utf-8", "replace"),
        status=int(status[1]),
        headers=_pairs(http_head.partition(b"\r\n")[2]),
        body=body,
    )
    if told.get(b"warc-type", b"").lower() == b"revisit":
        digest = told.get(b"warc-payload-digest")
        return Kept(
            at=at,
            digest=digest.decode("latin-1") if digest else None,
            response=response,
            is_revisit=True,
        )
    try:
        decoded = _decoded(response)
    except TooLarge:
        return None
    named = told.get(b"warc-payload-digest", b"").decode("latin-1")
    return Kept(at=at, digest=named or digest_of(body), response=decoded)


def _headers(head: bytes) -> Mapping[bytes, bytes]:
    """The headers of a record, names in small letters."""
    return {name.lower(): value for name, value in _lines(head)}


def _pairs(head: bytes) -> dict[bytes, list[bytes]]:
    found: dict[bytes, list[bytes]] = {}
    for name, value in _lines(head):
        found.setdefault(name.title(), []).append(value)
    return found


def _lines(head: bytes) -> list[tuple[bytes, bytes]]:
    lines = re.sub(rb"\r?\n[ \t]+", b" ", head).splitlines()
    parted = (line.partition(b":") for line in lines)
    return [(name.strip(), value.strip()) for name, colon, value in parted if colon]


def _moment(text: bytes) -> datetime | None:
    """A record's date in UTC, to the second."""
    try:
        at = datetime.fromisoformat(text.decode("ascii", "replace"))
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return at.replace(microsecond=0)


def _decoded(response: Response) -> Response:
    """The response unpacked, by the code that unpacks what the crawl itself receives."""
    body = response.body
    if (response.headers.get(b"Transfer-Encoding") or b"").lower() == b"chunked":
        # Also where a crawler took the chunks off and left the header.
        body = ChunkedDataReader(BytesIO(body)).read()
    encodings, _ = HttpCompressionMiddleware._split_encodings(
        response.headers.getlist("Content-Encoding")
    )
    try:
        for encoding in encodings:
            body = HttpCompressionMiddleware._decode(body, encoding, MAX_BODY)
    except _DecompressionMaxSizeExceeded as error:
        raise TooLarge from error
    except Exception:  # noqa: BLE001 - each packing has errors of its own
        # Or took off the packing, and left that header: ``body`` is what there is.
        logger.debug("%s is not packed as it says", response.url)
    if len(body) > MAX_BODY:
        raise TooLarge
    return response.replace(body=body)
