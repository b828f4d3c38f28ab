"""Iterate over the records of a WARC file, packed or not; unwanted ones are skipped."""

import io
import mmap
import re
import zipfile
import zlib
from base64 import b32encode
from collections.abc import Callable, Iterator
from contextlib import suppress
from hashlib import sha1
from pathlib import Path
from typing import IO, NamedTuple

OPEN = ".open"  # suffix of a file that is being written
MAX_RECORD = 64 * 1024 * 1024  # bytes of a decompressed record; larger ones are skipped
SLACK, RATIO = 1 << 30, 250  # bytes, and times its size, to which a file may unpack; HTML: ten
MAX_GAP = 160 * 1024  # bytes read past a record without another; a block of zstd has up to 128 KiB
MAX_TRIES = 1000  # marks of a record tried after damage before the rest of a file is given up
_SLICE, _CUT = 1 << 16, "is cut short"
_MARKS = (b"\x1f\x8b\x08", b"WARC/1.", b"\x28\xb5\x2f\xfd")
_DICTIONARY = b"\x5d\x2a\x4d\x18"  # of a .warc.zst file: its frames cannot be read alone
_TARGET = re.compile(rb"\r\nWARC-Target-URI:[ \t]*<?([^\r\n>]+)", re.IGNORECASE)


class Scanned(NamedTuple):
    """One record, and its bytes if it was wanted; or a ``fault`` of the file."""

    offset: int  # at which reading finds the record: 0 in a file that is packed as a whole
    is_first: bool  # nothing precedes it there
    data: bytes | None
    fault: str | None = None


class Damaged(Exception):  # noqa: N818
    """The file unpacks to far more than its size."""


FAULTS = (Damaged, OSError, EOFError, zlib.error, zipfile.BadZipFile)  # also inside a ZIP archive


def head_target(head: bytes) -> bytes:
    """The ``WARC-Target-URI`` of a record header, or empty."""
    match = _TARGET.search(head)
    return match[1].strip() if match else b""


def digest_of(body: bytes) -> str:
    """The value of ``WARC-Payload-Digest``.

    >>> digest_of(b"")
    'sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ'
    """
    return f"sha1:{b32encode(sha1(body, usedforsecurity=False).digest()).decode()}"


def scan(path: Path, is_wanted: Callable[[bytes], bool], start: int = 0) -> Iterator[Scanned]:
    """Yield the records of the file *path*: see ``records``."""
    with path.open("rb") as file:
        yield from records(file, is_wanted, start)


def records(
    file: IO[bytes], is_wanted: Callable[[bytes], bool], start: int = 0, size: int | None = None
) -> Iterator[Scanned]:
    """Yield the records of *file*, of *size* bytes if known, from *start* if a record begins there.

    *is_wanted* gets the header. Damage up to the next record and a truncated end are a ``fault``.
    """
    reading = _Reading(file, is_wanted, start, size)
    tries = 0
    while tries <= MAX_TRIES:
        try:
            while reading.has_more:
                for found in reading.records():
                    tries = 0
                    yield found
            return
        except Damaged as error:
            yield Scanned(reading.offset, False, None, str(error))
            return
        except FAULTS as error:
            if getattr(error, "errno", None) is not None:  # the disk's error, not FastWARC's
                raise
            is_followed = reading.skip()
            is_cut = str(error) == _CUT and not is_followed
            why = _CUT if is_cut else f"is damaged after byte {reading.offset}"
        if not tries:
            yield Scanned(reading.offset, False, None, why)
        tries += 1
        if not is_followed:
            return


class _Reading:
    """FastWARC's iterator over *file*, with what it does not say: damage and true offsets."""

    def __init__(
        self, file: IO[bytes], is_wanted: Callable[[bytes], bool], start: int, size: int | None
    ) -> None:
        self._file, self._is_wanted = file, is_wanted
        self.seek, self.tell = file.seek, file.tell  # for the iterator, as ``read``
        self._size = file.seek(0, io.SEEK_END) if size is None else size
        file.seek(0)
        head = file.read(4)
        self._data: mmap.mmap | bytes = b""  # of a file on disk, which can be searched
        with suppress(OSError, ValueError):
            self._data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._is_gzip = head.startswith(_MARKS[0])
        self._needs_start = head == _DICTIONARY
        self._mark = next((mark for mark in _MARKS if head.startswith(mark[:4])), _MARKS[2])
        self._is_lenient = False
        self._unpacked = self._gap = 0
        # Without a record there, it is another file than was read up to *start*.
        self._start = self._after = start if self._is_first(-1, start, self._size) else 0
        self.offset = self._start
        self.has_more = True

    def records(self) -> Iterator[Scanned]:
        """The records up to an empty member or the end, each when the following is known."""
        previous = self._start - 1
        data: bytes | None = None
        at: int | None = None
        fault: Exception | None = None
        try:
            for at_next, data_next in self._found():
                if at is not None:
                    yield self._scanned(at, data, self._is_first(previous, at, at_next))
                    previous = at
                at, data = at_next, data_next
        except FAULTS as error:
            fault = error
        if at is not None:
            is_first = self._is_first(previous, at, self._size)
            if not (is_first and self._is_gzip) or end_of_member(self._file, at):
                yield self._scanned(at, data, is_first)
        end, is_after_empty = self.offset, False
        while fault is None and self._is_gzip and end < self._size:
            following = end_of_member(self._file, end)
            self._file.seek((following or 4) - 4)
            is_empty = following is not None and self._file.read(4) == bytes(4)  # its length
            if is_after_empty and not is_empty:
                break
            if following is None:
                raise EOFError(_CUT)
            end, is_after_empty = following, is_empty
        if fault is not None:
            raise fault
        self.has_more = self._is_gzip and end < self._size
        self._start = self.offset = end

    def _scanned(self, at: int, data: bytes | None, is_first: bool) -> Scanned:
        if is_first:
            self.offset = at
        return Scanned(self.offset, is_first, data)

    def _is_first(self, previous: int, at: int, following: int) -> bool:
        """Whether a member begins with the record *at*; in a member FastWARC only estimates."""
        is_mark = self._data[at : at + len(self._mark)] == self._mark
        return is_mark and previous < at < following and not self._needs_start

    def _found(self) -> Iterator[tuple[int, bytes | None]]:
        from fastwarc.warc import ArchiveIterator

        self._file.seek(self._start)
        self._gap = MAX_GAP
        for record in ArchiveIterator(self, parse_http=False, quirks_mode=self._is_lenient):  # type: ignore[arg-type]
            at, size = record.stream_pos, record.content_length
            if "Content-Length" not in record.headers:
                if self._is_lenient:
                    raise EOFError(_CUT)
                self._is_lenient, self._start = True, at  # its lines may end in a bare LF
                yield from self._found()
                return
            self._unpacked += size
            if self._unpacked > SLACK + RATIO * self._size:
                raise Damaged("unpacks to far more than its size; the rest is skipped")
            self._gap, self._after = size + MAX_GAP, at + 1
            version = record.headers.status_line_bytes or b"WARC/1.0"
            pairs = (b"%b: %b" % pair for pair in record.headers.items_bytes())
            head = b"\r\n".join([version, *pairs, b""])
            data = None
            if self._is_wanted(head) and size <= MAX_RECORD:
                data = record.reader.read()
            if size > (record.consume() if data is None else len(data)):
                raise EOFError(_CUT)  # or its length is wrong, and others follow
            self._after += size if self._mark == _MARKS[1] else 0
            yield at, data if data is None else b"%b\r\n%b" % (head, data)

    def read(self, size: int) -> bytes:
        part = self._file.read(size)
        if part and self._gap <= 0:
            raise Damaged("contains no record for long; the rest is skipped")
        self._gap -= len(part)
        return part

    def skip(self) -> bool:
        """Go on at the next offset at which a record may begin; false if there is none."""
        found = self._data.find(self._mark, max(self._after, self._start + 1))
        self._start = max(found, 0)
        return found >= 0


def record_at(path: Path, offset: int) -> bytes | None:
    """The record of *path* at *offset*; ``None`` if there is none or it is truncated."""
    found = next(scan(path, lambda _: True, offset), None)
    return found.data if found and found.is_first and found.offset == offset else None


def end_of_member(file: IO[bytes], start: int) -> int | None:
    """The end of the gzip member at *start*; ``None`` if it is damaged or truncated."""
    file.seek(start)
    inflater = zlib.decompressobj(31)
    with suppress(zlib.error):
        while part := inflater.unconsumed_tail or file.read(_SLICE):
            end = file.tell()
            inflater.decompress(part, _SLICE)
            if inflater.eof:
                return end - len(inflater.unused_data)
    return None


def end_of_whole_records(path: Path) -> int:
    """The end of the last complete member of the gzip file *path*."""
    end = 0
    with path.open("rb") as file:
        while (following := end_of_member(file, end)) is not None:
            end = following
    return end
