"""Convert a WARC record, or a capture from a public web archive, to the ``Response`` stored."""

import re
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import MAXYEAR, UTC, datetime
from io import BytesIO

from scrapy.http import Response

from kompas_crawler.frontier import CutShort
from kompas_crawler.middlewares.compression import CompressionMiddleware, unpack
from kompas_crawler.pages import cdx
from kompas_crawler.warc.scan import digest_of, head_target

MAX_BODY = 10 * 1024 * 1024  # bytes of a decoded body, as in ``DOWNLOAD_MAXSIZE``
PARTIAL = b"X-Crawler-Partial"  # our header: neither a length nor chunks proved the body whole

_PART = frozenset({b"warc-truncated", b"warc-segment-number"})
_STATUS = re.compile(rb"(?i)\s*HTTP/[0-9.]+[ \t]+([0-9]{3})")
_INTERIM = re.compile(rb"\A(?:\s*HTTP/[0-9.]+ 1[0-9]{2}\b[^\n]*\n(?:[^\r\n]+\r?\n)*+\r?\n)+")
_CHUNK = re.compile(rb"[0-9A-Fa-f]{1,8}[ \t]*(?:;[^\r\n]{0,200})?\r\n")  # a page begins otherwise
_TYPE = re.compile(rb"\r\nWARC-Type:[ \t]*(?:response|revisit|resource)[ \t]*\r\n", re.IGNORECASE)
_HOST = re.compile(rb"(?i)https?://(?:[a-z0-9.-]+\.)?kompas\.com\.?(?::[0-9]+)?(?:[/?#]|$)")
_BLANK = re.compile(rb"\r?\n\r?\n")
_WAYBACK = re.compile(
    rb"https?://web\.archive\.org(?::[0-9]+)?/web/([0-9]{4,14})(?:[a-z]{2}_)?/((?:https?:/*)?)",
    re.IGNORECASE,
)
_ARC = re.compile(rb"(?s)\A(https?:\S+) \S+ (\d{14}) [^\n]*\n(.*)\n")  # of 2008 to 2012
_OF_ARC = rb"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: \1\r\nWARC-Date: \2\r\n\r\n\3"
_REWRITTEN = re.compile(  # what the Wayback Machine puts before the links of a page
    rb"(?:(?:https?:)?//web\.archive\.org)?/web/[0-9]{4,14}(?:[a-z]{2}_)?/(?=https?://)"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class CapturedPage:
    """A response with its capture time and the digest of the bytes received."""

    at: datetime | None  # ``None`` for a page saved at an unknown time
    digest: str | None  # of a revisit that of the identical payload, or ``None`` after a 304
    response: Response  # decoded, with the address of Kompas, also from the Wayback Machine
    is_revisit: bool = False  # without a body


def is_of_kompas(head: bytes) -> bool:
    """Whether a record header belongs to a page of Kompas."""
    # The substring test rejects most records without a regular expression.
    is_page = b"kompas.com" in head.lower() and _TYPE.search(head) is not None
    return is_page and _HOST.match(original(head_target(head))[0]) is not None


def original(url: bytes) -> tuple[bytes, datetime | None]:
    """The address and the time of a capture in the Wayback Machine; else *url* and ``None``.

    >>> original(b"https://web.archive.org/web/20210203id_/http://www.kompas.com/")
    (b'http://www.kompas.com/', datetime.datetime(2021, 2, 3, 0, 0, tzinfo=datetime.timezone.utc))
    """
    if (found := _WAYBACK.match(url)) is None:
        return url, None
    scheme = b"https://" if found[2].lower().startswith(b"https") else b"http://"
    return scheme + url[found.end() :], moment(found[1])


def captured_page(record: bytes) -> CapturedPage | None:
    """Parse a *record*; ``None`` if it contains no page or exceeds ``MAX_BODY``.

    The response has the flag ``partial`` if its end may be missing.
    """
    head, _, block = record.partition(b"\r\n\r\n")
    headers = {name.lower(): value for name, value in _lines(head)}
    target = head_target(head + b"\r\n")
    url, captured_at = original(target)
    address = url.decode("utf-8", "replace")
    at = captured_at or moment(headers.get(b"warc-date", b""))
    kind = headers.get(b"warc-type", b"").lower()
    if kind == b"resource" or block.startswith(b"<"):  # a response without its HTTP header
        response = Response(address, body=block)
    else:
        block = _INTERIM.sub(b"", block)  # such as 103 Early Hints
        blank = _BLANK.search(block)
        http_head, body = (block[: blank.start()], block[blank.end() :]) if blank else (block, b"")
        status = _STATUS.match(http_head)
        if at is None or status is None:
            return None
        fields = _lines(http_head.partition(b"\n")[2])
        response = Response(address, status=int(status[1]), headers=fields, body=body)
    digest = headers.get(b"warc-payload-digest", b"").decode("latin-1")
    digest = digest if digest.isprintable() and len(digest) < 200 else ""
    if kind == b"revisit":
        return CapturedPage(at=at, digest=digest or None, response=response, is_revisit=True)
    digest = digest or digest_of(response.body)
    body, is_whole = decoded(response, is_whole=_PART.isdisjoint(headers))
    if len(body) > MAX_BODY:
        return None
    if url is not target:
        body = _REWRITTEN.sub(b"", body)
    flags = [] if is_whole else ["partial"]
    return CapturedPage(at=at, digest=digest, response=response.replace(body=body, flags=flags))


def _lines(head: bytes) -> list[tuple[bytes, bytes]]:
    lines = re.sub(rb"\r?\n[ \t]+", b" ", head).splitlines()
    pairs = (line.partition(b":") for line in lines)
    return [(name.strip(), value.strip()) for name, colon, value in pairs if colon]


def moment(text: bytes) -> datetime | None:
    """The instant *text* in whole seconds, UTC without a zone; the start of a day, month or year.

    >>> moment(b"2016-02"), moment(b"20160216073800") == moment(b"2016-02-16T14:38:00.125+07:00")
    (datetime.datetime(2016, 2, 1, 0, 0, tzinfo=datetime.timezone.utc), True)
    """
    plain = text.decode("ascii", "replace")
    if plain.isdigit():
        plain += "00000101000000"[len(plain) :]
        plain = f"{plain[:8]}T{plain[8:]}"
    elif len(plain) == len("2016-02"):
        plain += "-01"
    with suppress(ValueError, OverflowError):
        at = datetime.fromisoformat(plain)
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
        return at.replace(microsecond=0) if at.year < MAXYEAR else None
    return None


def decoded(response: Response, *, is_whole: bool) -> tuple[bytes, bool]:
    """The body, decoded unless it is damaged, and whether nothing shows that it is truncated."""
    body = response.body
    length = response.headers.get("Content-Length") or b""
    is_whole &= PARTIAL not in response.headers
    is_whole &= not length.isdigit() or int(length[:20]) <= len(body)  # of any length
    transfer = re.split(rb"[, ]+", b",".join(response.headers.getlist("Transfer-Encoding")).lower())
    if b"chunked" in transfer or _CHUNK.match(body):
        from warcio.bufferedreaders import ChunkedDataReader

        # Some crawlers decode the chunks but store the header: the reader handles both.
        is_whole &= body.endswith(b"0\r\n\r\n")
        body = ChunkedDataReader(BytesIO(body)).read()
    listed, _ = CompressionMiddleware._split_encodings(
        [
            *response.headers.getlist("Content-Encoding"),
            *(coding for coding in transfer if coding in (b"gzip", b"x-gzip", b"deflate")),
        ]
    )
    for encoding in (listed or [b"gzip"] * body.startswith(b"\x1f\x8b")) if body else ():
        try:
            body, is_whole = unpack(body, encoding, MAX_BODY), True  # the stream proves it
        except ValueError:
            is_whole &= body.lstrip().startswith(b"<")  # the crawler decoded it
    return body, is_whole


def captured(response: Response, where: str, digest: str) -> CapturedPage:
    """The page of the capture at *where* in a *response*, as received.

    Raises ``cdx.NotAsListed`` for another *digest*, ``CutShort`` if it was not received whole.
    """
    file, _, span = where.partition("#")
    first, _, last = span.partition("-")
    size = int(last) - int(first) + 1 if span else 0
    if response.status != (206 if span else 200) or len(response.body) < size:
        raise CutShort(f"HTTP {response.status}, {len(response.body):,} of {size:,} bytes")
    if span:
        return _of_member(response.body, digest)
    body, _ = decoded(response, is_whole=True)
    _check(digest, {digest_of(response.body), digest_of(body)})
    timestamp, _, url = file.partition("/web/")[2].partition("id_/")
    kind = {"Content-Type": response.headers.get("Content-Type") or b"text/html"}
    page = Response(url, headers=kind, body=body, flags=["partial"] * (len(body) > MAX_BODY))
    return CapturedPage(at=cdx.moment(timestamp), digest=f"sha1:{digest}", response=page)


def _of_member(member: bytes, digest: str) -> CapturedPage:
    """The page in the gzip member of one WARC or ARC record."""
    try:
        record = unpack(member, b"gzip", MAX_BODY)
    except ValueError as error:
        raise cdx.NotAsListed(f"no whole gzip member: {error}") from None
    record = _ARC.sub(_OF_ARC, record).removesuffix(b"\r\n\r\n")  # empty lines follow the block
    page = captured_page(record) if record.startswith(b"WARC/") else None
    if page is None or page.at is None or page.is_revisit:
        raise cdx.NotAsListed("no captured page in the record")
    payload = record.partition(b"\r\n\r\n")[2].partition(b"\r\n\r\n")[2]
    _check(digest, {digest_of(payload), digest_of(page.response.body)})
    return page


def _check(digest: str, found: Collection[str]) -> None:
    if f"sha1:{digest.removeprefix('sha1:')}" not in found:
        raise cdx.NotAsListed(f"its digest is {min(found)}, not {digest}")
