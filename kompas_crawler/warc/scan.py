"""Iterate over the records of a WARC file; unwanted ones are skipped by their header.

Plain files and files gzipped per record are read in place. A file gzipped as a whole is
decompressed to a temporary file, so its records have no usable offset.
"""

from __future__ import annotations

import gzip
import mmap
import re
import shutil
import tempfile
import zlib
from contextlib import contextmanager, suppress
from typing import IO, TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

GZIP = b"\x1f\x8b\x08"
MAX_RECORD = 64 * 1024 * 1024
"""Bytes of a decompressed record; larger ones are skipped."""
_MAX_HEAD = 64 * 1024
_SLICE = 32 * 1024
_DRAIN = 1 << 20
_LENGTH = re.compile(rb"\r\nContent-Length:[ \t]*([0-9]{1,15})", re.IGNORECASE)
_TARGET = re.compile(rb"\r\nWARC-Target-URI:[ \t]*<?([^\r\n>]+)", re.IGNORECASE)


class Scanned(NamedTuple):
    """One record: its position, and its bytes if it was wanted.

    ``offset`` is the position in the file, or in the decompressed data of one gzipped as a whole.
    """

    offset: int
    end: int
    data: bytes | None


class NotByRecord(Exception):  # noqa: N818
    """The file is gzipped as a whole."""


def head_target(head: bytes) -> bytes:
    """The ``WARC-Target-URI`` of a record header, or empty."""
    match = _TARGET.search(head)
    return match[1].strip() if match else b""


def scan(path: Path, is_wanted: Callable[[bytes], bool], start: int = 0) -> Iterator[Scanned]:
    """Yield the records of *path* from offset *start*.

    *is_wanted* gets the record's header. Damaged data is skipped up to the next record; a
    truncated record ends the file.
    """
    with path.open("rb") as file, _mapped(file) as data:
        if data[:2] != GZIP[:2]:
            yield from _plain(data, is_wanted, start)
            return
        if _holds_records(data):
            yield from _by_record(data, is_wanted, start)
            return
    with gzip.open(path) as packed, tempfile.TemporaryFile() as whole:
        _unpack(packed, whole)
        with _mapped(whole) as data:
            yield from _plain(data, is_wanted, start)


def is_by_record(path: Path) -> bool:
    """Whether a record of *path* can be read by its offset."""
    with path.open("rb") as file, _mapped(file) as data:
        return data[:2] != GZIP[:2] or _holds_records(data)


def _holds_records(data: mmap.mmap | bytes) -> bool:
    """Whether the first gzip member of *data* is one record."""
    try:
        next(_by_record(data, lambda _: False, 0), None)
    except NotByRecord:
        return False
    return True


def record_at(path: Path, offset: int) -> bytes | None:
    """The record of *path* at *offset*; ``None`` if there is none or it is truncated."""
    for found in scan(path, lambda _: True, offset):
        return found.data if found.offset == offset else None
    return None


def end_of_whole_records(path: Path) -> int:
    """The end of the last complete record of *path*."""
    end = 0
    with path.open("rb") as file, _mapped(file) as data:
        while end < len(data):
            try:
                found = _member(data, end, lambda _: False)
            except (zlib.error, NotByRecord):
                break
            if found is None:
                break
            end = found.end
    return end


@contextmanager
def _mapped(file: IO[bytes]) -> Iterator[mmap.mmap | bytes]:
    file.seek(0, 2)
    if not file.tell():  # mmap refuses an empty file
        yield b""
        return
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        yield data


def _unpack(packed: gzip.GzipFile, file: IO[bytes]) -> None:
    with suppress(EOFError, OSError, zlib.error):  # truncated or damaged: keep what precedes
        shutil.copyfileobj(packed, file, _DRAIN)
    file.flush()


def _plain(
    data: mmap.mmap | bytes, is_wanted: Callable[[bytes], bool], start: int
) -> Iterator[Scanned]:
    offset, size = start, len(data)
    while offset < size:
        stop = data.find(b"\r\n\r\n", offset, offset + _MAX_HEAD)
        head = data[offset : stop + 2] if stop >= 0 else b""
        length = _LENGTH.search(head)
        if length is None or not head.startswith(b"WARC/"):
            offset = data.find(b"WARC/1.", offset + 1)
            if offset < 0:
                return
            continue
        end = stop + 4 + int(length[1])
        if end > size:
            return
        whole = data[offset:end] if _is_needed(head, int(length[1]), is_wanted) else None
        # Two empty lines follow; some writers omit one or both.
        after = end + 4
        if data[end:after] != b"\r\n\r\n":
            after = end + 2 if data[end : end + 2] == b"\r\n" else end
        yield Scanned(offset, after, whole)
        offset = after


def _is_needed(head: bytes, length: int, is_wanted: Callable[[bytes], bool]) -> bool:
    return is_wanted(head) and length <= MAX_RECORD


def _by_record(
    data: mmap.mmap | bytes, is_wanted: Callable[[bytes], bool], start: int
) -> Iterator[Scanned]:
    offset = start
    while 0 <= offset < len(data):
        try:
            found = _member(data, offset, is_wanted)
        except zlib.error:
            offset = data.find(GZIP, offset + 1)
            continue
        except NotByRecord:
            if offset == 0:
                raise
            offset = data.find(GZIP, offset + 1)
            continue
        if found is None:  # truncated
            return
        yield found
        offset = found.end


def _member(
    data: mmap.mmap | bytes, offset: int, is_wanted: Callable[[bytes], bool]
) -> Scanned | None:
    """The record in the gzip member at *offset*; ``None`` if it is truncated.

    Raises ``NotByRecord`` if the member contains more than a record, ``zlib.error`` if none.
    """
    inflater = zlib.decompressobj(31)
    position, tail = offset, b""
    head = b""
    while (stop := head.find(b"\r\n\r\n")) < 0 and len(head) < _MAX_HEAD and not inflater.eof:
        if not tail:
            tail = data[position : position + _SLICE]
            position += len(tail)
            if not tail:
                return None
        head += inflater.decompress(tail, 4096)
        tail = inflater.unconsumed_tail
    length = _LENGTH.search(head[: stop + 2]) if stop >= 0 else None
    if length is None or not head.startswith(b"WARC/"):
        raise zlib.error("no WARC record")
    is_needed = _is_needed(head[: stop + 2], int(length[1]), is_wanted)
    block_end = stop + 4 + int(length[1])
    parts = [head] if is_needed else []
    total = len(head)
    while not inflater.eof:
        if not tail:
            tail = data[position : position + _SLICE]
            position += len(tail)
            if not tail:
                return None
        out = inflater.decompress(tail, _DRAIN)
        tail = inflater.unconsumed_tail
        total += len(out)
        if total > block_end + 4 + _SLICE:
            raise NotByRecord
        if is_needed:
            parts.append(out)
    if total > block_end + 4:
        raise NotByRecord
    whole = b"".join(parts)[:block_end] if is_needed else None
    return Scanned(offset, position - len(inflater.unused_data), whole)
