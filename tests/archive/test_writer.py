"""The writer's thread: what nobody awaits any more is told once, at the run's end."""

from __future__ import annotations

import asyncio
import gc
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kompas_crawler.archive import schema
from kompas_crawler.archive.changes import PageChange
from kompas_crawler.archive.database import database_url, open_engine
from kompas_crawler.archive.frontier.take import Work
from kompas_crawler.archive.store.pages import PageStore
from kompas_crawler.archive.writer import Writer
from kompas_crawler.clock import Clock
from kompas_crawler.crawl.in_flight import InFlight
from kompas_crawler.exitcodes import CrawlError, DiskFull
from kompas_crawler.frontier import State
from tests.archive.build import NOW, row

if TYPE_CHECKING:
    from collections.abc import Iterator

UNHEARD = "exception was never retrieved"


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Writer]:
    engine = open_engine(database_url(f"sqlite:///{tmp_path / 'kompas.db'}", Path.cwd()))
    yield Writer(engine, PageStore(Clock("")), lambda _error: None)
    engine.dispose()


def fail_unheard(writer: Writer, kind: type[Exception], caplog: pytest.LogCaptureFixture) -> None:
    """Let a call fail whose caller has gone."""
    gc.collect()  # what other tests left unheard
    caplog.clear()

    def work(_connection: object) -> None:
        raise kind("no room left")

    async def leave() -> None:
        future = writer.call(work)
        await asyncio.wait([future])
        writer.close()

    asyncio.run(leave())
    gc.collect()


def test_the_error_that_ends_a_run_is_no_trace_in_the_log(
    writer: Writer, caplog: pytest.LogCaptureFixture
) -> None:
    fail_unheard(writer, DiskFull, caplog)
    assert UNHEARD not in caplog.text


@pytest.mark.slow
def test_control_any_other_error_is(writer: Writer, caplog: pytest.LogCaptureFixture) -> None:
    fail_unheard(writer, ValueError, caplog)
    assert UNHEARD in caplog.text


def test_who_awaits_it_hears_it(writer: Writer) -> None:
    async def ask() -> None:
        writer.fail(DiskFull("no room left"))
        with pytest.raises(CrawlError, match="no room left"):
            await writer.call(lambda _connection: None)
        writer.close()

    asyncio.run(ask())


@pytest.mark.timeout(60)
def test_a_group_waits_for_no_row_that_left_without_a_change(tmp_path: Path) -> None:
    engine = open_engine(database_url(f"sqlite:///{tmp_path / 'kompas.db'}", Path.cwd()))

    async def crawl() -> None:
        writer = Writer(
            engine,
            PageStore(Clock("")),
            lambda _error: None,
            under_way=lambda: len(rows),
            gather_seconds=3600.0,
        )
        rows = InFlight(writer, lambda *_, **__: [row(1), row(2)], 60)
        await rows.take(Work(scope="kompas"), lambda: 60, now=NOW, started_at=NOW)
        first = asyncio.ensure_future(rows.settle(PageChange(row=row(1), state=State.GONE)))
        await asyncio.sleep(0)
        assert not first.done()
        rows.let_go(row(2))
        await first
        writer.close()

    schema.upgrade(engine)
    asyncio.run(crawl())
    engine.dispose()
