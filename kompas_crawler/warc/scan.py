"""Read WARC files fast: what is not asked for is passed over by its address alone.

Files that are gzipped record by record, as all crawlers write them, and plain ones are read
where they lie. One that is gzipped as a whole is unpacked first, and its records have no
offset one could go back to.
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
"""A record larger than this, once unpacked, is no page."""
_MAX_HEAD = 64 * 1024
_SLICE = 32 * 1024
_DRAIN = 1 << 20
_LENGTH = re.compile(rb"\r\nContent-Length:[ \t]*([0-9]{1,15})", re.IGNORECASE)
_TARGET = re.compile(rb"\r\nWARC-Target-URI:[ \t]*<?([^\r\n>]+)", re.IGNORECASE)


class Scanned(NamedTuple):
    """One record: where it lies, and all of it when it was wanted.

    ``offset`` counts in the file as it is, unless that is gzipped as a whole.
    """

    offset: int
    end: int
    data: bytes | None


class NotByRecord(Exception):  # noqa: N818 - it is an answer, not a failure
    """The file is gzipped as a whole."""


def head_target(head: bytes) -> bytes:
    """The address that a record's head names, empty when it names none."""
    match = _TARGET.search(head)
    return match[1].strip() if match else b""


def scan(path: Path, is_wanted: Callable[[bytes], bool], start: int = 0) -> Iterator[Scanned]:
    """The records of the file *path* from the offset *start* on.

    *is_wanted* is asked with a record's head. What is broken is passed over, up to the next
    record; one that is cut off ends the file.
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
    """Whether one can go back to a record of *path* by its offset."""
    with path.open("rb") as file, _mapped(file) as data:
        return data[:2] != GZIP[:2] or _holds_records(data)


def _holds_records(data: mmap.mmap | bytes) -> bool:
    """Whether a gzip member of *data* is a record, as its first one tells."""
    try:
        next(_by_record(data, lambda _: False, 0), None)
    except NotByRecord:
        return False
    return True


def record_at(path: Path, offset: int) -> bytes | None:
    """The record of *path* at *offset*, or ``None`` when there is none or it is cut off."""
    for found in scan(path, lambda _: True, offset):
        return found.data if found.offset == offset else None
    return None


def end_of_whole_records(path: Path) -> int:
    """Where the last record of *path* ends that is whole."""
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
    """The bytes of *file*, without reading them all."""
    file.seek(0, 2)
    if not file.tell():  # nothing cannot be mapped
        yield b""
        return
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        yield data


def _unpack(packed: gzip.GzipFile, file: IO[bytes]) -> None:
    with suppress(EOFError, OSError, zlib.error):  # cut off or broken: what came before it counts
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
        whole = data[offset:end] if _is_asked(head, int(length[1]), is_wanted) else None
        # Two empty lines follow, or fewer where a writer was careless.
        after = end + 4
        if data[end:after] != b"\r\n\r\n":
            after = end + 2 if data[end : end + 2] == b"\r\n" else end
        yield Scanned(offset, after, whole)
        offset = after


def _is_asked(head: bytes, length: int, is_wanted: Callable[[bytes], bool]) -> bool:
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
        if found is None:  # cut off
            return
        yield found
        offset = found.end


def _member(
    data: mmap.mmap | bytes, offset: int, is_wanted: Callable[[bytes], bool]
) -> Scanned | None:
    """The record that the gzip member at *offset* holds; ``None`` when it is cut off.

    Raises ``NotByRecord`` when it holds more, ``zlib.error`` when it is none.
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
    is_kept = _is_asked(head[: stop + 2], int(length[1]), is_wanted)
    block_end = stop + 4 + int(length[1])
    parts = [head] if is_kept else []
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
        if is_kept:
            parts.append(out)
    if total > block_end + 4:
        raise NotByRecord
    whole = b"".join(parts)[:block_end] if is_kept else None
    return Scanned(offset, position - len(inflater.unused_data), whole)
