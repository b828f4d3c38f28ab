"""Unpack a gzip or zstd file as a stream that knows where its members begin."""

from __future__ import annotations

import io
import struct
import sys
import zipfile
from typing import TYPE_CHECKING, Any, cast

try:
    from isal import isal_zlib as zlib
except ImportError:  # no wheel for this platform
    import zlib  # type: ignore[no-redef]
if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import IO

GZIP, ZSTD = b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd"
DICTIONARY = b"\x5d\x2a\x4d\x18"
"""Start of the skippable frame with the dictionary of a ``.warc.zst`` file."""
BROKEN: tuple[type[Exception], ...] = (cast("Any", zlib.error), zstd.ZstdError, zipfile.BadZipFile)
SLACK, RATIO = 1 << 30, 250
"""A file may unpack to ``SLACK`` bytes and ``RATIO`` times its size; HTML packs to a tenth."""
_SLICE = 64 * 1024
_MAX_DICTIONARY = 100 * 1024 * 1024


class Unreadable(Exception):  # noqa: N818
    """The data is not what it should be."""


class Endless(Unreadable):
    """The file unpacks to far more than its size."""


FAULTS = (Unreadable, EOFError, *BROKEN)
"""What reading a damaged, truncated or endless file raises."""


class Unpacked(io.RawIOBase):
    """The unpacked bytes of *file* from offset *start*, where a member begins.

    ``starts`` maps positions in these bytes to the offset of the member that begins there;
    ``whole`` is the end of the last complete member. Raises one of ``BROKEN``, ``EOFError`` in
    a truncated member, or ``Endless``.
    """

    def __init__(self, file: IO[bytes], inflater: Callable[[], Any], start: int) -> None:
        self._file, self._inflater = file, inflater
        self._raw = b""
        self._member: Any = None
        self._read = self.whole = start
        self._position = 0
        self.starts: dict[int, int] = {}
        file.seek(start)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill *buffer* with bytes of one member."""
        out = b""
        while not out:
            is_end = not self._raw and not self._fill()
            if self._member is None:
                if is_end:
                    return 0
                self.starts[self._position] = self._read - len(self._raw)
                self._member = self._inflater()
            out = self._member.decompress(self._raw, len(buffer))
            if self._member.eof:
                self._raw = self._member.unused_data
                self._member, self.whole = None, self._read - len(self._raw)
            else:
                self._raw = getattr(self._member, "unconsumed_tail", b"")
                if is_end and not out:
                    raise EOFError
        self._position += len(out)
        if self._position > SLACK + RATIO * self._read:
            raise Endless
        buffer[: len(out)] = out
        return len(out)

    def _fill(self) -> bool:
        if not getattr(self._member, "needs_input", True):
            return True
        self._raw = self._file.read(_SLICE)
        self._read += len(self._raw)
        return bool(self._raw)


def unpacked(file: IO[bytes], start: int = 0) -> Unpacked | None:
    """*file* unpacked from *start*; ``None`` if it is not packed."""
    file.seek(0)
    head = file.read(8)
    if head.startswith(GZIP[:2]):
        return Unpacked(file, lambda: zlib.decompressobj(31), start)
    if head.startswith(ZSTD):
        return Unpacked(file, zstd.ZstdDecompressor, start)
    if head.startswith(DICTIONARY):
        size = struct.unpack("<I", head[4:])[0]
        known = file.read(min(size, _MAX_DICTIONARY))
        if known.startswith(ZSTD):
            known = zstd.ZstdDecompressor().decompress(known, _MAX_DICTIONARY)
        dictionary = zstd.ZstdDict(known)
        return Unpacked(file, lambda: zstd.ZstdDecompressor(dictionary), max(start, 8 + size))
    return None
