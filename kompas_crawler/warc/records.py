"""Build WARC records: request and response, or ``revisit``.

The HTTP client has removed chunked transfer coding from the body, so that header is stored as
``X-Crawler-Transfer-Encoding``.
"""

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from http.client import responses
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.http import Headers, Response
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from kompas_crawler.items import Capture
from kompas_crawler.warc.response import PARTIAL

VERSION = "WARC/1.1"
SAME_PAYLOAD = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"

_PRIVATE = frozenset({b"proxy-authorization", b"authorization", b"cookie"})  # are not stored


class _RawHeaders(StatusAndHeaders):  # type: ignore[misc]  # warcio has no types
    """HTTP headers as received; warcio would re-encode non-ASCII characters."""

    def __init__(self, first_line: bytes, headers: list[tuple[bytes, bytes]]) -> None:
        super().__init__(first_line.decode("latin-1"), [])
        lines = [first_line, *(b"%b: %b" % pair for pair in headers)]
        self.headers_buff = b"\r\n".join(lines) + b"\r\n\r\n"

    def compute_headers_buffer(self, header_filter: object = None) -> None:
        """Nothing to do: ``__init__`` set the buffer."""


def warc_date(at: datetime) -> str:
    """The value of ``WARC-Date``, for a time in UTC."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def information(filename: str, info: Mapping[str, str], at: datetime) -> bytes:
    """The ``warcinfo`` record at the start of a file."""
    out = BytesIO()
    writer = WARCWriter(out, gzip=True, warc_version=VERSION)
    record = writer.create_warcinfo_record(filename, dict(info))
    record.rec_headers.replace_header("WARC-Date", warc_date(at))
    writer.write_record(record)
    return out.getvalue()


def exchange(
    request: Request, response: Response, *, at: datetime, digest: str, previous: Capture | None
) -> bytes:
    """The records of *response* and *request*; with *previous*, a ``revisit`` of that capture."""
    out = BytesIO()
    writer = WARCWriter(out, gzip=True, warc_version=VERSION)
    known = {"WARC-Date": warc_date(at)}
    if response.ip_address is not None:
        known["WARC-IP-Address"] = str(response.ip_address)
    if "dataloss" in response.flags:
        known["WARC-Truncated"] = "disconnect"
    kind, body, more = "response", response.body, {"WARC-Payload-Digest": digest}
    if previous is not None:
        kind, body = "revisit", b""
        more |= {
            "WARC-Profile": SAME_PAYLOAD,
            "WARC-Refers-To-Target-URI": response.url,
            "WARC-Refers-To-Date": warc_date(previous.written_at),
        }
        if response.status == HTTPStatus.NOT_MODIFIED:
            more["WARC-Profile"] = NOT_MODIFIED
            del more["WARC-Payload-Digest"]

    def record(kind: str, body: bytes, headers: _RawHeaders, known: dict[str, str]) -> Any:
        of = {"payload": BytesIO(body), "length": len(body), "http_headers": headers}
        return writer.create_warc_record(response.url, kind, warc_headers_dict=known, **of)

    writer.write_request_response_pair(
        record("request", request.body, _sent(request), known),
        record(kind, body, _received(response), known | more),
    )
    return out.getvalue()


def _received(response: Response) -> _RawHeaders:
    protocol, reason = response.protocol or "HTTP/1.1", responses.get(response.status, "")
    partial = [(PARTIAL, b"1")] if "partial" in response.flags else []
    first_line = f"{protocol} {response.status} {reason}".encode()
    return _RawHeaders(first_line, [*_pairs(response.headers), *partial])


def _sent(request: Request) -> _RawHeaders:
    parts = urlsplit(request.url)
    target = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
    host = (b"Host", parts.netloc.encode("latin-1", "replace"))
    headers = [pair for pair in _pairs(request.headers) if pair[0].lower() not in _PRIVATE]
    return _RawHeaders(f"{request.method} {target} HTTP/1.1".encode(), [host, *headers])


def _pairs(headers: Headers) -> list[tuple[bytes, bytes]]:
    return [
        (b"X-Crawler-Transfer-Encoding" if name.lower() == b"transfer-encoding" else name, value)
        for name, values in headers.items()
        for value in values
    ]
