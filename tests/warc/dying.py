"""Crawls that die while a page is kept, or keep pages carelessly: for the kill test."""

from __future__ import annotations

import os
import signal
from typing import IO, TYPE_CHECKING, NoReturn

from scrapy import signals

from kompas_crawler.extensions.warc_writer import Warc
from kompas_crawler.warc import pages
from kompas_crawler.warc.writer import WarcFolder

if TYPE_CHECKING:
    from typing import Self

    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

AFTER = 120
"""Responses kept before the death."""
READ = 23
"""Articles read again before it."""


def die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


class _HalfFile:
    """Writes half of what it is given, and the process dies."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def write(self, data: memoryview) -> NoReturn:
        self._file.write(data[: len(data) // 2])
        die()


class DyingWarc(Warc):
    """Dies in the middle of an append."""

    count = 0

    def response_downloaded(self, request: Request, response: Response) -> None:
        self.count += 1
        if self.count == AFTER:
            assert self._folder is not None
            assert self._folder._file is not None
            self._folder._file = _HalfFile(self._folder._file)  # type: ignore[assignment]
        super().response_downloaded(request, response)


class _LateFolder(WarcFolder):
    """Keeps in memory what it was told to write."""

    def _write(self, file: IO[bytes], data: bytes) -> None:
        self._size += len(data)

    def sync(self) -> None:
        """Nothing is on the disk."""


class CarelessWarc(Warc):
    """A row may be stored before its record is."""

    count = 0

    def spider_opened(self) -> None:
        super().spider_opened()
        assert self._folder is not None
        self._folder.__class__ = _LateFolder
        self._run.sync_captures(self._folder.sync)

    def response_downloaded(self, request: Request, response: Response) -> None:
        self.count += 1
        if self.count == AFTER:
            die()
        super().response_downloaded(request, response)


class DyingReader:
    """Dies in the middle of a file that is read again, a few pages at a time."""

    def __init__(self) -> None:
        self._count = 0

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        pages.PAGES = 5
        reader = cls()
        crawler.signals.connect(reader.item_scraped, signal=signals.item_scraped)
        return reader

    def item_scraped(self) -> None:
        self._count += 1
        if self._count == READ:
            die()


def extensions(name: str) -> str:
    """The setting that puts the class *name* in the place of ``Warc``."""
    return (
        '{"kompas_crawler.crawl.run.Run": 0, "kompas_crawler.outcome.ending.Ending": 1, '
        f'"tests.warc.dying.{name}": 5}}'
    )
