"""Decompress responses, and refuse truncated or damaged streams."""

import sys
from collections.abc import Callable
from typing import Any

from scrapy import Request
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.responsetypes import responsetypes
from scrapy.utils import _compression

from kompas_crawler.frontier import CutShort

try:  # three times as fast
    from isal import isal_zlib as zlib
except ImportError:
    import zlib  # type: ignore[no-redef]


_LIBRARIES: Any = _compression  # Scrapy's choice of packages for brotli and zstd
AS_RECEIVED = "as_received"
MAX_STREAMS = 1000  # maximum of concatenated streams in one body
_ZLIB = b"\x08\x18\x28\x38\x48\x58\x68\x78"  # first bytes of a zlib header, never of raw deflate
_GZIP = 16 + 15  # zlib's window bits for a gzip header


class CompressionMiddleware(HttpCompressionMiddleware):
    """Decompress gzip, deflate, br and zstd, also nested.

    A truncated stream or wrong checksum raises :exc:`CutShort`; Scrapy's own middleware returns
    the readable part. A body larger than ``DOWNLOAD_MAXSIZE`` is refused. Removes the flag
    ``partial`` (no Content-Length): a complete stream proves that the body is complete.
    Responses to requests with the meta key :data:`AS_RECEIVED` are not decompressed.
    """

    def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]
        packings = response.headers.getlist("Content-Encoding")
        if not packings or not response.body or AS_RECEIVED in request.meta:
            return response
        known, unknown = self._split_encodings(packings)
        body = response.body
        limit = request.meta.get("download_maxsize", self._max_size) or sys.maxsize - 1
        for packing in known:
            try:
                body = unpack(body, packing, limit)
            except ValueError as error:
                line = f"the {packing.decode()} stream of {response.url} is truncated or damaged"
                raise CutShort(line) from error
            if len(body) > limit:
                raise IgnoreRequest(f"{response.url} decompresses to more than DOWNLOAD_MAXSIZE")
        if unknown:
            self._warn_unknown_encoding(response, unknown)
            response.headers["Content-Encoding"] = unknown
        else:
            del response.headers["Content-Encoding"]
        kind = responsetypes.from_args(response.headers, response.url, body=body)
        unpacked = response.replace(cls=kind, body=body, headers=None)
        unpacked.headers = response.headers  # faster than a copy
        if known and "partial" in unpacked.flags:
            unpacked.flags.remove("partial")
        return unpacked


def unpack(packed: bytes, packing: bytes, limit: int) -> bytes:
    """Decompress *packed*; stop after *limit* bytes, and return more than *limit* then.

    Raises ``ValueError`` for a truncated or damaged stream.

    >>> import gzip
    >>> unpack(gzip.compress(b"Banjir") + gzip.compress(b" surut"), b"gzip", 100)
    b'Banjir surut'
    >>> len(unpack(gzip.compress(b"Banjir" * 1000), b"gzip", 100))
    101
    """
    body = b""
    for _ in range(MAX_STREAMS):
        stream = _STREAMS[packing](packed)
        try:
            piece: bytes = stream.decompress(packed, limit + 1 - len(body))
        except (zlib.error, _LIBRARIES.brotli.error, _LIBRARIES.zstd.ZstdError) as error:  # type: ignore[misc]
            raise ValueError(str(error)) from error
        body += piece
        if len(body) > limit:
            return body
        if not stream.eof:
            raise ValueError("its end is missing")
        packed = stream.unused_data.lstrip(b"\0")  # padding
        if not packed:
            return body
    raise ValueError(f"more than {MAX_STREAMS} streams")


class _Brotli:
    """Brotli with zlib's interface; data after the end of the stream is an error."""

    unused_data = b""

    def __init__(self) -> None:
        self._stream = _LIBRARIES.brotli.Decompressor()

    @property
    def eof(self) -> bool:
        return bool(self._stream.is_finished())

    def decompress(self, packed: bytes, limit: int) -> bytes:
        return bytes(self._stream.process(packed, output_buffer_limit=limit))


_STREAMS: dict[bytes, Callable[[bytes], Any]] = {
    b"gzip": lambda _: zlib.decompressobj(_GZIP),
    b"x-gzip": lambda _: zlib.decompressobj(_GZIP),
    # With zlib's header, or raw, as Microsoft's servers send it.
    b"deflate": lambda packed: zlib.decompressobj(15 if packed[:1] in _ZLIB else -15),
    b"br": lambda _: _Brotli(),
    b"zstd": lambda _: _LIBRARIES.zstd.ZstdDecompressor(),
}
