"""R7: a full disk ends a crawl with exit 3, leaves the archive whole, and loses nothing."""

from __future__ import annotations

import errno
import sqlite3
from contextlib import closing
from typing import IO, TYPE_CHECKING

import pytest
from scrapy.extensions.feedexport import FeedExporter

from kompas_crawler.archive import database, writer
from kompas_crawler.exitcodes import DiskFull, Exit
from kompas_crawler.exporters import files
from tests.faults.full import EXTENSIONS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faults.world import World


def _is_whole(world: World) -> bool:
    path = world.url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as connection:
        return bool(connection.execute("pragma integrity_check").fetchone() == ("ok",))


@pytest.mark.slow
def test_a_full_disk_ends_with_3_and_the_same_command_completes_it(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    crawled = world.crawl(settings={"EXTENSIONS": EXTENSIONS})
    assert crawled.code is Exit.DISK_FULL, crawled.end
    assert "free space and start again" in crawled.end
    assert "Traceback" not in caplog.text
    assert _is_whole(world)
    assert world.stored() < world.site.keys_within(2)
    again = world.crawl()
    assert again.code is Exit.DONE, again.end
    assert world.stored() == world.site.keys_within(2)
    assert _is_whole(world)


@pytest.mark.slow
def test_control_a_full_disk_that_is_not_known_for_one_is_no_exit_3(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_FULL", ())
    monkeypatch.setattr(writer, "RETRY_SECONDS", 0)
    assert world.crawl(settings={"EXTENSIONS": EXTENSIONS}).code is Exit.DATABASE


class _FullFile:
    """A file whose disk is full after some bytes."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._left = 10

    def write(self, data: bytes) -> int:
        self._left -= len(data)
        if self._left < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return self._file.write(data)


def test_an_export_on_a_full_disk_leaves_the_former_file(tmp_path: Path) -> None:
    target = tmp_path / "kompas.csv"
    target.write_bytes(b"former")
    with pytest.raises(DiskFull, match="no space left to write"), files.whole_file(target) as whole:
        _FullFile(whole.file).write(b"more than there is room for")
    assert target.read_bytes() == b"former"
    assert list(tmp_path.iterdir()) == [target]


def test_control_written_in_place_the_former_file_is_lost(tmp_path: Path) -> None:
    target = tmp_path / "kompas.csv"
    target.write_bytes(b"former")
    with pytest.raises(OSError, match="No space left"), target.open("wb") as file:
        _FullFile(file).write(b"more than there is room for")
    assert target.read_bytes() != b"former"


@pytest.mark.parametrize(
    ("number", "code"), [(errno.ENOSPC, Exit.DISK_FULL), (errno.EPIPE, Exit.USAGE)]
)
def test_a_feed_that_cannot_be_written_ends_the_crawl(
    world: World, monkeypatch: pytest.MonkeyPatch, number: int, code: Exit
) -> None:
    """Its rows are stored, and unchanged the next time: no later feed would have them."""

    def refuse(*_: object) -> None:
        raise OSError(number, "no")

    monkeypatch.setattr(FeedExporter, "item_scraped", refuse)
    feed = {str(world.folder / "a.csv"): {"format": "csv"}}
    crawled = world.crawl(settings={"FEEDS": feed})
    assert crawled.code is code, crawled.end
    assert "the feed" in crawled.end
