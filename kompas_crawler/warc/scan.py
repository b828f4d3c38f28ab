"""Iterate over the records of a WARC file, packed or not; unwanted ones are skipped."""

from __future__ import annotations

import io
import re
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from kompas_crawler.warc.unpack import BROKEN, FAULTS, GZIP, ZSTD, Endless, Unreadable, unpacked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from kompas_crawler.warc.unpack import Unpacked

MAX_RECORD = 64 * 1024 * 1024
"""Bytes of a decompressed record; larger ones are skipped."""
_MAX_HEAD = 64 * 1024
_SLICE = 1 << 20
_MAX_TRIES = 10_000
"""Marks of a record tried after damage before the rest of a file is given up."""
_LENGTH = re.compile(rb"\r\nContent-Length:[ \t]*([0-9]{1,15})", re.IGNORECASE)
_TARGET = re.compile(rb"\r\nWARC-Target-URI:[ \t]*<?([^\r\n>]+)", re.IGNORECASE)


class Scanned(NamedTuple):
    """One record, and its bytes if it was wanted; or a ``fault`` of the file.

    ``offset`` is the position in the file at which reading finds the record; ``is_first`` means
    that nothing precedes it there. All records of a file packed as a whole have the offset 0.
    """

    offset: int
    is_first: bool
    data: bytes | None
    fault: str | None = None


class _Damaged(Unreadable):
    """No record begins here; the next may begin *after* more bytes."""

    def __init__(self, after: int) -> None:
        self.after = after


def head_target(head: bytes) -> bytes:
    """The ``WARC-Target-URI`` of a record header, or empty."""
    match = _TARGET.search(head)
    return match[1].strip() if match else b""


def scan(path: Path, is_wanted: Callable[[bytes], bool], start: int = 0) -> Iterator[Scanned]:
    """Yield the records of the file *path*: see ``records``."""
    with path.open("rb") as file:
        yield from records(file, is_wanted, start)


def records(
    file: IO[bytes], is_wanted: Callable[[bytes], bool], start: int = 0
) -> Iterator[Scanned]:
    """Yield the records of *file* from the offset *start*.

    *is_wanted* gets the record's header. Damage is skipped up to the next record and reported as
    a ``fault``, as is a truncated end. Raises ``OSError`` if the file cannot be read.
    """
    tries = 0
    while True:
        at = after = start
        try:
            for found in _from(file, is_wanted, start):
                at, tries = found.offset, 0
                yield found
            return
        except EOFError:
            yield Scanned(at, False, None, "is cut short")
            return
        except Endless:
            yield Scanned(at, False, None, "unpacks to far more than its size; the rest is skipped")
            return
        except _Damaged as error:
            after = error.after
        except BROKEN:
            pass
        if not tries:
            yield Scanned(at, False, None, f"is damaged after byte {at}")
        tries += 1
        following = _next_mark(file, max(at + 1, start + 1, after))
        if following is None or tries > _MAX_TRIES:
            return
        start = following


def _from(file: IO[bytes], is_wanted: Callable[[bytes], bool], start: int) -> Iterator[Scanned]:
    stream, found = unpacked(file, start), None
    try:
        for following in _read(file, stream, is_wanted, start):
            if found is not None:
                yield found
            found = following
    except FAULTS:
        # A member may prove damaged after its record was read.
        if found and (stream is None or not found.is_first or stream.whole > found.offset):
            yield found
        raise
    if found is not None:
        yield found


def _read(
    file: IO[bytes], stream: Unpacked | None, is_wanted: Callable[[bytes], bool], start: int
) -> Iterator[Scanned]:
    reader: Any = file if stream is None else io.BufferedReader(stream, _SLICE)
    total = 0
    if stream is None:
        total = file.seek(0, io.SEEK_END) - start
        file.seek(start)
    position = end = 0  # in the unpacked data
    offset = start
    while line := reader.readline(_MAX_HEAD):
        begin = position
        position += len(line)
        if not line.strip() and position - end < _MAX_HEAD:
            continue
        if not line.startswith(b"WARC/"):
            raise _Damaged(start + begin + 1 if stream is None else 0)
        lines = [line]
        quick = reader.peek(1).find(b"\r\n\r\n") + 2
        if quick > 1:  # the whole header is in the buffer
            lines.append(reader.read(quick))
            position += quick
        while (line := reader.readline(_MAX_HEAD)).strip() and position - begin < _MAX_HEAD:
            lines.append(line)
            position += len(line)
        if not line:
            raise EOFError
        position += len(line)
        head = b"".join(lines)
        if not lines[0].endswith(b"\r\n"):
            head = re.sub(rb"\r?\n", b"\r\n", head)
        length = _LENGTH.search(head)
        if length is None or line.strip():
            raise _Damaged(start + position if stream is None else 0)
        size = int(length[1])
        is_needed = is_wanted(head) and size <= MAX_RECORD
        if stream is not None or is_needed:
            block = _block(reader, size, is_needed)
        elif position + size > total:
            raise EOFError
        else:
            file.seek(size, io.SEEK_CUR)
        position = end = position + size
        is_first = stream is None or begin in stream.starts
        if is_first:
            offset = start + begin if stream is None else stream.starts.pop(begin)
        yield Scanned(offset, is_first, b"%b\r\n%b" % (head, block) if is_needed else None)


def _block(reader: Any, size: int, is_needed: bool) -> bytes:
    """Read *size* bytes; return them if needed."""
    parts = []
    while size:
        part = reader.read(min(size, _SLICE))
        if not part:
            raise EOFError
        size -= len(part)
        if is_needed:
            parts.append(part)
    return b"".join(parts)


def _next_mark(file: IO[bytes], start: int) -> int | None:
    """The first offset from *start* at which a record may begin."""
    file.seek(0)
    head = file.read(4)
    mark = GZIP if head.startswith(GZIP) else b"WARC/1." if head.startswith(b"WARC") else ZSTD
    file.seek(start)
    rest = b""
    while part := file.read(_SLICE):
        if (found := (rest + part).find(mark)) >= 0:
            return start - len(rest) + found
        start += len(part)
        rest = part[1 - len(mark) :]
    return None


def record_at(path: Path, offset: int) -> bytes | None:
    """The record of *path* at *offset*; ``None`` if there is none or it is truncated."""
    for found in scan(path, lambda _: True, offset):
        return found.data if found.is_first and found.offset == offset else None
    return None


def end_of_whole_records(path: Path) -> int:
    """The end of the last complete member of the gzip file *path*."""
    with path.open("rb") as file:
        if (stream := unpacked(file)) is None:
            return 0
        with suppress(*FAULTS):
            while stream.read(_SLICE):
                pass
        return stream.whole
