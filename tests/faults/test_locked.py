"""R5: SQLite held by another writer or a long reader: the crawl waits, and the log stays small."""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, event, insert

from kompas_crawler.archive import database, schema, writer
from kompas_crawler.archive.crawl_models import RobotsRow
from kompas_crawler.archive.database import database_url, open_engine
from kompas_crawler.exitcodes import Exit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.faults.world import World

HELD = 2.0
"""Seconds for which another program writes."""


def _path(world: World) -> Path:
    return Path(world.url.removeprefix("sqlite:///"))


@contextmanager
def _another_writer(world: World) -> Iterator[list[float]]:
    """Hold the write lock for a while, once the crawl has begun to fetch; yields for how long."""
    held: list[float] = []

    def write() -> None:
        deadline = time.monotonic() + 30
        while len(world.server.requests) < 5 and time.monotonic() < deadline:
            time.sleep(0.005)
        with closing(sqlite3.connect(_path(world), timeout=30, isolation_level=None)) as connection:
            connection.execute("begin immediate")
            begun = time.monotonic()
            time.sleep(HELD)
            connection.execute("rollback")
            held.append(time.monotonic() - begun)

    thread = threading.Thread(target=write)
    thread.start()
    yield held
    thread.join(60)


@pytest.mark.slow
def test_a_crawl_waits_for_another_writer(world: World, caplog: pytest.LogCaptureFixture) -> None:
    with _another_writer(world) as held:
        crawled = world.crawl()
    assert held, "nobody else wrote while the crawl went on"
    assert crawled.code is Exit.DONE, crawled.end
    assert world.stored() == world.site.keys_within(2)
    assert "locked" not in caplog.text


def test_control_without_waiting_the_archive_is_lost_to_the_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0)
    monkeypatch.setattr(writer, "RETRY_SECONDS", 0)
    with _another_writer(world):
        crawled = world.crawl()
    assert crawled.code is Exit.DATABASE
    assert "locked" in crawled.end


@pytest.mark.slow
def test_a_long_reader_neither_stops_the_crawl_nor_keeps_the_log_afterwards(world: World) -> None:
    world.crawl(limit="1")
    with closing(sqlite3.connect(_path(world), isolation_level=None)) as reader:
        reader.execute("begin")
        before = reader.execute("select count(*) from articles").fetchone()
        crawled = world.crawl()
        assert crawled.code is Exit.DONE, crawled.end
        assert reader.execute("select count(*) from articles").fetchone() == before
        reader.execute("rollback")
    world.crawl()
    assert world.stored() == world.site.keys_within(2)
    log = Path(f"{_path(world)}-wal")
    assert not log.exists() or log.stat().st_size == 0


LARGEST_LOG = 8 * 1024 * 1024
"""Twice what SQLite writes back at a time (1,000 pages of 4 KiB)."""


def _largest_log(url: str, folder: Path, *, autocheckpoint: int | None = None) -> int:
    """How large the write-ahead log grows while 30 MB are written in 300 transactions."""
    engine = open_engine(database_url(url, folder))
    schema.upgrade(engine)
    if autocheckpoint is not None:
        engine.dispose()
        event.listen(
            engine,
            "connect",
            lambda c, _: c.execute(f"pragma wal_autocheckpoint = {autocheckpoint}"),
        )
    log, largest = Path(f"{engine.url.database}-wal"), 0
    row = {"host": "money.kompas.com", "fetched_at": datetime.now(UTC)}
    for number in range(300):
        with engine.begin() as connection:
            connection.execute(delete(RobotsRow))
            connection.execute(insert(RobotsRow), row | {"body": bytes([number % 256]) * 100_000})
        largest = max(largest, log.stat().st_size)
    engine.dispose()
    return largest


def test_the_write_ahead_log_is_written_back_as_it_grows(world: World) -> None:
    assert 0 < _largest_log(world.url, world.folder) < LARGEST_LOG


def test_control_a_log_that_is_never_written_back_grows(world: World) -> None:
    assert _largest_log(world.url, world.folder, autocheckpoint=0) > LARGEST_LOG
