"""Ranges of a file, which several processes read and parse at once."""

import re
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from types import MappingProxyType
from typing import NamedTuple

from kompas_crawler.exitcodes import CrawlError
from kompas_crawler.warc.pages import Seen, pages_of
from kompas_crawler.warc.response import is_of_kompas
from kompas_crawler.warc.scan import Scanned
from kompas_crawler.warc.sources import Source

PAGES, SECONDS = 50, 0.2  # a batch ends after this many pages or seconds of reading
SIZE = 1 << 20  # bytes of a range: some 50 pages of Kompas
MOST = 400  # pages of Kompas in memory, if many records share a gzip member
_GZIP = re.compile(rb"\x1f\x8b\x08")


class Batch(NamedTuple):
    """Records of ``source`` up to ``offset``, and what those of Kompas contain."""

    source: Source
    offset: int
    records: int
    pages: int  # of Kompas
    is_last: bool
    faults: Sequence[str] = ()
    seen: Sequence[Seen] = ()
    passed_over: Mapping[str, int] = MappingProxyType({})  # the other pages, by reason
    first: int | None = None  # of a range: the offset of its first record
    next: int | None = None  # and of the record after it, if any


def in_turn(
    source: Source, offset: int, file: str | None, end: int = sys.maxsize, most: int | None = None
) -> Iterator[Batch]:
    """Read and parse the records from *offset* up to *end*; may raise ``CrawlError``.

    A batch has *most* pages, else as many as are read in a moment.
    """
    try:
        found, is_last = source.records(is_of_kompas, offset), False
        while not is_last:
            deadline = time.monotonic() + SECONDS
            offsets, pages, faults = list[int](), list[Scanned](), list[str]()
            following = None
            for one in found:
                if one.offset >= end:
                    following = one.offset
                    break
                offset = one.offset
                if one.fault:
                    faults.append(one.fault)
                else:
                    offsets.append(offset)
                if one.data is not None:
                    pages.append(one)
                is_late = not most and len(offsets) % 16 == 0 and time.monotonic() > deadline
                if is_late or len(pages) >= (most or PAGES):
                    break
            else:
                is_last = True
            parsed, place = pages_of(pages, file), (next(iter(offsets), None), following)
            yield Batch(source, offset, len(offsets), len(pages), is_last, faults, *parsed, *place)
    except OSError as error:
        raise CrawlError(f"{source.name} cannot be read: {error.strerror or error}") from None


def ranges(source: Source, start: int) -> Iterator[tuple[int, int]]:
    """The ranges of *source* from the record at *start*: one if it is small.

    Yields none if other processes could not find where its records begin.
    """
    if source.is_page or source.size < 2 * SIZE:
        yield start, sys.maxsize
    elif source.member is None:
        with suppress(OSError):  # it is named when the file is read in turn
            if all(one.is_first for one in islice(source.records(bool, start), 2)):
                for begin in range(start, source.size, SIZE):
                    yield begin, begin + SIZE


def read(source: Source, begin: int, end: int, file: str | None) -> Batch | None:
    """Read and parse the records that begin from *begin* up to *end*.

    ``None`` if there are none, if one is damaged, or if they are too many.
    """
    starts = [begin]
    with suppress(OSError, CrawlError):
        if end < sys.maxsize:
            with source.path.open("rb") as opened:
                opened.seek(begin)
                starts = [begin + mark.start() for mark in _GZIP.finditer(opened.read(SIZE))]
        for start in starts:  # at some no record begins
            batch = next(in_turn(source, start, file, end, MOST))
            if batch.first == start:
                is_whole = batch.is_last or batch.next is not None
                return batch if is_whole and not batch.faults else None
    return None
