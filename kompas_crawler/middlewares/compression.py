"""Unpack what the server packed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.responsetypes import responsetypes

try:  # three times as fast, and there for nearly every machine
    from isal import isal_zlib as zlib
except ImportError:
    import zlib  # type: ignore[no-redef]

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.http import Response

_DAMAGED: type[Exception] = zlib.error  # type: ignore[assignment]
_GZIP = 16 + 15  # zlib's number for a stream with a header of gzip's
_ENOUGH = 1024 * 1024
"""Bytes that nearly every page fits in; of a larger one Scrapy's own loop counts the steps."""


class CompressionMiddleware(HttpCompressionMiddleware):
    """Unpack gzip in one call, and leave to Scrapy whatever is not one whole stream of it.

    That is: other encodings, several of them, what is cut off or damaged, and what
    unpacks to more than a page, so that ``DOWNLOAD_MAXSIZE`` stops a bomb as before.
    """

    def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]
        """Return *response* with its body unpacked."""
        if response.headers.getlist("Content-Encoding") == [b"gzip"]:
            body = gunzip(response.body, min(self._max_size or _ENOUGH, _ENOUGH))
            if body is not None:
                del response.headers["Content-Encoding"]
                kind = responsetypes.from_args(response.headers, response.url, body=body)
                unpacked = response.replace(cls=kind, body=body, headers=None)
                unpacked.headers = response.headers  # handed on: to copy them takes longer
                return unpacked
        return super().process_response(request, response)


def gunzip(packed: bytes, limit: int) -> bytes | None:
    """What *packed* holds, if it is one whole stream of at most *limit* bytes; else ``None``.

    >>> import gzip
    >>> gunzip(gzip.compress(b"Banjir"), 100), gunzip(gzip.compress(b"Banjir"), 5)
    (b'Banjir', None)
    """
    unpacking = zlib.decompressobj(_GZIP)
    try:
        body = unpacking.decompress(packed, limit)
    except _DAMAGED:
        return None
    return body if unpacking.eof and not unpacking.unused_data else None
