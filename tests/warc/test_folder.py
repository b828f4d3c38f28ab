"""The folder of WARC files: whole records alone, whatever happens while one is written."""

from __future__ import annotations

import errno
import gzip
import os
from typing import IO, TYPE_CHECKING

import pytest
from scrapy import Request
from scrapy.http import Response
from warcio.archiveiterator import ArchiveIterator

from kompas_crawler.clock import Clock
from kompas_crawler.exitcodes import AlreadyRunning, ConfigurationProblem, DiskFull
from kompas_crawler.warc import records
from kompas_crawler.warc import writer as folder_module
from kompas_crawler.warc.scan import digest_of, record_at, scan
from kompas_crawler.warc.writer import WarcFolder, mend

if TYPE_CHECKING:
    from pathlib import Path

URL = "https://money.kompas.com/read/2026/06/30/100000026/judul?page=all"
EVENING = "2026-06-30T23:00:00+07:00"


def exchange(number: int = 0) -> bytes:
    body = f"<html>{number}</html>".encode()
    response = Response(URL, body=body, headers={"Content-Type": "text/html"})
    request = Request(URL, headers={"User-Agent": "x", "Proxy-Authorization": "secret"})
    at = Clock(EVENING).now().replace(microsecond=0)
    return records.exchange(request, response, at=at, digest=digest_of(body), previous=None)


def opened(path: Path, at: str = EVENING) -> WarcFolder:
    return WarcFolder(path, Clock(at), name="000001", info={"software": "test"})


def targets(path: Path) -> list[str]:
    """What another reader finds: the type of each record."""
    with path.open("rb") as file:
        found = []
        for record in ArchiveIterator(file, check_digests="raise"):
            record.raw_stream.read()
            found.append(record.rec_type)
        return found


def test_a_file_is_open_until_it_is_closed(tmp_path: Path) -> None:
    folder = opened(tmp_path)
    name, offset = folder.append(exchange())
    assert (tmp_path / f"{name}.open").is_file()
    folder.sync()
    folder.close()
    assert not list(tmp_path.glob("*.open"))
    assert targets(tmp_path / name) == ["warcinfo", "response", "request"]
    record = record_at(tmp_path / name, offset)
    assert record is not None
    assert record.endswith(b"<html>0</html>")


def test_nothing_private_is_kept(tmp_path: Path) -> None:
    folder = opened(tmp_path)
    name, _ = folder.append(exchange())
    folder.close()
    assert b"secret" not in gzip.decompress((tmp_path / name).read_bytes())


def test_files_are_rotated_by_size_and_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = opened(tmp_path)
    first, _ = folder.append(exchange())
    assert folder.append(exchange())[0] == first
    monkeypatch.setattr(folder_module, "MAX_BYTES", 100)
    second, _ = folder.append(exchange())
    monkeypatch.undo()
    folder._clock = Clock("2026-07-01T00:00:01+07:00")
    third, _ = folder.append(exchange())
    folder.close()
    assert len({first, second, third}) == 3
    assert all(targets(tmp_path / name)[0] == "warcinfo" for name in (first, second, third))


def test_a_folder_is_one_runs_at_a_time(tmp_path: Path) -> None:
    folder = opened(tmp_path)
    with pytest.raises(AlreadyRunning):
        opened(tmp_path)
    folder.close()
    opened(tmp_path).close()


def test_a_folder_that_cannot_be_made_is_a_wrong_setting(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationProblem, match="KOMPAS_WARC_DIR"):
        opened(tmp_path / "file")


def test_wherever_an_append_is_cut_off_readers_pass_and_the_file_is_mended(tmp_path: Path) -> None:
    folder = opened(tmp_path)
    name, _ = folder.append(exchange(1))
    whole = (tmp_path / f"{name}.open").stat().st_size
    folder.append(exchange(2))
    folder.close()
    data = (tmp_path / name).read_bytes()
    with_response = list(scan(tmp_path / name, lambda _: False))[-1].offset
    (tmp_path / name).unlink()
    for size in range(whole, len(data)):
        left = tmp_path / f"{name}.open"
        left.write_bytes(data[:size])
        found = [one.data for one in scan(left, lambda _: True) if one.data]
        assert len(found) == (4 if size >= with_response else 3)
        mend(tmp_path)
        assert not left.exists()
        end = (tmp_path / name).stat().st_size
        assert end == (with_response if size >= with_response else whole)
        (tmp_path / name).unlink()


def test_a_file_in_which_nothing_is_whole_goes(tmp_path: Path) -> None:
    (tmp_path / "kompas-1.warc.gz.open").write_bytes(b"\x1f\x8b\x08")
    (tmp_path / "kompas-2.warc.gz.open").write_bytes(b"")
    mend(tmp_path)
    assert not list(tmp_path.iterdir())


class FullFile:
    """A file on a disk that has room for some bytes."""

    def __init__(self, file: IO[bytes], room: int) -> None:
        self._file = file
        self._room = room

    def write(self, data: memoryview) -> int:
        if not self._room:
            raise OSError(errno.ENOSPC, "No space left on device")
        written = self._file.write(data[: self._room])
        self._room -= written
        return written

    def __getattr__(self, name: str) -> object:
        return getattr(self._file, name)

    def __enter__(self) -> None:
        self._file.__enter__()

    def __exit__(self, *_: object) -> None:
        self._file.close()


def test_a_full_disk_leaves_whole_records(tmp_path: Path) -> None:
    folder = opened(tmp_path)
    name, _ = folder.append(exchange())
    assert folder._file is not None
    folder._file = FullFile(folder._file, room=50)  # type: ignore[assignment]
    with pytest.raises(DiskFull, match="free some"):
        folder.append(exchange())
    folder.close()
    assert targets(tmp_path / name) == ["warcinfo", "response", "request"]


def test_control_written_without_care_half_a_record_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "ftruncate", lambda *_: None)
    folder = opened(tmp_path)
    name, _ = folder.append(exchange())
    whole = (tmp_path / f"{name}.open").stat().st_size
    assert folder._file is not None
    folder._file = FullFile(folder._file, room=50)  # type: ignore[assignment]
    with pytest.raises(DiskFull):
        folder.append(exchange())
    folder.close()
    assert (tmp_path / name).stat().st_size == whole + 50
