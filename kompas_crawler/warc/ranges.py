"""Ranges of a file, which several processes read and parse at once."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from types import MappingProxyType
from typing import NamedTuple

from kompas_crawler.warc.pages import Seen, pages_of
from kompas_crawler.warc.response import is_of_kompas
from kompas_crawler.warc.scan import Scanned
from kompas_crawler.warc.sources import Source

SIZE = 1 << 20  # bytes of a range: some 50 pages of Kompas
MOST = 400  # pages of Kompas in memory, if many records share a gzip member
_GZIP = b"\x1f\x8b\x08"


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


def ranges(source: Source, start: int) -> Iterator[tuple[int, int]]:
    """The ranges of *source* from the record at *start*: one if it is small.

    None if its records are not known to begin where others can find them.
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
    start, pages = begin, list[Scanned]()
    offsets: list[int] = []
    following = None
    try:
        if end - begin <= SIZE:
            with source.path.open("rb") as opened:
                opened.seek(begin)
                mark = opened.read(SIZE).find(_GZIP)
            if mark < 0:
                return None
            start += mark
        for one in source.records(is_of_kompas, start):
            if one.fault and not offsets and start > begin:
                continue  # no record begins at that mark
            if one.fault or len(pages) > MOST:
                return None
            if one.offset >= end:
                following = one.offset
                break
            offsets.append(one.offset)
            if one.data is not None:
                pages.append(one)
    except OSError:
        return None
    if not offsets:
        return None
    parsed, is_last = pages_of(pages, file), following is None
    batch = Batch(source, offsets[-1], len(offsets), len(pages), is_last, (), *parsed)
    return batch._replace(first=offsets[0], next=following)
