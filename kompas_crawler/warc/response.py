"""Convert a WARC record to the ``Response`` that it stores."""

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
"""Bytes of a decoded body, as in ``DOWNLOAD_MAXSIZE``."""

_STATUS = re.compile(rb"HTTP/[0-9.]+ ([0-9]{3})")
_TYPE = re.compile(rb"\r\nWARC-Type:[ \t]*(response|revisit)[ \t]*\r\n", re.IGNORECASE)
_HOST = re.compile(rb"https?://(?:[a-z0-9.-]+\.)?kompas\.com(?::[0-9]+)?/", re.IGNORECASE)


class TooLarge(ValueError):  # noqa: N818
    """The decoded body is larger than ``MAX_BODY``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CapturedPage:
    """A response with its capture time and the digest of the bytes received.

    ``response`` has the decoded body. For a revisit the body is empty and ``digest`` is that of
    the identical payload, or ``None`` after a 304.
    """

    at: datetime
    digest: str | None
    response: Response
    is_revisit: bool = False


def is_of_kompas(head: bytes) -> bool:
    """Whether a record header belongs to a response of Kompas."""
    # The substring test rejects most records without a regular expression.
    return (
        b"kompas.com" in head and _TYPE.search(head) is not None
        and _HOST.match(head_target(head)) is not None
    )  # fmt: skip


def captured_page(record: bytes) -> CapturedPage | None:
    """Parse a *record*; ``None`` if it is no HTTP response or exceeds ``MAX_BODY``."""
    head, _, block = record.partition(b"\r\n\r\n")
    headers = _headers(head)
    at = _moment(headers.get(b"warc-date", b""))
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
    if headers.get(b"warc-type", b"").lower() == b"revisit":
        digest = headers.get(b"warc-payload-digest")
        return CapturedPage(
            at=at,
            digest=digest.decode("latin-1") if digest else None,
            response=response,
            is_revisit=True,
        )
    try:
        decoded = _decoded(response)
    except TooLarge:
        return None
    declared = headers.get(b"warc-payload-digest", b"").decode("latin-1")
    return CapturedPage(at=at, digest=declared or digest_of(body), response=decoded)


def _headers(head: bytes) -> Mapping[bytes, bytes]:
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
    try:
        at = datetime.fromisoformat(text.decode("ascii", "replace"))
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return at.replace(microsecond=0)


def _decoded(response: Response) -> Response:
    """*response* with its body decoded, by the same code as in a crawl."""
    body = response.body
    if (response.headers.get(b"Transfer-Encoding") or b"").lower() == b"chunked":
        # Some crawlers decode the chunks but store the header: the reader handles both.
        body = ChunkedDataReader(BytesIO(body)).read()
    encodings, _ = HttpCompressionMiddleware._split_encodings(
        response.headers.getlist("Content-Encoding")
    )
    try:
        for encoding in encodings:
            body = HttpCompressionMiddleware._decode(body, encoding, MAX_BODY)
    except _DecompressionMaxSizeExceeded as error:
        raise TooLarge from error
    except Exception:  # noqa: BLE001 - each codec raises its own errors
        # Or the crawler stored a decoded body with the header.
        logger.debug("%s is not encoded as its header declares", response.url)
    if len(body) > MAX_BODY:
        raise TooLarge
    return response.replace(body=body)
