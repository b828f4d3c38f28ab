"""Crawls that are killed during a WARC write, or that do not sync it: for the kill tests."""

from __future__ import annotations

import os
import signal
from typing import IO, TYPE_CHECKING, NoReturn

from scrapy import signals

from kompas_crawler.extensions.warc_writer import Warc
from kompas_crawler.warc import ranges
from kompas_crawler.warc.writer import WarcFolder

if TYPE_CHECKING:
    from typing import Self

    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

AFTER = 120  # responses
READ = 23  # articles


def die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


class _HalfFile:
    """Writes half of the data, then kills the process."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def write(self, data: memoryview) -> NoReturn:
        self._file.write(data[: len(data) // 2])
        die()


class KilledWarc(Warc):
    """Killed in the middle of an append."""

    count = 0

    def response_downloaded(self, request: Request, response: Response) -> None:
        self.count += 1
        if self.count == AFTER:
            assert self._folder is not None
            assert self._folder._file is not None
            self._folder._file = _HalfFile(self._folder._file)  # type: ignore[assignment]
        super().response_downloaded(request, response)


class _UnsyncedFolder(WarcFolder):
    """Writes nothing."""

    def _write(self, file: IO[bytes], data: bytes) -> None:
        self._size += len(data)

    def sync(self) -> None:
        """Nothing to flush."""


class UnsyncedWarc(Warc):
    """Commits a row before its record is written."""

    count = 0

    def spider_opened(self) -> None:
        super().spider_opened()
        assert self._folder is not None
        self._folder.__class__ = _UnsyncedFolder
        self._run.sync_captures = self._folder.sync

    def response_downloaded(self, request: Request, response: Response) -> None:
        self.count += 1
        if self.count == AFTER:
            die()
        super().response_downloaded(request, response)


class KilledReader:
    """Killed in the middle of reading a WARC file."""

    def __init__(self) -> None:
        self._count = 0

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        ranges.PAGES = 5
        reader = cls()
        crawler.signals.connect(reader.item_scraped, signal=signals.item_scraped)
        return reader

    def item_scraped(self) -> None:
        self._count += 1
        if self._count == READ:
            die()


def extensions(name: str) -> str:
    """The ``EXTENSIONS`` setting with the class *name* in place of ``Warc``."""
    return (
        '{"kompas_crawler.crawl.run.Run": 0, "kompas_crawler.outcome.ending.Ending": 1, '
        f'"tests.warc.failing_writes.{name}": 5}}'
    )
