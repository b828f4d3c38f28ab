"""Append complete records to the WARC files of a folder; no file is overwritten.

A file is named ``NAME.warc.gz.open`` until it is closed. After a crash the next run removes a
truncated record, which no row refers to, and renames the file.
"""

import os
import threading
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import IO

from kompas_crawler.archive.lock import held
from kompas_crawler.clock import Clock
from kompas_crawler.exitcodes import ConfigurationProblem, CrawlError, writing
from kompas_crawler.site.keys import WIB
from kompas_crawler.warc import records
from kompas_crawler.warc.scan import OPEN, end_of_whole_records

MAX_BYTES = 1 << 30  # size after which a new file is started: 1 GiB, as recommended for WARC


class WarcFolder:
    """Appends records to the newest file of *path*, which one run locks.

    ``append`` is called in one thread, ``sync`` may be called in another. Raises
    ``ConfigurationProblem`` if the folder is unusable, ``AlreadyRunning`` if another crawl has
    locked it, ``DiskFull`` if the disk is full; records already written stay complete.
    """

    def __init__(self, path: Path, clock: Clock, *, name: str, info: Mapping[str, str]) -> None:
        self._path = path
        self._clock = clock
        self._name = name
        self._info = info
        self._file: IO[bytes] | None = None
        self._filename = ""
        self._serial = self._size = self._synced = 0
        self._day: date | None = None
        self._mutex = threading.Lock()
        with writing(f"KOMPAS_WARC_DIR ({path})", ConfigurationProblem):
            path.mkdir(parents=True, exist_ok=True)
        self._lock = held(path / "warc.lock", f"another crawl writes WARC files to {path}")
        try:
            mend(path)
        except BaseException:
            self._lock.release()
            raise

    def append(self, data: bytes) -> tuple[str, int]:
        """Write complete records; return the name of the file and their offset."""
        with self._mutex, writing(self._path, CrawlError):
            today = self._clock.now().astimezone(WIB).date()
            if self._file is not None and (self._size >= MAX_BYTES or self._day != today):
                self._close_file()
            if self._file is None:
                self._day = today
                self._begin_file()
            assert self._file is not None
            start = self._size
            self._write(self._file, data)
            return self._filename, start

    def _begin_file(self) -> None:
        now = self._clock.now()
        while self._file is None:
            name = f"kompas-{now:%Y%m%d%H%M%S}-{self._name}-{self._serial:05}.warc.gz"
            self._serial += 1
            if not (self._path / name).exists():
                # Unbuffered, so that a killed process loses no written record.
                self._file = (self._path / f"{name}{OPEN}").open("xb", buffering=0)
        self._filename, self._size, self._synced = name, 0, 0
        _sync_folder(self._path)
        self._write(self._file, records.information(name, self._info, now))

    def _write(self, file: IO[bytes], data: bytes) -> None:
        start = self._size
        left = memoryview(data)
        try:
            while left:
                left = left[file.write(left) :]
        except OSError:
            os.ftruncate(file.fileno(), start)
            file.seek(start)
            raise
        self._size = start + len(data)

    def sync(self) -> None:
        """Flush all appended records to the disk."""
        with self._mutex:
            if self._file is None or self._synced == self._size:
                return
            handle, filename, size = os.dup(self._file.fileno()), self._filename, self._size
        try:
            with writing(self._path, CrawlError):
                os.fsync(handle)  # without the mutex: appends continue meanwhile
        finally:
            os.close(handle)
        with self._mutex:
            if filename == self._filename:
                self._synced = max(self._synced, size)

    def close(self) -> None:
        """Rename the last file and release the folder."""
        try:
            with self._mutex, writing(self._path, CrawlError):
                if self._file is not None:
                    self._close_file()
        finally:
            self._lock.release()

    def _close_file(self) -> None:
        assert self._file is not None
        file, self._file = self._file, None
        with file:
            os.fsync(file.fileno())
        path = self._path / self._filename
        path.with_name(f"{path.name}{OPEN}").replace(path)
        _sync_folder(self._path)


def mend(path: Path) -> None:
    """Repair and rename the files that a crash left open in *path*."""
    for left in sorted(path.glob(f"*.warc.gz{OPEN}")):
        end = end_of_whole_records(left)
        if end == 0:
            left.unlink()
            continue
        with left.open("r+b") as file:
            file.truncate(end)
            os.fsync(file.fileno())
        left.replace(left.with_name(left.name.removesuffix(OPEN)))
    _sync_folder(path)


def _sync_folder(path: Path) -> None:
    if os.name == "posix":
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
