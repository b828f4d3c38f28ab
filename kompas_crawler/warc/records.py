"""An exchange with a server as WARC records: request and response, or what came again.

The body is as received but for the transfer's own chunks, which the HTTP client has taken
off; the header that told of them is kept as ``X-Crawler-Transfer-Encoding``.
"""

from __future__ import annotations

from base64 import b32encode
from hashlib import sha1
from http import HTTPStatus
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from scrapy import Request
    from scrapy.http import Headers, Response

    from kompas_crawler.items import Capture

VERSION = "WARC/1.1"
SAME_PAYLOAD = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"

_PRIVATE = frozenset({b"proxy-authorization", b"authorization", b"cookie"})
"""Headers of a request that are nobody else's business."""


class _AsTheyCame(StatusAndHeaders):  # type: ignore[misc]  # warcio has no types
    """HTTP headers as bytes; warcio would spell letters that are not ASCII in its own way."""

    def __init__(self, first_line: bytes, headers: list[tuple[bytes, bytes]]) -> None:
        super().__init__(first_line.decode("latin-1"), [])
        lines = [first_line, *(b"%b: %b" % pair for pair in headers)]
        self.headers_buff = b"\r\n".join(lines) + b"\r\n\r\n"

    def compute_headers_buffer(self, header_filter: object = None) -> None:
        """They are computed."""


def digest_of(body: bytes) -> str:
    """The digest by which WARC files know a payload.

    >>> digest_of(b"")
    'sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ'
    """
    return f"sha1:{b32encode(sha1(body, usedforsecurity=False).digest()).decode()}"


def warc_date(at: datetime) -> str:
    """A moment in UTC as WARC files write it, to the second."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def information(filename: str, info: Mapping[str, str], at: datetime) -> bytes:
    """The record that opens a file and says whose it is."""
    out = BytesIO()
    writer = WARCWriter(out, gzip=True, warc_version=VERSION)
    record = writer.create_warcinfo_record(filename, dict(info))
    record.rec_headers.replace_header("WARC-Date", warc_date(at))
    writer.write_record(record)
    return out.getvalue()


def exchange(
    request: Request, response: Response, *, at: datetime, digest: str, former: Capture | None
) -> bytes:
    """The records of *request* and *response*, the response first.

    With *former*, a capture whose bytes came again or were said to hold still, the response is
    a ``revisit`` without them.
    """
    out = BytesIO()
    writer = WARCWriter(out, gzip=True, warc_version=VERSION)
    known = {"WARC-Date": warc_date(at)}
    if response.ip_address is not None:
        known["WARC-IP-Address"] = str(response.ip_address)
    if "dataloss" in response.flags:
        known["WARC-Truncated"] = "disconnect"
    if former is None:
        answer = writer.create_warc_record(
            response.url,
            "response",
            payload=BytesIO(response.body),
            length=len(response.body),
            warc_headers_dict=known | {"WARC-Payload-Digest": digest},
            http_headers=_answered(response),
        )
    else:
        answer = _revisit(writer, response, known, digest, former)
    asked = writer.create_warc_record(
        response.url,
        "request",
        payload=BytesIO(request.body),
        length=len(request.body),
        warc_headers_dict=known,
        http_headers=_asked(request),
    )
    writer.write_request_response_pair(asked, answer)
    return out.getvalue()


def _revisit(
    writer: Any, response: Response, known: dict[str, str], digest: str, former: Capture
) -> Any:
    is_same = response.status != HTTPStatus.NOT_MODIFIED
    told = {
        "WARC-Profile": SAME_PAYLOAD if is_same else NOT_MODIFIED,
        "WARC-Refers-To-Target-URI": response.url,
        "WARC-Refers-To-Date": warc_date(former.written_at),
    }
    if is_same:
        told["WARC-Payload-Digest"] = digest
    return writer.create_warc_record(
        response.url, "revisit", warc_headers_dict=known | told, http_headers=_answered(response)
    )


def _answered(response: Response) -> _AsTheyCame:
    try:
        reason = HTTPStatus(response.status).phrase
    except ValueError:
        reason = ""
    protocol = response.protocol or "HTTP/1.1"
    return _AsTheyCame(f"{protocol} {response.status} {reason}".encode(), _pairs(response.headers))


def _asked(request: Request) -> _AsTheyCame:
    parts = urlsplit(request.url)
    target = parts.path or "/"
    if parts.query:
        target += f"?{parts.query}"
    headers = [pair for pair in _pairs(request.headers) if pair[0].lower() not in _PRIVATE]
    host = (b"Host", parts.netloc.encode("latin-1", "replace"))
    return _AsTheyCame(f"{request.method} {target} HTTP/1.1".encode(), [host, *headers])


def _pairs(headers: Headers) -> list[tuple[bytes, bytes]]:
    return [
        (b"X-Crawler-Transfer-Encoding" if name.lower() == b"transfer-encoding" else name, value)
        for name, values in headers.items()
        for value in values
    ]
